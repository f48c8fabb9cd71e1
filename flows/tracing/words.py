"""A trace as lines of text for a person, and as JSON for a program."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from flows.explaining import ranges
from flows.tracing.traced import (
    LINES_SHOWN,
    Counted,
    CountedRow,
    FileLines,
    Row,
    Stop,
    Tally,
    Trace,
)


def in_words(traced: Trace, lines_shown: int = LINES_SHOWN) -> Iterator[str]:
    """The row, what it counts, then each station with its rows, then each file with its lines."""
    run = traced.run
    yield f"{traced.table}, run {run['run_id']} (as of {run['as_of']}, code {run['code_version']})"
    yield from (f"  {line}" for line in _told(traced.row))
    if traced.counted is not None:
        yield from _counted_in_words(traced.counted, lines_shown)
        yield from _difference(traced)
    for stop in traced.stops:
        yield from _stop_in_words(stop, traced.table)
    yield ""
    if not traced.files and traced.counted is None:
        yield "No landed record leads to it: it comes from settings, instruments or the run itself."
    for file in traced.files:
        yield from _file_in_words(file, lines_shown)


# ---------- what was counted


def _counted_in_words(counted: Counted, shown: int) -> Iterator[str]:
    yield ""
    yield (
        f"Counted again from {counted.total:,} (each one {counted.grain}), and held against the"
        f" table {counted.source}:"
    )
    yield from (f"  {_tally(tally)}" for tally in counted.tallies)
    yield from (f"  {sentence}" for sentence in counted.withheld)
    if counted.points:
        yield f"  centre, lower and upper: from these {len(counted.points):,} periods of the series"
        yield from (f"    {_short(point)}" for point in counted.points[-shown:])
    yield "  They are:" if counted.rows else "  There are none to show."
    yield from (f"    {_counted_row(row)}" for row in counted.rows[:shown])
    left = counted.total - min(shown, len(counted.rows))
    if left > 0 and counted.rows:
        yield f"    and {left:,} more (--rows shows them)"


def _tally(tally: Tally) -> str:
    told = f" ({tally.told})" if tally.told else ""
    counted = f", counted from {tally.rows:,} of them" if tally.rows else ""
    if tally.is_same:
        return f"{tally.name} {_number(tally.found)}{counted}{told}"
    found = _number(tally.found)
    return f"{tally.name}: published {_number(tally.published)}, found {found}{counted}{told}"


def _difference(traced: Trace) -> Iterator[str]:
    assert traced.counted is not None
    if traced.counted.is_same:
        yield "  All of it is the same as published."
    elif traced.erased:
        yield "  What differs went with patients who were forgotten since this run."
    else:
        yield "  NOT the same as published: `opkoers verify` tells more."


def _counted_row(row: CountedRow) -> str:
    adds = ", ".join(f"{name} {_number(value)}" for name, value in row.adds.items())
    lines = "; ".join(f"{name} lines {ranges(lines)}" for name, lines in row.lines.items())
    return " | ".join(part for part in (_short(row.keys), adds, lines) if part)


def _number(value: float | None) -> str:
    if value is None:
        return "nothing"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.9g}"


# ---------- stations and files


def _stop_in_words(stop: Stop, start: str) -> Iterator[str]:
    station = stop.origin.station
    yield ""
    yield f"{station.title}: {stop.origin.grain}"
    yield f"  why: {stop.origin.why}"
    if station.reads:
        yield f"  reads: {', '.join(station.reads)}"
    if not stop.counts:
        yield "  not published: worked out on the way, or a view of the archive"
    for table, found in stop.counts.items():
        if table != start:
            yield f"  {table}: {found:,} rows {_belonging(stop, table)}"
            yield from (f"    {_short(row)}" for row in stop.rows.get(table, ()))


def _belonging(stop: Stop, table: str) -> str:
    by = stop.shared[table]
    if table in stop.of_counted:
        return f"of what was counted, by {', '.join(by)}"
    return f"sharing {', '.join(by)}" if by else "in all"


def _told(row: Mapping[str, Any]) -> Iterator[str]:
    return (f"{name} = {_value(value)}" for name, value in row.items() if value is not None)


def _short(row: Row) -> str:
    return ", ".join(islice(_told(row), 14))


def _value(value: Any) -> str:
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        return f"{value:%Y-%m-%d}"
    return str(value)


def _file_in_words(file: FileLines, shown: int) -> Iterator[str]:
    receipt = file.receipt
    yield f"{receipt['name']}: {file.records:,} records{_on_lines(file.lines, shown)}"
    yield f"  sha256 {receipt['sha256']}, source {receipt['source']}, landed {receipt['landed_at']}"
    yield (
        f"  receipt: {receipt['rows_in']:,} in = {receipt['landed']:,} landed +"
        f" {receipt['duplicate']:,} duplicate + {receipt['rejected']:,} rejected +"
        f" {receipt['erased']:,} erased"
    )


def _on_lines(lines: Sequence[int], shown: int) -> str:
    if not lines:
        return " in all"
    more = f" and {len(lines) - shown:,} more (--rows shows them)" if len(lines) > shown else ""
    return f", on lines {ranges(lines[:shown])}{more}"


# ---------- as JSON


def as_json(traced: Trace) -> str:
    """The same for a program; moments as ISO 8601."""
    told = {
        "table": traced.table,
        "row": traced.row,
        "run": traced.run,
        "counted": _counted_as_json(traced),
        "stations": [_stop_as_json(stop) for stop in traced.stops],
        "files": [
            {"receipt": each.receipt, "records": each.records, "lines": list(each.lines)}
            for each in traced.files
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1, default=_as_text)


def _counted_as_json(traced: Trace) -> dict[str, Any] | None:
    counted = traced.counted
    if counted is None:
        return None
    return {
        "each": counted.grain,
        "against": counted.source,
        "is_same": counted.is_same,
        "numbers": [
            {"name": each.name, "published": each.published, "found": each.found,
             "rows": each.rows, "told": each.told, "is_same": each.is_same}
            for each in counted.tallies
        ],
        "not_shown": list(counted.withheld),
        "series": list(counted.points),
        "rows": [
            {"key": each.keys, "adds": dict(each.adds),
             "lines": {name: list(lines) for name, lines in each.lines.items()}}
            for each in counted.rows
        ],
        "rows_in_all": counted.total,
    }  # fmt: skip


def _stop_as_json(stop: Stop) -> dict[str, Any]:
    return {
        "station": stop.origin.station.title,
        "grain": stop.origin.grain,
        "why": stop.origin.why,
        "reads": list(stop.origin.station.reads),
        "tables": [
            {"table": table, "rows": count, "sharing": list(stop.shared[table]),
             "of_counted": table in stop.of_counted, "shown": list(stop.rows.get(table, ()))}
            for table, count in stop.counts.items()
        ],
    }  # fmt: skip


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
