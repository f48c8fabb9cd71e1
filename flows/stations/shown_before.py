"""What earlier runs showed of the cells of a table, and what it tells of this one.

Whoever kept an earlier table takes it that records only come on top. So the counts of now are those
of then and what came since: as linear a system as one table is. It holds what was shown then and is
shown now; what was left out then must not follow from it either. Atoms that cannot have changed,
being part of a cell that was shown as it is, stand in it once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from flows.released import Counts
from flows.statistics.suppression import believed_counts

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Columns = NDArray[np.int64]

LEAST_CHANGE = 5
"""A change by fewer than so many is not shown: they are those who came since. [D]"""

MOST_STATES = 3
"""How many earlier tables are held against this one: the last ones that differ. [D]"""


@dataclass(frozen=True)
class State:
    """What a reader had after an earlier run: by cell its count, and that of its denominator.

    `told` are the cells of periods that were complete then, whether they were shown or not.
    """

    counts: Mapping[int, float]
    wholes: Mapping[int, float]
    told: Flags


@dataclass(frozen=True)
class ShownBefore:
    """By cell (its number) what runs showed, the first one first; `periods` of all `cells`."""

    cells: int
    counts: Mapping[int, tuple[Counts, ...]]
    periods: Sequence[tuple[str, Any]]

    def is_same(self, values: Floats, of: Callable[[Counts], float | None]) -> Flags:
        """Cells that were shown before as they are now."""
        found = np.zeros(self.cells, dtype=bool)
        for cell, counts in self.counts.items():
            found[cell] = values[cell] in [of(each) for each in counts]
        return found

    def changed_little(self, values: Floats, of: Callable[[Counts], float | None]) -> Flags:
        """Cells that differ by less than LEAST_CHANGE from what was shown before, but do differ."""
        found = np.zeros(self.cells, dtype=bool)
        for cell, counts in self.counts.items():
            known = [count for count in map(of, counts) if count is not None]
            changes = [abs(values[cell] - count) for count in known]
            found[cell] = 0 not in changes and min(changes, default=np.inf) < LEAST_CHANGE
        return found

    def states(
        self,
        values: Floats,
        of: Callable[[Counts], float | None],
        wholes: Floats | None = None,
    ) -> tuple[State, ...]:
        """The last tables that a reader had and that differ from the one after, the last first."""
        states = [self._state(run, of, wholes) for run in self._runs()]
        found = []
        later: Mapping[int, float] = dict(enumerate(values))
        for state in states:
            if any(later.get(cell) != count for cell, count in state.counts.items()):
                found.append(state)
                later = state.counts
        return tuple(found[:MOST_STATES])

    def _runs(self) -> list[int]:
        """The runs that showed anything of these cells for the first time, the last one first."""
        return sorted({each.run for counts in self.counts.values() for each in counts})[::-1]

    def _state(
        self, run: int, of: Callable[[Counts], float | None], wholes: Floats | None
    ) -> State:
        last = {
            cell: until[-1]
            for cell, counts in self.counts.items()
            if (until := [each for each in counts if each.run <= run])
        }
        counts = {cell: count for cell, each in last.items() if (count := of(each)) is not None}
        whole = {} if wholes is None else {c: each.denominator for c, each in last.items()}
        periods = {self.periods[cell] for cell in last}
        told = np.array([period in periods for period in self.periods], dtype=bool)
        return State(counts, {c: n for c, n in whole.items() if n is not None}, told)


@dataclass(frozen=True)
class Revised:
    """A table of now and the states before it as one: the cells of now first, then the others.

    `sums` (cells x columns) over what was there first and what came since; `columns` are the
    columns of now that each is part of; `known` and `asked` tell of the cells that follow those
    of now: shown or so by definition, and left out at the time. `wholes` (a row for each of these)
    are their denominators, where they have any.
    """

    sums: csr_array
    counts: Floats
    columns: Columns
    known: Flags
    asked: Flags
    wholes: Floats

    @property
    def more(self) -> int:
        """How many cells follow those of now."""
        return len(self.known)

    def needed(self, least: int) -> Floats:
        """How wide the range of each of those must be."""
        return np.where(self.asked, np.minimum(float(least), self.wholes), 0.0)

    @classmethod
    def of(
        cls,
        rows: Sequence[Columns],
        fixed: Sequence[Columns],
        parts: Sequence[Floats],
        states: Sequence[State],
    ) -> "Revised":
        """Of cells and of sums that are known, as columns: the atoms of each of the parts of now.

        States that cannot be what this table grew out of (records were taken away) are left out.
        """
        counts = np.concatenate(parts)
        table = _Cells(rows, len(parts[0]), len(parts))
        for many in range(len(states), 0, -1):
            found = _Layers.of(table, counts, states[:many])
            if found is not None:
                return found.revised(fixed)
        nothing = np.zeros(len(fixed), dtype=bool)
        sums = _matrix([*rows, *fixed], len(counts))
        wholes = np.full(len(fixed), np.inf)
        return cls(sums, counts, np.arange(len(counts)), ~nothing, nothing, wholes)


@dataclass(frozen=True)
class _Cells:
    """Cells as columns: those of the first part of all atoms, of the second, and so on."""

    rows: Sequence[Columns]
    atoms: int
    parts: int

    @property
    def width(self) -> int:
        return self.atoms * self.parts

    def whole(self, cell: int) -> Columns:
        """Every part of the atoms of a cell: its denominator."""
        atoms = np.unique(self.rows[cell] % self.atoms)
        return np.concatenate([atoms + part * self.atoms for part in range(self.parts)])

    def told(self, state: State) -> list[tuple[Columns, float]]:
        """What was shown in a state, as columns and what they came to."""
        found = [(self.rows[cell], count) for cell, count in state.counts.items()]
        return found + [(self.whole(cell), count) for cell, count in state.wholes.items()]

    def now(self, counts: Floats) -> State:
        """The table of now: all of it, since what is as it was is taken to be known."""
        every = range(len(self.rows))
        values = {cell: float(counts[self.rows[cell]].sum()) for cell in every}
        wholes = {cell: float(counts[self.whole(cell)].sum()) for cell in every}
        return State(values, wholes, np.ones(len(self.rows), dtype=bool))

    def moving(self, later: State, state: State) -> Columns:
        """The columns that may have changed: in no count that was shown as it was."""
        still = [self.rows[c] for c, count in state.counts.items() if later.counts.get(c) == count]
        still += [
            self.whole(c) for c, count in state.wholes.items() if later.wholes.get(c) == count
        ]
        is_still = np.zeros(self.width, dtype=bool)
        for columns in still:
            is_still[columns] = True
        return np.flatnonzero(~is_still)


@dataclass(frozen=True)
class _Layers:
    """What was there in the oldest state (`first`), and came after each, the last state first.

    `came` are the columns that may have changed after it, `since` by how much they could have.
    """

    table: _Cells
    states: Sequence[State]
    came: Sequence[Columns]
    first: Floats
    since: Sequence[Floats]

    @classmethod
    def of(cls, table: _Cells, counts: Floats, states: Sequence[State]) -> "_Layers | None":
        """With whole counts that a reader could believe in; None where there are none."""
        came = [
            table.moving(later, state)
            for later, state in zip([table.now(counts), *states], states, strict=False)
        ]
        layers = cls(table, states, came, counts, [np.zeros(len(each)) for each in came])
        told = [
            (layers.columns_of(columns, number), count)
            for number, state in enumerate(states, 1)
            for columns, count in table.told(state)
        ]
        sums = [layers.now(), _matrix([columns for columns, _ in told], layers.width)]
        values = np.concatenate([counts, [count for _, count in told]])
        found = believed_counts(vstack(sums, format="csr"), values)
        if found is None:
            return None
        ends = np.cumsum([table.width, *map(len, came)])
        since = [found[start:end] for start, end in pairwise(ends)]
        return cls(table, states, came, found[: table.width], since)

    @property
    def width(self) -> int:
        return self.table.width + sum(map(len, self.came))

    @property
    def columns(self) -> Columns:
        """Of which column of now each is part."""
        return np.concatenate([np.arange(self.table.width), *self.came]).astype(np.int64)

    def now(self) -> csr_array:
        """Each column of now as the sum of what was there first and what came."""
        columns = self.columns
        ones = np.ones(len(columns))
        shape = (self.table.width, len(columns))
        return csr_array((ones, (columns, np.arange(len(columns)))), shape=shape)

    def columns_of(self, columns: Columns, state: int) -> Columns:
        """The same columns in that state (0: now): what was there first, and came until then."""
        found = [columns]
        start = self.table.width
        for number, came in enumerate(self.came):
            if number >= state:
                found.append(start + np.flatnonzero(np.isin(came, columns)))
            start += len(came)
        return np.concatenate(found)

    def revised(self, fixed: Sequence[Columns]) -> Revised:
        """All cells: those of now, the sums that are known, and the states before."""
        rows = self.table.rows
        cells = [self.columns_of(each, 0) for each in (*rows, *fixed)]
        known, wholes = [True] * len(fixed), [np.inf] * len(fixed)
        for number, state in enumerate(self.states, 1):
            told = [self.columns_of(each, number) for each, _ in self.table.told(state)]
            open_ = self._left_out(number)
            cells += told + [self.columns_of(rows[cell], number) for cell in open_]
            known += [True] * len(told) + [False] * len(open_)
            wholes += [np.inf] * len(told) + [state.wholes.get(cell, np.inf) for cell in open_]
        is_known = np.array(known, dtype=bool)
        return Revised(
            _matrix(cells, self.width),
            np.concatenate([self.first, *self.since]),
            self.columns,
            is_known,
            ~is_known,
            np.array(wholes),
        )

    def _left_out(self, number: int) -> list[int]:
        """Cells that were not shown in that state, and may have changed since."""
        state = self.states[number - 1]
        moving = np.zeros(self.table.width, dtype=bool)
        for came in self.came[:number]:
            moving[came] = True
        told = [int(cell) for cell in np.flatnonzero(state.told)]
        return [
            cell
            for cell in told
            if cell not in state.counts and moving[self.table.rows[cell]].any()
        ]


def _matrix(rows: Sequence[Columns], width: int) -> csr_array:
    """A row of ones for each."""
    columns = np.concatenate(rows) if rows else np.empty(0, dtype=np.int64)
    ends = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return csr_array((np.ones(len(columns)), columns, ends), shape=(len(rows), width))
