"""The way back: the stations behind a table, and in each table the rows that belong to the row."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flows.explaining import Published
from flows.landing.sql_text import identifier
from flows.lineage import origin, stations_behind
from flows.tracing.asked import is_naming
from flows.tracing.counting import COUNTED
from flows.tracing.opened import columns_of, sql_value, tables_in
from flows.tracing.traced import Keys, Row, Stop

# An alert rests on the signals and scores between its first and its last.
BETWEEN = {
    "alert": ("measured_at", "opened_at", "last_signal_at"),
    "alert_list": ("measured_at", "opened_at", "last_signal_at"),
}
# What tells a row of a table apart by whom or what it is of, the most telling first.
OF_ONE = (
    ("alert_id",),
    ("assessment_id",),
    ("clinic_id", "patient_id", "episode_id"),
    ("clinic_id", "patient_id"),
    ("sha256",),
)


@dataclass(frozen=True)
class Start:
    """Where a way back begins: the row, its keys, and the columns of what was counted, if any."""

    table: str
    row: Row
    keys: Keys
    counted: frozenset[str] = frozenset()


def keys_of(table: str, row: Row) -> Keys:
    """What the tables behind are searched by. An id that a station made is of its own table."""
    made = {"alert_id"} if table != "alert" else set()
    return {
        column: value
        for column, value in row.items()
        if value is not None and is_naming(column) and column not in made
    }


def stops(published: Published, start: Start, limit: int) -> Iterator[Stop]:
    """One for each station behind the table, the last one first."""
    there = tables_in(published)
    for station in stations_behind(start.table):
        counts, shared, rows, counted = {}, {}, {}, set()
        for written in (each for each in station.writes if each in there):
            where, by, is_of_counted = _condition(published, written, start)
            (found,) = published.rows(
                f"select count(*) as n from {identifier(written)} where {where}"
            )
            counts[written], shared[written] = found["n"], by
            if is_of_counted:
                counted.add(written)
            if by or written == start.table:
                rows[written] = published.rows(
                    f"select * from {identifier(written)} where {where} order by all limit {limit}"
                )
        yield Stop(origin(station), counts, shared, rows, frozenset(counted))


def _condition(published: Published, table: str, start: Start) -> tuple[str, tuple[str, ...], bool]:
    """Which rows of a table belong, by which columns, and whether to what was counted."""
    columns = columns_of(published, table)
    for by in OF_ONE if start.counted and table != start.table else ():
        if set(by) <= columns.keys() and set(by) <= start.counted:
            return _of_counted(table, by), by, True
    return (*_sharing(published, table, columns, start), False)


def _of_counted(table: str, by: Iterable[str]) -> str:
    names = ", ".join(identifier(name) for name in by)
    return f"({names}) in (select ({names}) from {COUNTED})"


def _sharing(
    published: Published, table: str, columns: Mapping[str, str], start: Start
) -> tuple[str, tuple[str, ...]]:
    """The rows of a table that share keys with the row at the start, and by which columns."""
    of_start = columns if table == start.table else _columns_of_start(published, start)
    # A name can mean something else elsewhere: `unit` is a clinic here, a step of a scale there.
    by = tuple(c for c, kind in columns.items() if c in start.keys and of_start.get(c) == kind)
    conditions = [f"{identifier(column)} = {sql_value(start.keys[column])}" for column in by]
    row = start.row
    if start.table in BETWEEN and table != start.table:
        column, first, last = BETWEEN[start.table]
        if column in columns and row.get(first) is not None and row.get(last) is not None:
            bounds = f"{sql_value(row[first])} and {sql_value(row[last])}"
            conditions.append(f"{identifier(column)} between {bounds}")
            by = (*by, column)
    return " and ".join(["true", *conditions]), by


def _columns_of_start(published: Published, start: Start) -> Mapping[str, str]:
    return columns_of(published, start.table) if start.table in tables_in(published) else {}
