"""A patient's page: the course of the treatment, what happened beside it, and who may look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dashboards.access import ROLES, Role, Viewer, ViewerRequest
from dashboards.journal.access_log import Access, who_looked
from dashboards.journal.answers import standings
from dashboards.journal.goals import (
    ABOUT_A_COURSE,
    Course,
    announce_leaving,
    announced_leaving,
    evaluations_of,
    events_of,
    goals_of,
    take_back_leaving,
)
from dashboards.journal.marks import marks_of
from dashboards.journal.writing import service_day
from dashboards.looking import log_opening
from dashboards.pages.answer_form import LeavingForm
from dashboards.pages.drawn_once import drawn_once
from dashboards.pages.happenings import (
    MARKS,
    AlertLine,
    MarkLine,
    PatientAlert,
    happenings_of,
)
from dashboards.pages.patient_course import Course as DrawnCourse
from dashboards.pages.patient_course import (
    courses_of,
    drawn,
    legend_of,
    tables_drawn,
    tables_of,
)
from dashboards.pages.sharing import sharing_of
from dashboards.warehouse import published_snapshot

RELATIONS: dict[str, str | Promise] = {
    "own": _("your own patient"),
    "co_therapist": _("you treat this patient together with a colleague"),
    "deputy": _("you stand in for a colleague on leave"),
    "shared": _("a colleague shares this patient with you"),
    "break_glass": _("opened for a stated reason"),
}
TREATS = frozenset({"own", "co_therapist", "deputy"})
PAGES_IN_WORDS: dict[str, str | Promise] = {
    "patient": _("page of the patient"),
    "patient_view": _("page to read together"),
    "goals": _("goals and evaluations"),
    "goal_set": _("goals and evaluations"),
    "goal_close": _("goals and evaluations"),
    "evaluation": _("page for an evaluation"),
    "evaluation_plan": _("goals and evaluations"),
    "evaluation_hold": _("goals and evaluations"),
    "mark_set": _("own mark"),
    "mark_remove": _("own mark"),
    "who_looked": _("who looked"),
    "alert": _("alert"),
    "alert_seen": _("alert"),
    "alert_answer": _("answer to an alert"),
    "alert_undo": _("answer to an alert"),
    "alert_note": _("note to an alert"),
    "break_glass": _("page of the patient, for a stated reason"),
    "share": _("sharing"),
    "stop_sharing": _("sharing"),
    "leaving": _("announced leaving"),
}


@dataclass(frozen=True)
class Episode:
    """One course of treatment; `relation` says why the viewer may see it."""

    clinic_id: str
    patient_id: str
    episode_id: str
    therapist_id: str | None
    relation: str
    started_at: datetime
    last_measured_at: datetime | None
    is_closed: bool
    ended_at: datetime | None

    @property
    def course(self) -> Course:
        return Course(self.clinic_id, self.patient_id, self.episode_id)

    @property
    def treats(self) -> bool:
        """Whether the viewer treats the patient, alone, with or for a colleague."""
        return self.relation in TREATS

    @property
    def reads_goals(self) -> bool:
        """Whether the viewer treats the patient, or somebody who does shared the patient."""
        return self.treats or self.relation == "shared"

    @property
    def relation_words(self) -> str | Promise:
        return RELATIONS[self.relation]


@dataclass(frozen=True)
class Forms:
    """Forms that came back because something in them was missing or wrong."""

    leaving: LeavingForm | None = None
    mark: forms.Form | None = None

    @property
    def status(self) -> int:
        return 200 if self.leaving is None and self.mark is None else 422


@dataclass(frozen=True)
class AccessLine:
    """One line of who looked."""

    access: Access

    @property
    def role_name(self) -> str | Promise:
        known = next((role for role in Role if role == self.access.role), None)
        return ROLES[known].name if known else "–"

    @property
    def page_in_words(self) -> str | Promise:
        return PAGES_IN_WORDS.get(self.access.page, self.access.page)

    @property
    def was_refused(self) -> bool:
        return self.access.result == "refused"


def patient_page(request: ViewerRequest, patient_id: str) -> HttpResponse:
    """The page `patient`. Raises Http404 alike when unknown and when someone else's."""
    episode, *earlier = episodes_of(request.viewer, patient_id)
    return shown(request, request.viewer, episode, earlier)


def shown(
    request: ViewerRequest,
    viewer: Viewer,
    episode: Episode,
    earlier: Sequence[Episode],
    reason: str | None = None,
    given: Forms | None = None,
) -> HttpResponse:
    """The page of an episode, for `viewer`; written into the access log before it is made."""
    log_opening(request, episode.clinic_id, episode.patient_id, reason)
    given = given or Forms()
    page = {
        "episode": episode,
        "earlier": earlier,
        "leaving_form": given.leaving,
        **_course(request, viewer, episode),
        **(_writing(given) if episode.treats else {}),
        **(sharing_of(viewer, episode.patient_id) if episode.relation == "own" else {}),
    }
    return render(request, "patient.html", page, status=given.status)


