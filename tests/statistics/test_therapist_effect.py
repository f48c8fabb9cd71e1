"""Therapists' effects beside lme4, with shared episodes, and what intervals hold."""

from pathlib import Path

import numpy as np
import pytest

from flows.statistics.therapist_effect import (
    Episodes,
    Shares,
    effects_of,
    effects_of_parts,
    episode_sums,
    fitted_model,
    therapist_effects,
    variance_share,
)
from tests.accuracy.therapists import Service, held, simulated
from tests.statistics.in_r import lme4_says


def _service(seed: int = 1, *, shared: float = 0.0, therapists: int = 20) -> Service:
    return simulated(therapists, 0.1, np.random.default_rng(seed), shared=shared)


def test_without_shared_episodes_it_is_the_model_of_lme4(tmp_path: Path) -> None:
    service = _service()
    episodes, shares = service.episodes, service.shares
    table = np.column_stack([episodes.y, episodes.x[:, 1:], shares.therapist])
    np.savetxt(tmp_path / "d.csv", table, delimiter=",", header="y,c,c2,b,t", comments="")
    script = """
        d <- read.csv("d.csv")
        # lme4's default optimiser stops early on these data, by 4e-4 in the criterion.
        m <- lmer(y ~ c + c2 + b + (1 + c | t), d, control = lmerControl(
          optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10)))
        r <- ranef(m, condVar = TRUE)$t
        said("mode", r[, 1])
        said("sd", sqrt(attr(r, "postVar")[1, 1, ]))
        v <- as.matrix(VarCorr(m)$t)
        z <- c(1, 5)
        b <- t(z) %*% v %*% z
        said("share", b / (b + sigma(m)^2))
    """
    theirs = {what: np.array(said.split(), float) for what, said in lme4_says(script, tmp_path)}
    found = fitted_model(episode_sums(episodes, shares), episodes.names)
    mode, sd = effects_of(found.model, found.judged)
    assert mode == pytest.approx(theirs["mode"], abs=1e-4)
    assert sd == pytest.approx(theirs["sd"], abs=1e-4)
    assert variance_share(found.model, 5.0) == pytest.approx(theirs["share"][0], abs=1e-5)


def test_the_whole_as_one_part_is_the_effect_itself() -> None:
    service = _service(shared=0.2)
    found = therapist_effects(service.episodes, service.shares)
    one = effects_of_parts(found, service.episodes, service.shares)
    sums = episode_sums(service.episodes, service.shares)
    fitted = fitted_model(sums, service.episodes.names)
    same = effects_of(fitted.model, fitted.judged)
    assert one[0] == pytest.approx(same[0], abs=1e-8)
    assert one[1] == pytest.approx(same[1], abs=1e-8)


def test_a_shared_episode_says_less_of_each_than_an_own_one() -> None:
    """By hand, with one variance: sum of w rest / (sum of w^2 + sigma^2 / tau^2)."""
    y = np.array([2.0, -1.0, 1.5, 0.5, -2.0, 0.3, 1.1, -0.4])
    ones = np.ones((8, 1))
    episodes = Episodes(y, ones, ("(Intercept)",), np.zeros(8))
    shares = Shares(
        np.array([0, 1, 2, 3, 4, 5, 6, 7, 0]),
        np.array([0, 0, 0, 1, 1, 1, 1, 1, 1]),
        np.array([0.75, 1, 1, 1, 1, 1, 1, 1, 0.25]),
        2,
    )
    found = fitted_model(episode_sums(episodes, shares), episodes.names)
    tau2 = found.model.covariances[0].covariance[0, 0]
    rest = y - found.model.fixed_effects[0]
    ratio = found.model.sigma**2 / tau2 if tau2 > 0 else np.inf
    first = (0.75 * rest[0] + rest[1] + rest[2]) / (0.75**2 + 2 + ratio)
    mode, _ = effects_of(found.model, found.judged)
    assert mode[0] == pytest.approx(first, abs=1e-8)


def test_every_episode_needs_a_therapist() -> None:
    shares = Shares(np.array([0]), np.array([0]), np.array([1.0]), 1)
    with pytest.raises(ValueError, match="must have a therapist"):
        shares.of_largest(2)


def test_the_same_seed_gives_the_same_intervals() -> None:
    service = _service(3, therapists=12)
    one, again = (therapist_effects(service.episodes, service.shares) for _ in range(2))
    assert np.array_equal(one.lower, again.lower)
    shares = [each.value for each in one.variance_shares]
    assert all(s.lower <= s.value <= s.upper for s in one.variance_shares)
    assert shares[1] == pytest.approx(variance_share(one.model, 0.0))


def test_intervals_hold_the_truth_and_estimates_beat_raw_means() -> None:
    """A small version of python -m tests.accuracy.therapists: two services of 200."""
    found = [held(200, 0.05, seed) for seed in range(2)]
    assert 0.93 <= np.mean([each.coverage for each in found]) <= 0.97
    for each in found:
        assert each.correlation > each.of_raw_means + 0.05


def test_nobody_stands_out_where_therapists_do_not_differ() -> None:
    found = [held(45, 0.0, seed) for seed in range(2)]
    assert np.mean([each.different for each in found]) <= 0.07
