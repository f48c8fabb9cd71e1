"""What each therapist adds to the outcome of comparable patients, and how sure that is.

post = case mix + u0 + u1 (severity - mean) + e, with (u0, u1) normal over therapists: the model
of Saxon & Barkham 2012 (J Consult Clin Psychol 80:535-546). A therapist's effect is u0, that for
a patient of mean severity; it lies between 0 and the therapist's own mean, nearer to 0 the fewer
the episodes.

**Shared episodes.** Where several therapists shared an episode with shares w (which add up to 1)
the outcome holds w1 u1 + w2 u2 (multiple membership: Browne, Goldstein & Rasbash 2001,
Statistical Modelling 1:103-124). Each is judged by all episodes with a share in them, with w in
the place of 1 among the columns of the own effect; what the others added to it stays in the
residual, where it weighs little (with a twentieth of the variance between therapists at most a
twentieth more). The fit itself counts each episode once, with the therapist of its largest share.
Without shared episodes both are the plain model, as lme4 fits it.
"""

from dataclasses import dataclass

import numpy as np

from flows.statistics.mixed_model import (
    ConditionalModes,
    FloatArray,
    IntArray,
    MixedModel,
    ModelData,
    RandomTerm,
    Sums,
    conditional_modes,
    fit,
    sums_of,
)
from flows.statistics.mixed_model.intervals import half_width
from flows.statistics.mixed_model.simulation import Simulation
from flows.statistics.proportion import Z_95

LEVEL = 0.95
ENOUGH_FOR_QUANTILES = 100
MOST_REPLICATES, FEWEST_REPLICATES = 100, 10
REPLICATED_GROUPS = 20_000
"""So many therapists are drawn anew in all: of the more there are, the surer the model is."""


@dataclass(frozen=True)
class Episodes:
    """n closed episodes: outcome `y` (points), case mix `x` (n x p, by `names`, the intercept
    first), `severity` (n, the baseline in points from its mean).

    `clinic` (n) are codes of clinics where these are a level of their own, else None.
    """

    y: FloatArray
    x: FloatArray
    names: tuple[str, ...]
    severity: FloatArray
    clinic: IntArray | None = None


@dataclass(frozen=True)
class Shares:
    """Who treated whom: m pairs of `episode` (a row of Episodes) and `therapist` (a code below
    `count`) with `share` (0-1); those of one episode add up to 1."""

    episode: IntArray
    therapist: IntArray
    share: FloatArray
    count: int

    def of_largest(self, n: int) -> "Shares":
        """Of each of the n episodes the largest share alone; of equal ones the lower code's.

        Raises ValueError for an episode without a therapist.
        """
        order = np.lexsort([self.therapist, -self.share, self.episode])
        _, first = np.unique(self.episode[order], return_index=True)
        kept = order[first]
        if len(kept) != n:
            raise ValueError("each episode must have a therapist")
        return Shares(self.episode[kept], self.therapist[kept], self.share[kept], self.count)

    def weighed(self) -> FloatArray:
        """Episodes of each therapist (count), a shared one by its share."""
        found = np.bincount(self.therapist, weights=self.share, minlength=self.count)
        return found.astype(np.float64)


