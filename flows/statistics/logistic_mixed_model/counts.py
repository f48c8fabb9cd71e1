"""Yes/no outcomes as counts: rows of a group with the same covariates are one cell."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from flows.statistics.mixed_model import FloatArray, IntArray

BLOCK = 1 << 16


@dataclass(frozen=True)
class Counts:
    """Cells in the order of their groups.

    `x` (m x p) are their covariates, `yes` of `trials` (m) their outcomes,
    `starts` the first cell of each group and `group` (m) the group of each cell.
    """

    x: FloatArray
    yes: FloatArray
    trials: FloatArray
    starts: IntArray
    group: IntArray

    def blocks(self, nodes: int) -> Iterator[tuple[slice, slice]]:
        """(groups, cells) that are worked on together, so that memory stays within bounds."""
        most = max(1, BLOCK * 25 // nodes)
        ends = np.append(self.starts, len(self.yes))
        first = 0
        while first < len(self.starts):
            last = int(np.searchsorted(ends, ends[first] + most, side="right")) - 1
            last = max(last, first + 1)
            yield slice(first, last), slice(int(ends[first]), int(ends[last]))
            first = last


def counted(x: FloatArray, yes: FloatArray, trials: FloatArray, codes: IntArray) -> Counts:
    """Cells from rows. `yes` of `trials` (n) is the outcome of a row, `codes` its group from 0.

    Every group has a row.
    """
    cell, m = _cells(x, codes)
    first = np.empty(m, dtype=np.int64)
    first[cell[::-1]] = np.arange(len(cell))[::-1]
    group = codes[first]
    return Counts(
        x[first],
        np.bincount(cell, yes, m).astype(np.float64),
        np.bincount(cell, trials, m).astype(np.float64),
        np.searchsorted(group, np.arange(group[-1] + 1)),
        group,
    )


def _cells(x: FloatArray, codes: IntArray) -> tuple[IntArray, int]:
    """The cell of each row, in the order of the groups, and their number."""
    cell, m = codes, int(codes.max()) + 1
    for column in x.T:
        found, place = np.unique(column, return_inverse=True)
        if len(found) > 1:
            cells, cell = np.unique(cell * len(found) + place, return_inverse=True)
            m = len(cells)
    return cell.astype(np.int64), m
