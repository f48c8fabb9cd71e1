"""The lines of a chart, and those of each kind of chart.

XmR: RULES.md B8 and NHSRplotthedots, or Montgomery's 6.33 as in qicharts2. p: Montgomery 7.2.
p': Laney 2002, Quality Engineering 14:531-537. All are rows of parts x periods.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flows.statistics.control_chart.averages import (
    mean_moving_range,
    mean_of,
    median_of,
    total_of,
)
from flows.statistics.control_chart.design import RuleSet

Figures = NDArray[np.float64]
Flags = NDArray[np.bool_]

NHS_FACTOR = 2.66
"""Mean moving ranges from the mean to a limit: 3 / 1.128 as the NHS rounds it (RULES.md B8)."""

D2 = 1.128
"""Mean distance of two values from one normal distribution, in standard deviations."""

SIGMAS, NEAR_SIGMAS = 3, 2


@dataclass(frozen=True, eq=False)
class Lines:
    """All (rows, periods); NaN where there is no line. `near_*` stand at two thirds."""

    centre: Figures
    lower: Figures
    upper: Figures
    near_lower: Figures
    near_upper: Figures

    def where(self, has_limits: Flags) -> "Lines":
        """Without limits in rows that are to have none; `has_limits` is (rows,)."""
        limits = (self.lower, self.upper, self.near_lower, self.near_upper)
        return Lines(self.centre, *(np.where(has_limits[:, None], each, np.nan) for each in limits))


def xmr_lines(values: Figures, baseline: Flags, rules: RuleSet, *, is_screened: bool) -> Lines:
    """Mean and mean moving range of the baseline, the same for every period of a row."""
    known = np.where(baseline, values, np.nan)
    centre = np.broadcast_to(mean_of(known)[:, None], values.shape)
    mean_range = mean_moving_range(known, is_screened=is_screened)[:, None]
    if rules is RuleSet.NHS:
        far, near = NHS_FACTOR * mean_range, 2 * (NHS_FACTOR / 3) * mean_range
    else:
        far, near = SIGMAS * (mean_range / D2), NEAR_SIGMAS * (mean_range / D2)
    return Lines(centre, centre - far, centre + far, centre - near, centre + near)


def share_lines(
    counts: Figures, sizes: Figures, baseline: Flags, *, is_prime: bool, is_screened: bool
) -> Lines:
    """Of counts out of sizes, cut off at 0 and 1; none where a size is missing or 0.

    The spread is sqrt(p (1 - p) / n); with `is_prime` times the mean moving range of the
    standardised shares / 1.128, which has no value where p is 0 or 1.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        total = total_of(np.where(baseline, counts, np.nan))
        share = total / total_of(np.where(baseline, sizes, np.nan))
        centre = np.broadcast_to(share[:, None], counts.shape)
        spread = np.sqrt(centre * (1 - centre) / sizes)
        if is_prime:
            z = np.where(baseline, (counts / sizes - centre) / spread, np.nan)
            spread = spread * (mean_moving_range(z, is_screened=is_screened) / D2)[:, None]
        far, near = SIGMAS * spread, NEAR_SIGMAS * spread
        lines = (centre - far, centre + far, centre - near, centre + near)
    return Lines(centre, *(np.clip(np.where(np.isfinite(x), x, np.nan), 0, 1) for x in lines))


def median_lines(values: Figures, baseline: Flags) -> Lines:
    """A run chart: the median of the baseline, no limits."""
    centre = np.broadcast_to(median_of(np.where(baseline, values, np.nan))[:, None], values.shape)
    none = np.full(values.shape, np.nan)
    return Lines(centre, none, none, none, none)
