"""Survival against a published example, scipy, and the definitions spelt out patient by patient."""

from fractions import Fraction
from itertools import product
from math import inf, isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import CensoredData, logrank

from flows.statistics.survival import (
    cumulative_incidence,
    incidence_by_group,
    log_rank,
    survival_curve,
)

# Weeks of remission of 21 pairs of children with leukaemia: Freireich et al. 1963, Blood
# 21:699-716, as every textbook has them.
TREATED = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
RELAPSED = [1] * 9 + [0] * 12
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]

Line = tuple[int, int]
LINES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), min_size=1, max_size=9)


def test_the_published_curve() -> None:
    """Survival and its error as in Kleinbaum & Klein, Survival Analysis, of the treated."""
    curve = survival_curve(TREATED, RELAPSED)
    relapses = curve.n_event > 0
    assert_array_equal(curve.time[relapses], [6, 7, 10, 13, 16, 22, 23])
    assert_array_equal(curve.n_risk[relapses], [21, 17, 15, 12, 11, 7, 6])
    published = [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert_allclose(curve.survival[relapses], published, atol=5e-5)
    errors = (curve.survival * curve.standard_error_cumulative_hazard)[relapses]
    assert_allclose(errors, [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346], atol=5e-5)


def test_the_published_log_rank() -> None:
    """16.79 on 1 degree of freedom; 9 and 21 relapses where 19.3 and 10.7 were expected."""
    group = [0] * 21 + [1] * 21
    found = log_rank(TREATED + PLACEBO, RELAPSED + [1] * 21, group)
    assert found.chi_square == pytest.approx(16.79, abs=0.005)
    assert (found.degrees_of_freedom, list(found.observed)) == (1, [9, 21])
    assert_allclose(found.expected, [19.3, 10.7], atol=0.06)


def test_log_rank_of_two_groups_is_that_of_scipy() -> None:
    random = np.random.default_rng(5)
    time, event = random.integers(1, 12, 200), random.integers(0, 2, 200)
    group = random.integers(0, 2, 200)
    one, other = (
        CensoredData.right_censored(time[group == g], event[group == g] == 0) for g in (0, 1)
    )
    theirs = logrank(one, other)
    ours = log_rank(time, event, group)
    assert ours.chi_square == pytest.approx(theirs.statistic**2, rel=1e-12)
    assert ours.p == pytest.approx(theirs.pvalue, rel=1e-9)


def _spelt_out(lines: list[Line], weights: list[Fraction]) -> dict[tuple[int, int], Fraction]:
    """(way, time) -> share, from the definition; way 0 is the share still there."""
    there, shares = Fraction(1), {1: Fraction(0), 2: Fraction(0)}
    found: dict[tuple[int, int], Fraction] = {}
    for time in sorted({time for time, _ in lines}):
        weighed = list(zip(lines, weights, strict=True))
        at_risk = sum(w for (t, _), w in weighed if t >= time)
        gone = Fraction(0)
        for way in shares:
            hazard = sum(w for line, w in weighed if line == (time, way)) / Fraction(at_risk)
            shares[way] += there * hazard
            gone += hazard
        there *= 1 - gone
        found |= {(way, time): share for way, share in shares.items()} | {(0, time): there}
    return found


def _jackknifed(lines: list[Line]) -> dict[tuple[int, int], float]:
    """Infinitesimal jackknife: how each share moves with the weight of each patient, squared
    and summed. In fractions, so the small step costs nothing but 1e-16."""
    step, sums = (
        Fraction(1, 10**8),
        dict.fromkeys(_spelt_out(lines, [Fraction(1)] * len(lines)), 0.0),
    )
    for one in range(len(lines)):
        more, less = (
            _spelt_out(lines, [1 + sign * step * (i == one) for i in range(len(lines))])
            for sign in (Fraction(1), Fraction(-1))
        )
        for place in sums:
            sums[place] += float((more[place] - less[place]) / (2 * step)) ** 2
    return {place: sqrt(total) for place, total in sums.items()}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(LINES)
def test_incidence_is_its_definition_with_the_error_of_the_jackknife(lines: list[Line]) -> None:
    time, end = (list(column) for column in zip(*lines, strict=True))
    found = cumulative_incidence(time, end, ways=2)
    shares, errors = _spelt_out(lines, [Fraction(1)] * len(lines)), _jackknifed(lines)
    for way, (place, moment) in product((1, 2), enumerate(found.time)):
        at = (way, int(moment))
        assert found.incidence[way - 1, place] == pytest.approx(float(shares[at]), abs=1e-14)
        assert found.standard_error[way - 1, place] == pytest.approx(errors[at], abs=1e-11)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(LINES)
def test_survival_is_its_definition_and_what_the_ways_leave(lines: list[Line]) -> None:
    """Greenwood's error is that of the jackknife too, on the scale of the share."""
    time, end = (np.array(column) for column in zip(*lines, strict=True))
    curve, ways = survival_curve(time, end > 0), cumulative_incidence(time, end, ways=2)
    shares, errors = _spelt_out(lines, [Fraction(1)] * len(lines)), _jackknifed(lines)
    assert_allclose(curve.survival, 1 - ways.incidence.sum(axis=0), atol=1e-14)
    for place, moment in enumerate(curve.time):
        share = curve.survival[place]
        assert share == pytest.approx(float(shares[0, int(moment)]), abs=1e-14)
        if share > 0:
            error = share * curve.standard_error_cumulative_hazard[place]
            assert error == pytest.approx(errors[0, int(moment)], abs=1e-11)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2), st.integers(0, 4)), max_size=9))
