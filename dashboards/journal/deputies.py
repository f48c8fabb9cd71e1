"""Who takes over from a therapist on leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from dashboards.journal.models import EventKind, JournalEvent
from dashboards.journal.writing import add_event, one_writer, service_day


@dataclass(frozen=True)
class Leave:
    """From `first_on` to `last_on` (both included) the account `deputy` takes over.

    `number` is that of the event which announced it. `last_on` None: until it is ended.
    """

    number: int
    clinic_id: str
    therapist_id: str
    deputy: str
    first_on: date
    last_on: date | None

    def covers(self, day: date) -> bool:
        return self.first_on <= day and (self.last_on is None or day <= self.last_on)


def announce_leave(
    actor: str,
    clinic_id: str,
    therapist_id: str,
    deputy: str,
    first_on: date,
    last_on: date | None = None,
) -> None:
    """Write who takes over and when. The same once more adds nothing.

    Raises ValueError when the last day lies before the first.
    """
    if last_on is not None and last_on < first_on:
        raise ValueError("the last day of leave lies before the first")
    payload = {
        "therapist_id": therapist_id,
        "deputy": deputy,
        "first_on": first_on.isoformat(),
        "last_on": None if last_on is None else last_on.isoformat(),
    }
    with one_writer():
        wanted = (therapist_id, deputy, first_on, last_on)
        for leave in leaves_of(clinic_id, therapist_id):
            if (leave.therapist_id, leave.deputy, leave.first_on, leave.last_on) == wanted:
                return
        add_event(EventKind.LEAVE_ANNOUNCED, actor, payload, clinic_id=clinic_id)


def end_leave(actor: str, clinic_id: str, therapist_id: str, number: int) -> None:
    """Write that a leave is over, or will not be; nothing when it is not in force.

    From that moment the deputy sees nothing of it any more.
    """
    with one_writer():
        if any(leave.number == number for leave in leaves_of(clinic_id, therapist_id)):
            payload = {"therapist_id": therapist_id, "leave_seq": number}
            add_event(EventKind.LEAVE_ENDED, actor, payload, clinic_id=clinic_id)


def deputises_for(actor: str, on: date | None = None) -> frozenset[tuple[str, str]]:
    """(clinic_id, therapist_id) of those for whom an account stands in on a day (None: today)."""
    day = on or service_day()
    mine = _leaves(Q(payload__deputy=actor))
    return frozenset((each.clinic_id, each.therapist_id) for each in mine if each.covers(day))


def leaves_of(clinic_id: str, therapist_id: str) -> Sequence[Leave]:
    """A therapist's leaves that were not ended, also past ones, in the order announced."""
    return _leaves(Q(clinic_id=clinic_id, payload__therapist_id=therapist_id))


def _leaves(which: Q) -> Sequence[Leave]:
    announced = list(
        JournalEvent.objects.filter(which, kind=EventKind.LEAVE_ANNOUNCED).order_by("seq")
    )
    if not announced:  # as for nearly everybody, on each page
        return []
    ended = set(
        JournalEvent.objects.filter(kind=EventKind.LEAVE_ENDED).values_list(
            "payload__leave_seq", flat=True
        )
    )
    return [_leave(event) for event in announced if event.seq not in ended]


def _leave(event: JournalEvent) -> Leave:
    last_on = event.payload["last_on"]
    return Leave(
        number=event.seq,
        clinic_id=event.clinic_id,
        therapist_id=event.payload["therapist_id"],
        deputy=event.payload["deputy"],
        first_on=date.fromisoformat(event.payload["first_on"]),
        last_on=None if last_on is None else date.fromisoformat(last_on),
    )
