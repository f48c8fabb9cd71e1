"""`opkoers trace TABLE KEY`: a published row back through every station to file and line.

Read are the published snapshot and the archive; nothing is worked out anew, so it answers in a
second. The way back is what the stations declare: each table that a station reads, and in it the
rows that share the keys of the row that is asked about. What a run drops on its way (a step, a
view of the archive) is told by its grain and reason; its rows follow from the tables around it.
For a figure of many patients the rows are all that share its keys, of which the station's own
conditions count some: that is said, with the number.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

import duckdb

from flows.errors import ExitCode, OpKoersError
from flows.explaining import Published, ranges, snapshot_of
from flows.landing import archive
from flows.landing.entities import ENTITIES
from flows.landing.sql_text import file_literal, identifier, in_list, literal
from flows.lineage import Origin, origin, stations_behind
from flows.settings import Settings

Row = dict[str, Any]
Keys = Mapping[str, Any]

CRITICAL = "critical"
# Columns that say which row it is; beside every *_id. A therapist or a group is said of a row.
NAMING = frozenset(
    {"measured_at", "instrument", "scale", "method", "kind", "domain", "item", "model", "term",
     "figure", "sha256", "rule", "unit", "unit_kind", "period", "period_kind", "indicator",
     "table", "expectation", "section", "name", "source"}
)  # fmt: skip
NOT_NAMING = frozenset({"therapist_id", "group_id", "run_id"})
# What may be written shorter, as people call it.
SHORT = ("clinic", "patient", "episode", "therapist", "assessment", "signal", "alert", "group")
# An alert rests on the signals and scores between its first and its last.
BETWEEN = {
    "alert": ("measured_at", "opened_at", "last_signal_at"),
    "alert_list": ("measured_at", "opened_at", "last_signal_at"),
}
ROWS_SHOWN, LINES_SHOWN = 3, 20


@dataclass(frozen=True)
class FileLines:
    """A landed file that a number rests on, with its receipt, and where in it."""

    receipt: Row
    records: int
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Stop:
    """One station on the way back: what it is, what it left, and the rows that share the keys.

    `counts` goes from each published table of the station to that number; `rows` holds some.
    """

    origin: Origin
    counts: Mapping[str, int]
    shared: Mapping[str, tuple[str, ...]]
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)


@dataclass(frozen=True)
class Trace:
    """A published row and all that it rests on."""

    table: str
    row: Row
    run: Row
    stops: tuple[Stop, ...]
    files: tuple[FileLines, ...]


def trace(settings: Settings, table: str, key: Sequence[str], rows: int = ROWS_SHOWN) -> Trace:
    """Follow the one row of a table with this key; `rows` is how many to show of each table.

    `key` holds COLUMN=VALUE, or one bare value where a column alone tells rows apart. Raises
    OpKoersError for an unknown table or column, and when no row or more than one has the key.
    """
    with duckdb.connect(str(_file(settings, table)), read_only=True) as connection:
        published = Published(connection)
        columns = _columns(published, table)
        row = _row(published, table, columns, _given(published, table, columns, key))
        keys = _keys(table, row)
        return Trace(
            table=table,
            row=row,
            run=published.rows("select * from run")[0],
            stops=tuple(_stops(published, table, keys, row, rows)),
            files=tuple(_files(published, settings, table, keys, row)),
        )


def _file(settings: Settings, table: str) -> Any:
    if table == CRITICAL:
        file = settings.published / "current.critical"
        if file.exists():
            return file.resolve()
    return snapshot_of(settings)


# ---------- which row


def _columns(published: Published, table: str) -> dict[str, str]:
    """Columns of a published table and their types, in order."""
    found = published.rows(
        "select column_name, data_type from duckdb_columns() where table_name = ?"
        " order by column_index",
        table,
    )
    if not found:
        known = published.rows("select table_name from duckdb_tables() order by table_name")
        raise OpKoersError(
            f"there is no published table '{table}'",
            next_step=f"Take one of: {', '.join(each['table_name'] for each in known)}",
            exit_code=ExitCode.UNKNOWN_TABLE,
        )
    return {each["column_name"]: each["data_type"] for each in found}


def _given(
    published: Published, table: str, columns: Mapping[str, str], key: Sequence[str]
) -> dict[str, str]:
    """Column to value, as the person wrote them."""
    given: dict[str, str] = {}
    for word in key:
        name, is_named, value = word.partition("=")
        if not is_named:
            name, value = _one_column(published, table, columns), word
        column = f"{name}_id" if name in SHORT and f"{name}_id" in columns else name
        if column not in columns:
            raise OpKoersError(
                f"table {table} has no column of that name",
                next_step=f"Its columns are: {', '.join(columns)}",
                exit_code=ExitCode.USAGE,
            )
        given[column] = value
    return given


def _one_column(published: Published, table: str, columns: Mapping[str, str]) -> str:
    """The first column that alone tells the rows of a table apart."""
    for column, kind in columns.items():
        if kind == "VARCHAR" and _is_unique(published, table, column):
            return column
    raise OpKoersError(
        f"no single column tells the rows of {table} apart",
        next_step=f"Write COLUMN=VALUE; its columns are: {', '.join(columns)}",
        exit_code=ExitCode.USAGE,
    )


def _is_unique(published: Published, table: str, column: str) -> bool:
    name = identifier(column)
    (found,) = published.rows(
        f"select count(*) = count(distinct {name}) as is_unique from {identifier(table)}"
    )
    return bool(found["is_unique"])


def _row(
    published: Published, table: str, columns: Mapping[str, str], given: Mapping[str, str]
) -> Row:
    conditions = [_equals(column, value) for column, value in given.items()]
    where = " and ".join(["true", *conditions])
    found = published.rows(f"select * from {identifier(table)} where {where} limit 1000")
    if len(found) == 1:
        return found[0]
    if not found:
        raise OpKoersError(
            f"no row of {table} has that key",
            next_step=f"`opkoers export {table} -o FILE.csv` shows what there is",
            exit_code=ExitCode.USAGE,
        )
    raise OpKoersError(
        f"{'at least ' if len(found) == 1000 else ''}{len(found):,} rows of {table} have that key",
        next_step=f"Say also: {', '.join(_missing(found, columns, given))}",
        exit_code=ExitCode.USAGE,
    )


def _equals(column: str, value: str) -> str:
    """A date stands for its midnight; "-" for nothing."""
    if value == "-":
        return f"{identifier(column)} is null"
    name = f"{identifier(column)}::VARCHAR"
    return f"{name} in ({in_list([value, f'{value} 00:00:00'])})"


def _missing(found: list[Row], columns: Mapping[str, str], given: Keys) -> list[str]:
    """Columns that tell the rows apart: those that name things first, as few as that takes."""
    free = [column for column in columns if column not in given]
    order = sorted(free, key=lambda column: (not _is_naming(column), columns[column] == "DOUBLE"))
    chosen: list[str] = []
    parts = 1
    for column in order:
        apart = len({tuple(str(row[c]) for c in (*chosen, column)) for row in found})
        if apart > parts:
            chosen.append(column)
            parts = apart
        if parts == len(found):
            break
    return chosen


# ---------- the way back


def _is_naming(column: str) -> bool:
    return column in NAMING or (column.endswith("_id") and column not in NOT_NAMING)


def _keys(table: str, row: Row) -> dict[str, Any]:
    """What the tables behind are searched by. An id that a station made is of its own table."""
    made = {"alert_id"} if table != "alert" else set()
    return {
        column: value
        for column, value in row.items()
        if value is not None and _is_naming(column) and column not in made
    }


def _stops(published: Published, table: str, keys: Keys, row: Row, limit: int) -> Iterator[Stop]:
    there = {
        each["table_name"] for each in published.rows("select table_name from duckdb_tables()")
    }
    for station in stations_behind(table):
        counts, shared, rows = {}, {}, {}
        for written in station.writes:
            if written not in there:
                continue
            where, by = _condition(published, written, table, keys, row)
            (found,) = published.rows(
                f"select count(*) as n from {identifier(written)} where {where}"
            )
            counts[written], shared[written] = found["n"], by
            if by or written == table:
                rows[written] = published.rows(
                    f"select * from {identifier(written)} where {where} order by all limit {limit}"
                )
        yield Stop(origin(station), counts, shared, rows)


def _condition(
    published: Published, table: str, start: str, keys: Keys, row: Row
) -> tuple[str, tuple[str, ...]]:
    """The rows of a table that share keys with the row at the start, and by which columns."""
    columns, of_start = _columns(published, table), _columns(published, start)
    # A name can mean something else elsewhere: `unit` is a clinic here, a step of a scale there.
    by = tuple(c for c, kind in columns.items() if c in keys and of_start.get(c) == kind)
    conditions = [f"{identifier(column)} = {_literal(keys[column])}" for column in by]
    if start in BETWEEN and table != start:
        column, first, last = BETWEEN[start]
        if column in columns and row.get(first) is not None and row.get(last) is not None:
            bounds = f"{_literal(row[first])} and {_literal(row[last])}"
            conditions.append(f"{identifier(column)} between {bounds}")
            by = (*by, column)
    return " and ".join(["true", *conditions]), by


def _literal(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return str(value)
    return literal(str(value))


# ---------- down to the files


def _files(
    published: Published, settings: Settings, start: str, keys: Keys, row: Row
) -> Iterator[FileLines]:
    """Landed files with records that share the keys, the newest first.

    Nothing for a number that no station leads back to the archive, such as a setting.
    """
    landed = {read for station in stations_behind(start) for read in station.reads}
    if not any(read.startswith("landed_") for read in landed):
        return
    (run,) = published.rows("select known_at from run")
    for receipt in _receipts(settings, run["known_at"]):
        if keys.get("sha256", receipt["sha256"]) == receipt["sha256"]:
            found = _lines(settings, receipt, start, keys, row)
            if found is not None:
                yield found


def _receipts(settings: Settings, known_at: datetime) -> list[Row]:
    """What the run knew of, held back or not, the newest first."""
    folder = settings.archive
    known = (*archive.receipts(folder), *archive.held_back(folder))
    told = [each.model_dump() for each in known if each.landed_at <= known_at]
    return sorted(told, key=lambda each: each["landed_at"], reverse=True)


def _lines(settings: Settings, receipt: Row, start: str, keys: Keys, row: Row) -> FileLines | None:
    folder = settings.archive / receipt["sha256"]
    # The critical lane alone reads what was set aside.
    names = ("responses", *(["set_aside"] if start == CRITICAL else ENTITIES))
    files = [folder / f"{name}.parquet" for name in names]
    with duckdb.connect() as connection:
        for file in (each for each in files if each.exists()):
            counted = _records(connection, file, start, keys, row)
            if counted is not None:
                return FileLines(receipt, *counted)
    return None


def _records(
    connection: duckdb.DuckDBPyConnection, file: Any, start: str, keys: Keys, row: Row
) -> tuple[int, tuple[int, ...]] | None:
    relation = f"read_parquet({file_literal(file)})"
    described = connection.execute(f"describe select * from {relation}").fetchall()
    columns = {name for name, *_ in described}
    conditions = [
        f"{identifier(column)} = {_literal(value)}"
        for column, value in keys.items()
        # Which episode a record is of, a station decides.
        if column in columns and column not in ("episode_id", "source")
    ]
    if start in BETWEEN and "measured_at" in columns and row.get("last_signal_at") is not None:
        _, first, last = BETWEEN[start]
        conditions.append(f"measured_at between {_literal(row[first])} and {_literal(row[last])}")
    found = connection.execute(
        f"select count(*), list(distinct source_line order by source_line) from {relation}"
        f" where {' and '.join(['true', *conditions])}"
    ).fetchone()
    assert found is not None
    return (found[0], tuple(found[1])) if found[0] else None


# ---------- in words


def in_words(traced: Trace, lines_shown: int = LINES_SHOWN) -> Iterator[str]:
    """The row, then each station with its rows, then each file with its lines."""
    run = traced.run
    yield f"{traced.table}, run {run['run_id']} (as of {run['as_of']}, code {run['code_version']})"
    yield from (f"  {line}" for line in _told(traced.row))
    for stop in traced.stops:
        yield from _stop_in_words(stop, traced.table)
    yield ""
    if not traced.files:
        yield "No landed record leads to it: it comes from settings, instruments or the run itself."
    for file in traced.files:
        yield from _file_in_words(file, lines_shown)


def _stop_in_words(stop: Stop, start: str) -> Iterator[str]:
    station = stop.origin.station
    yield ""
    yield f"{station.title}: {stop.origin.grain}"
    yield f"  why: {stop.origin.why}"
    if station.reads:
        yield f"  reads: {', '.join(station.reads)}"
    if not stop.counts:
        yield "  not published: worked out on the way, or a view of the archive"
    for table, count in stop.counts.items():
        by = stop.shared[table]
        told = f"sharing {', '.join(by)}" if by else "in all"
        if table != start:
            yield f"  {table}: {count:,} rows {told}"
            yield from (f"    {_short(row)}" for row in stop.rows.get(table, ()))


def _told(row: Row) -> Iterator[str]:
    return (f"{name} = {_value(value)}" for name, value in row.items() if value is not None)


def _short(row: Row) -> str:
    return ", ".join(islice(_told(row), 14))


def _value(value: Any) -> str:
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        return f"{value:%Y-%m-%d}"
    return str(value)


def _file_in_words(file: FileLines, shown: int) -> Iterator[str]:
    receipt = file.receipt
    yield f"{receipt['name']}: {file.records:,} records, on lines {ranges(file.lines[:shown])}" + (
        f" and {len(file.lines) - shown:,} more (--rows shows them)"
        if len(file.lines) > shown
        else ""
    )
    yield f"  sha256 {receipt['sha256']}, source {receipt['source']}, landed {receipt['landed_at']}"
    yield (
        f"  receipt: {receipt['rows_in']:,} in = {receipt['landed']:,} landed +"
        f" {receipt['duplicate']:,} duplicate + {receipt['rejected']:,} rejected +"
        f" {receipt['erased']:,} erased"
    )


def as_json(traced: Trace) -> str:
    """The same for a program; moments as ISO 8601."""
    told = {
        "table": traced.table,
        "row": traced.row,
        "run": traced.run,
        "stations": [
            {
                "station": stop.origin.station.title,
                "grain": stop.origin.grain,
                "why": stop.origin.why,
                "reads": list(stop.origin.station.reads),
                "tables": [
                    {"table": table, "rows": count, "sharing": list(stop.shared[table]),
                     "shown": list(stop.rows.get(table, ()))}
                    for table, count in stop.counts.items()
                ],
            }
            for stop in traced.stops
        ],
        "files": [
            {"receipt": each.receipt, "records": each.records, "lines": list(each.lines)}
            for each in traced.files
        ],
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1, default=_as_text)


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