def test_a_count_is_as_many_lines(cells: list[tuple[int, int, int]]) -> None:
    spelt = [(time, end) for time, end, count in cells for _ in range(count)]
    time, end, count = (np.array(column, int) for column in zip(*cells or [(0, 0, 0)], strict=True))
    counted = survival_curve(time, end > 0, count)
    one_by_one = survival_curve([t for t, _ in spelt], [e > 0 for _, e in spelt])
    for field in ("time", "n_risk", "n_event", "n_censor", "survival", "lower", "upper"):
        assert_array_equal(getattr(counted, field), getattr(one_by_one, field))


def test_many_groups_at_once_are_each_as_it_is_alone() -> None:
    """Also where a group ends early, and one where nobody is."""
    rng = np.random.default_rng(7)
    time, end = rng.integers(0, 9, 200), rng.integers(0, 3, 200)
    group = np.where(time < 4, 0, rng.choice([1, 3], 200))
    found = incidence_by_group(time, end, group, 4, 2)
    assert_array_equal(found.n, np.bincount(group, minlength=4))
    for number in (0, 1, 3):
        own = cumulative_incidence(time[group == number], end[group == number], 2)
        there = np.searchsorted(found.time, own.time)
        for name in ("incidence", "lower", "upper"):
            mine, alone = getattr(found, name)[number], getattr(own, name)
            assert_allclose(mine[:, there], alone, rtol=1e-12)
            assert_array_equal(mine[:, -1], mine[:, there[-1]])
    assert not found.incidence[2].any()


def test_an_end_comes_before_censoring_at_the_same_time() -> None:
    """At time 3 two of four end, and the one who is censored then still counts among the four."""
    curve = survival_curve([3, 3, 3, 5], [1, 0, 1, 0])
    assert_array_equal(curve.n_risk, [4, 1])
    assert_array_equal(curve.survival, [0.5, 0.5])


def test_where_nobody_ends_everybody_stays_surely() -> None:
    curve = survival_curve([2, 4], [0, 0])
    assert_array_equal(curve.survival, [1, 1])
    assert_array_equal(curve.standard_error_cumulative_hazard, [0, 0])
    assert_array_equal([curve.lower, curve.upper], [[1, 1], [1, 1]])
    ways = cumulative_incidence([2, 4], [0, 0], ways=2)
    assert_array_equal(ways.incidence, np.zeros((2, 2)))
    assert_array_equal(ways.standard_error, np.zeros((2, 2)))
    assert np.isnan(ways.lower).all()


