"""Do groups differ in one more respect: a test of a random slope."""

from dataclasses import dataclass

from scipy.special import chdtrc

from flows.statistics.mixed_model.errors import ModelDataError
from flows.statistics.mixed_model.model import MixedModel


@dataclass(frozen=True)
class SlopeTest:
    """`statistic` is the likelihood ratio, -2 log; `p` its probability without the slope."""

    statistic: float
    p: float


def likelihood_ratio_of_slope(larger: MixedModel, smaller: MixedModel) -> SlopeTest:
    """Test the one random effect that `larger` has and `smaller` lacks.

    A variance cannot be negative, so under the null hypothesis the ratio is an
    equal mixture of chi-square on q and on q + 1 degrees of freedom, where the
    slope joins q correlated effects: .5 chi2_1 + .5 chi2_2 beside a random
    intercept, .5 chi2_0 + .5 chi2_1 for a slope in a term of its own (Stram &
    Lee 1994, Biometrics 50:1171-1177). Both fits must be of the same data, by
    the same method; under REML the fixed effects must be the same too. Raises
    ModelDataError where the models do not differ by one random effect.
    """
    correlated = _correlated_with(larger, smaller)
    statistic = max(0.0, smaller.criterion - larger.criterion)
    p = (_above(statistic, correlated) + _above(statistic, correlated + 1)) / 2
    return SlopeTest(statistic, p)


def _above(statistic: float, degrees: int) -> float:
    """P(chi-square >= statistic); on 0 degrees it is always 0."""
    if degrees == 0:
        return 1.0 if statistic == 0 else 0.0
    return float(chdtrc(degrees, statistic))


def _correlated_with(larger: MixedModel, smaller: MixedModel) -> int:
    """How many effects the further one is correlated with."""
    same = (smaller.method, smaller.n_obs, smaller.names)
    more, fewer = _effects(larger), _effects(smaller)
    for place, (group, names) in enumerate(more):
        for left_out in range(len(names)):
            rest = names[:left_out] + names[left_out + 1 :]
            without = [*more[:place], *([(group, rest)] if rest else []), *more[place + 1 :]]
            if without == fewer and same == (larger.method, larger.n_obs, larger.names):
                return len(rest)
    raise ModelDataError(
        "The two models do not differ by one random effect alone",
        "Fit both to the same rows by the same method, with and without the slope",
    )


def _effects(model: MixedModel) -> list[tuple[str, tuple[str, ...]]]:
    return [(term.group, term.names) for term in model.covariances]
