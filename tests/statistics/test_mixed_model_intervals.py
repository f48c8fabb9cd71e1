"""Intervals that count all uncertainty. How often they hold the truth: make statistics."""

import numpy as np
import pytest

from flows.statistics.mixed_model import (
    Expectation,
    conditional_modes,
    expected_values,
    fit,
    mode_intervals,
    sums_of,
)
from flows.statistics.mixed_model.simulation import Simulation
from tests.accuracy.mixed_models import one_way
from tests.statistics.lme4_designs import TWISTS, design
from tests.statistics.test_mixed_model import covariance_of_rows


def test_wider_than_with_all_taken_as_known() -> None:
    data, _ = one_way(20, 10, 0.3, np.random.default_rng(1))
    model = fit(data)
    (term,), (plain,) = mode_intervals(model, data, replicates=30), conditional_modes(model, data)
    half = (term.upper - term.lower) / 2
    assert (half > 1.96 * plain.standard_deviations).all()
    assert (half < 1.5 * 1.96 * plain.standard_deviations).all()
    assert term.modes == pytest.approx((term.lower + term.upper) / 2)
    assert (term.is_distinguishable == (np.abs(term.modes) > half)).all()


def test_the_same_seed_gives_the_same_intervals() -> None:
    data, _ = one_way(10, 5, 0.1, np.random.default_rng(2))
    model = fit(data)
    (one,), (again,) = (mode_intervals(model, data, replicates=5, seed=3) for _ in range(2))
    assert np.array_equal(one.lower, again.lower)


def test_no_group_stands_out_where_groups_do_not_differ() -> None:
    data, _ = one_way(40, 30, 0.0, np.random.default_rng(3))
    (term,) = mode_intervals(fit(data), data, replicates=30)
    assert term.is_distinguishable.mean() <= 0.07
    assert (term.upper > term.lower).all()


def test_what_is_expected_of_a_group_is_its_mode_and_the_fixed_effects() -> None:
    data, _ = one_way(12, 10, 0.3, np.random.default_rng(6))
    model, ones = fit(data), np.ones((12, 1))
    (term,) = mode_intervals(model, data, replicates=10)
    effect = expected_values(
        model, data, Expectation(0 * ones, ((ones, np.arange(12)),)), replicates=10
    )
    assert effect.lower == pytest.approx(term.lower[:, 0])
    mean = expected_values(model, data, Expectation(ones, ((ones, np.arange(12)),)), replicates=10)
    assert mean.values == pytest.approx(model.fixed_effects[0] + term.modes[:, 0])
    assert (mean.upper - mean.lower < 4 * np.sqrt(0.7 / 10)).all()


@pytest.mark.parametrize("kind", ["nested slopes", "crossed"])
def test_drawn_sums_are_those_of_drawn_rows(kind: str) -> None:
    """With V the covariance of the rows, y'y has mean trace V and X'y variance X'VX; 500 draws
    tell both within a few of their own errors."""
    data = design("", kind, TWISTS["plain"], np.random.default_rng(4)).data
    model, sums, rng = fit(data), sums_of(data), np.random.default_rng(5)
    simulation = Simulation(model, sums)
    draws = np.array([simulation.drawn(rng).products[:, -1].sum(axis=1) for _ in range(500)])
    v = covariance_of_rows(model, data)
    error = draws[:, -1].std() / np.sqrt(500)
    assert draws[:, -1].mean() == pytest.approx(np.trace(v), abs=4 * error)
    crossed = draws[:, :-1] @ sums.coordinates[:-1, : sums.n_fixed]
    expected = np.einsum("np,nm,mp->p", data.x, v, data.x, optimize=True)
    assert (crossed**2).mean(axis=0) == pytest.approx(expected, rel=4 * np.sqrt(2 / 500))
