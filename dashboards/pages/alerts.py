"""One alert, and answering it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dashboards.access import Viewer, ViewerRequest
from dashboards.drawing.duty import late_sentence, protocol_sentence
from dashboards.drawing.sentences import (
    disagreement_sentence,
    kind_name,
    level_name,
    next_step_name,
    next_step_sentence,
    reason_sentence,
)
from dashboards.journal.actions import action_in_words
from dashboards.journal.answers import (
    AlertKey,
    Answer,
    AnsweredMeanwhileError,
    Standing,
    add_note,
    mark_seen,
    standing,
    standings,
    withdraw_answer,
    write_answer,
)
from dashboards.looking import log_opening
from dashboards.pages.answer_form import AnswerForm, NoteForm, ShownForm
from dashboards.pages.course import course_drawn, course_of
from dashboards.warehouse import Snapshot, published_snapshot


@dataclass(frozen=True)
class PublishedAlert:
    """One alert as the run left it: columns of `alert_list`, and up to when the run knew."""

    alert_id: str
    clinic_id: str
    patient_id: str | None
    therapist_id: str | None
    episode_id: str | None
    kind: str
    domain: str | None
    risk_domain: str | None
    level: str
    section: str
    instrument: str | None
    scale: str | None
    opened_at: datetime
    last_signal_at: datetime
    days_open: int
    last_landed_at: datetime | None
    escalated_at: datetime | None
    escalated_to: str | None
    known_at: datetime
    reason: str
    next_step: str
    disagreement: str | None
    is_closed: bool
    is_own: bool
    may_answer: bool

    @cached_property
    def key(self) -> AlertKey:
        return AlertKey(
            alert_id=self.alert_id,
            clinic_id=self.clinic_id,
            patient_id=self.patient_id,
            alert_kind=self.kind,
            opened_at=self.opened_at,
            measured_at=self.last_signal_at,
            domain=self.domain,
            episode_id=self.episode_id,
            last_landed_at=self.last_landed_at,
            known_at=self.known_at,
        )


@dataclass(frozen=True)
class AlertInWords:
    """One alert as a page shows it: what the run found and what the journal says."""

    published: PublishedAlert
    standing: Standing

    @property
    def section(self) -> str:
        return "answered" if self.standing.answer else self.published.section

    @property
    def has_patient_page(self) -> bool:
        """Whether the viewer may open the page of its patient."""
        return self.published.is_own and self.published.patient_id is not None

    @property
    def is_waiting(self) -> bool:
        """Whether it belongs in the list: open as of the run, or answered since."""
        return not self.published.is_closed or self.standing.answer is not None

    @property
    def beside(self) -> list[tuple[Answer, str]]:
        """Answers that others gave at the same time, each with its action in words."""
        return [(answer, action_in_words(answer.given.action)) for answer in self.standing.beside]

    @property
    def instrument(self) -> str:
        """The instrument as the reason names it; empty for a file."""
        return str(json.loads(self.published.reason).get("instrument", ""))

    @property
    def level_word(self) -> str:
        return level_name(self.published.level, _language())

    @property
    def kind_word(self) -> str:
        return kind_name(self.published.kind, _language())

    @property
    def reason_sentence(self) -> str:
        return reason_sentence(json.loads(self.published.reason), _language())

    @property
    def disagreement(self) -> str:
        """Where other questionnaires of the episode say the opposite; empty where none does."""
        told = self.published.disagreement
        return disagreement_sentence(json.loads(told), _language()) if told else ""

    @property
    def lateness(self) -> str:
        """That nobody answered in time, and for whom it is now; empty where it is not late."""
        late = self.published.escalated_at is not None
        return late_sentence(self.published.escalated_to, _language()) if late else ""

    @property
    def protocol(self) -> str:
        """Where the clinic's own protocol is found; empty for what is no critical item."""
        protocol = settings.OPKOERS.critical.protocol if self.published.domain else ""
        return protocol_sentence(protocol, _language())

    @property
    def next_step(self) -> str:
        return next_step_sentence(self.published.next_step, _language())

    @property
    def next_step_in_short(self) -> str:
        return next_step_name(self.published.next_step, _language())

    @property
    def action_words(self) -> str:
        answer = self.standing.answer
        return "" if answer is None else action_in_words(answer.given.action)


def alert_page(request: ViewerRequest, alert_id: str) -> HttpResponse:
    """One alert, with a form when it has no answer yet. Raises Http404 when not the viewer's."""
    alert = alert_of(request.viewer, alert_id)
    return _page(request, alert, _empty_form(alert))


def alert_seen(request: ViewerRequest, alert_id: str) -> HttpResponse:
    """Write that the alert was seen, and come back to it."""
    if request.method == "POST":
        mark_seen(_own_alert(request.viewer, alert_id).published.key, request.viewer.actor)
    return redirect("alert", alert_id)


