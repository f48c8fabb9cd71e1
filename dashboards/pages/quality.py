"""What a quality officer sees: the data, what was taken in, and whether alerts were answered.

Small counts never come here: the queries leave them out.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from dashboards.access import ViewerRequest
from dashboards.drawing.sentences import kind_name
from dashboards.drawing.translation import said
from dashboards.warehouse import published_snapshot


@dataclass(frozen=True)
class LoopClosing:
    """Alerts of one kind that opened in the last 13 weeks; None where too few to be shown."""

    clinic_id: str | None
    kind: str
    opened: int | None
    answered: int | None
    still_open: int | None
    days_to_answer: float | None

    @property
    def kind_word(self) -> str:
        return kind_name(self.kind, _language())


@dataclass(frozen=True)
class QualityReceipt:
    """What became of one file; None for 1 to 4."""

    source: str
    landed_at: datetime
    rows_in: int | None
    not_landed: int | None
    cells_rejected: int | None
    is_held_back: bool


@dataclass(frozen=True)
class FailedCheck:
    """A check of the last run that did not hold; `failed` None for 1 to 4 rows."""

    table_name: str
    expectation: str
    category: str
    severity: str
    outcome: str
    why: str
    failed: int | None

    @property
    def why_in_words(self) -> str:
        return said(self.why, _language())


def quality_page(request: ViewerRequest) -> HttpResponse:
    """The page `quality`."""
    loop = [LoopClosing(**row) for row in _rows(request, "loop_closing")]
    page = {
        "loop": loop,
        "by_clinic": any(row.clinic_id for row in loop),
        "receipts": [QualityReceipt(**row) for row in _rows(request, "quality_receipts")],
        "failed": [FailedCheck(**row) for row in _rows(request, "quality_checks")],
        "checks": _rows(request, "quality_summary")[0],
    }
    return render(request, "quality.html", page)


def _rows(request: ViewerRequest, query: str) -> list[dict[str, Any]]:
    return published_snapshot().rows(query, viewer=request.viewer.parameter())


def _language() -> str:
    return (get_language() or "nl")[:2]
