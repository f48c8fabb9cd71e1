"""Answers to alerts: what the journal says about one alert, and writing the next event.

An answer belongs to (clinic, patient, kind, measured_at), never to an alert's id alone, so that
a rebuilt warehouse finds it again on whichever alert covers that moment. Alerts without a
patient (a held-back file) are told apart by the id that stands in the payload. An answer about
a critical item says there what was on the screen: domain, episode, since when, and up to which
landing; it answers nothing else.

Two people who answer at once are both kept: the last is in force, the other stands beside it.
A form that comes in twice is known by the page that it was on, `shown_seq`, and adds nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q

from dashboards.journal.models import ABOUT_AN_ALERT, EventKind, JournalEvent
from dashboards.journal.writing import add_event, one_writer

NOTE_LIMIT = 2000
# Of more patients all events of their clinic are read: so long a condition costs more. [D]
MOST_PATIENTS_NAMED = 500

# Clinic, patient (None: a file) and kind of alert.
About = tuple[str, str | None, str | None]


class AnsweredMeanwhileError(Exception):
    """What was to be undone is no longer what the page showed; nothing was written."""


@dataclass(frozen=True)
class AlertKey:
    """What ties events to an alert. `opened_at` to `measured_at` is the time it covers.

    Of a critical item also its `domain` and episode, when the last of what it rests on was
    landed, and up to when landings were known to the snapshot that shows it.
    """

    alert_id: str
    clinic_id: str
    patient_id: str | None
    alert_kind: str
    opened_at: datetime
    measured_at: datetime
    domain: str | None = None
    episode_id: str | None = None
    last_landed_at: datetime | None = None
    known_at: datetime | None = None

    @cached_property
    def about(self) -> About:
        return (self.clinic_id, self.patient_id, self.alert_kind)


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
class Note:
    """Something that was added to an alert later, the oldest first where there are more."""

    at: datetime
    actor: str
    text: str


@dataclass(frozen=True)
class Standing:
    """All that the journal says about one alert; `last_seq` 0 when it says nothing.

    `answer` is the one in force, `beside` are those that others gave at the same time.
    """

    last_seq: int = 0
    seen_by: str | None = None
    seen_at: datetime | None = None
    answer: Answer | None = None
    beside: tuple[Answer, ...] = ()
    notes: tuple[Note, ...] = ()


NOTHING_SAID = Standing()


def standings(keys: Iterable[AlertKey]) -> dict[str, Standing]:
    """Alert id to standing, from one reading of the events on those alerts."""
    wanted = list(keys)
    about: dict[About, list[JournalEvent]] = {}
    for event in _events(wanted):
        about.setdefault((event.clinic_id, event.patient_id, event.alert_kind), []).append(event)
    return {
        key.alert_id: _standing([each for each in about[key.about] if _covers(key, each)])
        if key.about in about
        else NOTHING_SAID
        for key in wanted
    }


def standing(key: AlertKey) -> Standing:
    """What the journal says about one alert."""
    return standings([key])[key.alert_id]


def mark_seen(key: AlertKey, actor: str) -> None:
    """Write `alert_seen`, unless somebody was first: then there is nothing to add."""
    with one_writer():
        if standing(key).seen_at is None:
            _write(key, actor, EventKind.ALERT_SEEN, {})


def write_answer(key: AlertKey, given: GivenAnswer, *, shown_seq: int) -> None:
    """Write `alert_answered` (and `alert_seen`, when nobody had).

    `shown_seq` is the standing's last_seq on the page that was answered. What others wrote
    since is kept beside it. The same answer of the same person once more (a second click), or
    from the same page (a form sent again, also after an undo), adds nothing.
    """
    with one_writer():
        events = _about(key)
        now = _standing(events)
        if now.answer is not None and now.answer.given == given:
            return
        if any(_is_answer(event, given) for event in events if event.seq > shown_seq):
            return
        if now.seen_at is None:
            _write(key, given.actor, EventKind.ALERT_SEEN, {})
        _write(key, given.actor, EventKind.ALERT_ANSWERED, _payload(given))


def add_note(key: AlertKey, actor: str, text: str, *, shown_seq: int) -> None:
    """Write `note_added`, to the answer in force where there is one.

    The same words of the same person from the same page add nothing.
    """
    with one_writer():
        events = _about(key)
        if any(
            (event.kind, event.actor, event.payload.get("note"))
            == (EventKind.NOTE_ADDED, actor, text)
            for event in events
            if event.seq > shown_seq
        ):
            return
        answer = _standing(events).answer
        payload = {"note": text, "answer_seq": None if answer is None else answer.seq}
        _write(key, actor, EventKind.NOTE_ADDED, payload)


def withdraw_answer(key: AlertKey, actor: str, *, shown_seq: int) -> None:
    """Write `alert_answer_withdrawn`; nothing when there is no answer to withdraw.

    Raises AnsweredMeanwhileError when the journal moved on since the page was shown.
    """
    with one_writer():
        now = standing(key)
        if now.last_seq != shown_seq:
            raise AnsweredMeanwhileError
        if now.answer is not None:
            payload = {"answer_seq": now.answer.seq}
            _write(key, actor, EventKind.ALERT_ANSWER_WITHDRAWN, payload)


def _about(key: AlertKey) -> list[JournalEvent]:
    return [event for event in _events([key]) if _covers(key, event)]


def _is_answer(event: JournalEvent, given: GivenAnswer) -> bool:
    return event.kind == EventKind.ALERT_ANSWERED and _answer(event).given == given


def _events(keys: list[AlertKey]) -> list[JournalEvent]:
    if not keys:
        return []
    events = JournalEvent.objects.filter(
        clinic_id__in={key.clinic_id for key in keys},
        kind__in=ABOUT_AN_ALERT,
        measured_at__gte=_as_text(min(key.opened_at for key in keys)),
    )
    if len(keys) == 1:
        events = events.filter(patient_id=keys[0].patient_id, alert_kind=keys[0].alert_kind)
    elif len(patients := {key.patient_id for key in keys}) <= MOST_PATIENTS_NAMED:
        # Null is in no list of SQL.
        events = events.filter(Q(patient_id__in=patients - {None}) | Q(patient_id=None))
    return list(events.order_by("seq"))


def _covers(key: AlertKey, event: JournalEvent) -> bool:
    about = (event.clinic_id, event.patient_id, event.alert_kind)
    if about != key.about or event.measured_at is None:
        return False
    if key.patient_id is None:
        return bool(event.payload.get("alert_id") == key.alert_id)
    measured_at = datetime.fromisoformat(event.measured_at)
    if key.domain is not None:
        return key.measured_at <= measured_at and _saw_all_of(key, event.payload)
    return key.opened_at <= measured_at <= key.measured_at


def _saw_all_of(key: AlertKey, payload: dict[str, Any]) -> bool:
    """Whether everything that a critical alert rests on was on the screen when this was said."""
    since, known = payload.get("opened_at"), payload.get("known_at")
    return (
        payload.get("domain") == key.domain
        and payload.get("episode_id") == key.episode_id
        and (since is None or datetime.fromisoformat(since) <= key.opened_at)
        and (
            known is None
            or key.last_landed_at is None
            or key.last_landed_at <= datetime.fromisoformat(known)
        )
    )


def _shown(key: AlertKey) -> dict[str, Any]:
    """What an event keeps of the alert as it was shown, beyond patient, kind and time."""
    if key.patient_id is None:
        return {"alert_id": key.alert_id}
    if key.domain is None:
        return {}
    return {
        "alert_id": key.alert_id,
        "domain": key.domain,
        "episode_id": key.episode_id,
        "opened_at": _as_text(key.opened_at),
        "known_at": None if key.known_at is None else _as_text(key.known_at),
    }


def _standing(events: list[JournalEvent]) -> Standing:
    seen = next((event for event in events if event.kind == EventKind.ALERT_SEEN), None)
    answers = _in_force(events)
    return Standing(
        last_seq=events[-1].seq if events else 0,
        seen_by=None if seen is None else seen.actor,
        seen_at=None if seen is None else seen.at,
        answer=answers[-1] if answers else None,
        beside=tuple(answers[:-1]),
        notes=tuple(
            Note(event.at, event.actor, event.payload["note"])
            for event in events
            if event.kind == EventKind.NOTE_ADDED
        ),
    )


def _in_force(events: list[JournalEvent]) -> list[Answer]:
    """Answers less those withdrawn, the oldest first; an undo takes back the one it names."""
    answers: dict[int, Answer] = {}
    for event in events:
        if event.kind == EventKind.ALERT_ANSWERED:
            answers[event.seq] = _answer(event)
        elif event.kind == EventKind.ALERT_ANSWER_WITHDRAWN:
            answers.pop(event.payload.get("answer_seq"), None)
    return list(answers.values())


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
    add_event(
        kind,
        actor,
        payload | _shown(key),
        clinic_id=key.clinic_id,
        patient_id=key.patient_id,
        alert_kind=key.alert_kind,
        measured_at=key.measured_at,
    )


def _as_text(moment: datetime) -> str:
    return moment.isoformat()
