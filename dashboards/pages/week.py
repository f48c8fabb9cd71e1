"""The week of a clinic: the counts of its report, what is open and for how long, who stops."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dashboards.access import Viewer, ViewerRequest
from dashboards.drawing.figures import figure_name
from dashboards.drawing.formats import iso_week
from dashboards.drawing.sentences import kind_name
from dashboards.journal.goals import (
    AnnouncedLeaving,
    Course,
    all_announced_leaving,
    announced_leaving,
)
from dashboards.looking import log_opening
from dashboards.pages.alert_list import AGES, Waiting, waiting_alerts
from dashboards.pages.overdue import overdue_of
from dashboards.report_files import REPORT_FILES, report_file, report_weeks
from dashboards.warehouse import published_snapshot

FIRST_FIGURES = ("critical_open", "alerts_new", "alerts_open", "overdue")
CHANGES = ("change_recovered", "change_improved", "change_unchanged", "change_deteriorated")
OVERDUE_SHOWN, WEEKS_SHOWN = 5, 8
FILES_IN_WORDS: Mapping[str, str | Promise] = {
    "report.nl.pdf": _("report in Dutch (PDF)"),
    "report.en.pdf": _("report in English (PDF)"),
    "alerts.csv": _("alerts as a table (CSV)"),
}


@dataclass(frozen=True)
class Figure:
    """One count in words; `percent` of `denominator` where there is one."""

    key: str
    name: str
    numerator: int
    denominator: int | None

    @property
    def percent(self) -> float | None:
        """In whole percent; None without a denominator."""
        return round(100 * self.numerator / self.denominator) if self.denominator else None


@dataclass(frozen=True)
class KindByAge:
    """Open alerts of one kind: a count for each key of AGES, and together."""

    kind: str
    name: str
    counts: Sequence[tuple[str, str | Promise, int]]
    total: int


@dataclass(frozen=True)
class Leaving:
    """A patient in treatment who said they will stop; the words stay with who treats them."""

    patient_id: str
    therapist_id: str | None
    said: AnnouncedLeaving


def week_page(request: ViewerRequest) -> HttpResponse:
    """The page `week`."""
    log_opening(request, request.viewer.clinic_id)
    viewer = request.viewer
    figures = figures_of(viewer)
    overdue = overdue_of(viewer)
    page = {
        "week": iso_week(published_snapshot().run.as_of),
        "first": [figures[key] for key in FIRST_FIGURES if key in figures],
        "filled_in": figures.get("assessments_this_week"),
        "response": response_of(viewer),
        "kinds": kinds_by_age(waiting_alerts(viewer)),
        "ages": [(key, words) for key, (_from, _to, words) in AGES.items()],
        "overdue": overdue[:OVERDUE_SHOWN],
        "overdue_count": len(overdue),
        "leaving": leaving_of(viewer),
        "changes": [figures[key] for key in CHANGES if key in figures],
        "reports": _reports(viewer),
    }
    return render(request, "week.html", page)


def week_file(request: ViewerRequest, week: str, name: str) -> FileResponse:
    """One file of the clinic's own report, written down first. Raises Http404."""
    viewer = request.viewer
    file = report_file(settings.OPKOERS.reports, viewer.clinic_id, week, name)
    if file is None:
        raise Http404
    log_opening(request, viewer.clinic_id)
    shown = f"{week}.{name}"
    return FileResponse(
        file.open("rb"), as_attachment=True, filename=shown, content_type=REPORT_FILES[name]
    )


def figures_of(viewer: Viewer) -> dict[str, Figure]:
    """The counts of the viewer's clinic, by key."""
    rows = published_snapshot().rows("clinic_figures", viewer=viewer.parameter())
    return {row["figure"]: _figure(row) for row in rows}


def response_of(viewer: Viewer) -> list[Figure]:
    """Of the patients in treatment: who was measured this week, and who is not overdue."""
    rows = published_snapshot().rows("measured_lately", viewer=viewer.parameter())
    names = {
        "measured_this_week": str(_("Measured this week")),
        "not_overdue": str(_("Measured lately enough: not overdue")),
    }
    return [
        Figure(key, name, row[key], row["in_treatment"])
        for row in rows
        for key, name in names.items()
    ]


def kinds_by_age(waiting: Sequence[Waiting]) -> list[KindByAge]:
    """What has no answer yet, the most frequent kind first."""
    language = _language()
    places = [each.place for each in waiting if each.section != "answered"]
    counts = Counter((place.kind, place.age) for place in places)
    kinds = Counter(place.kind for place in places)
    return [
        KindByAge(
            kind,
            kind_name(kind, language),
            [(age, words, counts[kind, age]) for age, (_from, _to, words) in AGES.items()],
            total,
        )
        for kind, total in sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    ]


def leaving_of(viewer: Viewer) -> list[Leaving]:
    """Who in treatment said they will stop, the newest first."""
    announced = all_announced_leaving(frozenset({viewer.clinic_id}))
    if not announced:
        return []
    episodes = [
        {"patient_id": each.patient_id, "episode_id": each.episode_id}
        for each in sorted(announced, key=lambda course: (course.patient_id, course.episode_id))
    ]
    parameters = {"viewer": viewer.parameter(), "episodes": episodes}
    rows = published_snapshot().rows("leaving_patients", **parameters)
    found = [_leaving(viewer.clinic_id, row) for row in rows]
    return sorted((each for each in found if each), key=_when, reverse=True)


def _leaving(clinic_id: str, row: dict[str, Any]) -> Leaving | None:
    said = announced_leaving(Course(clinic_id, row["patient_id"], row["episode_id"]))
    return None if said is None else Leaving(row["patient_id"], row["therapist_id"], said)


def _when(leaving: Leaving) -> datetime:
    return leaving.said.at


def _figure(row: dict[str, Any]) -> Figure:
    name = figure_name(row["figure"], _language())
    return Figure(row["figure"], name, row["numerator"], row["denominator"])


def _reports(viewer: Viewer) -> list[tuple[str, list[tuple[str, str | Promise]]]]:
    """Week, and the files of it with their names in words."""
    weeks = report_weeks(settings.OPKOERS.reports, viewer.clinic_id, at_most=WEEKS_SHOWN)
    return [(each.week, [(name, FILES_IN_WORDS[name]) for name in each.files]) for each in weeks]


def _language() -> str:
    return (get_language() or "nl")[:2]
