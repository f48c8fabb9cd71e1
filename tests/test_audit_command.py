"""`opkoers audit-report`, and the audit in the life of a home: written, recorded, pruned.

That it can be made again byte by byte is held by tests/test_verify.py.
"""

import json
import shutil
from pathlib import Path

import pytest

from flows.auditing import audited, audits_named
from flows.cli import main
from flows.errors import ExitCode
from flows.publishing.audit_quarter import Quarter
from flows.recorded import read_recording
from flows.settings import load_settings
from tests.conftest import Demo
from tests.publishing.pdf import text_of

FILES = {"audit.csv", "audit.en.pdf", "audit.json", "audit.nl.pdf"}


@pytest.fixture(scope="session")
def home(small_demo: Demo) -> Path:
    """A service that was run once; a test that writes takes a copy."""
    return small_demo.home


def copied(home: Path, place: Path) -> Path:
    landed = shutil.ignore_patterns("archive", "inbox", "truth", "logs")
    return shutil.copytree(home, place / "home", symlinks=True, ignore=landed)


def report(home: Path, *words: str) -> int:
    return main(["audit-report", *words, "--home", str(home)])


def test_a_run_leaves_the_audit_of_the_last_complete_quarter(home: Path) -> None:
    folder = home / "reports" / "2026-Q3" / "service"
    assert {file.name for file in folder.iterdir()} >= FILES
    assert not (home / "reports" / "2026-Q4").exists()  # it is not over
    run_id = load_settings(home).snapshot.resolve().name.removesuffix(".duckdb")
    recorded = set(read_recording(home / "published", run_id).reports)
    assert {f"2026-Q3/service/{name}" for name in FILES} <= recorded


def test_the_command_leaves_a_report_that_stands(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(copied(home, tmp_path)) == ExitCode.OK
    assert "2026-Q3/service stands as it is" in capsys.readouterr().out


def test_the_command_writes_an_earlier_quarter_and_verify_knows_it(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = copied(home, tmp_path)
    assert report(place, "--quarter", "2026-Q2", "--language", "en") == ExitCode.OK
    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert {file.name for file in written} == FILES - {"audit.nl.pdf"}
    assert "2nd quarter 2026" in text_of(place / "reports/2026-Q2/service/audit.en.pdf")
    run_id = load_settings(place).snapshot.resolve().name.removesuffix(".duckdb")
    recorded = read_recording(place / "published", run_id).reports
    assert audits_named(recorded) == {Quarter(2026, 2): ["en"], Quarter(2026, 3): ["en", "nl"]}


def test_a_step_that_is_tried_again_records_what_it_wrote(home: Path, tmp_path: Path) -> None:
    """A kill between writing and recording leaves a report that stands, of the same run."""
    place = copied(home, tmp_path)
    settings = load_settings(place)
    again = audited(settings, None)
    assert {file.name for file in again} == FILES
    told = place / "reports/2026-Q3/service/audit.json"
    told.write_text(told.read_text().replace('"run_id": "', '"run_id": "earlier-'))
    assert audited(settings, None) == ()


@pytest.mark.parametrize(
    ("quarter", "words"),
    [
        ("2026-Q5", "'2026-Q5' is no quarter. Write year and quarter as in 2026-Q3."),
        ("2026-Q4", "2026-Q4 is not over"),
        ("1999-Q1", "nothing is known of 1999-Q1"),
    ],
)
def test_a_quarter_that_is_none_is_told_in_a_sentence(
    home: Path, quarter: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(home, "--quarter", quarter) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1
    assert not (home / "reports" / quarter).exists()


def test_a_home_without_a_run_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--home", str(tmp_path / "new")]) == ExitCode.OK
    assert report(tmp_path / "new") == ExitCode.NOTHING_PUBLISHED
    assert "Run `opkoers run` first" in capsys.readouterr().err


def test_audits_go_with_the_weeks_they_last(home: Path, tmp_path: Path) -> None:
    """Fourteen weeks reach into a second quarter; all stay unless the settings say how many."""
    place = copied(home, tmp_path)
    for quarter in ("2025-Q4", "2026-Q1", "2026-Q2"):
        shutil.copytree(place / "reports" / "2026-Q3", place / "reports" / quarter)
    assert main(["prune", "--home", str(place)]) == ExitCode.OK
    assert len(list((place / "reports").glob("*-Q*"))) == 4
    with (place / "opkoers.toml").open("a") as settings:
        settings.write("\n[prune]\nkeep_report_weeks = 14\n")
    assert main(["prune", "--home", str(place)]) == ExitCode.OK
    assert sorted(f.name for f in (place / "reports").glob("*-Q*")) == ["2026-Q2", "2026-Q3"]


def test_every_command_of_the_report_follows_its_number(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an auditor types from the last page leads to a file."""
    from flows.publishing.audit_background import background
    from flows.publishing.audit_data import read_audit
    from flows.publishing.audit_words import AuditPage
    from flows.publishing.report_data import opened

    with opened(home / "published" / "current") as connection:
        data = read_audit(connection, Quarter(2026, 3), ())
    origin = background(AuditPage(data, "nl"))["origin"]
    commands = json.loads(json.dumps(origin))["traces"]
    assert commands
    for command in commands:
        _, *words = command.split()
        assert main([*words, "--home", str(home)]) == ExitCode.OK
    assert "line" in capsys.readouterr().out
