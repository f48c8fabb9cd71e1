"""A patient's page: the course of the treatment, its alerts, and who may look."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dashboards.access import ROLES, Role, Viewer, ViewerRequest
from dashboards.drawing.sentences import closed_reason_name, kind_name, level_name, reason_sentence
from dashboards.journal.access_log import Access, who_looked
from dashboards.journal.goals import Course, announce_leaving, announced_leaving, take_back_leaving
from dashboards.looking import log_opening
from dashboards.pages.answer_form import LeavingForm
from dashboards.pages.patient_course import PatientAlert, courses_of, legend_of
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
    def relation_words(self) -> str | Promise:
        return RELATIONS[self.relation]


@dataclass(frozen=True)
class AlertLine:
    """One alert as a line of the page."""

    alert: PatientAlert

    @property
    def kind_word(self) -> str:
        return kind_name(self.alert.kind, _language())

    @property
    def level_word(self) -> str:
        return level_name(self.alert.level, _language())

    @property
    def published(self) -> PatientAlert:
        return self.alert

    @property
    def reason_sentence(self) -> str:
        return reason_sentence(json.loads(self.alert.reason), _language())

    @property
    def closed_word(self) -> str:
        reason = self.alert.closed_reason
        return closed_reason_name(reason, _language()) if reason else ""


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
    leaving_form: LeavingForm | None = None,
) -> HttpResponse:
    """The page of an episode, for `viewer`; written into the access log before it is made."""
    log_opening(request, episode.clinic_id, episode.patient_id, reason)
    alerts = _alerts(viewer, episode)
    courses = courses_of(viewer, episode.patient_id, episode.episode_id, alerts)
    page = {
        "episode": episode,
        "earlier": earlier,
        "alerts": [AlertLine(alert) for alert in alerts],
        "courses": courses,
        "legend": legend_of(courses),
        "leaving": announced_leaving(episode.course),
        "leaving_form": leaving_form,
        **(sharing_of(viewer, episode.patient_id) if episode.relation == "own" else {}),
    }
    status = 200 if leaving_form is None else 422
    return render(request, "patient.html", page, status=status)


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
        earlier = episodes_of(request.viewer, patient_id)[1:]
        return shown(request, request.viewer, episode, earlier, leaving_form=form)
    if form.cleaned_data["stays"]:
        take_back_leaving(request.viewer.actor, episode.course)
    else:
        announce_leaving(request.viewer.actor, episode.course, form.cleaned_data["note"])
    return redirect("patient", patient_id)


def treated_episode(viewer: Viewer, patient_id: str) -> Episode:
    """The newest episode of a patient whom the viewer treats. Raises Http404, PermissionDenied."""
    episode = episodes_of(viewer, patient_id)[0]
    if not episode.treats:
        raise PermissionDenied
    return episode


def episodes_of(viewer: Viewer, patient_id: str) -> list[Episode]:
    """At least one, the newest first. Raises Http404 when the patient is not the viewer's."""
    parameters: dict[str, Any] = {"viewer": viewer.parameter(), "patient_id": patient_id}
    rows = published_snapshot().rows("patient", **parameters)
    if not rows:
        raise Http404
    return [Episode(**row) for row in rows]


def _alerts(viewer: Viewer, episode: Episode) -> list[PatientAlert]:
    rows = published_snapshot().rows(
        "patient_alerts",
        viewer=viewer.parameter(),
        patient_id=episode.patient_id,
        episode_id=episode.episode_id,
    )
    return [PatientAlert(**row) for row in rows]


def _language() -> str:
    return (get_language() or "nl")[:2]
