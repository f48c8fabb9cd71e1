"""A run seals the journal, and knows by its head what it was made of."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from dashboards.journal.access_log import record
from flows.errors import ExitCode, OpKoersError
from flows.home import make_home
from flows.running.inputs import gather_inputs
from flows.running.plan import plan_run
from flows.sealing import verify
from flows.settings import Settings
from flows.station import Inputs
from tests.dashboards.journal.conftest import in_use


@pytest.fixture
def home(tmp_path: Path, empty_file: Path, django_db_blocker: DjangoDbBlocker) -> Path:
    """A home in which somebody looked at a patient."""
    home = tmp_path / "home"
    make_home(home)
    shutil.copy(empty_file, home / "journal.sqlite3")
    with django_db_blocker.unblock(), in_use(Settings(home=home)):
        record("anna", "therapist", "patient", "noord", "P1")
        connections["default"].cursor().execute("pragma wal_checkpoint(truncate)")
    return home


def inputs_of(home: Path, known_at: datetime | None = None) -> Inputs:
    return gather_inputs(plan_run(home, known_at=known_at))


def test_the_head_of_the_chain_goes_with_the_run(home: Path) -> None:
    inputs = inputs_of(home)
    last = verify(home / "journal.sqlite3").last

    assert last is not None
    assert (inputs.journal_seal, inputs.journal_head) == (1, last.head)


def test_a_run_in_which_nothing_is_new_has_the_same_head(home: Path) -> None:
    first, second = inputs_of(home), inputs_of(home)

    assert (first.journal_seal, first.journal_head) == (second.journal_seal, second.journal_head)


def test_a_run_that_looks_back_seals_nothing(home: Path) -> None:
    assert inputs_of(home, known_at=datetime(2020, 1, 6)).journal_head is None
    assert verify(home / "journal.sqlite3").last is None


def test_a_journal_that_cannot_be_sealed_does_not_stop_a_run(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = inputs_of(home)

    def full(*_: object) -> None:
        raise OpKoersError("the disk is full", next_step="", exit_code=ExitCode.DISK_FULL)

    monkeypatch.setattr("flows.running.inputs.seal", full)
    assert inputs_of(home).journal_head == before.journal_head


def test_a_home_without_pages_has_no_seal(tmp_path: Path) -> None:
    make_home(tmp_path)

    assert inputs_of(tmp_path).journal_head is None