def alert_answer(request: ViewerRequest, alert_id: str) -> HttpResponse:
    """Write the answer, beside that of another where one was given since the page was shown.

    The form again (422) when it is incomplete.
    """
    if request.method != "POST":
        return redirect("alert", alert_id)
    alert = _own_alert(request.viewer, alert_id)
    form = AnswerForm(alert.published.kind, alert.published.risk_domain, request.POST)
    if not form.is_valid():
        return _page(request, alert, form, status=422)
    given = form.given(request.viewer.actor)
    write_answer(alert.published.key, given, shown_seq=form.cleaned_data["shown_seq"])
    return redirect("alert", alert_id)


def alert_undo(request: ViewerRequest, alert_id: str) -> HttpResponse:
    """Withdraw the answer in force; the page again (409) when it changed meanwhile."""
    if request.method != "POST":
        return redirect("alert", alert_id)
    alert = _own_alert(request.viewer, alert_id)
    form = ShownForm(request.POST)
    if not form.is_valid():
        return _too_late(request, alert)
    try:
        shown_seq = form.cleaned_data["shown_seq"]
        withdraw_answer(alert.published.key, request.viewer.actor, shown_seq=shown_seq)
    except AnsweredMeanwhileError:
        return _too_late(request, alert)
    return redirect("alert", alert_id)


def alert_note(request: ViewerRequest, alert_id: str) -> HttpResponse:
    """Add a note to what was written before; the page again (422) when it cannot be kept."""
    if request.method != "POST":
        return redirect("alert", alert_id)
    alert = _own_alert(request.viewer, alert_id)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, alert, None, note=form, status=422)
    told = form.cleaned_data
    add_note(alert.published.key, request.viewer.actor, told["note"], shown_seq=told["shown_seq"])
    return redirect("alert", alert_id)


def alerts_of(viewer: Viewer) -> list[AlertInWords]:
    """The alerts that the viewer may see, in the order of the list."""
    published = _published(published_snapshot(), viewer, None)
    said = standings(alert.key for alert in published)
    return [AlertInWords(alert, said[alert.alert_id]) for alert in published]


def alerts_named(viewer: Viewer, alert_ids: Sequence[str]) -> dict[str, AlertInWords]:
    """Those alerts, by id, that the viewer may see."""
    published = _published(published_snapshot(), viewer, alert_ids)
    said = standings(alert.key for alert in published)
    return {alert.alert_id: AlertInWords(alert, said[alert.alert_id]) for alert in published}


def alert_of(viewer: Viewer, alert_id: str) -> AlertInWords:
    """One alert. Raises Http404 alike when it is unknown and when it is someone else's."""
    found = _published(published_snapshot(), viewer, [alert_id])
    if not found:
        raise Http404
    return AlertInWords(found[0], standing(found[0].key))


def _own_alert(viewer: Viewer, alert_id: str) -> AlertInWords:
    """One alert that the viewer may answer. Raises Http404, PermissionDenied."""
    alert = alert_of(viewer, alert_id)
    if not alert.published.may_answer:
        raise PermissionDenied
    return alert


def _published(
    snapshot: Snapshot, viewer: Viewer, wanted: Sequence[str] | None
) -> Sequence[PublishedAlert]:
    """All that the viewer may see, or those of them whose ids are wanted."""
    return snapshot.made(PublishedAlert, "alerts", viewer=viewer.parameter(), wanted=wanted)


def _empty_form(alert: AlertInWords) -> AnswerForm | None:
    """None where there is nothing to answer: it has an answer, or is only shared."""
    if alert.standing.answer or not alert.published.may_answer:
        return None
    initial = {"shown_seq": alert.standing.last_seq}
    return AnswerForm(alert.published.kind, alert.published.risk_domain, initial=initial)


def _too_late(request: ViewerRequest, alert: AlertInWords) -> HttpResponse:
    """The alert as it is now, when what was to be undone is no longer what the page showed."""
    fresh = AlertInWords(alert.published, standing(alert.published.key))
    return _page(request, fresh, _empty_form(fresh), status=409)


def _page(
    request: ViewerRequest,
    alert: AlertInWords,
    form: AnswerForm | None,
    note: NoteForm | None = None,
    status: int = 200,
) -> HttpResponse:
    log_opening(request, alert.published.clinic_id, alert.published.patient_id)
    page = {
        "alert": alert,
        "form": form,
        "note_form": note,
        "is_too_late": status == 409,
        **_course(request, alert),
    }
    return render(request, "alert.html", page, status=status)


def _course(request: ViewerRequest, alert: AlertInWords) -> dict[str, Any]:
    """`course` (the scores, oldest first) and `course_drawn`."""
    course = course_of(request.viewer, alert.published.alert_id)
    title = _("Course so far: %(instrument)s") % {"instrument": alert.instrument}
    return {"course": course, "course_drawn": course_drawn(course, title, _language())}


def _language() -> str:
    return (get_language() or "nl")[:2]
