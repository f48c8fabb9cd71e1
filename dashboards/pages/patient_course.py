"""The courses on a patient's page: one drawing on one axis of time, and its numbers as tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dashboards.access import Viewer
from dashboards.drawing.alliance import Turn
from dashboards.drawing.course import NARROW, WIDE, Point, Scale
from dashboards.drawing.small_multiples import Panel, Sheet, better_words, treatment_picture
from dashboards.drawing.strip import Happening
from dashboards.pages.course import Measured
from dashboards.pages.drawn_once import drawn_once
from dashboards.warehouse import published_snapshot

PANEL_HEIGHT = 118.0
# A table of more scores than this shows the latest; where one asks for all of it, the others show
# fewer, so that the page stays quick.
ROWS_SHOWN, ROWS_BESIDE = 40, 10


@dataclass(frozen=True)
class MeasuredBeside(Measured):
    """One score beside what was to be expected of it; None where no model says so."""

    instrument: str
    scale: str
    short_name: str
    measures: str
    expected: float | None
    lower: float | None
    upper: float | None
    lower68: float | None
    upper68: float | None

    @property
    def has_limits(self) -> bool:
        """Whether there is a band here, which the start itself has not."""
        return self.lower is not None and self.lower != self.upper


@dataclass(frozen=True)
class Course:
    """One questionnaire's scores in a treatment, oldest first, and the turns of the alliance."""

    instrument: str
    name: str
    measured: tuple[MeasuredBeside, ...]
    turns: tuple[Turn, ...] = ()

    @property
    def last(self) -> MeasuredBeside:
        return self.measured[-1]

    @property
    def first(self) -> MeasuredBeside:
        return self.measured[0]

    @property
    def has_band(self) -> bool:
        return any(each.lower is not None for each in self.measured)

    @property
    def better(self) -> str:
        """Which way is better, in the language of the page."""
        return better_words(self.last.direction, _language())

    @property
    def scale(self) -> Scale:
        last = self.last
        return Scale(last.minimum, last.maximum, last.direction, last.cutoff, last.baseline_score)

    @property
    def panel(self) -> Panel:
        """The course as it is drawn."""
        return Panel(self.name, tuple(map(_point, self.measured)), self.scale, self.turns)

    def since(self, moment: datetime | None) -> "Course | None":
        """What was measured from a moment on; None where nothing was."""
        kept = tuple(each for each in self.measured if moment is None or each.measured_at >= moment)
        turns = tuple(each for each in self.turns if moment is None or each.measured_at >= moment)
        return replace(self, measured=kept, turns=turns) if kept else None


@dataclass(frozen=True)
class CourseTable:
    """The numbers of one course as a page shows them; `left_out` earlier ones are not shown."""

    course: Course
    rows: tuple[MeasuredBeside, ...]

    @property
    def left_out(self) -> int:
        return len(self.course.measured) - len(self.rows)


@dataclass(frozen=True)
class Drawn:
    """One drawing at the two widths that a page needs."""

    wide: SafeString
    narrow: SafeString


def courses_of(viewer: Viewer, patient_id: str, episode_id: str) -> list[Course]:
    """Symptoms first, the alliance last; empty when the patient is not the viewer's."""
    asked = {"viewer": viewer.parameter(), "patient_id": patient_id, "episode_id": episode_id}
    scores = published_snapshot().made(MeasuredBeside, "patient_course", **asked)
    turns = list(_turns(published_snapshot().rows("alliance_turns", **asked)))
    groups = groupby(scores, key=lambda each: each.instrument)
    return [_course(tuple(measured), turns) for _instrument, measured in groups]


def tables_of(courses: Sequence[Course], whole: str = "") -> list[CourseTable]:
    """The numbers of each course; all of those of the instrument `whole`."""
    is_asked = any(course.instrument == whole for course in courses)
    shown = ROWS_BESIDE if is_asked else ROWS_SHOWN
    return [
        CourseTable(
            course, course.measured if course.instrument == whole else course.measured[-shown:]
        )
        for course in courses
    ]


def tables_drawn(
    tables: Sequence[CourseTable],
    *,
    asked: str,
    patient_id: str,
    has_links: bool,
    language: str,
) -> SafeString:
    """The tables as HTML, in the language in force, which must be `language`.

    `asked` is the instrument whose table stands open, `has_links` whether earlier scores can be
    asked for. It says nothing of who looks, so that it can be kept by what stands in it.
    """
    shown = {"tables": tables, "asked": asked, "patient_id": patient_id, "has_links": has_links}
    return render_to_string("course_tables.html", shown)


def drawn(courses: Sequence[Course], happenings: Sequence[Happening] = ()) -> Drawn | None:
    """All courses under one another on one axis; None where nothing was measured."""
    if not courses:
        return None
    sheet = Sheet(
        _("Course of the treatment"), tuple(course.panel for course in courses), tuple(happenings)
    )
    how = {"panel_height": PANEL_HEIGHT, "language": _language()}
    wide, narrow = (
        drawn_once(treatment_picture, sheet, width=width, **how) for width in (WIDE, NARROW)
    )
    return Drawn(wide, narrow)


def legend_of(courses: Sequence[Course], happenings: Sequence[Happening]) -> dict[str, bool]:
    """What occurs in the drawing and so has to be explained."""
    measured = [each for course in courses for each in course.measured]
    return {
        "cutoff": any(course.last.cutoff is not None for course in courses),
        "start": any(course.last.baseline_score is not None for course in courses),
        "band": any(course.has_band for course in courses),
        "sudden_change": any(each.sudden for each in measured),
        "turns": any(course.turns for course in courses),
        "alerts": any(each.sign in ("red", "amber", "info") for each in happenings),
    }


def _course(measured: tuple[MeasuredBeside, ...], turns: Sequence[tuple[str, Turn]]) -> Course:
    first = measured[0]
    own = tuple(turn for instrument, turn in turns if instrument == first.instrument)
    return Course(first.instrument, first.short_name, measured, own)


def _turns(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, Turn]]:
    """(instrument, turn); a repair only of a drop that is drawn."""
    fallen: set[str] = set()
    for row in rows:
        instrument, kind = row["instrument"], row["kind"]
        if kind == "rupture" or instrument in fallen:
            yield instrument, Turn(row["measured_at"], kind, row["score"])
        fallen = fallen | {instrument} if kind == "rupture" else fallen - {instrument}


def _point(measured: MeasuredBeside) -> Point:
    return Point(
        measured.measured_at,
        measured.score,
        measured.lower,
        measured.upper,
        measured.sudden is not None,
        measured.lower68,
        measured.upper68,
    )


def _language() -> str:
    return (get_language() or "nl")[:2]
