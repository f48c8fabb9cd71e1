"""What a therapist keeps on the own page: practice goals, cases for intervision, a trainee's yes.

All of it is private. Every function takes whose it is and reads that therapist's events alone;
`flows/journal.py` leaves these kinds out of what a run, a report or an explanation reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from dashboards.journal.models import EventKind, JournalEvent
from dashboards.journal.writing import add_event, one_writer

GOAL_LIMIT = 500
CLOSED_KINDS = (EventKind.PRACTICE_GOAL_CLOSED, EventKind.PRACTICE_GOAL_REMOVED)


@dataclass(frozen=True)
class Owner:
    """Whose page it is: the account that writes, and the therapist whom it belongs to."""

    actor: str
    clinic_id: str
    therapist_id: str


@dataclass(frozen=True)
class PracticeGoal:
    """What a therapist wants to try, from which day on, and how it will be noticed.

    `outcome` and `closed_at` are None while it stands.
    """

    number: int
    set_at: datetime
    text: str
    since: date
    notice: str
    outcome: str | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Case:
    """One treatment that a therapist wants to learn from."""

    patient_id: str
    episode_id: str


# ---------- practice goals


def set_practice_goal(owner: Owner, text: str, since: date, notice: str) -> None:
    """Write a goal; one that stands already in the same words from the same day adds nothing."""
    said, noticed = text[:GOAL_LIMIT], notice[:GOAL_LIMIT]
    with one_writer():
        standing = {(g.text, g.since) for g in practice_goals_of(owner) if g.outcome is None}
        if (said, since) not in standing:
            payload = {"text": said, "since": since.isoformat(), "notice": noticed}
            _write(EventKind.PRACTICE_GOAL_SET, owner, payload)


def close_practice_goal(owner: Owner, number: int, outcome: str) -> None:
    """Write what became of a goal, once; of a goal that is not the owner's, nothing."""
    with one_writer():
        if any(g.number == number and g.outcome is None for g in practice_goals_of(owner)):
            payload = {"goal_seq": number, "outcome": outcome}
            _write(EventKind.PRACTICE_GOAL_CLOSED, owner, payload)


def remove_practice_goal(owner: Owner, number: int) -> None:
    """Write that a goal is no longer to be shown, open or closed; once is enough."""
    with one_writer():
        if any(goal.number == number for goal in practice_goals_of(owner)):
            _write(EventKind.PRACTICE_GOAL_REMOVED, owner, {"goal_seq": number})


def practice_goals_of(owner: Owner) -> Sequence[PracticeGoal]:
    """The goals that were not removed, those that stand first, then by day."""
    events = _events(owner, EventKind.PRACTICE_GOAL_SET, *CLOSED_KINDS)
    ended = {each.payload["goal_seq"]: each for each in events if each.kind in CLOSED_KINDS}
    goals = [
        _goal(event, ended.get(event.seq))
        for event in events
        if event.kind == EventKind.PRACTICE_GOAL_SET and not _is_removed(ended.get(event.seq))
    ]
    return sorted(goals, key=lambda goal: (goal.outcome is not None, goal.since, goal.number))


def _is_removed(last: JournalEvent | None) -> bool:
    return last is not None and last.kind == EventKind.PRACTICE_GOAL_REMOVED


def _goal(event: JournalEvent, closed: JournalEvent | None) -> PracticeGoal:
    return PracticeGoal(
        number=event.seq,
        set_at=event.at,
        text=event.payload["text"],
        since=date.fromisoformat(event.payload["since"]),
        notice=event.payload["notice"],
        outcome=None if closed is None else closed.payload["outcome"],
        closed_at=None if closed is None else closed.at,
    )


# ---------- cases for intervision


def list_case(owner: Owner, case: Case) -> None:
    """Put a case on the owner's list; one that is on it adds nothing.

    Whether it is the owner's own is for the caller to know.
    """
    with one_writer():
        if case not in listed_cases(owner):
            _write_case(EventKind.INTERVISION_LISTED, owner, case)


def unlist_case(owner: Owner, case: Case) -> None:
    """Take a case off the owner's list; nothing where it is not on it."""
    with one_writer():
        if case in listed_cases(owner):
            _write_case(EventKind.INTERVISION_UNLISTED, owner, case)


