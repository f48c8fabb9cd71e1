"""AUC against scipy's U, draws against drawing the rows themselves, the slope against refits."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import mannwhitneyu

from flows.statistics.course import FloatArray
from flows.statistics.discrimination import (
    auc,
    auc_draws,
    draws,
    interval,
    slope_estimate,
)
from flows.statistics.logistic import calibration_slope, logistic

RNG = np.random.default_rng(20261122)
PATIENT = np.repeat(np.arange(60), 5)
SCORE = RNG.normal(0, 1, 300).round(1) + RNG.normal(0, 1, 60)[PATIENT].round(1)
HAPPENED = (RNG.random(60) < 0.3)[PATIENT]


def test_auc_is_the_share_of_pairs() -> None:
    u = mannwhitneyu(SCORE[HAPPENED], SCORE[~HAPPENED]).statistic
    assert auc(SCORE, HAPPENED) == pytest.approx(u / (HAPPENED.sum() * (~HAPPENED).sum()))


def test_auc_by_hand() -> None:
    """Of 2 x 2 pairs one is right, one wrong, two are ties."""
    assert auc(np.array([1.0, 2.0, 1.0, 2.0]), np.array([True, True, False, False])) == 0.5
    assert auc(np.array([1.0, 2.0]), np.array([False, True])) == 1
    assert auc(np.array([1.0, 2.0]), np.array([True, True])) is None


def test_a_draw_is_as_if_its_patients_were_there_so_often() -> None:
    weights = draws(60, 20)
    found = auc_draws(SCORE, HAPPENED, PATIENT, weights)
    for draw in range(20):
        rows = np.repeat(np.arange(300), weights[PATIENT, draw].astype(int))
        assert found[draw] == pytest.approx(auc(SCORE[rows], HAPPENED[rows]))


def test_draws_are_of_all_patients_and_always_the_same() -> None:
    weights = draws(60, 20)
    assert weights.sum(axis=0).tolist() == [60] * 20
    assert np.array_equal(weights, draws(60, 20))


def test_the_slope_is_that_of_a_plain_logistic_regression() -> None:
    def loss(beta: FloatArray) -> float:
        logit = beta[0] + beta[1] * SCORE
        return float((np.logaddexp(0, logit) - HAPPENED * logit).sum())

    theirs = minimize(loss, [0, 0], method="BFGS", options={"gtol": 1e-8}).x
    assert calibration_slope(SCORE, HAPPENED) == pytest.approx(theirs, abs=1e-5)


def test_one_step_comes_near_to_fitting_each_draw() -> None:
    weights = draws(60, 100)
    found = slope_estimate(SCORE, HAPPENED, PATIENT, weights)
    refits = []
    for draw in range(100):
        rows = np.repeat(np.arange(300), weights[PATIENT, draw].astype(int))
        refits.append(calibration_slope(SCORE[rows], HAPPENED[rows])[1])
    low, high = interval(np.array(refits))
    assert found.lower == pytest.approx(low, abs=0.05)
    assert found.upper == pytest.approx(high, abs=0.05)


def test_an_interval_needs_draws_that_can_tell() -> None:
    assert interval(np.array([0.5] * 94 + [np.nan] * 6)) == (None, None)
    assert interval(np.full(50, 0.5)) == (0.5, 0.5)


def test_the_ridge_minimises_its_own_loss() -> None:
    x = RNG.normal(0, 1, (300, 3)) * [1, 10, 100] + [0, 5, -50]
    happened = RNG.random(300) < expit(x[:, 0] + x[:, 1] / 10 - 1)
    found = logistic(x, happened, 5.0)
    columns = np.column_stack([np.ones(300), (x - x.mean(axis=0)) / x.std(axis=0)])

    def loss(beta: FloatArray) -> float:
        logit = columns @ beta
        return float(
            (np.logaddexp(0, logit) - happened * logit).sum() + 2.5 * (beta[1:] ** 2).sum()
        )

    theirs = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-8}).x
    assert found.coefficients == pytest.approx(theirs, abs=1e-4)
    assert found.logit(x) == pytest.approx(columns @ theirs, abs=1e-3)


def test_the_ridge_holds_where_the_groups_part_entirely() -> None:
    x = np.linspace(-1, 1, 40)[:, None]
    found = logistic(x, x[:, 0] > 0, 5.0)
    assert 0 < found.coefficients[1] < 10


def test_a_column_without_spread_weighs_nothing() -> None:
    x = np.column_stack([SCORE, np.full(300, 0.5)])
    assert logistic(x, HAPPENED, 5.0).coefficients[2] == 0
