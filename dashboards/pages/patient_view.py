"""One printable page in plain language, for therapist and patient to read together.

It shows what the patient filled in and nothing that was made of it: no expected course, no
prediction, no alert, no single answer. What it is made of holds none of these, so that no
template can show them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from dashboards.access import Viewer, ViewerRequest
from dashboards.drawing.course import WIDE, Point, Scale
from dashboards.drawing.formats import day, number
from dashboards.drawing.small_multiples import BESIDE_PANEL, Panel, Sheet, treatment_picture
from dashboards.journal.goals import goals_of
from dashboards.journal.writing import service_day
from dashboards.looking import log_opening
from dashboards.pages.drawn_once import drawn_once
from dashboards.pages.patient import Episode, episodes_of
from dashboards.pages.patient_course import Course, courses_of
from dashboards.warehouse import published_snapshot

# What fits one A4 beside the sentences: the height that the panels share, and how many. [D]
MOST_PANELS, PICTURE_HEIGHT, MOST_PANEL_HEIGHT = 5, 440.0, 96.0
MOST_GOALS = 3
WRITING_LINES = range(3)

MEASURES: dict[str, str | Promise] = {
    "symptoms": _("Complaints"),
    "wellbeing": _("How you are doing"),
    "functioning": _("How daily life goes"),
    "alliance": _("How we work together"),
}

_BETTER = _("That is clearly better than at the start.")
# The published judgement in words that blame nobody.
VERDICTS: dict[str, str | Promise] = {
    "recovered": _BETTER,
    "improved": _BETTER,
    "unchanged": _("That is about the same: a small difference can be chance."),
    "deteriorated": _("It is harder for you now than at the start. Talk about it together."),
}


@dataclass(frozen=True)
class PlainScore:
    """One score that the patient gave."""

    measured_at: datetime
    score: float


@dataclass(frozen=True)
class PlainCourse:
    """One questionnaire as the patient may read it, oldest score first.

    `verdict` is the published judgement of the change since the start; None where there is none.
    `is_alliance`: about working together, of which no start is told.
    """

    name: str
    is_alliance: bool
    direction: int
    minimum: float
    maximum: float
    cutoff: float | None
    start: float | None
    verdict: str | None
    scores: tuple[PlainScore, ...]

    @property
    def latest(self) -> PlainScore:
        return self.scores[-1]

    @property
    def sentences(self) -> str:
        """From where to where, and whether that is more than chance. Never that it went wrong."""
        return " ".join([_from_to(self), *_difference(self)])


def patient_view(request: ViewerRequest, patient_id: str) -> HttpResponse:
    """The page `patient_view`. Raises Http404 when the patient is not the viewer's."""
    episode = episodes_of(request.viewer, patient_id)[0]
    log_opening(request, episode.clinic_id, patient_id)
    courses = plain_courses(request, episode)
    goals = [goal for goal in goals_of(episode.course) if goal.outcome is None]
    page = {
        "episode": episode,
        "courses": courses,
        "drawn": drawn_once(picture_of, tuple(courses), language=_language()),
        "has_cutoff": any(course.cutoff is not None for course in courses),
        "goals": goals[:MOST_GOALS] if episode.reads_goals else [],
        "lines": WRITING_LINES,
        "today": service_day(),
    }
    return render(request, "patient_view.html", page)


def plain_courses(request: ViewerRequest, episode: Episode) -> list[PlainCourse]:
    """At most as many as fit, symptoms first."""
    about = (request.viewer, episode.patient_id, episode.episode_id)
    verdicts = _verdicts(*about)
    found = courses_of(*about)[:MOST_PANELS]
    return [plain(each, verdicts.get((each.instrument, each.last.scale))) for each in found]


def plain(course: Course, verdict: str | None) -> PlainCourse:
    """Of a course only what its patient may read."""
    last = course.last
    is_alliance = last.measures == "alliance"
    about = MEASURES.get(last.measures, MEASURES["symptoms"])
    return PlainCourse(
        name=f"{about} ({course.name})",
        is_alliance=is_alliance,
        direction=last.direction,
        minimum=last.minimum,
        maximum=last.maximum,
        cutoff=None if is_alliance else last.cutoff,
        start=None if is_alliance else last.baseline_score,
        verdict=None if is_alliance else verdict,
        scores=tuple(PlainScore(each.measured_at, each.score) for each in course.measured),
    )


def picture_of(courses: Sequence[PlainCourse], *, language: str) -> str:
    """The scores on one axis of time, without anything beside them; empty without any."""
    if not courses:
        return ""
    height = min(PICTURE_HEIGHT / len(courses) - BESIDE_PANEL, MOST_PANEL_HEIGHT)
    told = " ".join(f"{course.name}: {course.sentences}" for course in courses)
    panels = tuple(_panel(each) for each in courses)
    sheet = Sheet(gettext("Your answers so far"), panels, told=told)
    return treatment_picture(sheet, width=WIDE, panel_height=height, language=language)


def _panel(course: PlainCourse) -> Panel:
    points = tuple(Point(each.measured_at, each.score) for each in course.scores)
    scale = Scale(course.minimum, course.maximum, course.direction, course.cutoff, course.start)
    return Panel(course.name, points, scale)


def _from_to(course: PlainCourse) -> str:
    latest = {
        "latest": number(course.latest.score, _language()),
        "on": day(course.latest.measured_at, _language()),
    }
    if course.start is None or len(course.scores) == 1:
        return gettext("On %(on)s your score was %(latest)s.") % latest
    start = number(course.start, _language())
    return gettext("At the start your score was %(start)s, on %(on)s it was %(latest)s.") % {
        **latest,
        "start": start,
    }


def _difference(course: PlainCourse) -> list[str]:
    """Whether it differs from the start by more than chance, in words that blame nobody."""
    if course.start is None or course.verdict is None or len(course.scores) == 1:
        return []
    return [str(VERDICTS[course.verdict])] if course.verdict in VERDICTS else []


def _verdicts(viewer: Viewer, patient_id: str, episode_id: str) -> dict[tuple[str, str], str]:
    asked = {"viewer": viewer.parameter(), "patient_id": patient_id, "episode_id": episode_id}
    rows = published_snapshot().rows("patient_change", **asked)
    return {(row["instrument"], row["scale"]): row["verdict"] for row in rows}


def _language() -> str:
    return (get_language() or "nl")[:2]