@dataclass(frozen=True)
class VarianceShare:
    """Share of the variance (0-1) that lies between therapists at `severity` (points from the
    mean), with the middle 95 % of what the model finds in data that it made itself."""

    severity: float
    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class TherapistEffects:
    """`estimate`, `lower` and `upper` (one per therapist, points of the outcome, 95 %).

    `expected` (n) is what an average therapist could have expected of each episode, `spread` the
    standard deviation of outcomes around it at mean severity.
    """

    model: MixedModel
    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray
    expected: FloatArray
    spread: float
    between_sd: float
    variance_shares: tuple[VarianceShare, ...]

    @property
    def is_distinguishable(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Whether the interval leaves out 0 (one per therapist)."""
        return (self.lower > 0) | (self.upper < 0)


@dataclass(frozen=True)
class EpisodeSums:
    """All that models need of the episodes: `fitted` has each once, with the therapist of its
    largest share, `judged` once for each therapist."""

    fitted: Sums
    judged: Sums


@dataclass(frozen=True)
class FittedSums:
    """A model with the sums it was fitted to, and those by which therapists are judged."""

    model: MixedModel
    fitted: Sums
    judged: Sums


def episode_sums(episodes: Episodes, shares: Shares) -> EpisodeSums:
    """The sums of episodes. Raises ModelDataError for numbers that are missing or endless."""
    fitted = sums_of(_rows(episodes, shares.of_largest(len(episodes.y))))
    if len(shares.episode) == len(episodes.y):
        return EpisodeSums(fitted, fitted)
    return EpisodeSums(fitted, sums_of(_rows(episodes, shares)))


def fitted_model(sums: EpisodeSums, names: tuple[str, ...]) -> FittedSums:
    """The model with these covariates, by REML; the sums may hold more of them.

    Raises ModelDataError where the data do not allow one.
    """
    fitted, judged = sums.fitted.with_fixed(names), sums.judged.with_fixed(names)
    return FittedSums(fit(fitted), fitted, judged)


def therapist_effects(
    episodes: Episodes, shares: Shares, *, sums: EpisodeSums | None = None, seed: int = 0
) -> TherapistEffects:
    """Effects with intervals that count the uncertainty of case mix and variances too.

    By a parametric bootstrap, as in `mixed_model.mode_intervals`; the same seed gives the same.
    `sums` are those of the episodes, where they are there already (with more covariates, or not).
    Raises ModelDataError where the data do not allow a model.
    """
    found = fitted_model(sums or episode_sums(episodes, shares), episodes.names)
    replicates = _replicates(found, seed)
    own = effects_of(found.model, found.judged)
    again = [effects_of(each, found.judged) for each in replicates]
    half = half_width(LEVEL, again, own)
    between = _between(found.model, 0.0)
    return TherapistEffects(
        model=found.model,
        estimate=own[0],
        lower=own[0] - half,
        upper=own[0] + half,
        expected=_expected(found, episodes),
        spread=outcome_spread(found.model),
        between_sd=float(np.sqrt(between)),
        variance_shares=_variance_shares(found.model, replicates, float(episodes.severity.std())),
    )


def _expected(found: FittedSums, episodes: Episodes) -> FloatArray:
    """By the fixed effects, and by the clinic where that is a level."""
    places = [episodes.names.index(name) for name in found.model.names]
    expected = episodes.x[:, places] @ found.model.fixed_effects
    if episodes.clinic is not None:
        every = conditional_modes(found.model, found.fitted)
        clinics = next(each for each in every if each.group == "clinic")
        expected = expected + clinics.modes[episodes.clinic, 0]
    return expected


def effects_of(model: MixedModel, sums: Sums | ModelData) -> tuple[FloatArray, FloatArray]:
    """Of each therapist the effect at mean severity, and its conditional standard deviation."""
    modes = _of_therapists(conditional_modes(model, sums))
    return modes.modes[:, 0], modes.standard_deviations[:, 0]


def effects_of_parts(
    effects: TherapistEffects, episodes: Episodes, parts: Shares
) -> tuple[FloatArray, FloatArray]:
    """The same by a part of the episodes: `parts` have a code for each therapist and part.

    (T^-1 + Z'Z / sigma^2)^-1 of each part alone, with T of the model, whose uncertainty is not
    counted: intervals from these are a little too narrow.
    """
    model, row, w = effects.model, parts.episode, parts.share
    z = np.stack([w, w * episodes.severity[row]])
    left = (episodes.y - effects.expected)[row]
    squares = np.array([[_summed(a * b, parts) for b in z] for a in z]).transpose(2, 0, 1)
    pulls = np.array([_summed(a * left, parts) for a in z]).T / model.sigma**2
    covariance = _covariance(model)
    spread = covariance @ np.linalg.inv(np.eye(2) + squares @ covariance / model.sigma**2)
    modes = (spread @ pulls[:, :, None])[:, :, 0]
    return modes[:, 0], np.sqrt(spread[:, 0, 0])


def _summed(values: FloatArray, parts: Shares) -> FloatArray:
    found = np.bincount(parts.therapist, weights=values, minlength=parts.count)
    return found.astype(np.float64)


def outcome_spread(model: MixedModel) -> float:
    """Standard deviation of outcomes around what was expected, at mean severity, in points."""
    return float(np.sqrt(_between(model, 0.0) + model.sigma**2))


def variance_share(model: MixedModel, severity: float) -> float:
    """Var(u0 + u1 c) / all variance, for a patient c points from the mean (0-1)."""
    between = _between(model, severity)
    clinics = sum(float(t.covariance[0, 0]) for t in model.covariances if t.group == "clinic")
    return between / (between + clinics + model.sigma**2)


def _between(model: MixedModel, severity: float) -> float:
    place = np.array([1.0, severity])
    return float(place @ _covariance(model) @ place)


def _covariance(model: MixedModel) -> FloatArray:
    """Of a therapist's two effects (2 x 2)."""
    return next(t.covariance for t in model.covariances if t.group == "therapist")


def _rows(episodes: Episodes, shares: Shares) -> ModelData:
    """One row per share; a therapist's columns bear the share."""
    row = shares.episode
    columns = np.column_stack([shares.share, shares.share * episodes.severity[row]])
    levels = tuple(map(str, range(shares.count)))
    terms = [RandomTerm("therapist", ("effect", "by severity"), columns, shares.therapist, levels)]
    if episodes.clinic is not None:
        clinic = episodes.clinic[row]
        names = tuple(map(str, range(int(episodes.clinic.max()) + 1)))
        terms.append(RandomTerm("clinic", ("effect",), np.ones((len(row), 1)), clinic, names))
    return ModelData(episodes.y[row], episodes.x[row], episodes.names, tuple(terms))


def _replicates(found: FittedSums, seed: int) -> list[MixedModel]:
    """Models fitted to what the model draws, the fewer the more therapists there are."""
    groups = len(np.unique(found.fitted.factors[0].codes))
    wanted = min(MOST_REPLICATES, max(FEWEST_REPLICATES, REPLICATED_GROUPS // groups))
    simulation, rng = Simulation(found.model, found.fitted), np.random.default_rng(seed)
    return [simulation.refitted(rng) for _ in range(wanted)]


def _of_therapists(modes: tuple[ConditionalModes, ...]) -> ConditionalModes:
    return next(each for each in modes if each.group == "therapist")


def _variance_shares(
    model: MixedModel, replicates: list[MixedModel], sd: float
) -> tuple[VarianceShare, ...]:
    """At one SD below the mean severity, at the mean, and one SD above it."""
    shares = []
    for severity in (-sd, 0.0, sd):
        drawn = [variance_share(each, severity) for each in replicates]
        value = variance_share(model, severity)
        shares.append(VarianceShare(severity, value, *_interval(value, drawn)))
    return tuple(shares)


def _interval(value: float, drawn: list[float]) -> tuple[float, float]:
    """The middle 95 % of many draws; of few, where the model is sure, by their spread."""
    if len(drawn) < ENOUGH_FOR_QUANTILES:
        half = float(Z_95 * np.std(drawn, ddof=1))
        return max(0.0, value - half), min(1.0, value + half)
    lower, upper = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return min(value, float(lower)), max(value, float(upper))
