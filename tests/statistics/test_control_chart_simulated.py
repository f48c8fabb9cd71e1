"""How often charts of stable processes cry wolf, and how soon they see a shift of 1 SD.

Against a simulation of its own: other random numbers, and the plain twin of the rules, which adds
one point at a time. Both are estimates, so they may differ by four of their standard errors.
"""

from collections.abc import Callable, Sequence
from math import sqrt
from random import Random
from statistics import fmean, pstdev

import numpy as np
import pytest

from flows.statistics.control_chart import Design, Kind, RuleSet, control_chart
from tests.statistics.chart_twin import (
    anhoej_limits,
    anhoej_runs,
    nhs_ending_at,
    nhs_limits,
    nhs_points,
)

POINTS, MOST_AFTER = 24, 20
OURS, THEIRS = 6000, 1000
SHIFTED = 1000

Alarm = Callable[[Sequence[float]], bool]


def rings_nhs(values: Sequence[float]) -> bool:
    centre, reach = nhs_limits(values, is_screened=True)
    return any(nhs_points(values, centre, reach))


def rings_anhoej(values: Sequence[float]) -> bool:
    centre, reach = anhoej_limits(values)
    return any(abs(each - centre) > reach for each in values) or bool(anhoej_runs(values, centre))


TWINS: dict[RuleSet, Alarm] = {RuleSet.NHS: rings_nhs, RuleSet.ANHOEJ: rings_anhoej}


@pytest.mark.parametrize("rules", list(RuleSet))
def test_the_share_of_stable_charts_that_ring(rules: RuleSet) -> None:
    values = np.random.default_rng(1).normal(size=(OURS, POINTS))
    fired = control_chart(Design(Kind.XMR, rules), values).fired
    ours = float(np.any([flags.any(axis=1) for flags in fired.values()], axis=0).mean())
    chance = Random(2)
    theirs = fmean(TWINS[rules]([chance.gauss(0, 1) for _ in range(POINTS)]) for _ in range(THEIRS))
    error = sqrt(ours * (1 - ours) * (1 / OURS + 1 / THEIRS))
    assert abs(ours - theirs) < 4 * error
    assert 0.02 < ours < 0.5


def found_by_twin(rules: RuleSet, chance: Random) -> int | None:
    """Points after the shift until the chart rings; None for one that rang before it."""
    values = [chance.gauss(0, 1) for _ in range(POINTS)]
    if rules is RuleSet.NHS:
        centre, reach = nhs_limits(values, is_screened=True)
        if any(nhs_points(values, centre, reach)):
            return None
    else:
        centre, reach = anhoej_limits(values)
        if any(abs(each - centre) > reach for each in values) or anhoej_runs(values, centre):
            return None
    for after in range(1, MOST_AFTER + 1):
        values.append(chance.gauss(1, 1))
        if rules is RuleSet.NHS:
            if nhs_ending_at(values, centre, reach):
                return after
        elif abs(values[-1] - centre) > reach or anhoej_runs(values, centre):
            return after
    return MOST_AFTER + 1


def found_by_charts(rules: RuleSet) -> list[int]:
    """The same of many series at once, each chart drawn anew with every point."""
    chance = np.random.default_rng(3)
    values = chance.normal(size=(SHIFTED, POINTS + MOST_AFTER))
    values[:, POINTS:] += 1
    design = Design(Kind.XMR, rules, freeze=POINTS)
    rings = np.zeros((SHIFTED, MOST_AFTER + 2), dtype=np.bool_)
    for after in range(MOST_AFTER + 1):
        fired = control_chart(design, values[:, : POINTS + after]).fired
        rings[:, after] = np.any([flags.any(axis=1) for flags in fired.values()], axis=0)
    rings[:, -1] = True
    found: list[int] = rings[~rings[:, 0]].argmax(axis=1).tolist()
    return found


@pytest.mark.parametrize("rules", list(RuleSet))
def test_the_points_until_a_shift_of_1_sd_is_found(rules: RuleSet) -> None:
    """Of charts that were silent over the 24 points of their locked baseline."""
    ours, chance = found_by_charts(rules), Random(4)
    theirs = [
        each for each in (found_by_twin(rules, chance) for _ in range(SHIFTED)) if each is not None
    ]
    error = sqrt(pstdev(ours) ** 2 / len(ours) + pstdev(theirs) ** 2 / len(theirs))
    assert abs(fmean(ours) - fmean(theirs)) < 4 * error
    assert 5 < fmean(ours) < 20
