"""A patient out of the journal: answers, notes, goals and all other events about them.

The database refuses to remove an event; whoever owns it can take that refusal away for the
length of one transaction, and that is done here. In the same transaction an event
`patient_erased` is added: it names nobody, and says what the head of each sealed batch is now,
so that `opkoers access-log --verify` tells an erasure from a change. The access log itself
stays, with the pseudonym: who looked into whose file must be kept (NEN 7513).
"""

import json
import sqlite3
from datetime import UTC, datetime

from flows.errors import ExitCode, OpKoersError
from flows.forgetting.begun import Begun
from flows.journal import OpenJournal, Place, Server, opened
from flows.sealing import batches_of, heads_now
from flows.settings import JOURNAL_LOCK

TABLE = "journal_journalevent"
KIND = "patient_erased"
_REFUSALS = f"select name, sql from sqlite_master where type = 'trigger' and tbl_name = '{TABLE}'"
_OF_PATIENT = "where clinic_id = ? and patient_id = ?"
_ADD = f"""
    insert into {TABLE} (at, actor, kind, clinic_id, payload)
    values (?, ?, '{KIND}', '', ?)
"""


def count_events(place: Place, clinic_id: str, patient_id: str) -> int:
    """Events about a patient; 0 where there is no journal."""
    with opened(place) as journal:
        if journal is None or not journal.has(TABLE):
            return 0
        return len(_seqs(journal, clinic_id, patient_id))


def patients_of(place: Place) -> frozenset[tuple[str, str]]:
    """(clinic, patient) of all whom an event is about."""
    with opened(place) as journal:
        if journal is None or not journal.has(TABLE):
            return frozenset()
        rows = journal.rows(
            f"select distinct clinic_id, patient_id from {TABLE} where patient_id is not null"
        )
        return frozenset((clinic, patient) for clinic, patient in rows)


def erase(place: Place, begun: Begun) -> None:
    """Take the events out, say so in the journal, and let nothing of them lie in its files.

    Done twice, done once. Raises OpKoersError when the journal cannot be reached or is in use.
    """
    with opened(place, to_write=True) as journal:
        if journal is None or not journal.has(TABLE) or _is_erased(journal, begun):
            return
        if journal.is_postgresql:
            _in_postgresql(journal, begun)
        else:
            _in_sqlite(journal, begun)
    _sweep(place)


def _seqs(journal: OpenJournal, clinic_id: str, patient_id: str) -> list[int]:
    rows = journal.rows(f"select seq from {TABLE} {_OF_PATIENT}", clinic_id, patient_id)
    return [seq for (seq,) in rows]


def _is_erased(journal: OpenJournal, begun: Begun) -> bool:
    """Whether nothing about the patient is there, and that it went was written down."""
    if _seqs(journal, begun.clinic_id, begun.patient_id):
        return False
    rows = journal.rows(f"select payload from {TABLE} where kind = '{KIND}'")
    return any(begun.mark in str(payload) for (payload,) in rows)


def _in_sqlite(journal: OpenJournal, begun: Begun) -> None:
    connection = journal.connection
    connection.isolation_level = None
    connection.execute("pragma secure_delete = on")
    connection.execute("begin immediate")
    refusals = list(journal.rows(_REFUSALS))
    for name, _ in refusals:
        connection.execute(f'drop trigger "{name}"')
    _take_out(journal, begun)
    for _, statement in refusals:
        connection.execute(statement)
    connection.execute("commit")


def _in_postgresql(journal: OpenJournal, begun: Begun) -> None:
    journal.rows("select pg_advisory_xact_lock(?)", JOURNAL_LOCK)
    journal.rows(f"alter table {TABLE} disable trigger journal_refuses_changes")
    _take_out(journal, begun)
    journal.rows(f"alter table {TABLE} enable trigger journal_refuses_changes")
    journal.connection.commit()


def _take_out(journal: OpenJournal, begun: Begun) -> None:
    touched = batches_of(journal, _seqs(journal, begun.clinic_id, begun.patient_id))
    journal.rows(f"delete from {TABLE} {_OF_PATIENT}", begun.clinic_id, begun.patient_id)
    heads = heads_now(journal, touched)
    batches = [
        {"number": number, "head": heads[number], "events": events}
        for number, events in sorted(touched.items())
    ]
    payload = json.dumps({"mark": begun.mark, "batches": batches})
    at = begun.at.replace(tzinfo=UTC)
    moment: str | datetime = at if journal.is_postgresql else f"{at:%Y-%m-%d %H:%M:%S.%f}"
    journal.rows(_ADD, moment, begun.actor, payload)


def _sweep(place: Place) -> None:
    """Pages of the database that are no longer in use can still hold what stood in them."""
    if isinstance(place, Server):
        _sweep_server(place)
        return
    with opened(place, to_write=True) as journal:
        assert journal is not None
        try:
            journal.connection.execute("vacuum")
            journal.connection.execute("pragma wal_checkpoint(truncate)")
        except sqlite3.OperationalError:
            raise OpKoersError(
                "the journal is in use, so what was erased may still lie in its file",
                where=place,
                next_step="Stop `opkoers serve` and give the same command again",
                exit_code=ExitCode.JOURNAL,
            ) from None


def _sweep_server(server: Server) -> None:
    with opened(server, to_write=True) as journal:
        assert journal is not None
        journal.connection.autocommit = True
        journal.connection.execute(f"vacuum full {TABLE}")
