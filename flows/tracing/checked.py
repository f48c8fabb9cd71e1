"""The numbers of checks, counted again: the check asked once more, the runs that kept an answer."""

import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from flows.checks import check_tables
from flows.explaining import Published
from flows.landing.sql_text import identifier
from flows.quality_history import SAID, CheckedRun, earlier_runs
from flows.settings import Settings
from flows.tracing.opened import tables_in
from flows.tracing.traced import Counted, CountedRow, Row, Tally

KEY = ("table", "expectation")


def check_counted(
    published: Published, settings: Settings, file: Path, row: Row, limit: int | None
) -> Counted:
    """A check of the last run, asked again of what is published."""
    notes, tallies = _asked_again(published, file, row)
    rows = tuple(_failing(published, row, limit)) if row["failed"] else ()
    return Counted(f"row of {row['table']}", "quality_check", tallies, row["failed"], rows, notes)


def history_counted(
    published: Published, settings: Settings, file: Path, row: Row, limit: int | None
) -> Counted:
    """A check in one run, and in all runs: what each of them kept of it in checks/."""
    (run,) = published.rows("select * from run")
    runs = published.rows(
        f"select * from check_history where {_same(row)} order by known_at, run_id"
    )
    kept = _kept(earlier_runs(settings.home, run["known_at"]), row)
    this = [each for each in _this_run(published, row) if each.keys["run_id"] not in kept]
    found = [*kept.values(), *this]
    tallies = (
        Tally("runs", len(runs), len(found), len(found), "runs that asked it"),
        Tally("runs_failed", _failed(runs), _failed_of(found), _failed_of(found),
              "runs in which it did not hold"),
        _of_run(row, found),
    )  # fmt: skip
    is_this = row["run_id"] == run["run_id"]
    notes, again = _asked_again(published, file, row) if is_this else ((), ())
    shown = tuple(sorted(found, key=lambda each: str(each.keys["run_id"]), reverse=True))
    return Counted("run", "check_history", (*tallies, *again), len(found), shown[:limit], notes)


def _same(row: Row) -> str:
    return " and ".join(f"\"{name}\" = '{row[name]}'" for name in KEY)


def _kept(runs: Sequence[CheckedRun], row: Row) -> dict[str, CountedRow]:
    """What each run kept of one check in its own file, by run."""
    said = ((run.run_id, dict(zip(SAID, told, strict=True))) for run in runs for told in run.checks)
    return {
        run_id: _counted_run(run_id, told)
        for run_id, told in said
        if all(told[name] == row[name] for name in KEY)
    }


def _this_run(published: Published, row: Row) -> Iterator[CountedRow]:
    for told in published.rows(f"select * from quality_check where {_same(row)}"):
        yield _counted_run(told["run_id"], told)


def _counted_run(run_id: str, told: Row) -> CountedRow:
    adds = {"runs": 1.0, "runs_failed": float(told["outcome"] in ("fail", "error"))}
    keys = {"run_id": run_id, "outcome": told["outcome"], "failed": told["failed"]}
    return CountedRow(keys, {name: value for name, value in adds.items() if value}, {})


def _failed(runs: Sequence[Row]) -> int:
    return sum(run["outcome"] in ("fail", "error") for run in runs)


def _failed_of(found: Sequence[CountedRow]) -> int:
    return sum("runs_failed" in each.adds for each in found)


def _of_run(row: Row, found: Sequence[CountedRow]) -> Tally:
    mine = [each.keys["failed"] for each in found if each.keys["run_id"] == row["run_id"]]
    return Tally("failed", row["failed"], mine[0] if mine else None, len(mine),
                 "rows that failed, as that run kept it")  # fmt: skip


# ---------- asked again


def _asked_again(
    published: Published, file: Path, row: Row
) -> tuple[tuple[str, ...], tuple[Tally, ...]]:
    """The query of a check, and its counts over the published table; none where that is gone."""
    if row["table"] not in tables_in(published):
        return (f"{row['table']} is not published, so that the check cannot be asked again",), ()
    outcomes = check_tables(file, [row["table"]])
    query = _query(row)
    notes = (f"the check counts what this finds: {query}",) if query else ()
    for each in outcomes:
        if each.expectation == row["expectation"]:
            checked, failed = float(each.checked), float(each.failed)
            return notes, (
                Tally("checked", row["checked"], checked, each.checked, "asked again now"),
                Tally("failed", row["failed"], failed, each.failed, "asked again now"),
            )
    return (), ()


def _query(row: Row) -> str:
    """What a check asks in SQL, on one line; "" for one that is not written as a query."""
    suite = import_module(f"expectations.{row['table']}").suite()
    for each in suite.expectations:
        if each.meta["id"] == row["expectation"]:
            asked = getattr(each, "unexpected_rows_query", "") or getattr(each, "query", "")
            asked = asked or _of_column(row["table"], each)
            return " ".join(asked.replace("{{", "{").replace("}}", "}").split())
    return ""


def _of_column(table: str, expectation: object) -> str:
    """The query of a check of one column, as far as it is about what is missing."""
    column = getattr(expectation, "column", None)
    if column is None:
        return ""
    name, of = identifier(column), identifier(table)
    allowed = getattr(expectation, "value_set", None)
    least = getattr(expectation, "min_value", None)
    if allowed is not None:
        return f"select 1 from {of} where not list_contains({list(allowed)!r}, {name})"
    if least is not None:
        return f"select 1 from {of} where {name} < {least}"
    return f"select 1 from {of} where {name} is null"


def _failing(published: Published, row: Row, limit: int | None) -> Iterator[CountedRow]:
    """The rows that fail, where the check looks at rows and not at groups of them."""
    query = _query(row) if row["table"] in tables_in(published) else ""
    if not re.match(r"select 1 from ", query) or " group by " in query:
        return
    end = "" if limit is None else f"limit {limit}"
    for found in published.rows(f"{query.replace('select 1', 'select *', 1)} {end}"):
        yield CountedRow(found, {"failed": 1.0}, {})
