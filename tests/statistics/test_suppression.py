"""Small counts: nobody who solves everything that is shown finds one that was left out.

The attacker here knows nothing of the code under test: it puts up the linear system of what is
shown, with its own matrices, and solves it.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from flows.statistics.suppression import (
    CountTable,
    feasible_range,
    is_small,
    withheld_cells,
)

LEAST = 5
TABLES, WITH_BOUNDS = 500, 6
# Days, each in a month and a week; week 2 lies in two months.
DAYS = ((0, 1), (0, 2), (1, 2), (1, 3))

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Published:
    """Counts of units by days, and the sums of them that a reader could be given."""

    table: CountTable
    cells: Matrix
    totals: Matrix

    @property
    def sensitive(self) -> NDArray[np.bool_]:
        counts = self.table.values
        return is_small(counts, LEAST) | is_small(self.totals - counts, LEAST)


def published(seed: int) -> Published:
    """Two or three clinics with months, weeks that overlap them, and a year; of few or of many."""
    rng = np.random.default_rng(seed)
    units = int(rng.integers(2, 4))
    whole = rng.poisson(rng.uniform(1, 9), size=(units, len(DAYS))).astype(float)
    part = rng.binomial(whole.astype(int), rng.uniform(0.05, 0.6)).astype(float)
    groups = [[unit] for unit in range(units)] + [[*range(units)]]
    periods = [[n for n, day in enumerate(DAYS) if day[0] == month] for month in range(2)]
    periods += [[n for n, day in enumerate(DAYS) if day[1] == week] for week in range(1, 4)]
    periods += [[*range(len(DAYS))]]
    cells = np.zeros((len(groups) * len(periods), units, len(DAYS)))
    for row, (group, period) in enumerate(product(groups, periods)):
        cells[row][np.ix_(group, period)] = 1
    flat = cells.reshape(len(cells), -1)
    table = CountTable(
        csr_array(flat), part.ravel(), whole.ravel(), np.zeros(flat.shape[1], dtype=np.int64)
    )
    return Published(table, flat, flat @ whole.ravel())


def left_out(of: Published) -> NDArray[np.bool_]:
    needed = np.minimum(float(LEAST), of.totals)
    return withheld_cells(of.table, of.sensitive, of.totals == 0, needed, np.ones(len(of.totals)))


def is_solved(shown: Matrix, cell: Matrix) -> bool:
    """Whether a cell follows from what is shown: it lies in the space that those rows span."""
    if not len(shown):
        return False
    _, sizes, rows = np.linalg.svd(shown, full_matrices=False)
    span = rows[sizes > 1e-9]
    return bool(np.abs(cell - span.T @ (span @ cell)).max() < 1e-7)


def believed(of: Published, shown: NDArray[np.bool_], cell: Matrix) -> tuple[float, float]:
    """The least and the most of a cell for who knows what is shown and every denominator."""
    ends = [
        linprog(
            sign * cell,
            A_eq=of.cells[shown],
            b_eq=(of.cells @ of.table.atoms)[shown],
            bounds=[*zip(np.zeros(len(cell)), of.table.most, strict=True)],
        ).fun
        for sign in (1, -1)
    ]
    return float(ends[0] or 0.0), -float(ends[1] or 0.0)


def test_no_cell_that_is_left_out_can_be_solved_in_500_tables() -> None:
    solved = []
    for seed in range(TABLES):
        of = published(seed)
        withheld = left_out(of)
        assert withheld[of.sensitive & (of.totals > 0)].all()
        shown = of.cells[~withheld]
        # Where a denominator is 0 there is nobody to be known.
        open_ = np.flatnonzero(withheld & (of.totals > 0))
        solved += [(seed, cell) for cell in open_ if is_solved(shown, of.cells[cell])]
    assert solved == []


@pytest.mark.parametrize("seed", range(WITH_BOUNDS))
def test_who_also_knows_that_no_count_is_negative_is_left_with_a_range(seed: int) -> None:
    of = published(seed)
    withheld = left_out(of)
    needed = np.minimum(float(LEAST), of.totals)
    for cell in np.flatnonzero(withheld & (of.totals > 0)):
        low, high = believed(of, ~withheld, of.cells[cell])
        assert high - low >= needed[cell] - 1e-6
        assert feasible_range(of.table, withheld, int(cell)) == pytest.approx((low, high))


def one_row(*counts: float) -> CountTable:
    """Clinics of one month, and their sum."""
    many = len(counts)
    sums = np.vstack([np.eye(many), np.ones(many)])
    free = np.full(many, np.inf)
    return CountTable(csr_array(sums), np.array(counts), free, np.zeros(many, dtype=np.int64))


def decided(table: CountTable, *, known: tuple[int, ...] = ()) -> list[int]:
    cells = len(table.values)
    is_known = np.isin(np.arange(cells), known)
    sensitive = is_small(table.values, LEAST)
    found = withheld_cells(
        table,
        sensitive,
        is_known,
        np.full(cells, float(LEAST)),
        np.array([1.0] * (cells - 1) + [9]),
    )
    return [int(cell) for cell in np.flatnonzero(found)]


def test_a_small_cell_takes_another_with_it() -> None:
    """3 + 20 + 30 = 53: of 3 left out alone anybody reads 53 - 20 - 30."""
    table = one_row(3, 20, 30)

    found = decided(table)

    assert len(found) == 2
    assert 0 in found
    assert 3 not in found


def test_two_small_cells_need_a_third_where_their_sum_is_small() -> None:
    """1 + 2 + 40: both left out, 43 - 40 says that they are 3 together."""
    assert decided(one_row(1, 2, 40)) == [0, 1, 2]


def test_nothing_is_left_out_where_nothing_is_small() -> None:
    assert decided(one_row(0, 5, 40)) == []


def test_what_was_shown_before_cannot_hide_anything() -> None:
    """With 20 shown in an earlier revision, the other clinic or the sum has to go."""
    assert decided(one_row(3, 20, 30), known=(1,)) == [0, 2]
    assert decided(one_row(3, 20, 30), known=(1, 2)) == [0, 3]


def test_what_everybody_knows_already_is_left_as_it_is() -> None:
    """Nothing can hide 3 where all else was shown; nothing more is lost for it."""
    assert decided(one_row(3, 20, 30), known=(1, 2, 3)) == [0]


def test_small_is_one_to_four() -> None:
    counts = np.array([0.0, 1.0, 4.0, 4.5, 5.0])
    assert is_small(counts, LEAST).tolist() == [False, True, True, True, False]
