"""What is computed about therapists: every way in is tried, and only one opens."""

import os
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from flows.cli import main
from flows.errors import ExitCode
from flows.pruning import forget_old_runs
from flows.settings import load_settings
from flows.warehouse import CRITICAL_UNPUBLISHED, all_stations, tables_of, therapist_lane
from tests.conftest import Demo

KEPT = {table for station in therapist_lane() for table in station.writes}


@pytest.fixture(scope="module")
def file(demo: Demo) -> Path:
    return load_settings(demo.home).therapist_file.resolve(strict=True)


def test_it_is_a_file_of_its_own_of_the_same_run(demo: Demo, file: Path) -> None:
    snapshot = (demo.home / "published/current").resolve()
    assert file.name == f"{snapshot.stem}.therapists.duckdb"
    assert file.stat().st_mode & 0o777 == 0o600
    with duckdb.connect(str(file), read_only=True) as connection:
        told = connection.execute("select run_id from therapist_run").fetchall()
    assert told == [(snapshot.stem,)]
    assert set(tables_of(file)) == KEPT - {"treated_by", "treated_course", "case_expectation"}


def test_none_of_its_tables_is_in_what_others_open(demo: Demo) -> None:
    for link in ("current", "current.critical"):
        assert not KEPT & set(tables_of((demo.home / "published" / link).resolve()))
    main_tables = {t for s in all_stations() if s.lane != "therapists" for t in s.writes}
    assert not main_tables & KEPT
    assert not KEPT & set(CRITICAL_UNPUBLISHED)


def test_no_trace_of_them_stands_in_the_published_file(demo: Demo, file: Path) -> None:
    """Not even in blocks that were freed: they were never written there."""
    content = (demo.home / "published/current").resolve().read_bytes()
    for word in (b"weighed_episodes", b"halves_correlation", b"estimate_sd"):
        assert word not in content
    assert b"weighed_episodes" in file.read_bytes()


@pytest.mark.parametrize("table", sorted(KEPT))
def test_export_knows_none_of_them(demo: Demo, tmp_path: Path, table: str) -> None:
    target = tmp_path / "out.csv"
    code = main(["export", table, "-o", str(target), "--home", str(demo.home)])
    assert code == ExitCode.UNKNOWN_TABLE
    assert not target.exists()


@pytest.mark.parametrize(
    "name",
    [
        "current.therapists.therapist_effect",
        "{file}",
        "'{file}'.therapist_effect",
        'run"; attach "{file}" as x; --',
        "read_csv('{file}')",
        "therapist_effect@current.therapists",
    ],
)
def test_export_takes_no_path_and_no_statement_for_a_name(
    demo: Demo, file: Path, tmp_path: Path, name: str
) -> None:
    target = tmp_path / "out.csv"
    asked = name.format(file=file)
    assert main(["export", asked, "-o", str(target), "--home", str(demo.home)]) != 0
    assert not target.exists()


