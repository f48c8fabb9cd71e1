"""Running episodes without a recent measurement."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render

from dashboards.access import Viewer, ViewerRequest
from dashboards.looking import log_opening
from dashboards.pages.paging import page_asked
from dashboards.warehouse import published_snapshot


@dataclass(frozen=True)
class Overdue:
    """One episode; the fields are columns of the table `overdue`."""

    clinic_id: str
    patient_id: str
    therapist_id: str | None
    last_measured_at: datetime
    days_since: int
    has_open_alert: bool


def overdue_list(request: ViewerRequest) -> HttpResponse:
    """The page `overdue`, longest ago first."""
    log_opening(request, request.viewer.clinic_id)
    overdue = overdue_of(request.viewer)
    page = page_asked(request, overdue)
    return render(request, "overdue.html", {"page": page, "count": len(overdue)})


def overdue_of(viewer: Viewer) -> list[Overdue]:
    """What the viewer may see of the table `overdue`."""
    rows = published_snapshot().rows("overdue", viewer=viewer.parameter())
    return [Overdue(**row) for row in rows]