def test_a_curve_that_reaches_0_has_no_interval_there() -> None:
    """As in R: the standard error of log 0 is infinite, and both limits are unknown."""
    curve = survival_curve([1, 2], [1, 1])
    assert curve.survival[1] == 0
    assert curve.standard_error_cumulative_hazard[1] == inf
    assert isnan(curve.lower[1])
    assert isnan(curve.upper[1])


def test_one_patient() -> None:
    assert_array_equal(survival_curve([7], [1]).survival, [0])
    ways = cumulative_incidence([7], [2], ways=2)
    assert_array_equal(ways.incidence, [[0], [1]])
    assert_array_equal(ways.standard_error, [[0], [0]])
    assert_array_equal(ways.lower, [[nan], [1]])


def test_no_patients_give_nothing() -> None:
    assert survival_curve([], []).survival.shape == (0,)
    assert cumulative_incidence([], [], ways=3).incidence.shape == (3, 0)
    assert survival_curve([1, 2], [1, 1], [0, 0]).time.shape == (0,)
    nothing = log_rank([], [], [])
    assert (nothing.chi_square, nothing.degrees_of_freedom, nothing.p) == (0, 0, None)


@pytest.mark.parametrize(
    ("event", "group"),
    [([1, 1, 1], [4, 4, 4]), ([0, 0, 0], [1, 2, 3]), ([0, 0, 1], [1, 2, 3])],
    ids=["one group", "no end", "an end when the others were gone"],
)
def test_nothing_to_compare(event: list[int], group: list[int]) -> None:
    found = log_rank([2, 3, 4], event, group)
    assert (found.chi_square, found.degrees_of_freedom, found.p) == (0, 0, None)
    assert list(found.groups) == sorted(set(group))


def test_groups_that_were_never_there_together_cost_their_degrees_of_freedom() -> None:
    """1 and 2 meet in one stratum, 3 and 4 in the other: two tests of 1 degree, added."""
    time, event = [1, 2, 3, 4, 5, 6] * 2, [1] * 12
    group = [1, 2, 1, 2, 2, 1, 3, 3, 4, 3, 4, 4]
    stratum = [0] * 6 + [1] * 6
    both = log_rank(time, event, group, stratum=stratum)
    apart = [log_rank(time[part], event[part], group[part]) for part in (slice(6), slice(6, 12))]
    assert both.degrees_of_freedom == 2
    assert both.chi_square == pytest.approx(sum(one.chi_square for one in apart), rel=1e-12)


def test_an_empty_group_changes_nothing() -> None:
    counted = log_rank([1, 2, 3, 9], [1, 1, 0, 1], [0, 1, 1, 2], [3, 4, 5, 0])
    without = log_rank([1, 2, 3], [1, 1, 0], [0, 1, 1], [3, 4, 5])
    assert (counted.chi_square, counted.p) == (without.chi_square, without.p)
    assert_array_equal(counted.groups, [0, 1, 2])
    assert (counted.observed[2], counted.expected[2]) == (0, 0)


@pytest.mark.parametrize("time", [[-1.0], [nan], [inf], [[1.0]], ["3"], [None]])
def test_times_that_are_none_are_refused(time: list[object]) -> None:
    with pytest.raises(ValueError, match="0 or more, none missing"):
        survival_curve(time, [1])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("end", "count", "said"),
    [
        ([3], [1], "from 0 .* to 2"),
        ([-1], [1], "from 0 .* to 2"),
        ([0.5], [1], "each end must be a whole number"),
        ([nan], [1], "each end must be a whole number"),
        ([1], [-1], "cannot be negative"),
        ([1], [1.5], "each count must be a whole number"),
        ([1, 1], [1], "one end for each time"),
        ([1], [1, 1], "one count for each time"),
    ],
)
def test_ends_and_counts_that_are_none_are_refused(
    end: list[float], count: list[float], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        cumulative_incidence([1], end, 2, count)
