"""Control charts: each rule on series drawn by hand, limits by hand, parts, baselines, gaps."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from flows.statistics.control_chart import (
    PRECEDENCE,
    Assurance,
    Chart,
    Design,
    Kind,
    RuleSet,
    assurances,
    control_chart,
    fewest_crossings,
    leading_rule,
    longest_run_allowed,
    trend_direction,
)
from tests.statistics.chart_twin import (
    anhoej_limits,
    anhoej_runs,
    nhs_limits,
    nhs_points,
)

Figures = NDArray[np.float64]
GAP = float("nan")
NHS = Design(Kind.XMR, RuleSet.NHS)
ANHOEJ = Design(Kind.XMR, RuleSet.ANHOEJ)
STEADY = [9.0, 11.0] * 6
"""Mean 10, moving ranges of 2: limits 10 -/+ 5.32, near limits 10 -/+ 3.5467."""
FROZEN = Design(Kind.XMR, RuleSet.NHS, freeze=12)


def chart(
    design: Design,
    values: Sequence[float],
    sizes: Sequence[float] | None = None,
    parts: Sequence[int] | None = None,
) -> Chart:
    """Of one series."""
    return control_chart(
        design,
        np.array([values], dtype=np.float64),
        None if sizes is None else np.array([sizes], dtype=np.float64),
        None if parts is None else np.array([parts]),
    )


def places(made: Chart, rule: str) -> list[int]:
    """The points of a rule."""
    return np.flatnonzero(made.fired[rule][0]).tolist()


def after_steady(*values: float) -> Chart:
    """These values after twelve that lock the limits at 4.68 and 15.32, and fire nothing."""
    return chart(FROZEN, [*STEADY, *values])


# ---------- limits


def test_the_example_of_the_rules() -> None:
    """RULES.md B8: 1,2,1,2,10,1,2,... of 18 points; recomputed there from NHSRplotthedots."""
    values = [1.0, 2.0, 1.0, 2.0, 10.0] + [1.0, 2.0] * 6 + [1.0]
    screened = chart(NHS, values)
    assert screened.centre[0, 0] == pytest.approx(1.94, abs=0.005)
    assert (screened.upper[0, 0], screened.lower[0, 0]) == pytest.approx((4.60, -0.72), abs=0.005)
    all_ranges = chart(Design(Kind.XMR, RuleSet.NHS, is_screened=False), values)
    assert (all_ranges.upper[0, 0], all_ranges.lower[0, 0]) == pytest.approx(
        (6.95, -3.06), abs=0.005
    )
    assert places(screened, "R1") == [4]


def test_the_two_rule_sets_take_their_own_factor() -> None:
    """Ranges of 2: 2.66 x 2 for the NHS, 3 x 2 / 1.128 for Anhøj."""
    assert chart(NHS, STEADY).upper[0, 0] == 10 + 2.66 * 2
    assert chart(ANHOEJ, STEADY).upper[0, 0] == pytest.approx(10 + 6 / 1.128, rel=1e-15)


def test_a_screened_range_is_one_of_3_267_means_or_more() -> None:
    """Ranges 1 x 10 and one of R: their mean is (10 + R) / 11, so R is left out from 4.2246 on."""
    at = 10 * 3.267 / (11 - 3.267)
    for jump, is_left_out in ((at - 1e-6, False), (at + 1e-6, True)):
        values = [0.0, 1.0] * 5 + [0.0, jump]
        reach = chart(NHS, values).upper[0, 0] - chart(NHS, values).centre[0, 0]
        mean_range = 1.0 if is_left_out else (10 + jump) / 11
        assert reach == pytest.approx(2.66 * mean_range, rel=1e-12)


def test_anhoejs_chart_screens_only_when_asked() -> None:
    values = [0.0, 1.0] * 5 + [0.0, 9.0]
    kept, screened = (
        chart(ANHOEJ, values),
        chart(Design(Kind.XMR, RuleSet.ANHOEJ, None, True), values),
    )
    reach = [float(each.upper[0, 0] - each.centre[0, 0]) for each in (kept, screened)]
    assert reach == pytest.approx([3 * 19 / 11 / 1.128, 3 / 1.128], rel=1e-12)


def test_equal_values_have_limits_only_where_no_range_is_screened_away() -> None:
    """0 is not below 3.267 x 0, so NHSRplotthedots is left without a range (RULES.md B8)."""
    assert np.isnan(chart(NHS, [0.1] * 15).upper).all()
    unscreened = chart(Design(Kind.XMR, RuleSet.NHS, is_screened=False), [0.1] * 15)
    assert (unscreened.lower == 0.1).all()
    assert (unscreened.upper == 0.1).all()
    assert not any(flags.any() for flags in unscreened.fired.values())


def test_a_mean_is_rounded_so_that_values_on_it_are_on_it() -> None:
    """(0.1 + 0.2 + 0.3) / 3 is 0.20000000000000004 in plain sums, 0.2 in R."""
    made = chart(ANHOEJ, [0.1, 0.2, 0.3])
    assert made.centre[0, 0] == 0.2
    assert made.told[0].n_useful == 2


@pytest.mark.parametrize("number", [5, 6, 11, 12])
def test_short_baselines(number: int) -> None:
    """Fewer than 6 points no limits, fewer than 12 trial limits; a centre line always."""
    made = chart(NHS, STEADY[:number])
    assert np.isnan(made.upper).all() == (number < 6)
    assert made.told[0].is_trial == (number < 12)
    assert not np.isnan(made.centre).any()
    assert not np.isnan(chart(ANHOEJ, STEADY[:number]).upper).any()  # qicharts2 knows no minimum


def test_one_value_and_none() -> None:
    alone = chart(ANHOEJ, [4.0])
    assert alone.centre[0, 0] == 4
    assert np.isnan(alone.upper).all()
    nothing = chart(ANHOEJ, [GAP, GAP])
    assert np.isnan(nothing.centre).all()
    assert nothing.told[0].n_points == 0
    assert not any(flags.any() for flags in nothing.fired.values())


# ---------- the four rules


def test_r1_is_strictly_outside() -> None:
    """The upper limit is 15.32."""
    upper = float(after_steady().upper[0, 0])
    assert places(after_steady(upper), "R1") == []
    assert places(after_steady(np.nextafter(upper, 99)), "R1") == [12]
    assert places(after_steady(4.6), "R1") == [12]


def test_r2_seven_in_a_row_and_the_mean_breaks_them() -> None:
    above = [10.5, 11.0, 10.5, 11.0, 10.5, 11.0]
    assert places(after_steady(9.0, *above), "R2") == []
    assert places(after_steady(9.0, *above, 10.1), "R2") == list(range(13, 20))
    assert places(after_steady(9.0, *above, 10.0, 10.5), "R2") == []
    # The last of the steady ones is 11 and counts too.
    assert places(after_steady(*above), "R2") == list(range(11, 18))


def test_r3_six_steps_the_same_way() -> None:
    rising = [8.0, 8.5, 9.0, 9.5, 10.5, 11.0]
    assert places(after_steady(*rising), "R3") == []
    assert places(after_steady(*rising, 11.2), "R3") == list(range(12, 19))
    assert places(after_steady(*rising, 11.0), "R3") == []
    # From the last steady value, 11, downwards.
    assert places(after_steady(10.9, 10.8, 10.7, 9.0, 8.0, 7.0), "R3") == list(range(11, 18))


def test_r4_marks_the_near_two_of_three_on_one_side() -> None:
    """Near lies from 13.5467 to 15.32."""
    assert places(after_steady(14.0, 11.0, 14.0), "R4") == [12, 14]
    assert places(after_steady(14.0, 9.0, 14.0), "R4") == []
    assert places(after_steady(14.0, 10.0, 14.0), "R4") == []
    assert places(after_steady(14.0, 9.0, 9.0, 6.0), "R4") == []
    assert places(after_steady(9.0, 6.0, 6.0), "R4") == [13, 14]


def test_outside_is_not_near_but_may_be_the_third() -> None:
    assert places(after_steady(9.0, 16.0, 14.0), "R4") == []
    assert places(after_steady(9.0, 14.0, 16.0, 14.0), "R4") == [13, 15]


def test_a_point_on_a_limit_is_near_it() -> None:
    upper = float(after_steady().upper[0, 0])
    assert places(after_steady(9.0, upper, upper, 12.0), "R4") == [13, 14]


def test_every_rule_that_fired_is_there_and_the_leading_one_names_the_point() -> None:
    """Seven rising values, of which the last are near and outside, all above the mean."""
    made = after_steady(9.0, 10.5, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0)
    fired = [{rule for rule in made.fired if made.fired[rule][0, at]} for at in range(20)]
    assert fired[13:] == [
        *[{"R2", "R3"}] * 4,
        {"R2", "R3", "R4"},
        {"R2", "R3", "R4"},
        {"R1", "R2", "R3"},
    ]
    leading = [PRECEDENCE[each] if each >= 0 else None for each in leading_rule(made.fired)[0]]
    assert leading[12:] == ["R3"] * 7 + ["R1"]
    assert leading[:12] == [None] * 12
    near = after_steady(9.0, 14.0, 14.0, 11.0, 11.0, 11.0, 12.0, 11.0)
    assert [PRECEDENCE[each] for each in leading_rule(near.fired)[0, 13:]] == ["R4"] * 2 + [
        "R2"
    ] * 5


def test_the_precedence_is_that_of_the_rules() -> None:
    assert PRECEDENCE == ("R1", "R3", "R4", "R2")


def test_where_a_trend_turns_the_step_to_the_next_point_counts() -> None:
    """NHSRplotthedots: "if a point is part of a trend either side, use right side"."""
    values = [*STEADY, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 11.5, 11.0, 10.5, 10.2, 9.5, 9.0]
    made = chart(FROZEN, values)
    assert places(made, "R3") == list(range(12, 25))
    directions = trend_direction(made.values, made.fired["R3"], made.parts)[0]
    assert directions[12:].tolist() == [1] * 6 + [-1] * 7


def test_a_trend_does_not_look_into_the_next_part() -> None:
    """NHSRplotthedots groups by part first: the last point of one has no step to the next."""
    rising, falling = [8.0, 8.5, 9.0, 9.5, 10.5, 11.0, 11.2], [9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0]
    made = chart(NHS, [*STEADY, *rising, *falling], parts=[0] * 19 + [1] * 7)
    assert places(made, "R3") == list(range(12, 26))
    directions = trend_direction(made.values, made.fired["R3"], made.parts)[0]
    assert directions[12:].tolist() == [1] * 7 + [-1] * 7


@pytest.mark.parametrize("seed", range(25))
def test_drawn_series_are_read_as_in_the_rules_text(seed: int) -> None:
    """Limits and rules against the plain twin: steady, drifting and jumping series."""
    chance = Random(seed)
    values, level = [], 20.0
    for _ in range(chance.randrange(7, 80)):
        level += chance.choice((0, 0, 0, 0.8, -0.8, chance.choice((0, 6))))
        values.append(round(level + chance.gauss(0, 2), 2))
    for is_screened in (True, False):
        made = chart(Design(Kind.XMR, RuleSet.NHS, is_screened=is_screened), values)
        centre, reach = nhs_limits(values, is_screened=is_screened)
        assert made.centre[0, 0] == pytest.approx(centre, rel=1e-13)
        assert made.upper[0, 0] == pytest.approx(centre + reach, rel=1e-13)
        assert made.lower[0, 0] == pytest.approx(centre - reach, rel=1e-12)
        fired = [
            {rule for rule, flags in made.fired.items() if flags[0, at]}
            for at in range(len(values))
        ]
        assert fired == nhs_points(values, centre, reach)


# ---------- Anhøj's rules


@pytest.mark.parametrize(
    ("useful", "longest"), [(10, 6), (11, 6), (12, 7), (22, 7), (23, 8), (60, 9)]
)
def test_the_longest_run_by_hand(useful: int, longest: int) -> None:
    """log2 of these: 3.32, 3.46, 3.58, 4.46, 4.52, 5.91; 60 also in the oracle of qicharts2."""
    assert longest_run_allowed(useful) == longest


def test_the_fewest_crossings_as_scipy_has_them() -> None:
    theirs = np.asarray(binom.ppf(0.05, np.arange(1, 399), 0.5)).tolist()
    assert [fewest_crossings(useful) for useful in range(2, 400)] == theirs
    assert fewest_crossings(60) == 23  # the oracle of qicharts2


def test_bounds_of_next_to_nothing() -> None:
    assert (longest_run_allowed(0), fewest_crossings(0)) == (0, 0)
    assert (longest_run_allowed(1), fewest_crossings(1)) == (3, 0)


def test_sigma_marks_points_and_the_others_the_whole_series() -> None:
    made = chart(ANHOEJ, [1.0] * 10 + [3.0] * 9 + [30.0])
    assert places(made, "sigma") == [19]
    assert places(made, "run") == list(range(20))
    assert places(made, "crossings") == list(range(20))


def test_values_on_the_centre_line_are_not_useful() -> None:
    """The median is 5: of nine values four are useful, and 5 parts no run from the next."""
    made = chart(Design(Kind.RUN, RuleSet.ANHOEJ), [5, 7, 5, 8, 5, 5, 3, 2, 5])
    told = made.told[0]
    assert made.centre[0, 0] == 5
    assert (told.n_points, told.n_useful, told.longest_run, told.crossings) == (9, 4, 2, 1)
    assert np.isnan(made.upper).all()
    assert not made.fired["sigma"].any()


def test_the_median_of_an_even_number_lies_between_the_middle_two() -> None:
    assert chart(Design(Kind.RUN, RuleSet.ANHOEJ), [1, 9, 2, 4, GAP]).centre[0, 0] == 3


@pytest.mark.parametrize("seed", range(12))
def test_drawn_series_have_the_runs_of_the_rules_text(seed: int) -> None:
    chance = Random(100 + seed)
    values = [float(round(chance.gauss(5, 2) + (seed % 3) * (at > 20))) for at in range(48)]
    made = chart(ANHOEJ, values)
    centre, reach = anhoej_limits(values)
    assert made.upper[0, 0] == pytest.approx(centre + reach, rel=1e-13)
    found = {rule for rule in ("run", "crossings") if made.fired[rule].any()}
    assert found == anhoej_runs(values, float(made.centre[0, 0]))


# ---------- shares


def test_a_p_chart_by_hand() -> None:
    """30 of 100 in all; at n = 25 the deviation is sqrt(.3 x .7 / 25) = .0916515."""
    made = chart(Design(Kind.P, RuleSet.ANHOEJ), [5, 10, 15], [25, 25, 50])
    assert made.values[0].tolist() == [0.2, 0.4, 0.3]
    assert made.centre[0].tolist() == [0.3] * 3
    half = 3 * 0.09165151389911681
    assert made.upper[0, :2] == pytest.approx([0.3 + half] * 2, rel=1e-14)
    assert made.lower[0, :2] == pytest.approx([0.3 - half] * 2, rel=1e-12)
    assert made.upper[0, 2] == pytest.approx(0.3 + 3 * np.sqrt(0.21 / 50), rel=1e-14)


def test_limits_of_shares_end_at_0_and_1() -> None:
    made = chart(Design(Kind.P, RuleSet.ANHOEJ), [1, 1, 1], [2, 2, 1])
    assert made.lower[0].tolist() == [0, 0, 0]
    assert made.upper[0].tolist() == [1, 1, 1]


def test_laneys_limits_by_hand() -> None:
    """Shares .1, .5, .1, .5 of 100: p = .3, z = -/+ 4.364358, moving ranges of 8.728716; so the
    limits are .3 -/+ 3 x .0458258 x 8.728716 / 1.128 = .3 -/+ 1.06383, cut off at 0 and 1."""
    wide = chart(Design(Kind.P_PRIME, RuleSet.ANHOEJ), [10, 50, 10, 50], [100] * 4)
    assert (wide.lower[0, 0], wide.upper[0, 0]) == (0, 1)
    # Shares .28 and .32: z = -/+ .4364358, ranges .8728716.
    narrow = chart(Design(Kind.P_PRIME, RuleSet.ANHOEJ), [28, 32, 28, 32], [100] * 4)
    half = 3 * 0.04582575694955840 * 0.8728715609439696 / 1.128
    assert narrow.upper[0, 0] == pytest.approx(0.3 + half, rel=1e-13)
    assert (
        narrow.upper[0, 0]
        < chart(Design(Kind.P, RuleSet.ANHOEJ), [28, 32, 28, 32], [100] * 4).upper[0, 0]
    )


def test_a_period_without_denominator_is_missing() -> None:
    """0 of 0 is no share; its limits would be endless."""
    made = chart(Design(Kind.P, RuleSet.ANHOEJ), [5, 0, 10, GAP, 3], [25, 0, 25, 30, GAP])
    assert np.isnan(made.values[0]).tolist() == [False, True, False, True, True]
    assert np.isnan(made.upper[0]).tolist() == [False, True, False, True, True]
    assert made.centre[0, 0] == 0.3


def test_a_denominator_of_1() -> None:
    made = chart(Design(Kind.P, RuleSet.NHS), [0, 1, 0, 1, 0, 1], [1] * 6)
    assert made.values[0].tolist() == [0, 1, 0, 1, 0, 1]
    assert (made.lower[0, 0], made.upper[0, 0]) == (0, 1)
    assert not any(flags.any() for flags in made.fired.values())


def test_shares_need_sizes() -> None:
    with pytest.raises(ValueError, match="needs sizes"):
        chart(Design(Kind.P, RuleSet.NHS), [1, 2])


def test_single_values_may_be_rates() -> None:
    """qic(y, n, chart = 'i') draws y / n."""
    made = chart(ANHOEJ, [10, 30, 20], [5, 10, 10])
    assert made.values[0].tolist() == [2, 3, 2]


# ---------- gaps


def test_a_gap_is_no_zero_and_no_neighbour() -> None:
    """9 11 . 9 11: three ranges of 2 remain, the mean is 10."""
    made = chart(NHS, [9, 11, GAP, 9, 11, 9, 11])
    assert (made.centre[0, 2], made.upper[0, 2]) == (10, 10 + 2.66 * 2)
    assert made.told[0].n_points == 6


def test_a_gap_breaks_runs_and_trends_of_nhs_rules() -> None:
    rising = [8.0, 8.5, 9.0, 9.5, 10.5, 11.0, 11.2]
    assert places(after_steady(*rising[:4], GAP, *rising[4:]), "R3") == []
    assert places(after_steady(9.0, *[11.0] * 3, GAP, *[11.0] * 5), "R2") == []
    assert places(after_steady(9.0, 14.0, GAP, 14.0), "R4") == []


def test_a_gap_is_passed_over_by_anhoejs_runs() -> None:
    made = chart(ANHOEJ, [1, 1, GAP, 1, 5, 5, GAP, 5])
    told = made.told[0]
    assert (told.n_useful, told.longest_run, told.crossings) == (6, 3, 1)


@pytest.mark.parametrize("design", [NHS, ANHOEJ])
def test_a_gap_at_the_end_triggers_nothing_and_changes_nothing(design: Design) -> None:
    values = [*STEADY, 9.0, *[13.0] * 8]
    before, after = chart(design, values), chart(design, [*values, GAP])
    for rule, flags in before.fired.items():
        assert after.fired[rule][0, :-1].tolist() == flags[0].tolist()
        assert not after.fired[rule][0, -1]
    assert after.upper[0, :-1].tolist() == before.upper[0].tolist()


# ---------- baselines and parts


def test_a_frozen_baseline_makes_the_limits_of_all() -> None:
    made = after_steady(20.0, 20.0)
    assert made.upper[0].tolist() == [10 + 2.66 * 2] * 14
    assert made.told[0].n_baseline == 12
    assert places(made, "R1") == [12, 13]


def test_each_part_has_its_own_limits_and_runs() -> None:
    """Fourteen values above the mean of all: without parts a run, with them none."""
    values = STEADY + [each + 10 for each in STEADY]
    apart = chart(NHS, values, parts=[0] * 12 + [1] * 12)
    assert apart.centre[0].tolist() == [10] * 12 + [20] * 12
    assert apart.upper[0].tolist() == [10 + 2.66 * 2] * 12 + [20 + 2.66 * 2] * 12
    assert not any(flags.any() for flags in apart.fired.values())
    assert places(chart(NHS, values), "R2") == list(range(24))
    assert [part.number for part in apart.told] == [0, 1]


def test_a_run_does_not_reach_into_the_next_part() -> None:
    values = [*STEADY, 11.0, 11.0, 11.0, *[11.0] * 4, 9.0] + [9.0, 11.0] * 3
    parts = [0] * 15 + [1] * (len(values) - 15)
    assert places(chart(FROZEN, values, parts=parts), "R2") == []


def test_nhs_rules_lock_each_part_and_anhoejs_none_of_several() -> None:
    """fix_after_n_points counts within a rebase group; qic() drops freeze where there are parts."""
    values = STEADY + [each + 10 for each in STEADY] + [28.0]
    parts = [0] * 12 + [1] * 13
    assert chart(FROZEN, values, parts=parts).centre[0, -1] == 20
    frozen = Design(Kind.XMR, RuleSet.ANHOEJ, freeze=12)
    assert chart(frozen, values, parts=parts).centre[0, -1] == pytest.approx(268 / 13)
    assert chart(frozen, values).centre[0, -1] == 10


def test_parts_that_are_no_parts_are_refused() -> None:
    for parts in ([1, 1, 2], [0, 2, 2], [0, 1, 0]):
        with pytest.raises(ValueError, match="start at 0"):
            chart(NHS, [1, 2, 3], parts=parts)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("rules", list(RuleSet))
def test_many_series_at_once_are_as_each_alone(kind: Kind, rules: RuleSet) -> None:
    chance = np.random.default_rng(20261122)
    sizes = chance.integers(5, 60, (30, 48)).astype(np.float64)
    counts = chance.binomial(sizes.astype(np.int64), 0.4).astype(np.float64)
    counts[chance.random(counts.shape) < 0.05] = np.nan
    parts = np.minimum(np.cumsum(chance.random(counts.shape) < 0.03, axis=1), 99)
    parts -= parts[:, :1]
    design = Design(kind, rules, freeze=14)
    together = control_chart(design, counts, sizes, parts)
    for series in range(30):
        alone = control_chart(design, counts[[series]], sizes[[series]], parts[[series]])
        for name in ("values", "centre", "lower", "upper", "parts"):
            assert np.array_equal(getattr(together, name)[series], getattr(alone, name)[0], True)
        for rule, flags in alone.fired.items():
            assert np.array_equal(together.fired[rule][series], flags[0])


# ---------- assurance


@pytest.mark.parametrize(
    ("target", "direction", "told"),
    [
        (16, 1, Assurance.MISSED),
        (16, -1, Assurance.REACHED),
        (4, 1, Assurance.REACHED),
        (4, -1, Assurance.MISSED),
        (12, 1, Assurance.EITHER),
        (15.32, 1, Assurance.EITHER),
        (16, 0, Assurance.TARGET_ABOVE_LIMITS),
        (4, 0, Assurance.TARGET_BELOW_LIMITS),
        (12, 0, Assurance.TARGET_WITHIN_LIMITS),
    ],
)
def test_assurance(target: float, direction: int, told: Assurance) -> None:
    """Limits of 4.68 and 15.32."""
    assert assurances(chart(NHS, STEADY), np.array([target]), direction) == [told]


def test_assurance_is_by_the_last_part() -> None:
    values = STEADY + [each + 10 for each in STEADY]
    made = chart(NHS, values, parts=[0] * 12 + [1] * 12)
    assert assurances(made, np.array([12.0]), 1) == [Assurance.REACHED]
    assert assurances(chart(NHS, STEADY), np.array([12.0]), 1) == [Assurance.EITHER]


def test_assurance_of_shares_is_by_the_last_period_that_has_limits() -> None:
    made = chart(Design(Kind.P, RuleSet.ANHOEJ), [50, 50, 0], [100, 400, 0])
    # 100 of 500: .2 -/+ .06 at 400, and -/+ .12 at 100 where .28 would lie within.
    assert assurances(made, np.array([0.28]), 1) == [Assurance.MISSED]


def test_no_assurance_without_limits_or_target() -> None:
    assert assurances(chart(NHS, STEADY[:5]), np.array([12.0]), 1) == [None]
    assert assurances(chart(NHS, STEADY), np.array([np.nan]), 1) == [None]
    with pytest.raises(ValueError, match="1, -1 or 0"):
        assurances(chart(NHS, STEADY), np.array([1.0]), 2)
