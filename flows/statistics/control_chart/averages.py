"""Sums, means and medians along a row that leave out what is missing (NaN).

A value that equals the centre line belongs to no run, so the last bit of a mean decides. These are
rounded as R rounds them: two passes in the widest floats there are.
"""

import numpy as np
from numpy.typing import NDArray

Figures = NDArray[np.float64]

SCREEN = 3.267
"""Upper limit of a moving range, in mean moving ranges (Nelson 1982; RULES.md B8)."""


def mean_of(values: Figures) -> Figures:
    """(rows, n) -> (rows,), NaN where a row has no value."""
    known = ~np.isnan(values)
    n = known.sum(axis=-1)
    wide = np.where(known, values, 0).astype(np.longdouble)
    with np.errstate(invalid="ignore"):
        first = wide.sum(axis=-1) / n
        rest = np.where(known, wide - first[..., None], 0).sum(axis=-1) / n
    return np.asarray(first + rest, dtype=np.float64)


def total_of(values: Figures) -> Figures:
    """(rows, n) -> (rows,), 0 where a row has no value."""
    return np.asarray(np.nansum(values.astype(np.longdouble), axis=-1), dtype=np.float64)


def median_of(values: Figures) -> Figures:
    """(rows, n) -> (rows,), NaN where a row has no value."""
    n = (~np.isnan(values)).sum(axis=-1)
    in_order = np.sort(values, axis=-1)  # NaN come last
    middle = np.stack([np.maximum(n - 1, 0) // 2, n // 2], axis=-1)
    return mean_of(np.take_along_axis(in_order, np.minimum(middle, values.shape[-1] - 1), axis=-1))


def mean_moving_range(values: Figures, *, is_screened: bool) -> Figures:
    """The mean distance of neighbours, (rows, n) -> (rows,); a missing value has no neighbour.

    Screened, ranges of SCREEN means or more are left out and the mean is taken once more: NaN
    where none is left, as in a row of equal values.
    """
    ranges = np.abs(np.diff(values, axis=-1))
    mean = mean_of(ranges)
    if not is_screened:
        return mean
    return mean_of(np.where(ranges < SCREEN * mean[..., None], ranges, np.nan))
