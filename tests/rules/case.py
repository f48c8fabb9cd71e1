"""What a test of a rule draws, taken down while it runs: what came in, and what came of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

Row = dict[str, str]
EMPTY = re.compile(r"(?:select \* )?from (\w+)$")


@dataclass(frozen=True)
class Table:
    """A drawn table: what it is called where it was drawn, its columns, its rows."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass
class Run:
    """One run over a drawn archive; day numbers as in the drawn tables."""

    as_of: int | None = None
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    inputs: list[Table] = field(default_factory=list)
    outcomes: list[Table] = field(default_factory=list)

    def showed(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """A part of a published table that the test compared with one drawn by hand."""
        cells = tuple(tuple(row[name] for name in columns) for row in rows)
        self.outcomes.append(Table(table, tuple(columns), cells))

    def read(self, query: str, found: Sequence[tuple[Any, ...]]) -> None:
        """Of what was read by a query, only that a whole table turned out empty."""
        whole = EMPTY.match(query.strip())
        if whole and not found:
            self.outcomes.append(Table(whole[1], (), ()))


@dataclass
class Case:
    """All runs of one test, in order."""

    runs: list[Run] = field(default_factory=list)

    def starts(
        self,
        as_of: int,
        settings: Mapping[str, Mapping[str, Any]],
        inputs: Mapping[str, Sequence[Row]],
    ) -> None:
        """A run begins, on named drawn tables; empty tables are not there."""
        tables = [_table(name, rows) for name, rows in inputs.items() if rows]
        self.runs.append(Run(as_of, settings, tables))

    @property
    def last(self) -> Run:
        """The run that was begun last, or one of which nothing is known."""
        return self.runs[-1] if self.runs else Run()


def _table(name: str, rows: Sequence[Row]) -> Table:
    """Without the columns in which nothing stands, but for the first."""
    first, *others = rows[0]
    columns = (first, *(c for c in others if any(row[c] != "-" for row in rows)))
    return Table(name, columns, tuple(tuple(row[c] for c in columns) for row in rows))


CASE = pytest.StashKey[Case]()
