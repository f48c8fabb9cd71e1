"""The journal as a run reads it: what people did about alerts, in the order they did it."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flows.errors import ExitCode, OpKoersError

_EVENTS = """
    select seq, at, actor, kind, clinic_id, patient_id, alert_kind, measured_at, payload
    from journal_event
    where ? is null or seq <= ?
    order by seq
"""
_HAS_VIEW = "select 1 from sqlite_master where type = 'view' and name = 'journal_event'"
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


def read_events(journal: Path, *, up_to: int | None = None) -> tuple[JournalEvent, ...]:
    """Events with `seq` at most `up_to` (all when None), oldest first.

    Empty where there is no journal yet. Raises OpKoersError when the file is damaged.
    """
    with _reading(journal) as connection:
        if connection is None:
            return ()
        return tuple(_event(row) for row in connection.execute(_EVENTS, (up_to, up_to)))


def last_seq(journal: Path) -> int:
    """The last event's `seq`; 0 where nothing was written yet.

    Raises OpKoersError when the file is damaged.
    """
    with _reading(journal) as connection:
        if connection is None:
            return 0
        row = connection.execute("select coalesce(max(seq), 0) from journal_event").fetchone()
        return int(row[0])


@contextmanager
def _reading(journal: Path) -> Iterator[sqlite3.Connection | None]:
    """A read-only connection, or None where there is no file or no view."""
    if not journal.exists():
        yield None
        return
    address = f"file:{quote(str(journal))}?mode=ro"
    try:
        connection = sqlite3.connect(address, uri=True, timeout=_WAIT_SECONDS)
        try:
            has_view = connection.execute(_HAS_VIEW).fetchone() is not None
            yield connection if has_view else None
        finally:
            connection.close()
    except (sqlite3.Error, ValueError):
        raise OpKoersError(
            "The journal cannot be read",
            where=journal,
            next_step="Put back the last backup of this file; answers in it are kept nowhere else",
            exit_code=ExitCode.UNREADABLE_FILE,
        ) from None


def _event(row: tuple[Any, ...]) -> JournalEvent:
    seq, at, actor, kind, clinic_id, patient_id, alert_kind, measured_at, payload = row
    return JournalEvent(
        seq=seq,
        at=datetime.fromisoformat(at).replace(tzinfo=UTC),
        actor=actor,
        kind=kind,
        clinic_id=clinic_id,
        patient_id=patient_id,
        alert_kind=alert_kind,
        measured_at=None if measured_at is None else datetime.fromisoformat(measured_at),
        payload=json.loads(payload),
    )
