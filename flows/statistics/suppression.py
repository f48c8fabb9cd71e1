"""Small counts that nobody may read, and what else to leave out so that nobody can work them out.

A table of counts is what it publishes of atoms: counts so fine that every cell is a sum of some of
them. Whoever reads it knows the cells that are shown, that no count is negative, how large each
atom could be at most, and what was shown before. A cell that is left out is safe where those
allow it a range of at least so many, so that it may as well be 0 as too large to be called small.

The cells to leave out besides are found one small cell after the other, by linear programming
(Kelly, Golden & Assad 1992; Fischetti & Salazar 2000): another table that a reader could believe
in just as well, in which the small cell is larger, and which differs from the true one in as
little as possible of what is shown; what differs there is left out. Such a table stays believable
when more is left out later, so that no cell is looked at twice. It is looked for near the cell
first: what is possible where everything else stays as it is, is possible. It holds whole numbers
only, so that a reader who knows that people are counted is no wiser.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array, csr_array

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

EPS = 1e-7
"""Below this two counts are the same."""

REACHES = ((8, 0), (40, 1))
"""How many groups, and how many blocks to either side, are looked at before all of them. [D]"""

MOST_COMPARED = 5000
"""In tables of more cells the first way found is taken, and not the cheaper of two. [D]"""

MOST_SECONDS = 10.0
"""How long whole numbers are looked for at most; nothing found is no table to believe in."""

ASIDE = 1e-3
"""What it is worth that other cells move too, of what the cheapest cell is worth that stays. [D]"""


@dataclass(frozen=True)
class CountTable:
    """Atoms, and the cells that add them up.

    `sums` (cells x atoms) holds a 1 where an atom is part of a cell; `atoms` are the true counts,
    at least 0; `most` is what a reader knows each could be at most (inf: nothing known). `blocks`
    (atoms) are whole numbers in the order of time: only atoms of a block and those next to it are
    used to hide a cell, as long as that is enough. `groups` (atoms) number what is beside one
    another, clinics say: first a few of them are used.
    """

    sums: csr_array
    atoms: Floats
    most: Floats
    blocks: NDArray[np.int64]
    groups: NDArray[np.int64]

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
    would miss each unit of a cell, all above 0. Each left-out cell that is not known has a range
    of at least `needed`, as far as bounds and known cells leave one at all.
    """
    search = _Search(table, sensitive | False, known, needed, weights)
    done = known.copy()
    every = np.arange(len(known))
    while waiting := [*np.flatnonzero(search.withheld & ~done & search.is_narrow(every))]:
        for cell in waiting:
            search.widen(int(cell))
            done[cell] = True
    return search.withheld


