"""What a run reads of the journal, without the pages that write it."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.errors import ExitCode, OpKoersError
from flows.journal import JournalEvent, last_seq, read_events

VIEW = """
    create table kept (seq integer primary key, at text, actor text, kind text, clinic_id text,
        patient_id text, alert_kind text, measured_at text, payload text);
    create view journal_event as select * from kept;
"""
ANSWER = '{"action": "consult", "discussed_with_patient": null, "note": "één"}'
MEASURED = "2026-11-18T14:00:00"
ROWS = [
    (1, "2026-11-20 09:00:00.250000", "a", "alert_seen", "c", "p", "k", MEASURED, "{}"),
    (2, "2026-11-20 09:01:00", "a", "alert_answered", "c", "p", "k", MEASURED, ANSWER),
    (4, "2026-11-21 10:00:00", "b", "other", "c", None, None, None, "{}"),
]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    file = tmp_path / "journal #1.sqlite3"
    connection = sqlite3.connect(file)
    connection.executescript(VIEW)
    connection.executemany("insert into kept values (?, ?, ?, ?, ?, ?, ?, ?, ?)", ROWS)
    connection.commit()
    connection.close()
    return file


def test_events_come_typed_and_in_order(journal: Path) -> None:
    first, second, third = read_events(journal)

    assert first.at == datetime(2026, 11, 20, 9, 0, 0, 250000, tzinfo=UTC)
    assert second == JournalEvent(
        seq=2,
        at=datetime(2026, 11, 20, 9, 1, tzinfo=UTC),
        actor="a",
        kind="alert_answered",
        clinic_id="c",
        patient_id="p",
        alert_kind="k",
        measured_at=datetime(2026, 11, 18, 14, 0),
        payload={"action": "consult", "discussed_with_patient": None, "note": "één"},
    )
    assert (third.patient_id, third.alert_kind, third.measured_at) == (None, None, None)


@pytest.mark.parametrize(
    ("up_to", "seqs"), [(None, [1, 2, 4]), (4, [1, 2, 4]), (3, [1, 2]), (0, [])]
)
def test_a_run_can_be_repeated_up_to_the_event_it_knew(
    journal: Path, up_to: int | None, seqs: list[int]
) -> None:
    assert [event.seq for event in read_events(journal, up_to=up_to)] == seqs


def test_the_last_event_is_known_by_its_number(journal: Path) -> None:
    assert last_seq(journal) == 4


def test_without_a_journal_nothing_is_read_and_nothing_is_made(tmp_path: Path) -> None:
    missing = tmp_path / "journal.sqlite3"

    assert read_events(missing) == ()
    assert last_seq(missing) == 0
    assert not missing.exists()


def test_a_journal_without_its_view_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite3"
    sqlite3.connect(file).close()
    file.touch()

    assert read_events(file) == ()
    assert last_seq(file) == 0


def test_a_view_without_events_ends_at_nought(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite3"
    connection = sqlite3.connect(file)
    connection.executescript(VIEW)
    connection.close()

    assert last_seq(file) == 0


@pytest.mark.parametrize("read", [read_events, last_seq])
def test_a_damaged_journal_stops_the_run_instead_of_reading_as_empty(
    tmp_path: Path, read: object
) -> None:
    file = tmp_path / "journal.sqlite3"
    file.write_bytes(b"this is no database, but long enough to be taken for one" * 20)
    assert callable(read)

    with pytest.raises(OpKoersError) as error:
        read(file)
    assert error.value.exit_code is ExitCode.UNREADABLE_FILE
    assert error.value.where == str(file)


def test_a_payload_that_is_no_json_is_damage_and_is_not_quoted(journal: Path) -> None:
    connection = sqlite3.connect(journal)
    connection.execute("update kept set payload = 'secret words' where seq = 2")
    connection.commit()
    connection.close()

    with pytest.raises(OpKoersError) as error:
        read_events(journal)
    assert "secret" not in str(error.value)
