"""Outcomes that nobody measured: drawn from what a course so far makes likely, many times.

The growth model of course.py says of each course where it is likely to end, given its
baseline, the scores so far and the number of sessions (Laird & Ware 1982, Biometrics
38:963-974). Draws from that are pooled by Rubin's rules (Rubin 1987, Multiple Imputation
for Nonresponse in Surveys). This holds where those who stop filling in differ by what they
filled in before, and not otherwise. The model's own parameters are taken as known: it rests
on a hundred episodes or more, so that their uncertainty is small beside that of a course.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from flows.statistics.proportion import Z_95, share

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Keys = NDArray[np.uint64]

_GOLDEN, _MIX_1, _MIX_2 = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)


@dataclass(frozen=True)
class Growth:
    """What an expected course is made of, for m courses of one scale.

    `fixed` (m x 4) holds intercept, baseline, time and baseline x time of each course's
    clinic, `covariance` (2 x 2) that of intercept and slope, `sigma` the residual SD.
    """

    fixed: FloatArray
    covariance: FloatArray
    sigma: float

    def level(self, course: IntArray, baseline: FloatArray, time: FloatArray) -> FloatArray:
        """The fixed part of each course at t, with the baseline less its centre."""
        b = self.fixed[course]
        return np.asarray(b[:, 0] + b[:, 1] * baseline + (b[:, 2] + b[:, 3] * baseline) * time)


@dataclass(frozen=True)
class Observed:
    """Scores after the baseline (n), of the courses (0 to m - 1) they belong to, at t."""

    course: IntArray
    time: FloatArray
    score: FloatArray


def predicted(
    growth: Growth, baseline: FloatArray, observed: Observed, end: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean and SD (m each) of the score at t = `end`; `baseline` (m) is less its centre.

    With z = (1, t), A the sum of zz' and r that of z (y - expected): the effects of a course
    have covariance C = (I + G A / sigma^2)^-1 G and mean C r / sigma^2. A course without a
    score has C = G and mean 0.
    """
    every = np.arange(len(baseline))
    design = np.stack([np.ones_like(observed.time), observed.time], axis=1)
    expected = growth.level(observed.course, baseline[observed.course], observed.time)
    left = observed.score - expected
    a, r = np.zeros((len(baseline), 2, 2)), np.zeros((len(baseline), 2))
    np.add.at(a, observed.course, design[:, :, None] * design[:, None, :] / growth.sigma**2)
    np.add.at(r, observed.course, design * left[:, None] / growth.sigma**2)
    covariance = np.linalg.solve(np.eye(2) + growth.covariance @ a, growth.covariance[None])
    effects = (covariance @ r[:, :, None])[:, :, 0]
    z = np.stack([np.ones_like(end), end], axis=1)
    mean = growth.level(every, baseline, end) + (z * effects).sum(axis=1)
    variance = np.einsum("mi,mij,mj->m", z, covariance, z) + growth.sigma**2
    return mean, np.sqrt(variance)


def draws(keys: Keys, mean: FloatArray, sd: FloatArray, times: int) -> FloatArray:
    """(m x times) normal draws that depend on a course's key and on nothing else.

    Each uniform number is a key mixed with its turn (splitmix64, Steele, Lea & Flood 2014,
    OOPSLA): the same on any number of cores, in any order, whoever else is in the table.
    """
    turns = np.arange(1, times + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        z = keys[:, None] + turns[None, :] * _GOLDEN
        z = (z ^ (z >> np.uint64(30))) * _MIX_1
        z = (z ^ (z >> np.uint64(27))) * _MIX_2
        z = z ^ (z >> np.uint64(31))
    uniform = ((z >> np.uint64(11)).astype(np.float64) + 0.5) / 2**53
    return np.asarray(mean[:, None] + sd[:, None] * ndtri(uniform))


def on_scale(
    scores: FloatArray, unit: float, lowest: FloatArray, highest: FloatArray
) -> FloatArray:
    """Draws as a form could show them: at a step of `unit` (0: any), within the scale (m each)."""
    stepped = np.round(scores / unit) * unit if unit else scores
    return np.asarray(np.clip(stepped, lowest[:, None], highest[:, None]))


@dataclass(frozen=True)
class Pooled:
    """A share over all imputations, with its 95 % interval."""

    value: float
    lower: float
    upper: float


def pooled_share(counts: IntArray, n: int) -> Pooled | None:
    """Rubin's rules for a share: `counts` (imputations) of `n` each; None where n is 0.

    T = W + (1 + 1/m) B with W the mean variance within imputations and B that between
    them, and t with (m - 1)(1 + W / ((1 + 1/m) B))^2 degrees of freedom. Without any spread
    Wilson's interval stands in, which does not end at a point. Raises ValueError unless
    0 <= counts <= n, or with fewer than two imputations.
    """
    if len(counts) < 2 or counts.min() < 0 or counts.max() > n:
        raise ValueError("two imputations or more, with counts between 0 and n")
    if n == 0:
        return None
    m, shares = len(counts), counts / n
    value = float(shares.mean())
    within = float((shares * (1 - shares) / n).mean())
    between = (1 + 1 / m) * float(shares.var(ddof=1))
    if within + between == 0:
        alone = share(int(counts[0]), n)
        assert alone is not None
        return Pooled(value, alone.lower, alone.upper)
    width = Z_95
    if between > 0:
        width = float(stdtrit((m - 1) * (1 + within / between) ** 2, 0.975))
    half = width * float(np.sqrt(within + between))
    return Pooled(value, max(0.0, value - half), min(1.0, value + half))
