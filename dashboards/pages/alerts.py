"""Open alerts, one alert, and answering it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dashboards.access import Viewer, ViewerRequest
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
    AnsweredMeanwhileError,
    Standing,
    mark_seen,
    standing,
    standings,
    withdraw_answer,
    write_answer,
)
from dashboards.pages.answer_form import AnswerForm, ShownForm
from dashboards.pages.course import course_drawn, course_of
from dashboards.warehouse import Snapshot, published_snapshot

SECTIONS: Mapping[str, str | Promise] = {
    "critical": _("Critical items"),
    "new": _("New"),
    "open": _("Open"),
    "answered": _("Answered"),
}


@dataclass(frozen=True)
class PublishedAlert:
    """One alert as the run left it; the fields are columns of `alert_list`."""

    alert_id: str
    clinic_id: str
    patient_id: str | None
    therapist_id: str | None
    episode_id: str | None
    kind: str
    level: str
    section: str
    instrument: str | None
    scale: str | None
    opened_at: datetime
    last_signal_at: datetime
    days_open: int
    reason: str
    next_step: str
    disagreement: str | None
    is_closed: bool

    @property
    def key(self) -> AlertKey:
        return AlertKey(
            alert_id=self.alert_id,
            clinic_id=self.clinic_id,
            patient_id=self.patient_id,
            alert_kind=self.kind,
            opened_at=self.opened_at,
            measured_at=self.last_signal_at,
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
    def is_waiting(self) -> bool:
        """Whether it belongs in the list: open as of the run, or answered since."""
        return not self.published.is_closed or self.standing.answer is not None

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
    def next_step(self) -> str:
        return next_step_sentence(self.published.next_step, _language())

    @property
    def next_step_in_short(self) -> str:
        return next_step_name(self.published.next_step, _language())

    @property
    def action_words(self) -> str:
        answer = self.standing.answer
        return "" if answer is None else action_in_words(answer.given.action)


def alert_list(request: ViewerRequest) -> HttpResponse:
    """The page `alerts`: sections in the order of SECTIONS, empty ones left out."""
    waiting = [alert for alert in alerts_of(request.viewer) if alert.is_waiting]
    sections = [
        (key, name, [alert for alert in waiting if alert.section == key])
        for key, name in SECTIONS.items()
    ]
    shown = [section for section in sections if section[2]]
    return render(request, "alerts.html", {"sections": shown, "count": _open_count(waiting)})


def alert_page(request: ViewerRequest, alert_id: str) -> HttpResponse:
    """One alert, with a form when it has no answer yet. Raises Http404 when not the viewer's."""
    alert = alert_of(request.viewer, alert_id)
    form = None if alert.standing.answer else _empty_form(alert)
    return _page(request, alert, form)


def alert_seen(request: ViewerRequest, alert_id: str) -> HttpResponse:
    """Write that the alert was seen, and come back to it."""
    if request.method == "POST":
        mark_seen(alert_of(request.viewer, alert_id).published.key, request.viewer.actor)
    return redirect("alert", alert_id)


def alert_answer(request: ViewerRequest, alert_id: str) -> HttpResponse:
    """Write the answer; the form again (422, 409) when it is incomplete or came too late."""
    if request.method != "POST":
        return redirect("alert", alert_id)
    alert = alert_of(request.viewer, alert_id)
    form = AnswerForm(alert.published.kind, request.POST)
    if not form.is_valid():
        return _page(request, alert, form, status=422)
    try:
        given = form.given(request.viewer.actor)
        write_answer(alert.published.key, given, shown_seq=form.cleaned_data["shown_seq"])
    except AnsweredMeanwhileError:
        return _too_late(request, alert, request.POST.dict())
    return redirect("alert", alert_id)


def alert_undo(request: ViewerRequest, alert_id: str) -> HttpResponse:
    """Withdraw the answer in force; the page again (409) when it changed meanwhile."""
    if request.method != "POST":
        return redirect("alert", alert_id)
    alert = alert_of(request.viewer, alert_id)
    form = ShownForm(request.POST)
    if not form.is_valid():
        return _too_late(request, alert, None)
    try:
        shown_seq = form.cleaned_data["shown_seq"]
        withdraw_answer(alert.published.key, request.viewer.actor, shown_seq=shown_seq)
    except AnsweredMeanwhileError:
        return _too_late(request, alert, None)
    return redirect("alert", alert_id)


def alerts_of(viewer: Viewer) -> list[AlertInWords]:
    """The alerts that the viewer may see, in the order of the list."""
    published = _published(published_snapshot(), viewer, None)
    said = standings(viewer.clinic_id, [alert.key for alert in published])
    return [AlertInWords(alert, said[alert.alert_id]) for alert in published]


def alert_of(viewer: Viewer, alert_id: str) -> AlertInWords:
    """One alert. Raises Http404 alike when it is unknown and when it is someone else's."""
    found = _published(published_snapshot(), viewer, alert_id)
    if not found:
        raise Http404
    return AlertInWords(found[0], standing(found[0].key))


def _published(snapshot: Snapshot, viewer: Viewer, alert_id: str | None) -> list[PublishedAlert]:
    rows = snapshot.rows("alerts", viewer=viewer.parameter(), alert_id=alert_id)
    return [PublishedAlert(**row) for row in rows]


def _open_count(waiting: list[AlertInWords]) -> int:
    return sum(alert.section != "answered" for alert in waiting)


def _empty_form(alert: AlertInWords) -> AnswerForm:
    return AnswerForm(alert.published.kind, initial={"shown_seq": alert.standing.last_seq})


def _too_late(
    request: ViewerRequest, alert: AlertInWords, typed: dict[str, Any] | None
) -> HttpResponse:
    """The alert as it is now, with what the person had typed, to be saved again or not."""
    fresh = AlertInWords(alert.published, standing(alert.published.key))
    form = None if fresh.standing.answer else _empty_form(fresh)
    if typed is not None:
        form = AnswerForm(
            alert.published.kind, initial={**typed, "shown_seq": fresh.standing.last_seq}
        )
    return _page(request, fresh, form, status=409)


def _page(
    request: ViewerRequest, alert: AlertInWords, form: AnswerForm | None, status: int = 200
) -> HttpResponse:
    page = {"alert": alert, "form": form, "is_too_late": status == 409, **_course(request, alert)}
    return render(request, "alert.html", page, status=status)


def _course(request: ViewerRequest, alert: AlertInWords) -> dict[str, Any]:
    """`course` (the scores, oldest first) and `course_drawn`."""
    course = course_of(request.viewer, alert.published.alert_id)
    title = _("Course so far: %(instrument)s") % {"instrument": alert.instrument}
    return {"course": course, "course_drawn": course_drawn(course, title, _language())}


def _language() -> str:
    return (get_language() or "nl")[:2]
