"""Small counts: nobody who solves everything that is shown finds one that was left out.

The attacker here knows nothing of the code under test: it puts up the linear system of what is
shown, with its own matrices, and solves it: first whether a cell follows from it, then how small
and how large it could be. To within less than five is as good as told.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from flows.statistics.suppression import (
    CountTable,
    believed_counts,
    feasible_range,
    is_small,
    withheld_cells,
)

LEAST = 5
TABLES = 500
# Days, each in a month and a week; week 2 lies in two months.
DAYS = ((0, 1), (0, 2), (1, 2), (1, 3))

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Published:
    """Counts of units by days, and the sums of them that a reader could be given."""

    table: CountTable
    cells: Matrix
    totals: Matrix

    @property
    def sensitive(self) -> Flags:
        counts = self.table.values
        return is_small(counts, LEAST) | is_small(self.totals - counts, LEAST)


def published(seed: int) -> Published:
    """A service of two or three clinics; of few people or of many.

    Clinics with two teams each, by month and quarter; or without, by months and weeks that overlap.
    """
    rng = np.random.default_rng(seed)
    teams = 1 + seed % 2
    clinics = 2 if teams == 2 else int(rng.integers(2, 4))
    periods = with_weeks() if teams == 1 else [[0], [1], [2], [0, 1, 2]]
    days = 1 + max(day for period in periods for day in period)
    whole = rng.poisson(rng.uniform(1, 9), size=(clinics * teams, days)).astype(float)
    part = rng.binomial(whole.astype(int), rng.uniform(0.05, 0.6)).astype(float)
    flat = np.array([[*cell_of(whole.shape, *each)] for each in groups_by(clinics, teams, periods)])
    table = CountTable(
        csr_array(flat),
        part.ravel(),
        whole.ravel(),
        np.zeros(whole.size, dtype=np.int64),
        np.repeat(np.arange(clinics), teams * days),
    )
    return Published(table, flat, flat @ whole.ravel())


def with_weeks() -> list[list[int]]:
    """Two months, three weeks and the two months together, as days."""
    periods = [[n for n, day in enumerate(DAYS) if day[0] == month] for month in range(2)]
    periods += [[n for n, day in enumerate(DAYS) if day[1] == week] for week in range(1, 4)]
    return [*periods, [*range(len(DAYS))]]


def groups_by(
    clinics: int, teams: int, periods: list[list[int]]
) -> Iterator[tuple[list[int], list[int]]]:
    """The service, each clinic, and each team where there are two, in each period."""
    groups = [[*range(clinics * teams)]]
    groups += [[*range(clinic * teams, (clinic + 1) * teams)] for clinic in range(clinics)]
    groups += [[team] for team in range(clinics * teams)] if teams > 1 else []
    for group in groups:
        for period in periods:
            yield group, period


def cell_of(shape: tuple[int, ...], group: list[int], period: list[int]) -> Matrix:
    cell = np.zeros(shape)
    cell[np.ix_(group, period)] = 1
    return cell.ravel()


def left_out(of: Published) -> Flags:
    needed = np.minimum(float(LEAST), of.totals)
    return withheld_cells(of.table, of.sensitive, of.totals == 0, needed, np.ones(len(of.totals)))


def solved(of: Published, withheld: Flags) -> list[int]:
    """Cells left out that follow from what is shown: they lie in the space that those span."""
    # Where a denominator is 0 there is nobody to be known.
    open_ = np.flatnonzero(withheld & (of.totals > 0))
    _, sizes, rows = np.linalg.svd(of.cells[~withheld], full_matrices=False)
    span = rows[sizes > 1e-9]
    off = of.cells[open_] - (of.cells[open_] @ span.T) @ span
    return [int(cell) for cell in open_[np.abs(off).max(axis=1, initial=0) < 1e-7]]


def too_narrow(of: Published, withheld: Flags) -> list[int]:
    """Cells left out that are known to within less than LEAST by who knows every denominator."""
    shown = of.cells[~withheld]
    values = shown @ of.table.atoms
    rules = LinearConstraint(shown, values, values) if len(shown) else None
    bounds = Bounds(0.0, of.table.most)
    low = high = of.table.values
    needed = np.minimum(float(LEAST), of.totals) - 1e-6
    open_ = np.flatnonzero(withheld & (of.totals > 0))
    for cell in open_:
        for sign in (-1.0, 1.0):
            if high[cell] - low[cell] < needed[cell]:
                found = milp(sign * of.cells[cell], constraints=rules, bounds=bounds)
                believed = np.asarray(found.x)
                low = np.minimum(low, of.cells @ believed)
                high = np.maximum(high, of.cells @ believed)
    return [int(cell) for cell in open_ if high[cell] - low[cell] < needed[cell]]


def test_no_cell_that_is_left_out_can_be_told_in_500_tables() -> None:
    told = []
    for seed in range(TABLES):
        of = published(seed)
        withheld = left_out(of)
        assert withheld[of.sensitive & (of.totals > 0)].all()
        told += [(seed, cell) for cell in solved(of, withheld) + too_narrow(of, withheld)]
    assert told == []


def test_the_attack_finds_a_cell_that_was_to_be_left_out_with_a_small_one() -> None:
    """Nearly always: most small counts are told by what stands beside them."""
    found = 0
    for seed in range(40):
        of = published(seed)
        found += bool(of.sensitive.any() and too_narrow(of, of.sensitive))
    assert found > 20


def test_the_range_of_a_cell_is_that_of_the_attack() -> None:
    of = published(0)
    withheld = left_out(of)
    for cell in np.flatnonzero(withheld & (of.totals > 0)):
        low, high = feasible_range(of.table, withheld, int(cell))
        assert high - low >= min(LEAST, of.totals[cell]) - 1e-6


def test_counts_that_could_be_are_whole_and_add_up() -> None:
    sums = csr_array(np.array([[1.0, 1, 0], [0, 1, 1]]))

    found = believed_counts(sums, np.array([3.0, 4]))

    assert found is not None
    assert (found == np.round(found)).all()
    assert (sums @ found).tolist() == [3, 4]
    assert believed_counts(sums, np.array([-1.0, 4])) is None


def one_row(*counts: float) -> CountTable:
    """Clinics of one month, and their sum."""
    many = len(counts)
    sums = np.vstack([np.eye(many), np.ones(many)])
    free = np.full(many, np.inf)
    blocks = np.zeros(many, dtype=np.int64)
    return CountTable(csr_array(sums), np.array(counts), free, blocks, np.arange(many))


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
