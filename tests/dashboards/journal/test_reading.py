"""What a run reads of the journal that the pages wrote, from either database."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dashboards.journal.access_log import record
from dashboards.journal.answers import AlertKey, GivenAnswer, write_answer
from flows.access_log import export_access_log
from flows.cli import main
from flows.errors import ExitCode, OpKoersError
from flows.journal import Place, Server, last_seq, place_of, read_events
from flows.settings import Journal, Settings, SettingsError, load_settings
from tests.postgresql import Cluster

ALERT = AlertKey(
    alert_id="a1",
    clinic_id="noord",
    patient_id="P1",
    alert_kind="reliable_deterioration",
    opened_at=datetime(2026, 11, 4, 14),
    measured_at=datetime(2026, 11, 18, 14),
)


def test_an_answer_comes_back_as_it_was_given(place: Place) -> None:
    write_answer(ALERT, GivenAnswer("anna", "consult", None, "één % of ?"), shown_seq=0)
    seen, answered = read_events(place)

    assert (seen.seq, answered.seq, last_seq(place)) == (1, 2, 2)
    assert answered.at.tzinfo is UTC
    assert answered.at.date() == date(2026, 11, 22)
    assert (answered.clinic_id, answered.patient_id) == ("noord", "P1")
    assert answered.measured_at == datetime(2026, 11, 18, 14)
    assert answered.payload == {
        "action": "consult",
        "discussed_with_patient": None,
        "note": "één % of ?",
    }
    assert [event.seq for event in read_events(place, up_to=1)] == [1]


def test_the_access_log_goes_to_a_file(place: Place, tmp_path: Path) -> None:
    record("anna", "therapist", "patient", "noord", "P1")
    record("cor", "clinic_coordinator", "patient", "noord", "P2", 'Said "help", then hung up')
    record("kim", "therapist", "patient", "zuid", "P1", refused=True)
    file = tmp_path / "log.csv"

    assert export_access_log(place, file) == 3
    head, first, second, third = file.read_text(encoding="utf-8").splitlines()
    assert head == "seq,at,actor,role,page,clinic_id,patient_id,result,reason,source"
    assert first.startswith("1,2026-11-22T")
    assert first.endswith("Z,anna,therapist,patient,noord,P1,allowed,,pages")
    assert 'allowed,"Said ""help"", then hung up",pages' in second
    assert third.endswith(",kim,therapist,patient,zuid,P1,refused,,pages")
    assert export_access_log(place, file, clinic_id="noord", patient_id="P1") == 1
    assert export_access_log(place, file, since=date(2026, 11, 22)) == 3
    assert export_access_log(place, file, since=date(2026, 11, 23)) == 0


def test_a_server_that_cannot_be_reached_is_told_without_its_password(tmp_path: Path) -> None:
    server = Server(f"postgresql://opkoers@/none?host={tmp_path}", "a secret word")

    for read in (read_events, last_seq):
        with pytest.raises(OpKoersError, match="database cannot be read") as error:
            read(server)
        assert error.value.exit_code is ExitCode.JOURNAL
        assert "secret word" not in repr(server) + str(error.value)


def test_a_database_without_tables_is_an_empty_journal(postgresql: Cluster) -> None:
    place = Server(postgresql.address(postgresql.new_database()))

    assert read_events(place) == ()
    assert last_seq(place) == 0


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("postgresql://opkoers:secret@db/opkoers", "leave the password out"),
        ("postgresql://opkoers@db/opkoers?password=secret", "leave the password out"),
        ("mysql://opkoers@db/opkoers", "write it as postgresql://"),
        ("postgresql://opkoers@db", "write it as postgresql://"),
    ],
)
def test_an_address_that_cannot_be_used_is_not_repeated(
    tmp_path: Path, written: str, sentence: str
) -> None:
    (tmp_path / "opkoers.toml").write_text(f'[journal]\ndatabase = "{written}"\n')

    with pytest.raises(SettingsError, match=sentence) as error:
        load_settings(tmp_path)
    assert "secret" not in str(error.value).replace("secrets/", "")


def test_the_password_comes_from_secrets_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "postgresql://opkoers@db/opkoers"
    settings = Settings(home=tmp_path, journal=Journal(database=address))
    assert place_of(settings) == Server(address, None)

    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/journal.password").write_text("kept\n")
    assert place_of(settings) == Server(address, "kept")
    monkeypatch.setenv("OPKOERS_JOURNAL_PASSWORD", "given")
    assert place_of(settings) == Server(address, "given")


def test_the_command_exports_seals_and_verifies(
    place: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if isinstance(place, Server):
        monkeypatch.setenv("OPKOERS_JOURNAL_DATABASE", place.address)
    record("anna", "therapist", "patient", "noord", "P1")
    command = ["access-log", "--home", str(tmp_path)]

    assert main([*command, "-o", str(tmp_path / "log.csv"), "--patient", "P1"]) == 0
    assert main([*command, "--verify"]) == 0
    assert main([*command, "--seal"]) == 0
    head = capsys.readouterr().out.rsplit(maxsplit=1)[1]
    assert main([*command, "--verify", "--head", head]) == 0
    assert "All 1 batches hold." in capsys.readouterr().out
    assert main([*command, "--verify", "--head", head[::-1]]) == ExitCode.SEAL_BROKEN
    assert "no batch ends in that seal" in capsys.readouterr().err


def test_reading_a_journal_starts_no_django() -> None:
    watch = "import sys, flows.journal, flows.sealing; print('django' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", watch],
        check=True,
        capture_output=True,
        text=True,
        env={k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"},
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.strip() == "False"
