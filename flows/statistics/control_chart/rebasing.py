"""Series cut into parts: each part becomes a row of its own, missing outside of it.

What is missing has no neighbour and breaks a run, so that limits and rules start anew with each
part by the same arithmetic that leaves out a month without data.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Figures = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Rows:
    """Where points of (series, periods) stand among rows (parts, periods).

    `row_of` is (series, periods); `series` and `part` are (rows,), parts counted from 0.
    """

    row_of: Counts
    series: Counts
    part: Counts

    def spread(self, values: Figures) -> Figures:
        """(series, periods) -> (rows, periods), NaN outside a part."""
        rows = np.full((len(self.series), values.shape[1]), np.nan)
        rows[self.row_of, np.arange(values.shape[1])] = values
        return rows

    def gathered(self, rows: Figures) -> Figures:
        """(rows, periods) -> (series, periods)."""
        return rows[self.row_of, np.arange(rows.shape[1])]

    def gathered_flags(self, rows: Flags) -> Flags:
        """(rows, periods) -> (series, periods)."""
        return rows[self.row_of, np.arange(rows.shape[1])]

    def baseline(self, freeze: Counts) -> Flags:
        """The first `freeze` (rows,) periods of each part, as (rows, periods)."""
        inside = self.row_of[self.series] == np.arange(len(self.series))[:, None]
        return np.asarray(inside & (np.cumsum(inside, axis=1) <= freeze[:, None]))

    @property
    def is_whole(self) -> Flags:
        """Whether a row is all of its series, (rows,)."""
        parts: Flags = np.bincount(self.series)[self.series] == 1
        return parts


def rows_of(parts: Counts) -> Rows:
    """Of part numbers (series, periods) that start at 0 and rise by 0 or 1.

    Raises ValueError for others.
    """
    steps = np.diff(parts, axis=1)
    if np.any(parts[:, 0] != 0) or np.any((steps != 0) & (steps != 1)):
        raise ValueError("parts start at 0 and rise by 0 or 1")
    many = parts[:, -1] + 1
    first = np.cumsum(many) - many
    series = np.repeat(np.arange(len(parts)), many)
    return Rows(first[:, None] + parts, series, np.arange(len(series)) - first[series])
