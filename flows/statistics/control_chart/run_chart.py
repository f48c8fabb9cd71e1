"""Anhøj's two tests of runs around a centre line, as in qicharts2.

A run is unusually long beyond round(log2(n) + 3) points (Schilling 2012), crossings are unusually
few below the 5 % quantile of a binomial (n - 1, 1/2) (Chen 2010); n are the useful observations,
which lie off the centre line (Anhøj & Olesen 2014, PLoS ONE 9:e113825).
"""

from dataclasses import dataclass
from functools import cache
from math import log2

import numpy as np
from numpy.typing import NDArray

from flows.statistics.control_chart.nhs_rules import signs

Figures = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Runs:
    """All (rows,); both tests are silent where nothing is useful."""

    n_useful: Counts
    longest: Counts
    longest_allowed: Counts
    crossings: Counts
    fewest_allowed: Counts

    @property
    def is_long(self) -> Flags:
        """Whether the longest run is unusually long."""
        return self.longest > self.longest_allowed

    @property
    def is_seldom_crossed(self) -> Flags:
        """Whether the centre line is crossed unusually seldom."""
        return self.crossings < self.fewest_allowed


def runs_of(values: Figures, centre: Figures) -> Runs:
    """The runs of rows (rows, periods); missing values and those on the line are passed over."""
    side = signs(values - centre)
    last, length, longest, crossings = (np.zeros(len(side), dtype=np.int64) for _ in range(4))
    for here in side.T:
        is_useful = here != 0
        is_same = is_useful & (here == last)
        crossings += is_useful & (last == -here)
        length = np.where(is_useful, np.where(is_same, length + 1, 1), length)
        longest = np.maximum(longest, length)
        last = np.where(is_useful, here, last)
    n = (side != 0).sum(axis=1)
    return Runs(
        n_useful=n,
        longest=longest,
        longest_allowed=np.array([longest_run_allowed(each) for each in n.tolist()], np.int64),
        crossings=crossings,
        fewest_allowed=np.array([fewest_crossings(each) for each in n.tolist()], np.int64),
    )


@cache
def longest_run_allowed(n_useful: int) -> int:
    """The longest run of so many useful observations that is nothing unusual."""
    return round(log2(n_useful)) + 3 if n_useful else 0


@cache
def fewest_crossings(n_useful: int) -> int:
    """The fewest crossings that are nothing unusual: the least k with P(X <= k) of 5 % or more,
    in whole numbers, since P is a sum of binomial coefficients over a power of 2."""
    tosses = max(n_useful - 1, 0)
    k, ways, total = 0, 1, 1
    while 20 * total < 2**tosses:
        k += 1
        ways = ways * (tosses - k + 1) // k
        total += ways
    return k
