"""Funnels: limits by hand, over-dispersion by its formula, small units, and what is refused."""

from math import asin, exp, log, pi, sin, sqrt

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2

from flows.statistics.funnel import (
    Funnel,
    FunnelDataError,
    Measure,
    funnel,
    funnel_limits,
)

Figures = NDArray[np.float64]


def made(
    over: list[float], under: list[float], measure: Measure = Measure.PROPORTION, **asked: bool
) -> Funnel:
    return funnel(
        np.array(over, dtype=np.float64), np.array(under, dtype=np.float64), measure, **asked
    )


def ten_units(seed: int = 5) -> tuple[list[float], list[float]]:
    """Units of 100 to 400 that differ by more than chance."""
    chance = np.random.default_rng(seed)
    sizes = chance.integers(100, 400, 10)
    shares = np.clip(chance.normal(0.4, 0.1, 10), 0, 1)
    return chance.binomial(sizes, shares).astype(float).tolist(), sizes.astype(float).tolist()


def test_the_limits_of_a_proportion_by_hand() -> None:
    """Two units of 100 with 20 and 30: the target is .25, asin sqrt .25 = pi / 6."""
    told = made([20, 30], [100, 100], is_adjusted=False)
    assert told.target == 0.25
    assert told.limits.lower95 == pytest.approx(sin(pi / 6 - 1.959964 / 20) ** 2, rel=1e-13)
    assert told.limits.upper998 == pytest.approx(sin(pi / 6 + 3.090232 / 20) ** 2, rel=1e-13)
    assert told.z == pytest.approx([(asin(sqrt(p)) - pi / 6) * 20 for p in (0.2, 0.3)], rel=1e-12)
    assert (told.phi, told.tau2) == (0, 0)


def test_the_exact_limits_of_a_ratio_are_those_of_a_poisson_count() -> None:
    told = made([8, 25], [10, 20], Measure.RATIO_CQC, is_adjusted=False)
    assert told.target == 1
    for expected, lower, upper in zip(
        (10, 20), told.limits.lower95, told.limits.upper95, strict=True
    ):
        assert lower == pytest.approx(chi2.ppf(0.025, 2 * expected) / 2 / expected, rel=1e-12)
        assert upper == pytest.approx(chi2.ppf(0.975, 2 * expected + 2) / 2 / expected, rel=1e-12)


def test_over_dispersion_by_its_formula() -> None:
    """Winsorised at the 10 % and 90 % quantiles: of ten units a tenth of the way between the
    first two, and between the last two; written out with plain sums."""
    over, under = ten_units()
    told = made(over, under)
    target = sum(over) / sum(under)
    spread = [1 / (2 * sqrt(n)) for n in under]
    z = [
        (asin(sqrt(a / n)) - asin(sqrt(target))) / s
        for a, n, s in zip(over, under, spread, strict=True)
    ]
    ranked = sorted(z)
    low = ranked[0] + 0.9 * (ranked[1] - ranked[0])
    high = ranked[8] + 0.1 * (ranked[9] - ranked[8])
    trimmed = [min(max(each, low), high) for each in z]
    phi = sum(each**2 for each in trimmed) / 10
    weights = [1 / s**2 for s in spread]
    room = sum(weights) - sum(w**2 for w in weights) / sum(weights)
    tau2 = (10 * phi - 9) / room
    assert told.trimmed_z == pytest.approx(trimmed, rel=1e-12)
    assert (told.phi, told.tau2) == pytest.approx((phi, tau2), rel=1e-12)
    assert told.adjusted_z == pytest.approx(
        [each * s / sqrt(s**2 + tau2) for each, s in zip(z, spread, strict=True)], rel=1e-12
    )
    assert told.limits.upper95 == pytest.approx(
        [sin(asin(sqrt(target)) + 1.959964 * sqrt(s**2 + tau2)) ** 2 for s in spread], rel=1e-12
    )


def test_truncation_leaves_out_a_tenth_at_each_end() -> None:
    """Of nineteen units floor(10 r / 20) is 0 for rank 1, and 9 for ranks 18 and 19."""
    over = [10.0 + each for each in range(19)]
    told = made(over, [20.0] * 19, Measure.RATIO_SHMI)
    assert np.flatnonzero(np.isnan(told.trimmed_z)).tolist() == [0, 17, 18]
    kept = [sqrt(20) * log(each / 20) for each in over[1:17]]
    assert told.phi == pytest.approx(sum(each**2 for each in kept) / 16, rel=1e-12)


def test_logarithms_take_expected_numbers_of_two_decimals() -> None:
    """R 4 rounds 593.225 to 593.22 and 631.295 to 631.3: the even one where both are as near."""
    told = made(
        [600, 600, 600], [593.225, 631.295, 10.0 / 3], Measure.RATIO_SHMI, is_adjusted=False
    )
    rounded = [593.22, 631.3, 3.33]
    assert told.z == pytest.approx([sqrt(n) * log(600 / n) for n in rounded], rel=1e-12)
    assert told.value[0] == 600 / 593.225


def test_units_that_differ_by_no_more_than_chance_have_no_over_dispersion() -> None:
    told = made([25, 26, 24, 25], [100] * 4)
    assert told.tau2 == 0
    assert told.phi < 1
    plain = made([25, 26, 24, 25], [100] * 4, is_adjusted=False)
    assert told.limits.lower998.tolist() == plain.limits.lower998.tolist()
    assert not told.is_outside95.any()


