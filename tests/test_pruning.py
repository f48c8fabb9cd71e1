"""opkoers prune: what goes and what never does."""

import os
from pathlib import Path

import pytest

from flows.cli import main
from flows.errors import ExitCode
from flows.home import locked, make_home

KEPT = ("archive/abc/receipt.json", "journal.sqlite3", "identity.sqlite3", "secrets/archive.key")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three runs and three weeks, and everything that must stay."""
    place = tmp_path / "home"
    make_home(place)
    for name in KEPT:
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text("kept")
    for n in (1, 2, 3):
        for kind in ("duckdb", "critical.duckdb", "therapists.duckdb"):
            file = place / "published" / f"2026110{n}T050000Z.{kind}"
            file.write_bytes(b"x" * 1000)
            os.utime(file, (n, n))
        week = place / "reports" / f"2026-W4{n}" / "noord"
        week.mkdir(parents=True)
        (week / "report.nl.pdf").write_bytes(b"x" * 1000)
    (place / "published" / "current").symlink_to("20261103T050000Z.duckdb")
    (place / "opkoers.toml").write_text("[prune]\nkeep_runs = 2\n")
    return place


def names(home: Path, pattern: str) -> list[str]:
    return sorted(file.name for file in home.glob(pattern) if not file.is_symlink())


def all_files(home: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(home)): file.read_bytes()
        for file in home.rglob("*")
        if file.is_file() and file.name != ".lock"
    }


def prune(home: Path, *words: str) -> int:
    return main(["prune", "--home", str(home), *words])


def test_old_runs_go_and_all_reports_stay(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = all_files(home)
    assert prune(home, "--dry-run") == ExitCode.OK
    assert all_files(home) == before
    dry = capsys.readouterr().out
    assert dry.count("would go: published/20261101T050000Z") == 3

    assert prune(home) == ExitCode.OK
    assert capsys.readouterr().out == dry.replace("would go", "gone")
    gone = set(before) - set(all_files(home))
    assert gone == {
        f"published/20261101T050000Z.{kind}"
        for kind in ("duckdb", "critical.duckdb", "therapists.duckdb")
    }
    assert prune(home) == ExitCode.OK
    assert capsys.readouterr().out == "nothing to prune\n"


def test_the_snapshot_in_force_stays_however_old_it_is(home: Path) -> None:
    current = home / "published" / "current"
    current.unlink()
    current.symlink_to("20261101T050000Z.duckdb")
    assert prune(home) == ExitCode.OK
    assert names(home, "published/*Z.duckdb") == [f"2026110{n}T050000Z.duckdb" for n in (1, 2, 3)]


def test_reports_go_only_when_asked_for(home: Path) -> None:
    (home / "opkoers.toml").write_text("[prune]\nkeep_report_weeks = 1\n")
    assert prune(home) == ExitCode.OK
    assert names(home, "reports/*") == ["2026-W43"]
    assert {name: (home / name).read_text() for name in KEPT} == dict.fromkeys(KEPT, "kept")


def test_the_log_of_prefect_is_cut_under_a_process_that_writes_to_it(home: Path) -> None:
    (home / "opkoers.toml").write_text("[prune]\nlog_mb = 0.001\n")
    log = home / "logs" / "prefect.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 2000)
        assert prune(home) == ExitCode.OK
        writer.write(b"after")
    assert log.read_bytes() == b"after"
    assert (home / "logs" / "prefect.log.1").read_bytes() == b"x" * 2000


def test_nothing_goes_while_a_run_works(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = all_files(home)
    with locked(home):
        assert prune(home) == ExitCode.RUN_IN_PROGRESS
    assert all_files(home) == before
    assert "another run is working in this home" in capsys.readouterr().err
