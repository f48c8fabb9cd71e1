"""Patients that a therapist shares with a colleague, such as a supervisor, for a while."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Q

from dashboards.journal.models import EventKind, JournalEvent
from dashboards.journal.writing import add_event, one_writer, service_day


@dataclass(frozen=True)
class Share:
    """A patient shared by a therapist with the account `with_actor`; `until` includes its day."""

    clinic_id: str
    patient_id: str
    therapist_id: str
    with_actor: str
    until: date | None


def share(
    actor: str,
    therapist_id: str,
    clinic_id: str,
    patient_id: str,
    with_actor: str,
    until: date | None = None,
) -> None:
    """Write that `therapist_id` shares the patient, to the end of the day `until` or for good.

    Whether the patient is the therapist's own is for the caller to know. The same share once
    more adds nothing; another `until` replaces the former.
    """
    wanted = Share(clinic_id, patient_id, therapist_id, with_actor, until)
    with one_writer():
        if wanted not in _unstopped(Q(payload__with_actor=with_actor, patient_id=patient_id)):
            _write(EventKind.PATIENT_SHARED, actor, wanted)


def stop_sharing(
    actor: str, therapist_id: str, clinic_id: str, patient_id: str, with_actor: str
) -> None:
    """Write that the share ends now; nothing when there is none."""
    with one_writer():
        for each in _unstopped(Q(payload__with_actor=with_actor, patient_id=patient_id)):
            if (each.clinic_id, each.therapist_id) == (clinic_id, therapist_id):
                _write(EventKind.SHARING_STOPPED, actor, each)


def shares_with(actor: str, on: date | None = None) -> Sequence[Share]:
    """What is shared with an account on a day (None: today), and by whom.

    Whether that therapist still treats the patient is for the query on the snapshot to say.
    """
    return _running(_unstopped(Q(payload__with_actor=actor)), on)


def shared_with(actor: str, on: date | None = None) -> frozenset[tuple[str, str]]:
    """(clinic_id, patient_id) of what is shared with an account on a day (None: today)."""
    return frozenset((each.clinic_id, each.patient_id) for each in shares_with(actor, on))


def shares_of(clinic_id: str, therapist_id: str, on: date | None = None) -> Sequence[Share]:
    """What a therapist shares with others on a day (None: today)."""
    return _running(_unstopped(Q(clinic_id=clinic_id, payload__therapist_id=therapist_id)), on)


def _running(shares: Sequence[Share], on: date | None) -> Sequence[Share]:
    day = on or service_day()
    return [each for each in shares if each.until is None or day <= each.until]


def _unstopped(which: Q) -> Sequence[Share]:
    """The last word on each patient, therapist and colleague, where that is not a stop."""
    kinds = (EventKind.PATIENT_SHARED, EventKind.SHARING_STOPPED)
    last: dict[Share, JournalEvent] = {}
    for event in JournalEvent.objects.filter(which, kind__in=kinds).order_by("seq"):
        last[replace(_share(event), until=None)] = event
    return [_share(event) for event in last.values() if event.kind == EventKind.PATIENT_SHARED]


def _share(event: JournalEvent) -> Share:
    said: dict[str, Any] = event.payload
    return Share(
        clinic_id=event.clinic_id,
        patient_id=str(event.patient_id),
        therapist_id=said["therapist_id"],
        with_actor=said["with_actor"],
        until=None if said["until"] is None else date.fromisoformat(said["until"]),
    )


def _write(kind: EventKind, actor: str, told: Share) -> None:
    payload = {
        "therapist_id": told.therapist_id,
        "with_actor": told.with_actor,
        "until": None if told.until is None else told.until.isoformat(),
    }
    add_event(kind, actor, payload, clinic_id=told.clinic_id, patient_id=told.patient_id)