def who_looked_page(request: ViewerRequest, patient_id: str) -> HttpResponse:
    """The page `who_looked`, for who treats the patient. Raises Http404, PermissionDenied."""
    episode = treated_episode(request.viewer, patient_id)
    log_opening(request, episode.clinic_id, patient_id)
    lines = [AccessLine(each) for each in who_looked(episode.clinic_id, patient_id)]
    return render(request, "who_looked.html", {"episode": episode, "lines": lines})


def leaving(request: ViewerRequest, patient_id: str) -> HttpResponse:
    """Write that the patient said they will stop, or stays after all."""
    if request.method != "POST":
        return redirect("patient", patient_id)
    episode = treated_episode(request.viewer, patient_id)
    form = LeavingForm(request.POST)
    if not form.is_valid():
        return shown_again(request, episode, Forms(leaving=form))
    if form.cleaned_data["stays"]:
        take_back_leaving(request.viewer.actor, episode.course)
    else:
        announce_leaving(request.viewer.actor, episode.course, form.cleaned_data["note"])
    return redirect("patient", patient_id)


def shown_again(request: ViewerRequest, episode: Episode, given: Forms) -> HttpResponse:
    """The patient's page (422) with a form as it came in."""
    earlier = episodes_of(request.viewer, episode.patient_id)[1:]
    return shown(request, request.viewer, episode, earlier, given=given)


def treated_episode(viewer: Viewer, patient_id: str) -> Episode:
    """The newest episode of a patient whom the viewer treats. Raises Http404, PermissionDenied."""
    episode = episodes_of(viewer, patient_id)[0]
    if not episode.treats:
        raise PermissionDenied
    return episode


def episodes_of(viewer: Viewer, patient_id: str) -> list[Episode]:
    """At least one, the newest first. Raises Http404 when the patient is not the viewer's."""
    parameters: dict[str, Any] = {"viewer": viewer.parameter(), "patient_id": patient_id}
    episodes = published_snapshot().made(Episode, "patient", **parameters)
    if not episodes:
        raise Http404
    return list(episodes)


def alerts_of_episode(viewer: Viewer, episode: Episode) -> list[AlertLine]:
    """The alerts of the episode with what was done about them: open ones, then the newest."""
    alerts = published_snapshot().made(
        PatientAlert,
        "patient_alerts",
        viewer=viewer.parameter(),
        patient_id=episode.patient_id,
        episode_id=episode.episode_id,
    )
    keys = [each.key(*_whose(episode)) for each in alerts]
    said = standings(keys)
    return [AlertLine(each, said[each.alert_id]) for each in alerts]


def _whose(episode: Episode) -> tuple[str, str, str]:
    return episode.clinic_id, episode.patient_id, episode.episode_id


def _course(request: ViewerRequest, viewer: Viewer, episode: Episode) -> dict[str, Any]:
    """The drawing, its legend and tables, and what happened beside the scores."""
    today = service_day()
    alerts = alerts_of_episode(viewer, episode)
    course = episode.course
    events = events_of(course, *ABOUT_A_COURSE)
    marks = [MarkLine(each) for each in marks_of(course, events)] if episode.treats else []
    evaluations = evaluations_of(course, events) if episode.reads_goals else []
    courses = courses_of(viewer, episode.patient_id, episode.episode_id)
    happenings = happenings_of(alerts, marks, evaluations, today)
    return {
        "alerts": alerts,
        "leaving": announced_leaving(course, events),
        "open_critical": [each for each in alerts if each.is_open and each.is_critical],
        "marks": marks,
        "goals": goals_of(course, events) if episode.reads_goals else [],
        "evaluations": evaluations,
        "tables": _tables(courses, episode, request.GET.get("table", "")),
        "drawn": drawn(courses, happenings),
        "happenings": sorted(happenings, key=lambda each: each.at),
        "legend": legend_of(courses, happenings),
        "measured_days": _days_since(episode.last_measured_at, today),
    }


def _tables(courses: Sequence[DrawnCourse], episode: Episode, asked: str) -> SafeString:
    """The numbers of the courses as HTML; whoever broke the glass is led no further."""
    return drawn_once(
        tables_drawn,
        tuple(tables_of(courses, asked)),
        asked=asked if any(course.instrument == asked for course in courses) else "",
        patient_id=episode.patient_id,
        has_links=episode.relation != "break_glass",
        language=get_language(),
    )


def _writing(given: Forms) -> dict[str, Any]:
    """What the forms for own marks need."""
    return {"mark_form": given.mark, "mark_kinds": MARKS.items(), "today": service_day()}


def _days_since(moment: datetime | None, today: date) -> int | None:
    return None if moment is None else max((today - moment.date()).days, 0)
