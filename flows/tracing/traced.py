"""What a trace holds: the row asked about, what it counts, the stations behind it, the lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flows.lineage import Origin

Row = dict[str, Any]
Keys = Mapping[str, Any]

ROWS_SHOWN, LINES_SHOWN = 3, 20
CLOSE_ENOUGH = 1e-6
"""Sums of shares are rounded to six decimals by clinic, team and month. [D]"""


@dataclass(frozen=True)
class FileLines:
    """A landed file that a number rests on, with its receipt, and where in it."""

    receipt: Row
    records: int
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Stop:
    """One station on the way back: what it is, what it left, and the rows that belong here.

    `counts` goes from each published table of the station to that number; `rows` holds some.
    `shared` names the columns by which they belong: to what was counted for the tables in
    `of_counted`, else to the row that was asked about.
    """

    origin: Origin
    counts: Mapping[str, int]
    shared: Mapping[str, tuple[str, ...]]
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    of_counted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Tally:
    """One published number, and the same number from the rows that were counted just now.

    `rows` is how many of those are in it. `told` says what it counts, where a table says so.
    """

    name: str
    published: float | None
    found: float | None
    rows: int
    told: str = ""

    @property
    def is_same(self) -> bool:
        if self.published is None or self.found is None:
            return self.published == self.found
        return abs(self.published - self.found) <= CLOSE_ENOUGH * max(1, self.rows)


@dataclass(frozen=True)
class CountedRow:
    """One thing that was counted: its keys, what it adds to each number, and its lines by file."""

    keys: Row
    adds: Mapping[str, float]
    lines: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Counted:
    """The rows behind the numbers of one published row, `rows` of `total`, the numerator first.

    `source` is the published row that holds the numbers (small ones too), as table and row.
    `points` are the periods of the series that the limits were worked out from.
    """

    grain: str
    source: str
    tallies: tuple[Tally, ...]
    total: int
    rows: tuple[CountedRow, ...]
    withheld: tuple[str, ...] = ()
    points: tuple[Row, ...] = ()

    @property
    def is_same(self) -> bool:
        return all(tally.is_same for tally in self.tallies)


@dataclass(frozen=True)
class Trace:
    """A published row and all that it rests on; `counted` is None for a row of one patient.

    `erased` says that patients were forgotten since the run, of whom nothing is left to count.
    """

    table: str
    row: Row
    run: Row
    stops: tuple[Stop, ...]
    files: tuple[FileLines, ...]
    counted: Counted | None = None
    erased: bool = False

    @property
    def is_same(self) -> bool:
        """Whether what was counted again is what is published."""
        return self.counted is None or self.counted.is_same or self.erased