def test_explain_reads_it_for_no_alert(
    demo: Demo, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (alert,) = demo.rows("select alert_id from alert order by alert_id limit 1")[0]
    main(["explain", alert, "--home", str(demo.home)])
    said = capsys.readouterr().out
    assert not {
        word for word in ("estimate_sd", "distinguishable", "closed_course") if word in said
    }


def test_nobody_in_the_program_names_the_file_but_its_maker_and_its_door() -> None:
    rooms = Path(__file__).parent.parent
    found = {
        str(module.relative_to(rooms))
        for room in ("flows", "dashboards")
        for module in (rooms / room).rglob("*.py")
        if any(
            word in module.read_text(encoding="utf-8")
            for word in ("therapist_file", "therapists.duckdb", "current.therapists")
        )
    }
    for page in (name for name in found if name.startswith("dashboards/pages/")):
        text = (rooms / page).read_text(encoding="utf-8")
        assert "OPKOERS.therapist_file" not in text, f"{page} goes round the door"
        assert "duckdb.connect" not in text
    assert found <= {
        "flows/running/plan.py",
        "flows/running/steps.py",
        "flows/rebuilding.py",
        "flows/settings.py",
        "dashboards/therapist_file.py",
        *(name for name in found if name.startswith("dashboards/pages/")),
    }
    assert "dashboards/therapist_file.py" in found


def test_no_report_and_no_query_of_other_pages_reads_them() -> None:
    rooms = Path(__file__).parent.parent
    files = [
        *(rooms / "flows/publishing").rglob("*.py"),
        *(rooms / "dashboards/queries").glob("*.sql"),
        *(s for s in (rooms / "sql").glob("*.sql") if not _is_of_therapists(s)),
    ]
    assert len(files) > 40
    for each in files:
        text = each.read_text(encoding="utf-8")
        assert not {table for table in KEPT - {"case_mix"} if f"{table}." in text}, each
        assert not {f"from {table}" for table in KEPT if f"from {table}\n" in text}, each


def _is_of_therapists(file: Path) -> bool:
    return "-- lane: therapists" in file.read_text(encoding="utf-8")


def test_no_figure_of_theirs_stands_in_reports_receipts_logs_or_answers(
    demo: Demo, file: Path
) -> None:
    """Every number of the file with six digits or more, in all that the home holds as text."""
    figures = _figures(file)
    assert len(figures) > 500
    looked = [
        each
        for each in demo.home.rglob("*")
        if each.is_file() and each.suffix in (".json", ".csv", ".html", ".log", ".toml", ".txt")
    ]
    rooms = {str(each.relative_to(demo.home).parts[0]) for each in looked}
    assert {"reports", "archive"} <= rooms
    for each in looked:
        numbers = set(re.findall(r"-?\d+\.\d{5,}", each.read_text(encoding="utf-8")))
        assert not {number[:8] for number in numbers} & figures, each


def test_checks_of_theirs_tell_how_many_rows_and_whose_they_are_of_none(
    demo: Demo, file: Path
) -> None:
    """`quality_check` is read by others: one row per expectation, not per therapist."""
    with duckdb.connect(str(file), read_only=True) as connection:
        people = {name for (name,) in connection.execute(
            "select distinct therapist_id from therapist_effect").fetchall()}  # fmt: skip
    told = demo.rows("""
        select "table", expectation, count(*), min(why) from quality_check group by all
    """)
    mine = [row for row in told if row[0] in KEPT]
    assert len(mine) > 20
    for table, expectation, rows, why in mine:
        assert rows == 1, (table, expectation)
        assert not people & set(re.findall(r"[\w-]+", f"{expectation} {why}"))


def _figures(file: Path) -> set[str]:
    """What a number would look like elsewhere, however many more digits are printed there."""
    found: set[str] = set()
    with duckdb.connect(str(file), read_only=True) as connection:
        for table in sorted(set(tables_of(file)) - {"case_mix"}):
            described = connection.execute(f"describe {table}").fetchall()
            for name in (name for name, kind, *_ in described if kind == "DOUBLE"):
                rows = connection.execute(f'select distinct "{name}" from {table}').fetchall()
                texts = (f"{value:.10f}".rstrip("0") for (value,) in rows if value is not None)
                found |= {text[:8] for text in texts if len(text.partition(".")[2]) >= 7}
    return found


def test_old_files_go_with_their_run(fresh_copy: Path) -> None:
    settings = load_settings(fresh_copy)
    for number in range(settings.prune.keep_runs + 2):
        for kind in ("duckdb", "therapists.duckdb"):
            old = settings.published / f"20200101T0000{number:02d}Z.{kind}"
            old.write_bytes(b"")
            os.utime(old, (number, number))
    forget_old_runs(settings)
    left = {f.name.partition(".")[0] for f in settings.published.glob("2020*.duckdb")}
    own = {f.name.partition(".")[0] for f in settings.published.glob("2020*.therapists.duckdb")}
    assert own == left
    assert settings.therapist_file.resolve().exists()


@pytest.fixture
def fresh_copy(demo: Demo, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "published").mkdir(parents=True)
    for entry in (demo.home / "published").iterdir():
        if entry.is_symlink() or entry.is_file():
            shutil.copy2(entry, home / "published" / entry.name, follow_symlinks=False)
    return home
