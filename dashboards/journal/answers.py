"""Answers to alerts: what the journal says about one alert, and writing the next event.

An answer belongs to (clinic, patient, kind, measured_at), never to an alert's id alone, so that
a rebuilt warehouse finds it again on whichever alert covers that moment. Only alerts without a
patient (a held-back file) are told apart by the id that stands in the payload.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dashboards.journal.models import EventKind, JournalEvent

NOTE_LIMIT = 2000


class AnsweredMeanwhileError(Exception):
    """Someone wrote about this alert after the page was shown; nothing was written."""


@dataclass(frozen=True)
class AlertKey:
    """What ties events to an alert. `opened_at` to `measured_at` is the time it covers."""

    alert_id: str
    clinic_id: str
    patient_id: str | None
    alert_kind: str
    opened_at: datetime
    measured_at: datetime


@dataclass(frozen=True)
class GivenAnswer:
    """What one person said. `action` is a key of `actions_for`; `discussed` None: not said."""

    actor: str
    action: str
    discussed: bool | None
    note: str


@dataclass(frozen=True)
class Answer:
    """The answer in force: which event it is, when, and what was said."""

    seq: int
    at: datetime
    given: GivenAnswer


@dataclass(frozen=True)
class Standing:
    """All that the journal says about one alert; `last_seq` 0 when it says nothing."""

    last_seq: int = 0
    seen_by: str | None = None
    seen_at: datetime | None = None
    answer: Answer | None = None


def standings(clinic_id: str, keys: Iterable[AlertKey]) -> dict[str, Standing]:
    """Alert id to standing, from one reading of the clinic's events on those alerts."""
    wanted = list(keys)
    events = _events(clinic_id, wanted)
    return {
        key.alert_id: _standing([event for event in events if _covers(key, event)])
        for key in wanted
    }


def standing(key: AlertKey) -> Standing:
    """What the journal says about one alert."""
    return standings(key.clinic_id, [key])[key.alert_id]


def mark_seen(key: AlertKey, actor: str) -> None:
    """Write `alert_seen`, unless somebody was first: then there is nothing to add."""
    with transaction.atomic():
        if standing(key).seen_at is None:
            _write(key, actor, EventKind.ALERT_SEEN, {})


def write_answer(key: AlertKey, given: GivenAnswer, *, shown_seq: int) -> None:
    """Write `alert_answered` (and `alert_seen`, when nobody had).

    The same answer of the same person once more (a second click) adds nothing.
    `shown_seq` is the standing's last_seq on the page that was answered.
    Raises AnsweredMeanwhileError when that is no longer the last.
    """
    with transaction.atomic():
        now = standing(key)
        if now.answer is not None and now.answer.given == given:
            return
        _refuse_if_moved_on(now, shown_seq)
        if now.seen_at is None:
            _write(key, given.actor, EventKind.ALERT_SEEN, {})
        _write(key, given.actor, EventKind.ALERT_ANSWERED, _payload(given))


def withdraw_answer(key: AlertKey, actor: str, *, shown_seq: int) -> None:
    """Write `alert_answer_withdrawn`; nothing when there is no answer to withdraw.

    Raises AnsweredMeanwhileError when the journal moved on since the page was shown.
    """
    with transaction.atomic():
        now = standing(key)
        _refuse_if_moved_on(now, shown_seq)
        if now.answer is not None:
            payload = {"answer_seq": now.answer.seq}
            _write(key, actor, EventKind.ALERT_ANSWER_WITHDRAWN, payload)


def _refuse_if_moved_on(now: Standing, shown_seq: int) -> None:
    if now.last_seq != shown_seq:
        raise AnsweredMeanwhileError


def _events(clinic_id: str, keys: list[AlertKey]) -> list[JournalEvent]:
    if not keys:
        return []
    events = JournalEvent.objects.filter(
        clinic_id=clinic_id,
        kind__in=EventKind.values,
        measured_at__gte=min(_as_text(key.opened_at) for key in keys),
    )
    if len(keys) == 1:
        events = events.filter(patient_id=keys[0].patient_id, alert_kind=keys[0].alert_kind)
    return list(events.order_by("seq"))


def _covers(key: AlertKey, event: JournalEvent) -> bool:
    about = (event.clinic_id, event.patient_id, event.alert_kind)
    if about != (key.clinic_id, key.patient_id, key.alert_kind) or event.measured_at is None:
        return False
    if key.patient_id is None:
        return bool(event.payload.get("alert_id") == key.alert_id)
    return key.opened_at <= datetime.fromisoformat(event.measured_at) <= key.measured_at


def _standing(events: list[JournalEvent]) -> Standing:
    seen = next((event for event in events if event.kind == EventKind.ALERT_SEEN), None)
    answer: Answer | None = None
    for event in events:
        if event.kind == EventKind.ALERT_ANSWERED:
            answer = _answer(event)
        elif event.kind == EventKind.ALERT_ANSWER_WITHDRAWN:
            answer = None
    return Standing(
        last_seq=events[-1].seq if events else 0,
        seen_by=None if seen is None else seen.actor,
        seen_at=None if seen is None else seen.at,
        answer=answer,
    )


def _answer(event: JournalEvent) -> Answer:
    given = GivenAnswer(
        actor=event.actor,
        action=event.payload["action"],
        discussed=event.payload["discussed_with_patient"],
        note=event.payload["note"],
    )
    return Answer(seq=event.seq, at=event.at, given=given)


def _payload(given: GivenAnswer) -> dict[str, Any]:
    return {
        "action": given.action,
        "discussed_with_patient": given.discussed,
        "note": given.note,
    }


def _write(key: AlertKey, actor: str, kind: EventKind, payload: dict[str, Any]) -> None:
    JournalEvent.objects.create(
        at=_service_moment(),
        actor=actor,
        kind=kind.value,
        clinic_id=key.clinic_id,
        patient_id=key.patient_id,
        alert_kind=key.alert_kind,
        measured_at=_as_text(key.measured_at),
        payload=payload if key.patient_id is not None else {**payload, "alert_id": key.alert_id},
    )


def _service_moment() -> datetime:
    """Now; in a synthetic home, whose data end on a day of their own, this time of that day."""
    moment = timezone.now()
    day = settings.OPKOERS.service.now
    return moment if day is None else datetime.combine(day, moment.timetz())


def _as_text(moment: datetime) -> str:
    return moment.isoformat()