def believed_counts(sums: csr_array, values: Floats) -> Floats | None:
    """Some whole counts of atoms, at least 0, that add up to those values.

    None where there are none, or none were found within ten seconds.
    """
    found = milp(
        np.zeros(sums.shape[1]),
        constraints=LinearConstraint(sums, values, values),
        bounds=Bounds(0.0, np.inf),
        integrality=np.ones(sums.shape[1], dtype=int),
        options={"time_limit": MOST_SECONDS},
    )
    if found.x is None:
        return None
    whole: Floats = np.asarray(found.x, dtype=np.float64).round()
    return whole


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

    def __init__(
        self,
        table: CountTable,
        withheld: Flags,
        known: Flags,
        needed: Floats,
        weights: Floats,
    ) -> None:
        self.table = table
        self.columns = table.sums.tocsc()
        self.withheld = withheld
        self.known = known
        self.needed = needed
        self.weights = weights
        self.high = np.zeros(len(withheld))
        self.low = np.zeros(len(withheld))
        self.heat = np.asarray(table.sums.T @ withheld.astype(float))
        self.signs = np.random.default_rng(0).choice([-1.0, 1.0], size=len(withheld))
        self._members: dict[int, NDArray[np.int64]] = {
            int(block): np.flatnonzero(table.blocks == block) for block in np.unique(table.blocks)
        }

    def is_narrow(self, cells: NDArray[np.int64]) -> Flags:
        """Whether they lie less than needed apart in any two tables found, the true one too."""
        return np.asarray(self.high[cells] - self.low[cells] < self.needed[cells] - EPS)

    def lacking(self, cell: int) -> float:
        """How much wider the range of a cell must be."""
        return float(self.needed[cell] - (self.high[cell] - self.low[cell]))

    def widen(self, cell: int) -> None:
        """Find tables in which the cell differs by enough: upwards, downwards, or a bit of both."""
        start, end = self.table.sums.indptr[cell : cell + 2]
        own = self.table.sums.indices[start:end].astype(np.int64)
        looked_at = 0
        for reach in self._reaches if len(own) else ():
            if self.lacking(cell) < EPS:
                return
            atoms = reach(own)
            if len(atoms) > looked_at:
                is_all = len(atoms) == len(self.table.atoms)
                self._widen_within(cell, atoms, is_last=is_all or reach is self._reaches[-1])
            looked_at = len(atoms)

    def _widen_within(self, cell: int, atoms: NDArray[np.int64], *, is_last: bool) -> None:
        """Move the cell by what it lacks; by less only where there is nowhere else to look."""
        wanted, edges = self.lacking(cell), {1: self.high[cell], -1: -self.low[cell]}
        moves: dict[int, _Move] = {}
        for sign, edge in edges.items():
            moves[sign] = _cheapest_move(self, cell, sign, wanted + edge, atoms)
            is_free = moves[sign].loss == 0 or len(self.withheld) > MOST_COMPARED
            if is_free and moves[sign].reach >= wanted + edge - EPS:
                break  # nothing is cheaper, or it is not looked for
        gains = {sign: max(0.0, move.reach - edges[sign]) for sign, move in moves.items()}
        enough = [moves[sign] for sign, gain in gains.items() if gain >= wanted - EPS]
        if not enough and sum(gains.values()) < wanted - EPS and not is_last:
            return
        chosen = [min(enough, key=attrgetter("loss"))] if enough else moves.values()
        for move in chosen:
            if move.reach > EPS:
                self._apply(move.change, atoms)
        self.signs[cell] = -self.signs[cell]

    def _apply(self, change: Floats, atoms: NDArray[np.int64]) -> None:
        """Take note of a table that differs by so much in those atoms; leave out what differs."""
        part = _Part.of(self.columns, atoms)
        moved = part.sums(change)
        rows = part.cells
        self.high[rows] = np.maximum(self.high[rows], moved)
        self.low[rows] = np.minimum(self.low[rows], moved)
        new = rows[(np.abs(moved) > EPS) & ~self.known[rows] & ~self.withheld[rows]]
        if len(new):
            self.withheld[new] = True
            np.add.at(self.heat, self.table.sums[new].indices, 1.0)

    # ----- where to look

    @cached_property
    def _reaches(self) -> tuple[Callable[[NDArray[np.int64]], NDArray[np.int64]], ...]:
        """The atoms to move, by those of the cell: a few groups about it, more of them, and all."""
        few = [partial(self._about, groups=groups, aside=aside) for groups, aside in REACHES]
        return (*few, partial(self._blocks, aside=1), lambda own: np.arange(len(self.table.atoms)))

    def _blocks(self, own: NDArray[np.int64], aside: int) -> NDArray[np.int64]:
        """The atoms of the blocks of these and of so many before and after."""
        blocks = self.table.blocks[own]
        wanted = range(int(blocks.min()) - aside, int(blocks.max()) + aside + 1)
        return np.concatenate([self._members[block] for block in wanted if block in self._members])

    def _about(self, own: NDArray[np.int64], groups: int, aside: int) -> NDArray[np.int64]:
        """The same of a few groups only: its own, and those of which most is left out already."""
        near = self._blocks(own, aside)
        of = self.table.groups[near]
        size = int(self.table.groups.max()) + 1
        heat = np.bincount(of, weights=self.heat[near], minlength=size)
        counts = np.bincount(of, weights=self.table.atoms[near], minlength=size)
        score = heat + counts / (1 + counts.sum())
        own_groups = np.unique(self.table.groups[own])
        if 2 * len(own_groups) <= groups:
            score[own_groups] += 1 + score.max()
        else:
            score[np.setdiff1d(np.arange(size), own_groups)] = -1.0
        chosen = np.argsort(-score, kind="stable")[:groups]
        return near[np.isin(of, chosen)]


@dataclass(frozen=True)
class _Part:
    """Some atoms, and the `cells` that hold any: which one (`row`) holds which atom (`column`)."""

    cells: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    atoms: int

    @classmethod
    def of(cls, columns: csc_array, atoms: NDArray[np.int64]) -> "_Part":
        """Of those atoms alone."""
        part = columns[:, atoms]
        cells, row = np.unique(part.indices, return_inverse=True)
        column = np.repeat(np.arange(len(atoms)), np.diff(part.indptr))
        return cls(cells.astype(np.int64), row.astype(np.int64), column, len(atoms))

    def sums(self, counts: Floats) -> Floats:
        """What counts of the atoms come to in each cell."""
        found = np.bincount(self.row, weights=counts[self.column], minlength=len(self.cells))
        return np.asarray(found, dtype=np.float64)


@dataclass(frozen=True)
class _Move:
    """A change of some atoms: how far it takes a cell, and what is lost by it."""

    change: Floats
    reach: float
    loss: float


