"""Goals and evaluation moments of an episode, and that a patient says they will stop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dashboards.journal.models import EventKind, JournalEvent
from dashboards.journal.writing import add_event, one_writer

TEXT_LIMIT = 2000
ABOUT_A_COURSE = (
    EventKind.GOAL_SET,
    EventKind.GOAL_CLOSED,
    EventKind.EVALUATION_PLANNED,
    EventKind.EVALUATION_HELD,
    EventKind.LEAVING_ANNOUNCED,
    EventKind.LEAVING_TAKEN_BACK,
    EventKind.MARK_SET,
    EventKind.MARK_REMOVED,
)
"""What a patient's page reads at once, with `events_of`, to look `among` it."""

Events = Sequence[JournalEvent] | None


@dataclass(frozen=True)
class Course:
    """One course of treatment: what goals and evaluations belong to."""

    clinic_id: str
    patient_id: str
    episode_id: str


@dataclass(frozen=True)
class Goal:
    """A goal in the words of therapist and patient; `outcome` None while it stands."""

    number: int
    set_at: datetime
    actor: str
    text: str
    outcome: str | None = None


@dataclass(frozen=True)
class Evaluation:
    """A moment at which therapist and patient look back; `held_on` None while it is to come.

    `agreed`: what they agreed on then; empty where nothing was written.
    """

    number: int
    actor: str
    planned_on: date
    held_on: date | None = None
    agreed: str = ""


@dataclass(frozen=True)
class AnnouncedLeaving:
    """That the patient said they will stop: who wrote it down, when, the patient's reason."""

    number: int
    at: datetime
    actor: str
    note: str


def set_goal(actor: str, course: Course, text: str) -> None:
    """Write a goal; one that stands already in the same words adds nothing."""
    with one_writer():
        if not any(goal.text == text and goal.outcome is None for goal in goals_of(course)):
            write_about(EventKind.GOAL_SET, actor, course, {"text": text[:TEXT_LIMIT]})


def close_goal(actor: str, course: Course, number: int, outcome: str) -> None:
    """Write what became of a goal: reached, given up, or whatever the page offers."""
    with one_writer():
        if any(goal.number == number and goal.outcome is None for goal in goals_of(course)):
            payload = {"goal_seq": number, "outcome": outcome}
            write_about(EventKind.GOAL_CLOSED, actor, course, payload)


def goals_of(course: Course, among: Events = None) -> Sequence[Goal]:
    """All goals of a course, the oldest first."""
    events = events_of(course, EventKind.GOAL_SET, EventKind.GOAL_CLOSED, among=among)
    outcomes = {
        event.payload["goal_seq"]: event.payload["outcome"]
        for event in events
        if event.kind == EventKind.GOAL_CLOSED
    }
    return [
        Goal(event.seq, event.at, event.actor, event.payload["text"], outcomes.get(event.seq))
        for event in events
        if event.kind == EventKind.GOAL_SET
    ]


def plan_evaluation(actor: str, course: Course, planned_on: date) -> None:
    """Write a day on which to look back; a day that is planned already adds nothing."""
    with one_writer():
        if not any(each.planned_on == planned_on for each in evaluations_of(course)):
            payload = {"planned_on": planned_on.isoformat()}
            write_about(EventKind.EVALUATION_PLANNED, actor, course, payload)


def hold_evaluation(
    actor: str, course: Course, number: int, held_on: date, agreed: str = ""
) -> None:
    """Write that a planned evaluation took place, and what was agreed; once is enough."""
    with one_writer():
        if any(each.number == number and not each.held_on for each in evaluations_of(course)):
            payload = {
                "evaluation_seq": number,
                "held_on": held_on.isoformat(),
                "agreed": agreed[:TEXT_LIMIT],
            }
            write_about(EventKind.EVALUATION_HELD, actor, course, payload)


def evaluations_of(course: Course, among: Events = None) -> Sequence[Evaluation]:
    """All evaluation moments of a course, by planned day."""
    kinds = (EventKind.EVALUATION_PLANNED, EventKind.EVALUATION_HELD)
    events = events_of(course, *kinds, among=among)
    held = {
        event.payload["evaluation_seq"]: event.payload
        for event in events
        if event.kind == EventKind.EVALUATION_HELD
    }
    planned = [
        _evaluation(event, held.get(event.seq))
        for event in events
        if event.kind == EventKind.EVALUATION_PLANNED
    ]
    return sorted(planned, key=lambda each: (each.planned_on, each.number))


def _evaluation(planned: JournalEvent, held: Mapping[str, str] | None) -> Evaluation:
    """`held`: what was written when it took place, at first without what was agreed."""
    return Evaluation(
        planned.seq,
        planned.actor,
        date.fromisoformat(planned.payload["planned_on"]),
        None if held is None else date.fromisoformat(held["held_on"]),
        "" if held is None else held.get("agreed", ""),
    )


def announce_leaving(actor: str, course: Course, note: str) -> None:
    """Write that the patient will stop; all who treat the patient read it on their pages."""
    with one_writer():
        if announced_leaving(course) is None:
            write_about(EventKind.LEAVING_ANNOUNCED, actor, course, {"note": note[:TEXT_LIMIT]})


def take_back_leaving(actor: str, course: Course) -> None:
    """Write that the patient stays after all; nothing when none was announced."""
    with one_writer():
        announced = announced_leaving(course)
        if announced is not None:
            payload = {"leaving_seq": announced.number}
            write_about(EventKind.LEAVING_TAKEN_BACK, actor, course, payload)


def announced_leaving(course: Course, among: Events = None) -> AnnouncedLeaving | None:
    """What was announced for the course and not taken back."""
    kinds = (EventKind.LEAVING_ANNOUNCED, EventKind.LEAVING_TAKEN_BACK)
    events = events_of(course, *kinds, among=among)
    if not events or events[-1].kind == EventKind.LEAVING_TAKEN_BACK:
        return None
    event = events[-1]
    return AnnouncedLeaving(event.seq, event.at, event.actor, event.payload["note"])


def all_announced_leaving(clinic_ids: frozenset[str]) -> frozenset[Course]:
    """Every course in these clinics whose patient said they will stop, for a list of patients."""
    kinds = (EventKind.LEAVING_ANNOUNCED, EventKind.LEAVING_TAKEN_BACK)
    leaving: dict[Course, bool] = {}
    events = JournalEvent.objects.filter(kind__in=kinds, clinic_id__in=clinic_ids)
    for event in events.order_by("seq"):
        course = Course(event.clinic_id, str(event.patient_id), event.payload["episode_id"])
        leaving[course] = event.kind == EventKind.LEAVING_ANNOUNCED
    return frozenset(course for course, is_leaving in leaving.items() if is_leaving)


def events_of(course: Course, *kinds: EventKind, among: Events = None) -> Sequence[JournalEvent]:
    """The events of these kinds about a course, the oldest first: `among` those, where they were
    read before, else of the journal."""
    if among is not None:
        return [event for event in among if event.kind in kinds]
    return list(
        JournalEvent.objects.filter(
            clinic_id=course.clinic_id,
            patient_id=course.patient_id,
            kind__in=kinds,
            payload__episode_id=course.episode_id,
        ).order_by("seq")
    )


def write_about(kind: EventKind, actor: str, course: Course, payload: Mapping[str, object]) -> None:
    """Add an event about a course. Call it inside `one_writer()`."""
    add_event(
        kind,
        actor,
        {**payload, "episode_id": course.episode_id},
        clinic_id=course.clinic_id,
        patient_id=course.patient_id,
    )
