"""What people did about alerts, as the journal tells it, ready to be attached to alerts.

An answer belongs to (clinic, patient, kind, measured_at), never to an alert's
id alone, so that a rebuilt warehouse finds it again on whichever alert covers
that moment. Only alerts without a patient are told apart by the id that stands
in the payload. One about a critical item also says what was on the screen:
domain, episode, since when, and up to which landing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flows.journal import JournalEvent

SEEN, ANSWERED, WITHDRAWN = "alert_seen", "alert_answered", "alert_answer_withdrawn"

Subject = tuple[str, str | None, str]
"""Clinic, patient, kind of alert."""


@dataclass(frozen=True)
class Answer:
    """An alert was seen, or answered with an action; `at` is UTC without zone."""

    seq: int
    at: datetime
    subject: Subject
    measured_at: datetime | None
    action: str | None
    alert_id: str | None
    domain: str | None = None
    episode_id: str | None = None
    names_episode: bool = False
    opened_at: datetime | None = None
    known_at: datetime | None = None

    def is_about(self, moment: datetime) -> bool:
        """Whether it was given on what was measured at `moment` or later."""
        return self.measured_at is not None and moment <= self.measured_at

    def is_before(self, end: datetime) -> bool:
        """Whether it was given on what was measured before `end`."""
        return self.measured_at is not None and self.measured_at <= end

    def covers(self, domain: str | None, measured_at: datetime, landed_at: datetime) -> bool:
        """Whether a critical answer was on the screen of the person who answered.

        What the journal does not say does not limit: a home that is filled afterwards has
        answers from before anything was landed.
        """
        return (
            self.is_about(measured_at)
            and self.domain in (None, domain)
            and (self.opened_at is None or self.opened_at <= measured_at)
            and (self.known_at is None or landed_at <= self.known_at)
        )


@dataclass(frozen=True)
class Answers:
    """Those in force by subject, oldest first, and withdrawals that found no answer."""

    by_subject: Mapping[Subject, tuple[Answer, ...]]
    lost_withdrawals: frozenset[int]

    def about(self, subject: Subject) -> tuple[Answer, ...]:
        return self.by_subject.get(subject, ())

    def lost(self, attached: frozenset[int]) -> list[Answer]:
        """Those in force that no alert took up, oldest first."""
        in_force = (answer for mine in self.by_subject.values() for answer in mine)
        found = [answer for answer in in_force if answer.seq not in attached]
        return sorted(found, key=lambda answer: answer.seq)

    def unattached(self, attached: frozenset[int]) -> frozenset[int]:
        """Numbers of the events that no alert took up."""
        in_force = {answer.seq for mine in self.by_subject.values() for answer in mine}
        return frozenset(in_force - attached) | self.lost_withdrawals


def answers_in_force(events: Iterable[JournalEvent]) -> Answers:
    """Answers less those withdrawn; a withdrawal takes back one answer, and both are settled."""
    by_subject: dict[Subject, list[Answer]] = defaultdict(list)
    lost: set[int] = set()
    for event in sorted(events, key=lambda each: each.seq):
        if event.alert_kind is None:
            continue
        mine = by_subject[(event.clinic_id, event.patient_id, event.alert_kind)]
        if event.kind in (SEEN, ANSWERED):
            mine.append(_answer(event))
        elif event.kind == WITHDRAWN and (taken_back := _withdrawn(mine, event)):
            mine.remove(taken_back)
        elif event.kind == WITHDRAWN:
            lost.add(event.seq)
    return Answers({subject: tuple(mine) for subject, mine in by_subject.items()}, frozenset(lost))


def _answer(event: JournalEvent) -> Answer:
    assert event.alert_kind is not None
    return Answer(
        seq=event.seq,
        at=without_zone(event.at),
        subject=(event.clinic_id, event.patient_id, event.alert_kind),
        measured_at=event.measured_at,
        action=str(event.payload.get("action")) if event.kind == ANSWERED else None,
        alert_id=event.payload.get("alert_id"),
        domain=event.payload.get("domain"),
        episode_id=event.payload.get("episode_id"),
        names_episode="episode_id" in event.payload,
        opened_at=_moment(event, "opened_at"),
        known_at=_moment(event, "known_at"),
    )


def _moment(event: JournalEvent, key: str) -> datetime | None:
    said = event.payload.get(key)
    return None if said is None else datetime.fromisoformat(said)


def _withdrawn(answers: list[Answer], event: JournalEvent) -> Answer | None:
    """The answer that the withdrawal names, else the last one about the same measurement."""
    given = [answer for answer in answers if answer.action is not None]
    named = [answer for answer in given if answer.seq == event.payload.get("answer_seq")]
    alike = [
        answer
        for answer in given
        if answer.measured_at == event.measured_at
        and answer.alert_id == event.payload.get("alert_id")
        and answer.domain == event.payload.get("domain")
    ]
    return next(reversed(named or alike), None)


def without_zone(moment: datetime) -> datetime:
    """UTC without zone, as every timestamp of the warehouse."""
    return moment.replace(tzinfo=None)