def _cheapest_move(
    search: _Search, cell: int, sign: int, far: float, atoms: NDArray[np.int64]
) -> _Move:
    """The change of `atoms`, by a linear program, that takes a cell as far as it can get.

    Variables are the changes, the loss of each cell that is still shown, how far the cell gets,
    and how far others do that must move too: that is taken along where it costs nothing.
    """
    part = _Part.of(search.columns, atoms)
    program = _Program.of(search, part, cell, float(sign))
    bounds = program.bounds(search.table, atoms, far)
    change = _solved(program, bounds, len(atoms), is_whole=False)
    if change is not None and np.abs(change - np.round(change)).max() > EPS:
        change = _solved(program, bounds, len(atoms), is_whole=True)
    if change is None:
        return _Move(np.zeros(len(atoms)), 0.0, np.inf)
    moved = part.sums(np.round(change))
    is_lost = ~search.withheld[part.cells] & ~search.known[part.cells]
    loss = float((np.abs(moved) * search.weights[part.cells])[is_lost].sum())
    return _Move(np.round(change), sign * float(moved[part.cells == cell][0]), loss)


def _solved(program: "_Program", bounds: Bounds, atoms: int, *, is_whole: bool) -> Floats | None:
    """The changes of the best solution; None where there is none, or none was found in time."""
    found = milp(
        program.prices,
        constraints=program.rules,
        bounds=bounds,
        integrality=(np.arange(len(program.prices)) < atoms).astype(int) if is_whole else None,
        options={"time_limit": MOST_SECONDS},
    )
    return None if found.x is None else np.asarray(found.x[:atoms], dtype=np.float64)


@dataclass(frozen=True)
class _Program:
    """A linear program of `_cheapest_move`: columns are changes, losses, and how far cells get."""

    prices: Floats
    rules: LinearConstraint
    losses: int
    asked: Floats

    @classmethod
    def of(cls, search: _Search, part: _Part, cell: int, sign: float) -> "_Program":
        """Of the cells of that part."""
        cells = part.cells
        is_out, is_known = search.withheld[cells], search.known[cells]
        shown = np.flatnonzero(~is_out & ~is_known)
        fixed = np.flatnonzero(is_known)
        others = np.flatnonzero(is_out & ~is_known & search.is_narrow(cells) & (cells != cell))
        targets = np.concatenate([np.flatnonzero(cells == cell), others])
        prices = search.weights[cells[shown]]
        # Getting there counts for more than all that could be lost on the way; others for less
        # than the least of it.
        reward = 1 + 4 * float(prices.sum())
        aside = ASIDE * float(search.weights.min()) / (1 + len(others))
        signs = np.concatenate([[sign], search.signs[cells[others]]])
        # Shown cells change by at most their loss, up and down; fixed ones by nothing; targets
        # by how far they get, or more.
        places = np.concatenate([shown, shown, fixed, targets])
        factors = np.concatenate([np.ones(len(shown)), -np.ones(len(shown) + len(fixed)), -signs])
        least = np.full(len(places), -np.inf)
        least[2 * len(shown) : 2 * len(shown) + len(fixed)] = 0.0
        return cls(
            np.concatenate([np.zeros(part.atoms), prices, [-reward], np.full(len(others), -aside)]),
            LinearConstraint(_matrix(part, places, factors, len(shown), len(targets)), least, 0.0),
            len(shown),
            search.needed[cells[others]],
        )

    def bounds(self, table: CountTable, atoms: NDArray[np.int64], far: float) -> Bounds:
        """No atom below 0 or above its most; the cell moves by `far` at most."""
        counts = table.atoms[atoms]
        rest = np.zeros(self.losses + 1)
        lost = np.full(self.losses, np.inf)
        free = np.full(len(self.asked), -np.inf)
        return Bounds(
            np.concatenate([-counts, rest, free]),
            np.concatenate([table.most[atoms] - counts, lost, [far], self.asked]),
        )


def _matrix(
    part: _Part, places: NDArray[np.int64], factors: Floats, losses: int, targets: int
) -> csr_array:
    """A row for each of `places`: the cell there times its factor; less its loss in the first
    rows (twice `losses` of them), and how far it gets in the last ones."""
    order = np.argsort(part.row, kind="stable")
    starts = np.searchsorted(part.row[order], np.arange(len(part.cells) + 1))
    sizes = np.diff(starts)[places]
    row = np.repeat(np.arange(len(places)), sizes)
    within = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    column = part.column[order][np.repeat(starts[places], sizes) + within]
    last = np.arange(len(places) - targets, len(places))
    rows = [row, np.arange(2 * losses), last]
    lost, far = part.atoms + np.arange(losses), part.atoms + losses + np.arange(targets)
    return csr_array(
        (
            np.concatenate([np.repeat(factors, sizes), -np.ones(2 * losses), np.ones(targets)]),
            (np.concatenate(rows), np.concatenate([column, lost, lost, far])),
        ),
        shape=(len(places), part.atoms + losses + targets),
    )