def listed_cases(owner: Owner) -> Sequence[Case]:
    """The cases on the list, in the order in which they were put there."""
    listed: dict[Case, None] = {}
    kinds = (EventKind.INTERVISION_LISTED, EventKind.INTERVISION_UNLISTED)
    for event in _events(owner, *kinds):
        case = Case(str(event.patient_id), event.payload["episode_id"])
        listed.pop(case, None)
        if event.kind == EventKind.INTERVISION_LISTED:
            listed[case] = None
    return list(listed)


def _write_case(kind: EventKind, owner: Owner, case: Case) -> None:
    """With the patient in the column of patients, so that an erasure finds it."""
    _write(kind, owner, {"episode_id": case.episode_id}, case.patient_id)


# ---------- a trainee's zone: the own yes and that of the supervisor


def give_consent(trainee: Owner, *, to_see: bool) -> None:
    """Write the trainee's own yes, or that it is taken back; the same once more adds nothing."""
    kinds = (EventKind.ZONE_CONSENT_GIVEN, EventKind.ZONE_CONSENT_WITHDRAWN)
    with one_writer():
        if has_consented(trainee.clinic_id, trainee.therapist_id) is not to_see:
            _write(kinds[not to_see], trainee, {})


def give_supervisors_consent(supervisor: Owner, trainee_id: str, *, to_see: bool) -> None:
    """Write the supervisor's yes to a trainee, or that it is taken back.

    Whether the trainee is the supervisor's is for the caller to know.
    """
    clinic_id, supervisor_id = supervisor.clinic_id, supervisor.therapist_id
    kinds = (
        EventKind.ZONE_CONSENT_SUPERVISOR_GIVEN,
        EventKind.ZONE_CONSENT_SUPERVISOR_WITHDRAWN,
    )
    with one_writer():
        if has_supervisors_consent(clinic_id, trainee_id, supervisor_id) is not to_see:
            _write(kinds[not to_see], supervisor, {"trainee_id": trainee_id})


def has_consented(clinic_id: str, trainee_id: str) -> bool:
    """Whether the last word of the trainee is yes."""
    last = _of_therapist(
        clinic_id,
        trainee_id,
        (EventKind.ZONE_CONSENT_GIVEN, EventKind.ZONE_CONSENT_WITHDRAWN),
    ).last()
    return last is not None and last.kind == EventKind.ZONE_CONSENT_GIVEN


def has_supervisors_consent(clinic_id: str, trainee_id: str, supervisor_id: str | None) -> bool:
    """Whether the last word of this supervisor is yes; a former supervisor's does not count."""
    kinds = (
        EventKind.ZONE_CONSENT_SUPERVISOR_GIVEN,
        EventKind.ZONE_CONSENT_SUPERVISOR_WITHDRAWN,
    )
    if not supervisor_id:
        return False
    events = _of_therapist(clinic_id, supervisor_id, kinds)
    last = events.filter(payload__trainee_id=trainee_id).last()
    return last is not None and last.kind == EventKind.ZONE_CONSENT_SUPERVISOR_GIVEN


# ---------- events


def _events(owner: Owner, *kinds: EventKind) -> Sequence[JournalEvent]:
    """What this account wrote for this therapist, the oldest first."""
    events = _of_therapist(owner.clinic_id, owner.therapist_id, kinds)
    return list(events.filter(actor=owner.actor))


def _of_therapist(
    clinic_id: str, therapist_id: str, kinds: Sequence[EventKind]
) -> QuerySet[JournalEvent]:
    return JournalEvent.objects.filter(
        clinic_id=clinic_id, kind__in=kinds, payload__therapist_id=therapist_id
    ).order_by("seq")


def _write(
    kind: EventKind, owner: Owner, payload: Mapping[str, object], patient_id: str | None = None
) -> None:
    """Add an event of the owner's. Call it inside `one_writer()`."""
    told = {**payload, "therapist_id": owner.therapist_id}
    add_event(kind, owner.actor, told, clinic_id=owner.clinic_id, patient_id=patient_id)
