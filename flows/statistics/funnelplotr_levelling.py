"""Limits of proportions as FunnelPlotR (0.4 and later) cuts them off at 0 and 1.

The sine of an angle beyond 0 or a right angle folds back, so that the lower limit of ever smaller
units rises again. FunnelPlotR notices it along a line of sizes: a lower limit above its neighbour
to the right becomes 0, an upper one below it becomes 1. The largest size has no such neighbour and
stays folded, and so does a limit that folded twice; this keeps both, to be held against it.
"""

from collections.abc import Callable
from math import ceil

import numpy as np
from numpy.typing import NDArray

Figures = NDArray[np.float64]

SMALLEST, ON_THE_LINE = 3, 1000
"""The line has 1,000 sizes from 3 to the largest, and those of the units among them."""


def levelled(sizes: Figures, limit_at: Callable[[Figures, float], Figures], z: float) -> Figures:
    """The limit at z (below 0 a lower one) of each size; NaN where a size is 0 or missing.

    `limit_at(sizes, z)` gives the folded ones, one for each size. One size or more is above 0.
    """
    is_known = sizes > 0
    known = sizes[is_known]
    line = np.unique(np.append(np.linspace(SMALLEST, ceil(known.max()), ON_THE_LINE), known))
    limits = limit_at(line, z)
    here, right = limits[:-1], limits[1:]
    kept = np.where(here > right, 0, here) if z < 0 else np.where(here < right, 1, here)
    made = np.full(sizes.shape, np.nan)
    made[is_known] = np.append(kept, limits[-1])[np.searchsorted(line, known)]
    return made
