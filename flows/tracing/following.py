"""From a published row to all that it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from flows.explaining import Published, snapshot_of
from flows.recorded import ERASED, folder_of
from flows.settings import Settings
from flows.station import Inputs
from flows.tracing.asked import row_asked
from flows.tracing.checked import check_counted, history_counted
from flows.tracing.counting import (
    count,
    counted_rows,
    half_reached,
    how_many,
    with_lines,
)
from flows.tracing.deliveries import delivery_asked, file_asked
from flows.tracing.files import files_of_source, files_sharing
from flows.tracing.lines import files_of_lines, lines_by_row, write_lines
from flows.tracing.opened import opened
from flows.tracing.question import QUESTION, question_asked, question_counted
from flows.tracing.steps import recorded_inputs
from flows.tracing.traced import ROWS_SHOWN, Counted, FileLines, Row, Tally, Trace
from flows.tracing.units import ASKED, Asked, AskedOf, same
from flows.tracing.way import Start, keys_of, stops
from flows.tracing.withheld import why_withheld

COUNTS: Mapping[str, AskedOf] = {
    **ASKED,
    "file_history": file_asked,
    "shown_file": file_asked,
    "source_delivery": delivery_asked,
}
CHECKS = {"quality_check": check_counted, "check_history": history_counted}


def trace(
    settings: Settings,
    table: str,
    key: Sequence[str],
    rows: int = ROWS_SHOWN,
    counted_shown: int | None = None,
) -> Trace:
    """Follow the one row of a table with this key; `rows` is how many to show of each table.

    `key` holds COLUMN=VALUE, or one bare value where a column alone tells rows apart.
    `counted_shown` is how many of the rows behind a number to hold, all when None. Raises
    OpKoersError for an unknown table or column, and when no row or more than one has the key.
    """
    with opened(settings, table) as published:
        (run,) = published.rows("select * from run")
        if table == QUESTION:
            return _question(settings, key, run)
        row = row_asked(published, table, key)
        start = Start(table, row, keys_of(table, row))
        if table in COUNTS:
            return _counted(published, settings, start, run, rows, counted_shown)
        if table in CHECKS:
            checked = CHECKS[table](published, settings, snapshot_of(settings), row, counted_shown)
            behind = tuple(stops(published, Start(row["table"], {}, {}), rows))
            return Trace(table, row, run, behind, (), checked)
        files = tuple(files_sharing(settings, start, run["known_at"]))
        return Trace(table, row, run, tuple(stops(published, start, rows)), files)


def _question(settings: Settings, key: Sequence[str], run: Row) -> Trace:
    row = question_asked(settings, key)
    files = files_of_source(settings, row["source"], run["known_at"])
    return Trace(QUESTION, row, run, (), tuple(files), question_counted(settings, row))


# ---------- a number of many


def counted_again(
    published: Published, inputs: Inputs, table: str, row: Row
) -> tuple[Asked, tuple[Tally, ...]]:
    """What a row of one of COUNTS counts, and its numbers added up anew from that."""
    asked = COUNTS[table](published, row)
    tallies = count(published, inputs, asked.facts, asked.where, asked.numbers)
    return asked, _with_median(published, asked, tallies)


def _counted(
    published: Published,
    settings: Settings,
    start: Start,
    run: Row,
    rows: int,
    shown: int | None,
) -> Trace:
    inputs = recorded_inputs(settings, run)
    asked, tallies = counted_again(published, inputs, start.table, start.row)
    write_lines(
        published,
        inputs,
        asked.facts.grain,
        of_outcome=asked.of_outcome,
        beside=asked.beside,
    )
    counted = Counted(
        asked.facts.grain,
        asked.source,
        tallies,
        how_many(published),
        with_lines(
            counted_rows(published, asked.facts, shown), lines_by_row(published, inputs, shown)
        ),
        _why(published, settings, start, asked, run["known_at"]),
        _points(published, start),
    )
    start = replace(start, counted=frozenset(asked.facts.keys))
    return Trace(
        start.table,
        start.row,
        run,
        tuple(stops(published, start, rows)),
        _files(published, settings, start, inputs),
        counted,
        erased=(folder_of(settings.published, run["run_id"]) / ERASED).exists(),
    )


def _with_median(
    published: Published, asked: Asked, tallies: tuple[Tally, ...]
) -> tuple[Tally, ...]:
    if asked.median is None:
        return tallies
    found = half_reached(published, *asked.median)
    return tuple(replace(t, found=found) if t.name == "value" else t for t in tallies)


def _why(
    published: Published, settings: Settings, start: Start, asked: Asked, known_at: datetime
) -> tuple[str, ...]:
    source = asked.published | {"known_at": known_at}
    return why_withheld(published, settings, start.table, start.row, source)


def _points(published: Published, start: Start) -> tuple[Row, ...]:
    """The other periods of the series that limits were worked out from."""
    if start.row.get("centre") is None:
        return ()
    series = same(start.row, ("unit_kind", "unit", "indicator", "period_kind"))
    table = "shown_indicator" if start.table.startswith("shown") else "indicator"
    of_part = f"segment = (select segment from {table} where {series} and {_at(start.row)})"
    found = published.rows(f"""
        select period, numerator, denominator, value
        from {table}
        where {series} and is_complete and value is not null and {of_part}
        order by period
    """)
    return tuple(found)


def _at(row: Row) -> str:
    return same(row, ("period",))


def _files(
    published: Published, settings: Settings, start: Start, inputs: Inputs
) -> tuple[FileLines, ...]:
    """Of one file all its lines; of a count over many, the lines behind what was counted."""
    if "sha256" in start.row:
        return tuple(files_sharing(settings, start, inputs.known_at))
    if start.table == "source_delivery":
        return tuple(files_of_source(settings, start.row["source"], inputs.known_at))
    return files_of_lines(published, inputs)
