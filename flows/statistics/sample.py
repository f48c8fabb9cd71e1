"""What a sample of scores says about the group it is from, and how surely.

Intervals are 95 % by the delta method from the sample's own third and fourth
moments, so no normal distribution is assumed: for SD and mean of n scores
Var(SD) = (m4 - s^4 (n-3)/(n-1)) / (4 s^2 n), Cov(mean, SD) = m3 / (2 s n). They
need no random numbers, so a run gives the same interval again. Values of the
functional group and the reliability are taken as known. Sums are exact
(math.fsum), whatever the order of the scores.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum, sqrt

from flows.statistics.reliable_change import Z_95


@dataclass(frozen=True)
class Sample:
    """`third` and `fourth` are central moments (divided by n); `sd` is divided by n - 1."""

    n: int
    mean: float
    sd: float
    third: float
    fourth: float

    def interval(self, value: float, per_mean: float, per_sd: float) -> tuple[float, float]:
        """Around a `value` that rises by `per_mean` and `per_sd` with this mean and sd."""
        of_mean, of_sd, both = self._errors()
        variance = per_mean**2 * of_mean + per_sd**2 * of_sd + 2 * per_mean * per_sd * both
        half = Z_95 * sqrt(max(0.0, variance))
        return value - half, value + half

    def _errors(self) -> tuple[float, float, float]:
        """Variance of the mean, variance of the sd, their covariance."""
        if self.sd == 0:
            return 0.0, 0.0, 0.0
        of_variance = self.fourth - self.sd**4 * (self.n - 3) / (self.n - 1)
        return (
            self.sd**2 / self.n,
            of_variance / (4 * self.sd**2 * self.n),
            self.third / (2 * self.sd * self.n),
        )


@dataclass(frozen=True)
class Pairs:
    """Scores before and after of the same patients; `correlation` is None without spread."""

    before: Sample
    after: Sample
    correlation: float | None


def sample_of(counts: Iterable[tuple[float, int]]) -> Sample | None:
    """The sample from (score, how often); None for fewer than two scores."""
    scores = list(counts)
    n = sum(often for _, often in scores)
    if n < 2:
        return None
    mean = fsum(score * often for score, often in scores) / n
    second, third, fourth = (
        fsum((score - mean) ** power * often for score, often in scores) for power in (2, 3, 4)
    )
    return Sample(n, mean, sqrt(second / (n - 1)), third / n, fourth / n)


def pairs_of(counts: Iterable[tuple[float, float, int]]) -> Pairs | None:
    """Both samples and their correlation from (before, after, how often); None for fewer than 2."""
    scores = list(counts)
    before = sample_of((first, often) for first, _, often in scores)
    after = sample_of((last, often) for _, last, often in scores)
    if before is None or after is None:
        return None
    products = fsum((f - before.mean) * (s - after.mean) * often for f, s, often in scores)
    spread = (before.n - 1) * before.sd * after.sd
    return Pairs(before, after, products / spread if spread > 0 else None)
