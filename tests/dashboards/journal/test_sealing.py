"""The access log, that nothing in a journal can be changed, and how it shows when someone did."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection

from dashboards.journal.access_log import Access, record, who_looked
from dashboards.journal.sharing import share
from flows.errors import ExitCode, OpKoersError
from flows.journal import Place, Server, opened
from flows.sealing import seal, seal_at, verify

MONDAY = datetime(2026, 11, 16, 5)
WEEK = timedelta(days=7)
TABLES = ("journal_journalevent", "journal_accesslogentry", "journal_seal")


def write_something(patient: str = "P1") -> None:
    share("anna", "T1", "noord", patient, "één")
    record("anna", "therapist", "patient", "noord", patient)
    record("kim", "therapist", "patient", "noord", patient, refused=True)


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def as_owner(statement: str) -> None:
    """What someone does who owns the database, and so can take away what refuses it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in TABLES:
                cursor.execute(f"alter table {table} disable trigger all")
        else:
            cursor.execute("select name from sqlite_master where type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"drop trigger {name}")
        cursor.execute(statement)


def test_the_log_says_who_looked_and_who_was_refused(place: Place) -> None:
    record("anna", "therapist", "patient", "noord", "P1")
    record("cor", "clinic_coordinator", "patient", "noord", "P1", "Patient called in distress")
    record("kim", "therapist", "alert", "noord", "P1", refused=True)
    record("kim", "therapist", "alert", "zuid", "P1")

    day = datetime(2026, 11, 22).date()
    looked = who_looked("noord", "P1")
    assert {entry.at.date() for entry in looked} == {day}
    assert [(e.actor, e.role, e.page, e.result, e.reason) for e in looked] == [
        ("kim", "therapist", "alert", "refused", None),
        ("cor", "clinic_coordinator", "patient", "allowed", "Patient called in distress"),
        ("anna", "therapist", "patient", "allowed", None),
    ]
    assert isinstance(looked[0], Access)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("deed", ["update {} set {key} = {key}", "delete from {}"])
def test_the_database_refuses_to_change_anything(place: Place, table: str, deed: str) -> None:
    write_something()
    seal(place, MONDAY)
    key = "number" if table == "journal_seal" else "seq"

    with pytest.raises(DatabaseError, match="append-only"):
        execute(deed.format(table, key=key))


def test_entries_cannot_be_replaced_or_emptied(place: Place) -> None:
    write_something()
    statement = (
        "truncate journal_accesslogentry"
        if isinstance(place, Server)
        else "insert or replace into journal_accesslogentry select * from journal_accesslogentry"
    )
    with pytest.raises(DatabaseError, match="append-only"):
        execute(statement)


def test_a_journal_of_which_nothing_was_written_has_no_seal(place: Place) -> None:
    assert seal(place, MONDAY) is None
    assert verify(place).last is None


def test_a_batch_is_made_when_there_is_something_new(place: Place) -> None:
    write_something()
    first = seal(place, MONDAY)
    assert first is not None
    assert (first.number, first.journal_seq, first.access_seq) == (1, 1, 2)
    assert seal(place, MONDAY + WEEK) == first

    record("anna", "therapist", "patient", "noord", "P1")
    second = seal(place, MONDAY + WEEK)
    assert second is not None
    assert (second.number, second.journal_seq, second.access_seq) == (2, 1, 3)
    write_something("P2")
    held = verify(place)
    assert (held.last, held.loose_events, held.loose_entries) == (second, 1, 2)


def test_a_past_week_knows_the_seal_of_then(place: Place) -> None:
    write_something()
    first = seal(place, MONDAY)
    write_something("P2")
    second = seal(place, MONDAY + WEEK)

    assert seal_at(place, MONDAY - WEEK) is None
    assert seal_at(place, MONDAY + WEEK / 2) == first
    assert seal_at(place, MONDAY + 2 * WEEK) == second


def rows(place: Place, query: str) -> list[tuple[object, ...]]:
    with opened(place) as journal:
        assert journal is not None
        return list(journal.rows(query))


def moment(at: object) -> str:
    told = at if isinstance(at, datetime) else datetime.fromisoformat(str(at))
    if told.tzinfo is not None:
        told = told.astimezone(UTC)
    return told.strftime("%Y-%m-%dT%H:%M:%S.%f")


def test_the_head_is_the_hash_that_the_readme_describes(place: Place) -> None:
    """Counted here a second time, from dashboards/README.md alone."""
    write_something()
    made = seal(place, MONDAY)
    (event,) = rows(place, "select * from journal_event")
    payload = event[8] if isinstance(event[8], dict) else json.loads(str(event[8]))
    lines: list[list[object]] = [[1, "2026-11-16T05:00:00.000000", 1, 2]]
    lines.append(["event", 1, moment(event[1]), *event[2:8], payload])
    entries = rows(place, "select * from access_log order by seq")
    lines += [["access", seq, moment(at), *rest] for seq, at, *rest in entries]
    written = [
        json.dumps(line, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        for line in lines
    ]
    text = "\n".join(["0" * 64, *written]) + "\n"

    assert made is not None
    assert made.head == hashlib.sha256(text.encode("utf-8")).hexdigest()


COLUMNS = "at, actor, role, page, clinic_id, patient_id, result, reason, source"
DEEDS = {
    "an entry changed": (2, "update journal_accesslogentry set actor = 'someone' where seq = 3"),
    "an entry removed": (2, "delete from journal_accesslogentry where seq = 4"),
    "an event changed": (1, "update journal_journalevent set actor = 'someone' where seq = 1"),
    "an event removed": (1, "delete from journal_journalevent where seq = 1"),
    "an entry put in before": (
        1,
        f"insert into journal_accesslogentry (seq, {COLUMNS})"
        f" select -1, {COLUMNS} from journal_accesslogentry where seq = 1",
    ),
    "a seal changed": (1, "update journal_seal set access_seq = 1 where number = 1"),
    "a seal removed": (2, "delete from journal_seal where number = 1"),
    "a moment changed": (
        1,
        "update journal_accesslogentry set at = '2026-01-01 00:00:00+00:00' where seq = 1",
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_was_done_to_a_sealed_row_is_found_and_its_batch_named(
    place: Place, deed: str
) -> None:
    for number, patient in enumerate(("P1", "P2", "P3")):
        write_something(patient)
        seal(place, MONDAY + number * WEEK)
    verify(place)
    batch, statement = DEEDS[deed]
    as_owner(statement)

    with pytest.raises(OpKoersError, match=f"batch {batch}, sealed") as found:
        verify(place)
    assert found.value.exit_code is ExitCode.SEAL_BROKEN


def test_a_chain_made_anew_is_found_by_the_head_that_was_printed(place: Place) -> None:
    write_something()
    first = seal(place, MONDAY)
    assert first is not None
    groups = " ".join(first.head[at : at + 8].upper() for at in range(0, 32, 8))
    verify(place, groups)
    as_owner("delete from journal_seal")
    execute("update journal_accesslogentry set actor = 'someone' where seq = 1")
    seal(place, MONDAY)

    verify(place)
    with pytest.raises(OpKoersError, match="no batch ends in that seal"):
        verify(place, groups)


@pytest.mark.parametrize("cut", ["", "0", "0123456789abcdef"])
def test_a_few_digits_of_a_head_prove_nothing(place: Place, cut: str) -> None:
    with pytest.raises(OpKoersError, match="no batch ends in that seal"):
        verify(place, cut)


def test_events_and_entries_cannot_be_written_inside_another_transaction(place: Place) -> None:
    """Or what takes that back would take the entry back with it."""
    from django.db import transaction

    deeds: tuple[Callable[[], None], ...] = (
        lambda: record("anna", "therapist", "patient", "noord", "P1"),
        lambda: share("anna", "T1", "noord", "P1", "sam"),
    )
    for deed in deeds:
        with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
            deed()
