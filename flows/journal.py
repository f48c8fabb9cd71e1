"""The journal as a run reads it: what people did about alerts, in the order they did it."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flows.errors import ExitCode, OpKoersError
from flows.settings import Settings

OF_ONE_THERAPIST = (
    "practice_goal_set",
    "practice_goal_closed",
    "practice_goal_removed",
    "intervision_listed",
    "intervision_unlisted",
    "zone_consent_given",
    "zone_consent_withdrawn",
    "zone_consent_supervisor_given",
    "zone_consent_supervisor_withdrawn",
)
"""What a therapist keeps on the own page: no run, report or explanation ever reads it."""

_PRIVATE = ", ".join(f"'{kind}'" for kind in OF_ONE_THERAPIST)
_EVENTS = f"""
    select seq, at, actor, kind, clinic_id, patient_id, alert_kind, measured_at, payload
    from journal_event
    where seq <= ? and kind not in ({_PRIVATE})
    order by seq
"""
_LAST = "select coalesce(max(seq), 0) from journal_event"
_EVERYTHING = 2**63 - 1
_WAIT_SECONDS = 20.0


@dataclass(frozen=True)
class JournalEvent:
    """One row of the view `journal_event`.

    `at` is in UTC. `measured_at` is the published table's own timestamp, without a zone: the
    last signal of the alert that the event is about. `patient_id` is None where the alert is
    about a file, whose alert id then stands in `payload["alert_id"]`.
    """

    seq: int
    at: datetime
    actor: str
    kind: str
    clinic_id: str
    patient_id: str | None
    alert_kind: str | None
    measured_at: datetime | None
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Server:
    """A PostgreSQL database, as `[journal] database` names it."""

    address: str
    password: str | None = field(default=None, repr=False)


Place = Path | Server
"""Where a journal is kept: a file of SQLite, or a database of PostgreSQL."""


def place_of(settings: Settings) -> Place:
    """Where a home's journal is kept; it may not be there yet."""
    if settings.journal.database:
        return Server(settings.journal.database, settings.journal_password)
    return settings.journal_file


def read_events(place: Place, *, up_to: int | None = None) -> tuple[JournalEvent, ...]:
    """Events with `seq` at most `up_to` (all when None), oldest first; none of OF_ONE_THERAPIST.

    Empty where there is no journal yet. Raises OpKoersError when it is damaged or not reached.
    """
    last = _EVERYTHING if up_to is None else up_to
    with opened(place) as journal:
        if journal is None or not journal.has("journal_event"):
            return ()
        return tuple(_event(row) for row in journal.rows(_EVENTS, last))


def last_seq(place: Place) -> int:
    """The last event's `seq`; 0 where nothing was written yet.

    Raises OpKoersError when it is damaged or not reached.
    """
    with opened(place) as journal:
        if journal is None or not journal.has("journal_event"):
            return 0
        ((last,),) = journal.rows(_LAST)
        return int(last)


@dataclass(frozen=True)
class OpenJournal:
    """A connection to either kind of database; `?` stands for a value in every query."""

    connection: Any
    is_postgresql: bool

    def rows(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        marked = query.replace("?", "%s") if self.is_postgresql else query
        return iter(self.connection.execute(marked, values))

    def has(self, name: str) -> bool:
        """Whether there is a table or view of that name."""
        if self.is_postgresql:
            ((found,),) = self.rows("select to_regclass(?) is not null", name)
            return bool(found)
        return any(self.rows("select 1 from sqlite_master where name = ?", name))

    def write(self, statement: str, *values: object) -> None:
        """Run one statement that is kept at once."""
        self.rows(statement, *values)
        self.connection.commit()


@contextmanager
def opened(place: Place, *, to_write: bool = False) -> Iterator[OpenJournal | None]:
    """A connection, read-only unless `to_write`; None where there is no file.

    Raises OpKoersError when the journal is damaged, or its server cannot be reached. What a
    database says of it is left out: it can quote what stands in a row, or how to sign in.
    """
    if isinstance(place, Server):
        with _on_server(place, to_write=to_write) as journal:
            yield journal
    elif not place.exists():
        yield None
    else:
        with _in_file(place, to_write=to_write) as journal:
            yield journal


@contextmanager
def _in_file(file: Path, *, to_write: bool) -> Iterator[OpenJournal]:
    address = f"file:{quote(str(file))}?mode={'rw' if to_write else 'ro'}"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=_WAIT_SECONDS)) as connection:
            connection.execute("pragma synchronous = full")
            yield OpenJournal(connection, is_postgresql=False)
    except (sqlite3.Error, ValueError):
        raise OpKoersError(
            "The journal cannot be read",
            where=file,
            next_step="Put back the last backup of this file; answers in it are kept nowhere else",
            exit_code=ExitCode.UNREADABLE_FILE,
        ) from None


@contextmanager
def _on_server(server: Server, *, to_write: bool) -> Iterator[OpenJournal]:
    import psycopg

    try:
        with psycopg.connect(
            server.address, password=server.password, connect_timeout=int(_WAIT_SECONDS)
        ) as connection:
            connection.read_only = not to_write
            yield OpenJournal(connection, is_postgresql=True)
    except (psycopg.Error, ValueError):
        raise OpKoersError(
            "The journal's database cannot be read",
            where="opkoers.toml, [journal] database",
            next_step="See that PostgreSQL runs there and lets this account in; the password"
            " belongs in secrets/journal.password or in OPKOERS_JOURNAL_PASSWORD",
            exit_code=ExitCode.JOURNAL,
        ) from None


def in_utc(at: str | datetime) -> datetime:
    """A moment as either database gives it: text in UTC, or a date-time with a zone."""
    if isinstance(at, str):
        return datetime.fromisoformat(at).replace(tzinfo=UTC)
    return at.astimezone(UTC)


def as_object(payload: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """A payload as either database gives it: text, or what the text means."""
    said: Mapping[str, Any] = json.loads(payload) if isinstance(payload, str) else payload
    return said


def _event(row: tuple[Any, ...]) -> JournalEvent:
    seq, at, actor, kind, clinic_id, patient_id, alert_kind, measured_at, payload = row
    return JournalEvent(
        seq=seq,
        at=in_utc(at),
        actor=actor,
        kind=kind,
        clinic_id=clinic_id,
        patient_id=patient_id,
        alert_kind=alert_kind,
        measured_at=None if measured_at is None else datetime.fromisoformat(measured_at),
        payload=as_object(payload),
    )
