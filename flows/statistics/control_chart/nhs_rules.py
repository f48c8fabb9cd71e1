"""The four rules of Making Data Count, RULES.md B8 as coded in NHSRplotthedots.

R1 outside a limit; R2 seven or more on one side of the mean; R3 seven or more rising or falling;
R4 two of three near a limit, all three on one side. A value on the mean, and a missing one, breaks
R2 and R4; a point outside a limit is not near it. All arrays are (rows, periods).
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from flows.statistics.control_chart.lines import Lines

Figures = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

PRECEDENCE = ("R1", "R3", "R4", "R2")
"""Which of the rules that fired names a point (RULES.md B8)."""

RUN = 7  # points of R2 and R3
NEAR, OF = 2, 3  # R4


def outside(values: Figures, lines: Lines) -> Flags:
    """Beyond a limit, strictly; never where a value or limit is missing."""
    return np.asarray((values > lines.upper) | (values < lines.lower))


def nhs_rules(values: Figures, lines: Lines) -> dict[str, Flags]:
    """By rule, the points that are part of what it found."""
    beyond = outside(values, lines)
    side = signs(values - lines.centre)
    near = ~beyond & ((values > lines.near_upper) | (values < lines.near_lower))
    pair = (_sums(near.astype(np.int64), OF) >= NEAR) & (np.abs(_sums(side, OF)) == OF)
    steps = signs(np.diff(values, axis=1))
    return {
        "R1": beyond,
        "R2": _members(np.abs(_sums(side, RUN)) == RUN, RUN, side.shape),
        "R3": _members(np.abs(_sums(steps, RUN - 1)) == RUN - 1, RUN, side.shape),
        "R4": near & _members(pair, OF, side.shape),
    }


def signs(differences: Figures) -> Counts:
    """-1, 0 or 1; 0 also where something is missing."""
    return np.asarray(np.sign(np.nan_to_num(differences, nan=0.0)), dtype=np.int64)


def leading_rule(fired: Mapping[str, Flags]) -> Counts:
    """Per point the place in PRECEDENCE of the rule that names it, -1 where none fired."""
    stacked = np.stack([fired[rule] for rule in PRECEDENCE])
    return np.where(stacked.any(axis=0), stacked.argmax(axis=0), -1)


def trend_direction(values: Figures, in_trend: Flags, parts: Counts) -> Counts:
    """1 where a point of a trend (R3) rises, else -1; all (series, periods).

    The step to the next point of its part counts where that one is in a trend too, else the step
    before: so NHSRplotthedots names a point at which one trend turns into another.
    """
    steps = signs(np.diff(values, axis=1))
    before = np.pad(steps, ((0, 0), (1, 0)))
    after = np.pad(steps, ((0, 0), (0, 1)))
    joined = in_trend[:, 1:] & (np.diff(parts, axis=1) == 0)
    goes_on = in_trend & np.pad(joined, ((0, 0), (0, 1)))
    return np.where(np.where(goes_on, after, before) > 0, 1, -1)


def _sums(values: Counts, width: int) -> Counts:
    """Of each `width` neighbours; shorter by width - 1, none where the row is shorter."""
    if values.shape[1] < width:
        return np.zeros((len(values), 0), dtype=np.int64)
    windows = np.lib.stride_tricks.sliding_window_view(values, width, axis=1)
    return np.asarray(windows.sum(axis=-1), dtype=np.int64)


def _members(found: Flags, width: int, shape: tuple[int, ...]) -> Flags:
    """The points of each window that was found."""
    members = np.zeros(shape, dtype=np.bool_)
    for place in range(width if found.shape[1] else 0):
        members[:, place : place + found.shape[1]] |= found
    return members
