"""A patient out of the journal: the seals tell an erasure from a change, on either database."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection

from dashboards.journal.access_log import record, who_looked
from dashboards.journal.goals import Course, set_goal
from dashboards.journal.models import JournalEvent
from dashboards.journal.sharing import share
from flows.access_log import told
from flows.errors import ExitCode, OpKoersError
from flows.forgetting import events
from flows.forgetting.begun import Begun
from flows.journal import Place, read_events
from flows.sealing import seal, verify
from tests.dashboards.journal.test_sealing import MONDAY, WEEK, as_owner

GONE, STAYS = "p-gone-41", "p-stays-7"
GOAL = "weer naar buiten, zonder haar"


def begun(patient: str = GONE, mark: str = "ab" * 32) -> Begun:
    return Begun(
        clinic_id="noord", patient_id=patient, numbers=(), mark=mark, reason="by letter",
        actor="ict", at=datetime(2026, 11, 23, 9), since=None, files={}, counts={},
    )  # fmt: skip


def two_batches(place: Place) -> None:
    """One batch with two events of the patient and one of another, one without."""
    share("anna", "T1", "noord", GONE, "kim")
    set_goal("anna", Course("noord", GONE, "e1"), GOAL)
    set_goal("anna", Course("noord", STAYS, "e2"), "een ander doel")
    record("anna", "therapist", "patient", "noord", GONE)
    seal(place, MONDAY)
    set_goal("anna", Course("zuid", GONE, "e1"), "same number, another clinic")
    seal(place, MONDAY + WEEK)


def test_the_events_of_one_patient_go_and_no_others(place: Place) -> None:
    two_batches(place)
    assert events.count_events(place, "noord", GONE) == 2
    events.erase(place, begun())
    left = [(each.kind, each.clinic_id, each.patient_id) for each in read_events(place)]
    assert left == [
        ("goal_set", "noord", STAYS),
        ("goal_set", "zuid", GONE),
        ("patient_erased", "", None),
    ]
    assert events.count_events(place, "noord", GONE) == 0


def test_the_access_log_stays(place: Place) -> None:
    two_batches(place)
    events.erase(place, begun())
    assert [entry.actor for entry in who_looked("noord", GONE)] == ["anna"]


def test_verify_says_erased_and_not_changed(place: Place) -> None:
    two_batches(place)
    events.erase(place, begun())
    verified = verify(place)
    assert [(each.number, each.events) for each in verified.erased] == [(1, 2)]
    lines = told(verified)
    assert lines[0] == "All 2 batches hold."
    assert lines[1] == (
        "Batch 1: 2 events erased on request, last on 2026-11-23; what was left holds."
    )


def test_a_seal_that_was_printed_before_is_still_found(place: Place) -> None:
    two_batches(place)
    last = verify(place).last
    assert last is not None
    events.erase(place, begun())
    assert verify(place, last.head).last == last


def test_a_second_patient_out_of_the_same_batch(place: Place) -> None:
    two_batches(place)
    events.erase(place, begun())
    seal(place, MONDAY + 2 * WEEK)
    events.erase(place, begun(STAYS, "cd" * 32))
    assert [(each.number, each.events) for each in verify(place).erased] == [(1, 3)]


def test_what_is_changed_in_a_batch_after_an_erasure_is_seen(place: Place) -> None:
    two_batches(place)
    events.erase(place, begun())
    as_owner(f"update journal_journalevent set actor = 'kim' where patient_id = '{STAYS}'")
    with pytest.raises(OpKoersError, match="batch 1") as caught:
        verify(place)
    assert caught.value.exit_code is ExitCode.SEAL_BROKEN


def test_done_twice_is_done_once(place: Place) -> None:
    two_batches(place)
    events.erase(place, begun())
    events.erase(place, begun())
    kinds = [event.kind for event in read_events(place)]
    assert kinds.count("patient_erased") == 1


def test_events_that_are_not_sealed_yet_go_as_well(place: Place) -> None:
    share("anna", "T1", "noord", GONE, "kim")
    events.erase(place, begun())
    (left,) = read_events(place)
    assert left.payload == {"mark": "ab" * 32, "batches": []}
    assert GONE not in json.dumps(dict(left.payload))


def test_the_database_refuses_changes_again_afterwards(place: Place) -> None:
    two_batches(place)
    events.erase(place, begun())
    with pytest.raises(Exception, match="append-only"):
        JournalEvent.objects.all().delete()


def test_nothing_of_it_lies_in_the_file_any_more(place: Place) -> None:
    """Of SQLite the file itself can be searched."""
    for number in range(200):  # so that pages split and leave copies behind
        set_goal("anna", Course("noord", GONE, "e1"), f"{GOAL} {number} {'x' * 300}")
        set_goal("anna", Course("noord", STAYS, "e2"), f"doel {number} {'y' * 300}")
    connection.close()
    if isinstance(place, Path):
        assert any(GOAL.encode() in f.read_bytes() for f in place.parent.glob("journal*"))
    events.erase(place, begun())
    assert len(read_events(place)) == 201
    if isinstance(place, Path):
        for file in place.parent.glob("journal*"):
            content = file.read_bytes()
            assert GOAL.encode() not in content
            assert GONE.encode() not in content
