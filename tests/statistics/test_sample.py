"""Moments against numpy, intervals against scipy's bootstrap: other ways to the same numbers."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import bootstrap

from flows.statistics.reliable_change import Z_95, cutoff_a, cutoff_c, reliable_change_points
from flows.statistics.sample import Sample, pairs_of, sample_of

Scores = NDArray[np.float64]

RANDOM = np.random.default_rng(20261122)
GROUPS = {
    "even": RANDOM.normal(18, 5, 400).round(),
    "skewed": RANDOM.gamma(2, 4, 400).round(),
    "two humps": np.concatenate([RANDOM.normal(10, 2, 200), RANDOM.normal(25, 2, 200)]).round(),
}


def _sample(scores: Scores) -> Sample:
    found = sample_of(sorted(Counter(scores.tolist()).items()))
    assert found is not None
    return found


@pytest.mark.parametrize("name", GROUPS)
def test_moments(name: str) -> None:
    scores, found = GROUPS[name], _sample(GROUPS[name])
    apart = scores - scores.mean()
    assert found.n == len(scores)
    assert found.mean == pytest.approx(scores.mean(), rel=1e-13)
    assert found.sd == pytest.approx(scores.std(ddof=1), rel=1e-13)
    assert found.third == pytest.approx((apart**3).mean(), abs=1e-9)
    assert found.fourth == pytest.approx((apart**4).mean(), rel=1e-12)


def test_the_order_of_the_scores_does_not_matter() -> None:
    scores = [(0.1 * n, n % 7 + 1) for n in range(200)]
    assert sample_of(scores) == sample_of(reversed(scores))


@pytest.mark.parametrize("name", GROUPS)
@pytest.mark.parametrize("what", ["points", "a", "c"])
def test_intervals_are_those_of_a_bootstrap(name: str, what: str) -> None:
    """Within a tenth of their own width, for groups that are far from normal too."""
    scores, sample = GROUPS[name], _sample(GROUPS[name])
    of: dict[str, Callable[[float, float], float]] = {
        "points": lambda mean, sd: reliable_change_points(sd, 0.84, Z_95),
        "a": lambda mean, sd: cutoff_a(mean, sd, -1),
        "c": lambda mean, sd: cutoff_c(mean, sd, 5, 4),
    }
    step = 1e-6
    value = of[what](sample.mean, sample.sd)
    per_mean = (of[what](sample.mean + step, sample.sd) - value) / step
    per_sd = (of[what](sample.mean, sample.sd + step) - value) / step
    lower, upper = sample.interval(value, per_mean, per_sd)
    expected = bootstrap(
        (scores,),
        lambda drawn, axis: np.vectorize(of[what])(drawn.mean(axis), drawn.std(axis, ddof=1)),
        method="basic",
        n_resamples=4000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    width = expected.high - expected.low
    assert lower == pytest.approx(expected.low, abs=width / 10)
    assert upper == pytest.approx(expected.high, abs=width / 10)


def test_no_spread_has_no_width() -> None:
    sample = sample_of([(12.0, 30)])
    assert sample is not None
    assert (sample.sd, sample.interval(12, 1, 2)) == (0, (12, 12))


@pytest.mark.parametrize("counts", [[], [(3.0, 1)]])
def test_less_than_two_scores_are_no_sample(counts: list[tuple[float, int]]) -> None:
    assert sample_of(counts) is None
    assert pairs_of([(score, score, often) for score, often in counts]) is None


def test_pairs() -> None:
    before, after = RANDOM.normal(20, 5, 300).round(), RANDOM.normal(12, 6, 300).round()
    found = pairs_of((b, a, 1) for b, a in zip(before.tolist(), after.tolist(), strict=True))
    assert found is not None
    assert found.correlation == pytest.approx(np.corrcoef(before, after)[0, 1], rel=1e-12)
    for sample, scores in ((found.before, before), (found.after, after)):
        assert (sample.mean, sample.sd) == pytest.approx((scores.mean(), scores.std(ddof=1)))


def test_who_all_end_alike_have_no_correlation() -> None:
    found = pairs_of([(10, 5, 3), (20, 5, 4)])
    assert found is not None
    assert found.correlation is None
