"""The course of scores beside an alert: a small line and the same numbers as a table."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dashboards.access import Viewer
from dashboards.drawing.formats import day, number
from dashboards.drawing.sentences import sudden_change_name
from dashboards.drawing.sparkline import sparkline
from dashboards.warehouse import published_snapshot


@dataclass(frozen=True)
class Measured:
    """One score, with what the drawing needs to know of its scale."""

    session_no: int | None
    measured_at: datetime
    score: float
    baseline_score: float | None
    has_artificial_date: bool
    minimum: float
    maximum: float
    direction: int
    cutoff: float | None
    sudden: str | None

    @property
    def sudden_word(self) -> str:
        """`sudden gain` or `sudden loss`, in the language of the page; empty where it is none."""
        language = (get_language() or "nl")[:2]
        return sudden_change_name(self.sudden, language) if self.sudden else ""


def course_of(viewer: Viewer, alert_id: str) -> list[Measured]:
    """Scores of the alert's scale in its episode, oldest first; empty when not the viewer's."""
    parameters = {"viewer": viewer.parameter(), "alert_id": alert_id}
    return [Measured(**row) for row in published_snapshot().rows("course", **parameters)]


def course_drawn(course: list[Measured], title: str, language: str) -> SafeString:
    """The course as SVG; empty without scores."""
    if not course:
        return SafeString("")
    last = course[-1]
    drawn = sparkline(
        [(_days(course[0], measured), measured.score) for measured in course],
        minimum=last.minimum,
        maximum=last.maximum,
        direction=last.direction,
        cutoff=last.cutoff,
        baseline=last.baseline_score,
        sudden=[place for place, measured in enumerate(course) if measured.sudden],
        title=title,
        description=_in_words(course, language),
    )
    return mark_safe(drawn)  # noqa: S308 - its texts were escaped where it was drawn


def _days(first: Measured, measured: Measured) -> float:
    return (measured.measured_at - first.measured_at).total_seconds() / 86400


def _in_words(course: list[Measured], language: str) -> str:
    first, last = course[0], course[-1]
    return _("From %(first)s on %(from)s to %(last)s on %(to)s.") % {
        "first": number(first.score, language),
        "from": day(first.measured_at, language),
        "last": number(last.score, language),
        "to": day(last.measured_at, language),
    }
