"""A therapist's own marks on the course of a treatment: medication, an event in life, the plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from dashboards.journal.goals import Course, Events, events_of, write_about
from dashboards.journal.models import EventKind
from dashboards.journal.writing import one_writer

MARK_LIMIT = 200


class MarkKind(StrEnum):
    """What a mark is about; a key is never renamed, because old events keep it."""

    MEDICATION = "medication"
    LIFE_EVENT = "life_event"
    PLAN_CHANGE = "plan_change"
    OTHER = "other"


@dataclass(frozen=True)
class OwnMark:
    """One mark on a day. Only who treats the patient reads it."""

    number: int
    at: datetime
    actor: str
    kind: str
    on: date
    text: str


def set_mark(actor: str, course: Course, kind: MarkKind, on: date, text: str) -> None:
    """Write a mark; one that stands already, of the same kind, day and words, adds nothing."""
    said = text[:MARK_LIMIT]
    with one_writer():
        known = {(each.kind, each.on, each.text) for each in marks_of(course)}
        if (kind.value, on, said) not in known:
            payload = {"kind": kind.value, "on": on.isoformat(), "text": said}
            write_about(EventKind.MARK_SET, actor, course, payload)


def remove_mark(actor: str, course: Course, number: int) -> None:
    """Write that a mark is no longer to be shown; once is enough, and it stays in the journal."""
    with one_writer():
        if any(each.number == number for each in marks_of(course)):
            write_about(EventKind.MARK_REMOVED, actor, course, {"mark_seq": number})


def marks_of(course: Course, among: Events = None) -> Sequence[OwnMark]:
    """The marks of a course that stand, by day."""
    events = events_of(course, EventKind.MARK_SET, EventKind.MARK_REMOVED, among=among)
    removed = {
        event.payload["mark_seq"] for event in events if event.kind == EventKind.MARK_REMOVED
    }
    marks = [
        OwnMark(
            event.seq,
            event.at,
            event.actor,
            event.payload["kind"],
            date.fromisoformat(event.payload["on"]),
            event.payload["text"],
        )
        for event in events
        if event.kind == EventKind.MARK_SET and event.seq not in removed
    ]
    return sorted(marks, key=lambda each: (each.on, each.number))
