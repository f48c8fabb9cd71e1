"""Adding to the journal: one writer at a time, at the service's own moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from dashboards.journal.models import WHOLE_SERVICE, EventKind, JournalEvent
from flows.settings import ACCESS_LOCK, JOURNAL_LOCK

_played_at: ContextVar[datetime | None] = ContextVar("_played_at", default=None)


@contextmanager
def played_at(moment: datetime) -> Iterator[None]:
    """What is written in here was done at that moment (UTC) of a simulated past.

    Raises ValueError where the service is not simulated: nobody writes with another's date.
    """
    if not settings.OPKOERS.service.simulated:
        raise ValueError("only a simulated past can be played")
    before = _played_at.set(moment)
    try:
        yield
    finally:
        _played_at.reset(before)


@contextmanager
def one_writer() -> Iterator[None]:
    """A transaction in which nobody else adds an event, so that what was read stays true.

    SQLite's transactions are IMMEDIATE, which is just that. On PostgreSQL a lock, freed at the
    end, makes events visible in the order of their numbers: a run never skips one.
    Raises RuntimeError inside another transaction, which could take the event back.
    """
    with transaction.atomic(durable=True):
        _lock(f"select pg_advisory_xact_lock({JOURNAL_LOCK})")
        yield


@contextmanager
def beside_other_writers() -> Iterator[None]:
    """A transaction for the access log: many write at once, but none while a batch is sealed.

    Raises RuntimeError inside another transaction, which could take the entry back.
    """
    with transaction.atomic(durable=True):
        _lock(f"select pg_advisory_xact_lock_shared({ACCESS_LOCK})")
        yield


def add_event(
    kind: EventKind,
    actor: str,
    payload: dict[str, Any],
    *,
    clinic_id: str = WHOLE_SERVICE,
    patient_id: str | None = None,
    alert_kind: str | None = None,
    measured_at: datetime | None = None,
) -> JournalEvent:
    """The event as it was written, now. Call it inside `one_writer()`."""
    return JournalEvent.objects.create(
        at=service_moment(),
        actor=actor,
        kind=kind.value,
        clinic_id=clinic_id,
        patient_id=patient_id,
        alert_kind=alert_kind,
        measured_at=None if measured_at is None else measured_at.isoformat(),
        payload=payload,
    )


def service_moment() -> datetime:
    """Now; in a synthetic home, whose data end on a day of their own, this time of that day."""
    played = _played_at.get()
    if played is not None:
        return played
    moment = timezone.now()
    day: date | None = settings.OPKOERS.service.now
    return moment if day is None else datetime.combine(day, moment.timetz())


def service_day() -> date:
    """Today where the service is."""
    today: date = settings.OPKOERS.today()
    return today


def _lock(statement: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(statement)
