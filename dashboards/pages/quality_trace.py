"""How a number came about: the command to type on the server, for each number of a page."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.drawing.periods import Period, period_name
from dashboards.drawing.quality_series import Row, latest

CELL = ("unit_kind", "unit", "period_kind", "period", "indicator")


@dataclass(frozen=True)
class Traced:
    """One number, or the numbers of one row: which, in words, and the command."""

    of: str
    command: str


def trace_command(table: str, key: Mapping[str, Any]) -> str:
    """`opkoers trace TABLE COLUMN=VALUE ...`, quoted as a shell takes it."""
    words = (f"{column}={'-' if value is None else value}" for column, value in key.items())
    return " ".join(("opkoers", "trace", table, *(shlex.quote(word) for word in words)))


def traced(of: str, table: str, row: Row, columns: Sequence[str]) -> Traced:
    """The command for a row of a published table, by the columns that name it."""
    return Traced(of, trace_command(table, {column: row[column] for column in columns}))


def points_traced(rows: Sequence[Row], language: str) -> Iterator[Traced]:
    """The periods of a series as its chart holds them, the last one first."""
    for row in reversed(latest(rows)):
        words = period_name(row["period"], Period(row["period_kind"]), language)
        yield traced(words, "shown_indicator", row, CELL)
