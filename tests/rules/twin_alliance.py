"""Ruptures and repairs of the alliance once more, slow and in plain Python, from RULES B5.

One course is a list of heights (higher is better), oldest first. Nothing of sql/ is used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from statistics import linear_regression, mean

from flows.settings import Signals


@dataclass(frozen=True)
class Drop:
    """A fall that ends at form `place`, from `top`, with the variation that it is counted in."""

    place: int
    top: float
    sd: float
    is_strict: bool


def residual_squares(heights: Sequence[float]) -> float:
    """Squares around the course's own straight line."""
    line = linear_regression(range(len(heights)), heights)
    return sum((y - line.intercept - line.slope * x) ** 2 for x, y in enumerate(heights))


def pooled_sd(courses: Sequence[Sequence[float]], rules: Signals) -> float | None:
    """The SD around their own lines of courses that are long enough, if there are enough."""
    long = [course for course in courses if len(course) >= rules.alliance_forms_for_own_line]
    if len(long) < rules.alliance_minimum_episodes:
        return None
    return sqrt(sum(map(residual_squares, long)) / sum(len(course) - 2 for course in long))


def states(
    heights: Sequence[float], pooled: float | None, rules: Signals
) -> Mapping[int, tuple[str, str]]:
    """Form -> (kind, level) of what is told of it; nothing of most forms."""
    drops = [
        drop for place in range(1, len(heights)) if (drop := _drop(heights, place, pooled, rules))
    ]
    told: dict[int, list[tuple[bool, bool]]] = {}
    for drop in drops:
        told.setdefault(drop.place, []).append((False, drop.is_strict))
        for place in range(drop.place + 1, len(heights)):
            if place > drop.place + rules.repair_within_forms:
                break
            is_back = heights[place] >= drop.top - rules.repair_sd * drop.sd
            is_low = heights[place] <= drop.top - rules.rupture_sd * drop.sd
            told.setdefault(place, []).append((is_back, is_low))
            if is_back:
                break
    return {place: _worst(found) for place, found in told.items()}


def _worst(found: Sequence[tuple[bool, bool]]) -> tuple[str, str]:
    off = [is_grave for is_back, is_grave in found if not is_back]
    if not off:
        return "alliance_repair", "info"
    return "alliance_rupture", "amber" if any(off) else "info"


def _drop(
    heights: Sequence[float], place: int, pooled: float | None, rules: Signals
) -> Drop | None:
    before, now = heights[:place], heights[place]
    top = place
    while top > 0 and place - top < 6 and heights[top - 1] >= heights[top]:
        top -= 1
    own, slope = None, 0.0
    if place >= rules.alliance_forms_for_own_line:
        own = sqrt(max(0.0, residual_squares(before)) / (place - 2))
        slope = linear_regression(range(place), before).slope
    sd = max((each for each in (own, pooled) if each is not None), default=0.0)
    if sd <= 1e-9 or heights[top] <= now:
        return None
    fall = heights[top] - now + slope * (place - top)
    is_strict = fall > rules.rupture_strict_sd * sd
    if place >= rules.alliance_forms_for_limits:
        limit = mean(before) - 2.66 * mean(abs(a - b) for a, b in pairwise(before))
        is_drop = now < limit
    else:
        is_drop = fall >= rules.rupture_sd * sd
    return Drop(place, heights[top], sd, is_strict) if is_drop or is_strict else None
