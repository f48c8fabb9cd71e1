"""The courses on a patient's page: one picture for each questionnaire, and its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dashboards.access import Viewer
from dashboards.drawing.course import NARROW, WIDE, Mark, Point, Scale, course_picture
from dashboards.drawing.formats import day
from dashboards.drawing.sentences import kind_name, level_name
from dashboards.pages.course import Measured
from dashboards.warehouse import published_snapshot


@dataclass(frozen=True)
class MeasuredBeside(Measured):
    """One score beside what was to be expected of it; None where no model says so."""

    instrument: str
    scale: str
    short_name: str
    expected: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class PatientAlert:
    """One alert of the episode, open or not; `is_listed` where it has a page of its own."""

    alert_id: str
    kind: str
    level: str
    instrument: str | None
    opened_at: datetime
    last_signal_at: datetime
    closed_at: datetime | None
    closed_reason: str | None
    action: str | None
    reason: str
    is_listed: bool


@dataclass(frozen=True)
class DrawnCourse:
    """One questionnaire's course as a page shows it; the two pictures differ in width only."""

    name: str
    measured: Sequence[MeasuredBeside]
    wide: SafeString
    narrow: SafeString
    has_alerts: bool

    @property
    def has_band(self) -> bool:
        return any(each.lower is not None for each in self.measured)

    @property
    def has_cutoff(self) -> bool:
        return self.measured[-1].cutoff is not None

    @property
    def has_sudden_change(self) -> bool:
        return any(each.sudden for each in self.measured)


def legend_of(courses: Sequence[DrawnCourse]) -> dict[str, bool]:
    """What occurs in any of the drawings and so has to be explained."""
    return {
        "cutoff": any(course.has_cutoff for course in courses),
        "band": any(course.has_band for course in courses),
        "sudden_change": any(course.has_sudden_change for course in courses),
        "alerts": any(course.has_alerts for course in courses),
    }


def courses_of(
    viewer: Viewer, patient_id: str, episode_id: str, alerts: Sequence[PatientAlert]
) -> list[DrawnCourse]:
    """Symptoms first; empty when the patient is not the viewer's."""
    rows = published_snapshot().rows(
        "patient_course", viewer=viewer.parameter(), patient_id=patient_id, episode_id=episode_id
    )
    groups = groupby((MeasuredBeside(**row) for row in rows), key=lambda each: each.instrument)
    return [
        _drawn(list(measured), [alert for alert in alerts if alert.instrument == instrument])
        for instrument, measured in groups
    ]


def _drawn(measured: Sequence[MeasuredBeside], alerts: Sequence[PatientAlert]) -> DrawnCourse:
    name = measured[0].short_name
    wide, narrow = (_picture(name, measured, alerts, width) for width in (WIDE, NARROW))
    return DrawnCourse(name, measured, wide, narrow, bool(alerts))


def _picture(
    name: str, measured: Sequence[MeasuredBeside], alerts: Sequence[PatientAlert], width: float
) -> SafeString:
    last, language = measured[-1], _language()
    drawn = course_picture(
        [
            Point(each.measured_at, each.score, each.lower, each.upper, each.sudden is not None)
            for each in measured
        ],
        [_mark(alert, language) for alert in alerts],
        Scale(last.minimum, last.maximum, last.direction, last.cutoff, last.baseline_score),
        width=width,
        title=_("Course so far: %(instrument)s") % {"instrument": name},
        language=language,
    )
    return mark_safe(drawn)  # noqa: S308 - its texts were escaped where it was drawn


def _mark(alert: PatientAlert, language: str) -> Mark:
    words = _("%(level)s alert on %(day)s: %(kind)s") % {
        "level": level_name(alert.level, language),
        "day": day(alert.opened_at, language),
        "kind": kind_name(alert.kind, language),
    }
    return Mark(alert.opened_at, alert.level, words)


def _language() -> str:
    return (get_language() or "nl")[:2]
