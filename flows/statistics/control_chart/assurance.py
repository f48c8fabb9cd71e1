"""Whether a process as it runs now will reach its target (RULES.md B8, NHSRplotthedots)."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from flows.statistics.control_chart.chart import Chart

Figures = NDArray[np.float64]


class Assurance(StrEnum):
    """The first three where it is known which way is better, else the last three."""

    REACHED = "consistent_pass"
    MISSED = "consistent_fail"
    EITHER = "inconsistent"
    TARGET_ABOVE_LIMITS = "target_above_limits"
    TARGET_BELOW_LIMITS = "target_below_limits"
    TARGET_WITHIN_LIMITS = "target_within_limits"


SAID = {
    1: (Assurance.MISSED, Assurance.REACHED, Assurance.EITHER),
    -1: (Assurance.REACHED, Assurance.MISSED, Assurance.EITHER),
    0: (
        Assurance.TARGET_ABOVE_LIMITS,
        Assurance.TARGET_BELOW_LIMITS,
        Assurance.TARGET_WITHIN_LIMITS,
    ),
}
"""By direction: what a target above the upper, below the lower and between the limits means."""


def assurances(chart: Chart, targets: Figures, direction: int) -> list[Assurance | None]:
    """One per series, by the last limits of its last part; None without those or a target.

    `targets` is (series,), NaN for none; `direction` 1 where higher is better, -1 where lower is,
    0 where neither is known. Raises ValueError for another direction.
    """
    if direction not in SAID:
        raise ValueError("a direction is 1, -1 or 0")
    above, below, within = SAID[direction]
    told = list[Assurance | None]()
    for series, target in enumerate(targets.tolist()):
        lower, upper = _last_limits(chart, series)
        if np.isnan([target, lower, upper]).any():
            told.append(None)
        else:
            told.append(above if target > upper else below if target < lower else within)
    return told


def _last_limits(chart: Chart, series: int) -> tuple[float, float]:
    """Those of the last period of the last part that has any."""
    is_last = chart.parts[series] == chart.parts[series, -1]
    places = np.flatnonzero(is_last & ~np.isnan(chart.upper[series]))
    if not places.size:
        return np.nan, np.nan
    return float(chart.lower[series, places[-1]]), float(chart.upper[series, places[-1]])
