"""Small counts that nobody may read, and what else to leave out so that nobody can work them out.

A table of counts is what it publishes of atoms: counts so fine that every cell is a sum of some of
them. Whoever reads it knows the cells that are shown, that no count is negative, how large each
atom could be at most, and what was shown before. A cell that is left out is safe where those
allow it a range of at least so many, so that it may as well be 0 as too large to be called small.

The cells to leave out besides are found one small cell after the other, by linear programming
(Kelly, Golden & Assad 1992; Fischetti & Salazar 2000): another table that a reader could believe
in just as well, in which the small cell is larger, and which differs from the true one in as
little as possible of what is shown; what differs there is left out. Such a table stays believable
when more is left out later, so that no cell is looked at twice.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

EPS = 1e-7
"""Below this two counts are the same."""


@dataclass(frozen=True)
class CountTable:
    """Atoms, and the cells that add them up.

    `sums` (cells x atoms) holds a 1 where an atom is part of a cell; `atoms` are the true counts,
    at least 0; `most` is what a reader knows each could be at most (inf: nothing known). `blocks`
    (atoms) are whole numbers in the order of time: only atoms of a block and those next to it are
    used to hide a cell, as long as that is enough.
    """

    sums: csr_array
    atoms: Floats
    most: Floats
    blocks: NDArray[np.int64]

    @property
    def values(self) -> Floats:
        """The true count of each cell."""
        return np.asarray(self.sums @ self.atoms, dtype=np.float64)


def is_small(counts: Floats, least: int) -> Flags:
    """Whether each is at least 1 and less than `least`: nobody is no one, and so is shown."""
    return (counts > EPS) & (counts < least - EPS)


def withheld_cells(
    table: CountTable,
    sensitive: Flags,
    known: Flags,
    needed: Floats,
    weights: Floats,
) -> Flags:
    """Which cells (cells,) to leave out: the sensitive ones, and what would give them away.

    `known` cells are so to a reader, whatever is done (shown before, or zero by definition);
    `needed` is how wide the range of each left-out cell must be; `weights` say how much a reader
    would miss each unit of a cell, all above 0. Each left-out cell that is not known has a
    range of at least `needed`, as far as bounds and known cells leave one at all.
    """
    search = _Search(table, sensitive | False, known, weights)
    done = known.copy()
    while waiting := [*np.flatnonzero(search.withheld & ~done & (search.width < needed - EPS))]:
        for cell in waiting:
            if search.width[cell] < needed[cell] - EPS:
                search.widen(int(cell), float(needed[cell]))
            done[cell] = True
    return search.withheld


def feasible_range(table: CountTable, withheld: Flags, cell: int) -> tuple[float, float]:
    """The least and the most that a reader can believe a cell to be.

    Every cell that is not withheld is taken to be shown; so are known ones, if not withheld.
    """
    shown = np.flatnonzero(~withheld)
    row = table.sums[[cell]].toarray()[0]
    values = table.values[shown]
    rules = LinearConstraint(table.sums[shown], values, values) if len(shown) else None
    bounds = Bounds(np.zeros(len(table.atoms)), table.most)
    ends = [milp(sign * row, constraints=rules, bounds=bounds) for sign in (1.0, -1.0)]
    low, high = (float(end.fun) if end.status == 0 else -np.inf for end in ends)
    return low, -high


class _Search:
    """What is left out so far, and the range of each cell in the tables that were found."""

    def __init__(self, table: CountTable, withheld: Flags, known: Flags, weights: Floats) -> None:
        self.table = table
        self.withheld = withheld
        self.known = known
        self.weights = weights
        self.high = np.zeros(len(withheld))
        self.low = np.zeros(len(withheld))

    @property
    def width(self) -> Floats:
        """How far apart each cell lies in two of the tables found, the true one among them."""
        return self.high - self.low

    def widen(self, cell: int, needed: float) -> None:
        """Find tables in which the cell differs by `needed`: upwards, or else downwards too."""
        for atoms in self._reaches(cell):
            for sign in (1, -1):
                if self.width[cell] >= needed - EPS:
                    return
                beyond = self.high[cell] if sign < 0 else -self.low[cell]
                self._move(cell, sign, needed - beyond, atoms)

    def _reaches(self, cell: int) -> list[NDArray[np.int64]]:
        """The atoms to move: those near the cell, and all."""
        own = self.table.blocks[self.table.sums[[cell]].indices]
        blocks = self.table.blocks
        near = (blocks >= own.min() - 1) & (blocks <= own.max() + 1) if len(own) else blocks < 0
        everything = np.arange(len(blocks))
        return [everything] if near.all() else [np.flatnonzero(near), everything]

    def _move(self, cell: int, sign: int, lacking: float, atoms: NDArray[np.int64]) -> None:
        """Change the cell by up to `lacking`, at the least loss, and leave out what differs."""
        step = _cheapest_move(self, cell, sign, lacking, atoms)
        if step is None:
            return
        change = np.zeros(len(self.table.atoms))
        change[atoms] = step
        moved = np.asarray(self.table.sums @ change)
        self.high = np.maximum(self.high, moved)
        self.low = np.minimum(self.low, moved)
        self.withheld |= (np.abs(moved) > EPS) & ~self.known


def _cheapest_move(
    search: _Search, cell: int, sign: int, lacking: float, atoms: NDArray[np.int64]
) -> Floats | None:
    """The change of each of `atoms`, by a linear program; None where there is no room at all.

    Variables are the changes, the loss of each cell that is still shown, and how far the cell gets.
    """
    table = search.table
    part = table.sums[:, atoms]
    is_touched = np.diff(part.indptr) > 0
    shown = np.flatnonzero(is_touched & ~search.withheld & ~search.known)
    fixed = part[np.flatnonzero(is_touched & search.known)]
    prices = search.weights[shown]
    # Getting there counts for more than all that could be lost on the way.
    reward = 1 + 4 * float(prices.sum())
    rules = _rules(part[shown], fixed, part[[cell]], float(sign))
    lowest = np.where(np.arange(rules.shape[0]) < 2 * len(shown), -np.inf, 0.0)
    found = milp(
        np.concatenate([np.zeros(len(atoms)), prices, [-reward]]),
        constraints=LinearConstraint(rules, lowest, 0.0),
        bounds=_bounds(table, atoms, len(shown), lacking),
    )
    if found.status != 0 or found.x[-1] < EPS:
        return None
    return np.asarray(found.x[: len(atoms)], dtype=np.float64)


def _rules(shown: csr_array, fixed: csr_array, cell: csr_array, sign: float) -> csr_array:
    """Rows: shown cells change by at most their loss, up and down; fixed ones by nothing; the
    cell by how far it gets. Columns: changes of atoms, losses, how far."""
    (many, atoms), kept = shown.shape, fixed.shape[0]
    is_of, known, own = shown.tocoo(), fixed.tocoo(), cell.tocoo()
    each, last = np.arange(many), 2 * many + kept
    rows = [is_of.row, each, many + is_of.row, many + each, 2 * many + known.row, last + own.row]
    columns = [is_of.col, atoms + each, is_of.col, atoms + each, known.col, own.col]
    loss = -np.ones(many)
    values = [is_of.data, loss, -is_of.data, loss, known.data, own.data]
    return csr_array(
        (
            np.concatenate([*values, [-sign]]),
            (np.concatenate([*rows, [last]]), np.concatenate([*columns, [atoms + many]])),
        ),
        shape=(last + 1, atoms + many + 1),
    )


def _bounds(table: CountTable, atoms: NDArray[np.int64], shown: int, lacking: float) -> Bounds:
    """No atom below 0 or above its most; the cell changes by `lacking` at most."""
    lowest = np.concatenate([-table.atoms[atoms], np.zeros(shown + 1)])
    highest = np.concatenate(
        [table.most[atoms] - table.atoms[atoms], np.full(shown, np.inf), [lacking]]
    )
    return Bounds(lowest, highest)