@pytest.mark.parametrize("measure", [Measure.PROPORTION, Measure.RATIO_SHMI])
def test_outside_is_who_lies_beyond_on_the_scale_that_is_compared(measure: Measure) -> None:
    over, under = ten_units(11)
    told = made(
        over, [each / 2 for each in under] if measure is not Measure.PROPORTION else under, measure
    )
    assert told.is_outside95.tolist() == (np.abs(told.adjusted_z) > 1.959964).tolist()
    assert told.is_outside998.tolist() == (np.abs(told.adjusted_z) > 3.090232).tolist()


def test_limits_of_small_units_end_at_0_and_1() -> None:
    """5 % of 20: asin sqrt .05 = .2255 lies within 3.09 x .1118 = .3455 of 0."""
    sizes = np.array([20.0, 400.0])
    cut = funnel_limits(sizes, Measure.PROPORTION, 0.05, 0.0)
    assert cut.lower998[0] == 0
    assert cut.lower998[1] == pytest.approx(sin(0.2255134 - 3.090232 / 40) ** 2, rel=1e-5)
    high = funnel_limits(sizes, Measure.PROPORTION, 0.95, 0.0)
    assert high.upper998[0] == 1
    assert high.upper998 == pytest.approx(1 - cut.lower998, rel=1e-12)


def test_funnelplotr_leaves_the_limit_of_the_largest_unit_folded() -> None:
    """FunnelPlotR 0.4.0, NEWS: "Correction for non-monotonic transformation of limits for
    proportions"; it compares a limit with that of the next larger size, and 20 has none here."""
    sizes = np.array([10.0, 20.0])
    alone = funnel_limits(sizes, Measure.PROPORTION, 0.05, 0.0, like_funnelplotr=True)
    assert alone.lower998[0] == 0
    assert alone.lower998[1] == pytest.approx(sin(0.3455 - 0.2255) ** 2, abs=2e-5)
    with_larger = funnel_limits(
        np.array([20.0, 400.0]), Measure.PROPORTION, 0.05, 0.0, like_funnelplotr=True
    )
    assert with_larger.lower998[0] == 0
    high = funnel_limits(sizes, Measure.PROPORTION, 0.95, 0.0, like_funnelplotr=True)
    assert high.upper998 == pytest.approx(1 - alone.lower998, rel=1e-12)


def test_nobody_is_outside_a_folded_limit() -> None:
    """0 of 20 where 5 % is the rule is nothing unusual, whatever the fold of the limit says."""
    told = made([0, 2, 1], [20, 20, 20], like_funnelplotr=True)
    assert told.value[0] < told.limits.lower998[0]
    assert not told.is_outside998[0]


def test_a_ratio_of_cqc_stays_above_0() -> None:
    tiny = np.array([0.5])
    assert funnel_limits(tiny, Measure.RATIO_CQC, 1.0, 0.0).lower998[0] == 0
    assert funnel_limits(tiny, Measure.RATIO_CQC, 1.0, 0.0, like_funnelplotr=True).lower998[0] < 0


def test_one_unit_is_its_own_target() -> None:
    told = made([3], [10])
    assert (told.target, told.phi, told.tau2) == (0.3, 0, 0)
    assert not told.is_outside95.any()
    ratio = made([30], [10], Measure.RATIO_SHMI)
    assert (ratio.target, ratio.tau2) == (1, 0)
    assert ratio.limits.upper95[0] == pytest.approx(exp(1.959964 / sqrt(10)), rel=1e-13)


def test_a_unit_without_denominator_has_no_value_and_counts_for_nothing() -> None:
    over, under = ten_units()
    with_empty, without = made([*over, 0], [*under, 0]), made(over, under)
    assert np.isnan(with_empty.value[-1])
    assert np.isnan(with_empty.limits.lower95[-1])
    assert not with_empty.is_outside95[-1]
    assert (with_empty.phi, with_empty.tau2) == (without.phi, without.tau2)


def test_a_denominator_of_1() -> None:
    told = made([0, 1, 50], [1, 1, 100])
    assert (told.limits.lower998[0], told.limits.upper998[0]) == (0, 1)
    assert not told.is_outside95.any()


@pytest.mark.parametrize(
    ("over", "under", "measure", "what", "unit"),
    [
        ([], [], Measure.PROPORTION, "no unit", None),
        ([1, 5], [2, 4], Measure.PROPORTION, "larger than", 1),
        ([1, -1], [2, 4], Measure.RATIO_CQC, "negative", 1),
        ([1, 1], [2, -4], Measure.RATIO_CQC, "negative", 1),
        ([1, 2], [1, 0], Measure.RATIO_SHMI, "denominator of 0", 1),
        ([1, np.nan], [1, 1], Measure.RATIO_CQC, "missing", 1),
        ([0, 0], [0, 0], Measure.PROPORTION, "no unit has", None),
        ([0, 3, 4], [2, 3, 3], Measure.RATIO_SHMI, "no logarithm", 0),
    ],
)
def test_what_is_no_funnel_is_refused(
    over: list[float], under: list[float], measure: Measure, what: str, unit: int | None
) -> None:
    with pytest.raises(FunnelDataError, match=what) as refused:
        made(over, under, measure)
    assert refused.value.unit == unit
