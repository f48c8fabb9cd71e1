"""What checks of earlier runs said is kept, says since when, and never tells a past the future."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from flows.errors import OpKoersError
from flows.quality_history import (
    ADD_THIS_RUN,
    CheckedRun,
    check_rows,
    earlier_runs,
    file_rows,
    keep,
    said_by,
)
from flows.stations.check_history import CHECKS

MONDAY = datetime(2026, 6, 1, 6)


def _run(week: int, outcome: str, *files: tuple[object, ...]) -> CheckedRun:
    """The run of a week, of which the check of `score` ended so."""
    at = MONDAY + timedelta(weeks=week)
    check = ("score", "one_row_per_grain", "conformance", "critical", outcome, 9, 0)
    return CheckedRun(f"run-{week}", at.date(), at, True, (check,), files)


def _told(source: str, file: str) -> tuple[object, ...]:
    return (source, "c", file, "one_therapist_a_day", None, None, 9, 1)


def test_what_is_kept_is_what_was_said(tmp_path: Path) -> None:
    run = _run(0, "fail", _told("a", "a.csv"))
    file = keep(tmp_path, run)
    assert file.parent.name == "checks"
    assert earlier_runs(tmp_path, MONDAY + timedelta(seconds=1)) == (run,)
    assert [each.name for each in file.parent.iterdir()] == ["run-0.json.gz"]


def test_a_past_that_is_made_again_does_not_see_later_runs(tmp_path: Path) -> None:
    for week in (2, 0, 1):
        keep(tmp_path, _run(week, "pass"))
    seen = [run.run_id for run in earlier_runs(tmp_path, MONDAY + timedelta(weeks=1))]
    assert seen == ["run-0"]
    assert earlier_runs(tmp_path, MONDAY) == ()
    assert earlier_runs(tmp_path / "another home", MONDAY) == ()


def test_since_when_a_check_fails_without_a_break() -> None:
    """It fails in weeks 1 and 2, holds in week 3, cannot be evaluated in week 4."""
    outcomes = ("pass", "fail", "fail", "pass", "error")
    rows = list(check_rows(_run(week, outcome) for week, outcome in enumerate(outcomes)))
    first, last = date(2026, 6, 8), date(2026, 6, 29)
    assert [row["failing_since"] for row in rows] == [None, first, first, None, last]


def test_a_doubt_goes_on_with_the_source_and_not_with_the_file() -> None:
    """Each week another file of source a; in week 2 it is clean."""
    runs = [
        _run(0, "pass", _told("a", "a1.csv")),
        _run(1, "pass", _told("a", "a2.csv"), _told("b", "b.csv")),
        _run(2, "pass"),
        _run(3, "pass", _told("a", "a4.csv")),
    ]
    found = [(row["source_file"], row["failing_since"]) for row in file_rows(runs)]
    days = [(MONDAY + timedelta(weeks=week)).date() for week in range(4)]
    assert found == [
        ("a1.csv", days[0]),
        ("a2.csv", days[0]),
        ("b.csv", days[1]),
        ("a4.csv", days[3]),
    ]


@pytest.mark.parametrize(
    ("outcome", "since"), [("fail", "2026-06-01"), ("error", "2026-06-01"), ("pass", None)]
)
def test_this_runs_own_checks_are_added_when_it_is_published(
    outcome: str, since: str | None
) -> None:
    """The check failed a week ago and, as it may be, still does."""
    with duckdb.connect() as connection:
        kinds = ", ".join(f'"{name}" {kind}' for name, kind in CHECKS.items())
        connection.execute(f"create table check_history ({kinds})")
        (row,) = check_rows([_run(0, "fail")])
        places = ", ".join("?" for _ in CHECKS)
        connection.execute(
            f"insert into check_history values ({places})", [row[name] for name in CHECKS]
        )
        connection.execute("""
            create table run as
            select date '2026-06-08' as as_of, timestamp '2026-06-08 06:00' as known_at
        """)
        connection.execute(f"""
            create table quality_check as
            select 'run-1' as run_id, 'score' as "table", 'one_row_per_grain' as expectation,
                'conformance' as category, 'critical' as severity, '{outcome}' as outcome,
                9::bigint as checked, 1::bigint as failed, 'why' as why
        """)
        connection.execute(ADD_THIS_RUN)
        found = connection.execute("""
            select outcome, failing_since::varchar from check_history where run_id = 'run-1'
        """).fetchall()
    assert found == [(outcome, since)]


def test_only_our_own_words_and_counts_are_kept() -> None:
    outcome = {
        "table": "score",
        "expectation": "one_row_per_grain",
        "category": "conformance",
        "severity": "critical",
        "outcome": "pass",
        "checked": 9,
        "failed": 0,
        "why": "A sentence that stands in the suite.",
    }
    assert said_by([outcome]) == (
        ("score", "one_row_per_grain", "conformance", "critical", "pass", 9, 0),
    )


@pytest.mark.parametrize("damage", [b"", b"not gzip", None])
def test_a_damaged_file_is_a_sentence(tmp_path: Path, damage: bytes | None) -> None:
    file = keep(tmp_path, replace(_run(0, "pass"), run_id="run-x"))
    file.write_bytes(file.read_bytes()[:30] if damage is None else damage)
    with pytest.raises(OpKoersError, match="earlier run"):
        earlier_runs(tmp_path, MONDAY + timedelta(days=1))
