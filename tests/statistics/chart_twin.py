"""The rules of RULES.md B8 once more, in plain Python and point by point.

Written from the text and not from the code under test: limits from lists, and rules that look
back from each new point, as somebody would who adds a point to a chart every month.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import comb, log2
from statistics import fmean


def nhs_limits(baseline: Sequence[float], *, is_screened: bool) -> tuple[float, float]:
    """Mean, and the distance of a limit from it."""
    ranges = [abs(b - a) for a, b in pairwise(baseline)]
    mean_range = fmean(ranges)
    if is_screened:
        mean_range = fmean([each for each in ranges if each < 3.267 * mean_range])
    return fmean(baseline), 2.66 * mean_range


def nhs_points(values: Sequence[float], centre: float, reach: float) -> list[set[str]]:
    """The rules each point is part of."""
    found: list[set[str]] = [set() for _ in values]
    for end in range(len(values)):
        for rule, members in nhs_ending_at(values[: end + 1], centre, reach):
            for member in members:
                found[member].add(rule)
    return found


def nhs_ending_at(
    values: Sequence[float], centre: float, reach: float
) -> list[tuple[str, list[int]]]:
    """What the last point completes: rules with the places of their points."""
    last = len(values) - 1
    done = list[tuple[str, list[int]]]()
    if abs(values[last] - centre) > reach:
        done.append(("R1", [last]))
    seven = values[-7:]
    places = list(range(last - 6, last + 1))
    if len(seven) == 7:
        if min(seven) > centre or max(seven) < centre:
            done.append(("R2", places))
        steps = [b - a for a, b in pairwise(seven)]
        if min(steps) > 0 or max(steps) < 0:
            done.append(("R3", places))
    three = values[-3:]
    if len(three) == 3 and (min(three) > centre or max(three) < centre):
        near = [
            last - 2 + place
            for place, value in enumerate(three)
            if reach * 2 / 3 < abs(value - centre) <= reach
        ]
        if len(near) >= 2:
            done.append(("R4", near))
    return done


def anhoej_limits(baseline: Sequence[float]) -> tuple[float, float]:
    """Mean, and three standard deviations from all moving ranges."""
    ranges = [abs(b - a) for a, b in pairwise(baseline)]
    return fmean(baseline), 3 * fmean(ranges) / 1.128


def anhoej_runs(values: Sequence[float], centre: float) -> set[str]:
    """`run` and `crossings` of a series as a whole."""
    sides = [value > centre for value in values if value != centre]
    longest = length = crossings = 0
    for place, side in enumerate(sides):
        is_same = place > 0 and side == sides[place - 1]
        crossings += place > 0 and not is_same
        length = length + 1 if is_same else 1
        longest = max(longest, length)
    n = len(sides)
    few = next(k for k in range(n) if chance_of_at_most(k, n - 1) >= 0.05)
    return {
        name
        for name, is_found in (
            ("run", longest > round(log2(n) + 3)),
            ("crossings", crossings < few),
        )
        if is_found
    }


def chance_of_at_most(k: int, tosses: int) -> float:
    """Of k heads or fewer in so many tosses of a coin."""
    ways: int = sum(comb(tosses, each) for each in range(k + 1))
    return ways * 0.5**tosses
