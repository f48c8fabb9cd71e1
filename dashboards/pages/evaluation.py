"""The printable page for an evaluation: the course since the last one, goals, room to write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from django.http import HttpResponse
from django.shortcuts import render

from dashboards.access import ViewerRequest
from dashboards.journal.goals import Evaluation
from dashboards.journal.writing import service_day
from dashboards.looking import log_opening
from dashboards.pages.goals import goals_in_words, held_evaluations, planned_evaluations
from dashboards.pages.patient import treated_episode
from dashboards.pages.patient_course import Course, MeasuredBeside, courses_of, drawn, legend_of

# Lines to write on, on paper.
WRITING_LINES = range(7)


@dataclass(frozen=True)
class Since:
    """One questionnaire: at the start of the treatment, at the last evaluation, and now."""

    course: Course
    then: MeasuredBeside | None

    @property
    def start(self) -> float:
        """The baseline where there is one, else the first score."""
        baseline = self.course.last.baseline_score
        return self.course.first.score if baseline is None else baseline


def evaluation_page(request: ViewerRequest, patient_id: str) -> HttpResponse:
    """The page `evaluation`, for who treats the patient. Raises Http404, PermissionDenied."""
    episode = treated_episode(request.viewer, patient_id)
    log_opening(request, episode.clinic_id, patient_id)
    held = held_evaluations(episode)
    last = held[0] if held else None
    courses = courses_of(request.viewer, patient_id, episode.episode_id)
    recent = [each for each in (course.since(_day_of(last)) for course in courses) if each]
    page = {
        "episode": episode,
        "last": last,
        "planned": planned_evaluations(episode)[:1],
        "nothing_new": last is not None and not recent,
        "drawn": drawn(recent or courses),
        "legend": legend_of(recent or courses, ()),
        "since": since_of(courses, last),
        "goals": goals_in_words(episode),
        "lines": WRITING_LINES,
        "today": service_day(),
    }
    return render(request, "evaluation.html", page)


def since_of(courses: Sequence[Course], last: Evaluation | None) -> list[Since]:
    """Each course beside its last score up to the day of the last evaluation."""
    return [Since(course, _at(course, last)) for course in courses]


def _at(course: Course, last: Evaluation | None) -> MeasuredBeside | None:
    if last is None or last.held_on is None:
        return None
    day = last.held_on
    known = [each for each in course.measured if each.measured_at.date() <= day]
    return known[-1] if known else None


def _day_of(last: Evaluation | None) -> datetime | None:
    """The beginning of the day of an evaluation; None where there was none."""
    if last is None or last.held_on is None:
        return None
    return datetime.combine(last.held_on, time())
