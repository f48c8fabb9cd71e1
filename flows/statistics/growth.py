"""Fitting an expected course to closed episodes, from sums per episode."""

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

import numpy as np
from scipy.special import ndtri

from flows.statistics.course import (
    FloatArray,
    GrowthModel,
    IntArray,
    Progress,
    expectation,
)
from flows.statistics.mixed_model import (
    Factor,
    MixedModel,
    ModelDataError,
    Sums,
    conditional_modes,
    fit,
    sums_from_products,
)

FIXED = ("(Intercept)", "baseline", "time", "baseline:time")
OUTCOME = "score"
CLINICS = 2
"""From as many clinics on, each may have a course of its own."""

FURTHEST = 1000
"""A session number beyond this is a mistake of the export, and must not take memory."""

WHOLE = 0.9
"""Scores go by steps of a unit where at least this share of them does. [D]"""


class TooFewEpisodesError(ModelDataError):
    """There are fewer closed episodes than an expected course needs."""


@dataclass(frozen=True)
class Limits:
    """From how many closed episodes on what is fitted, and where bands lie.

    `service` episodes in all, `clinic` in a clinic that gets a course of its own,
    `at_place` that come to a place for the course to be known there; `inner` and
    `outer` are the one-sided levels of the two bands. Quantiles of fewer than
    `band` forms are those of the normal distribution.
    """

    service: int
    clinic: int
    at_place: int
    inner: float
    outer: float
    band: int = 100


@dataclass(frozen=True)
class Growth:
    """A fitted expected course: the model, the mixed model behind it, what it was fitted on.

    `episodes` counts those of each clinic, of which `needed` give it a course of its
    own; `key` is a hash of the sums fitted.
    """

    model: GrowthModel
    mixed: MixedModel
    episodes: IntArray
    needed: int
    key: str

    def episodes_of(self, clinic: int) -> int:
        """How many of a clinic's episodes it was fitted on."""
        return int(self.episodes[clinic]) if clinic < len(self.episodes) else 0

    def population(self, clinic: int) -> str:
        """Whose course a clinic is compared with: its own (`clinic`) or that of all (`service`)."""
        is_own = self.episodes_of(clinic) >= self.needed and "clinic" in self.mixed.n_groups
        return "clinic" if is_own else "service"


@dataclass(frozen=True)
class _Moments:
    """Sums over the forms of each episode (m): how many, of t, t^2, y, ty, y^2."""

    course: IntArray
    n: FloatArray
    t: FloatArray
    tt: FloatArray
    y: FloatArray
    ty: FloatArray
    yy: FloatArray
    baseline: FloatArray
    clinic: IntArray

    @cached_property
    def products(self) -> FloatArray:
        """Sums of products (m x 5 x 5) of 1, b, t, bt, y."""
        n, t, tt, y, ty, yy, b = (
            self.n, self.t, self.tt, self.y, self.ty, self.yy, self.baseline,
        )  # fmt: skip
        rows = (
            (n, b * n, t, b * t, y),
            (b * n, b * b * n, b * t, b * b * t, b * y),
            (t, b * t, tt, b * tt, ty),
            (b * t, b * b * t, b * tt, b * b * tt, b * ty),
            (y, b * y, ty, b * ty, yy),
        )
        return np.array(rows).transpose(2, 0, 1)


def fit_growth(training: Progress, limits: Limits, unit: float) -> Growth:
    """The expected course of the episodes in `training`.

    With `CLINICS` or more clinics their differences are a third level, by which
    the course of a small clinic is drawn towards that of all; one with fewer than
    `limits.clinic` episodes has the course of all. `unit` is the step between two
    scores, if they have any. Raises ModelDataError where no course can be fitted.
    """
    episodes = len(np.unique(training.course))
    if episodes < limits.service:
        raise TooFewEpisodesError(
            f"{episodes} closed episodes are too few",
            f"An expected course needs {limits.service} with a baseline and a later score",
        )
    covered = _covered(training, limits.at_place)
    centre = float(training.courses.baseline[np.unique(training.course)].mean())
    moments = _moments(training, covered, centre)
    counts = np.bincount(moments.clinic, minlength=int(training.courses.clinic.max()) + 1)
    sums = _sums(moments, counts, limits)
    mixed = fit(sums)
    model = GrowthModel(
        centre=centre,
        fixed=_by_clinic(mixed, sums, counts, limits.clinic),
        covariance=mixed.covariances[0].covariance,
        sigma=mixed.sigma,
        covered=covered,
        expected_last=_expected_last(training, covered),
        quantiles=np.tile(_normal_quantiles(limits), (covered, 1)),
        unit=_unit(training.score, unit),
    )
    model = replace(model, quantiles=_quantiles(training, model, limits))
    return Growth(model, mixed, counts, limits.clinic, _key(moments, limits))


def _covered(training: Progress, needed: int) -> int:
    """The last place to which enough episodes come; at least 2, for the line needs a slope."""
    reached = _reached(training)
    enough = np.flatnonzero(reached >= needed)
    return max(2, int(enough[-1])) if len(enough) else max(2, int(reached.argmax()))


def _reached(training: Progress) -> IntArray:
    """By whole place, how many episodes have a form there; what lies beyond `FURTHEST` is there."""
    place = np.minimum(training.place, FURTHEST).astype(np.int64)
    pairs = np.unique(training.course * (place.max() + 1) + place)
    return np.bincount(pairs % (place.max() + 1))


def _moments(training: Progress, covered: int, centre: float) -> _Moments:
    course, row = np.unique(training.course, return_inverse=True)
    t, y = np.log(np.clip(training.place, 1, covered)), training.score
    n, sum_t, sum_tt, sum_y, sum_ty, sum_yy = (
        np.bincount(row, weights=values, minlength=len(course)).astype(np.float64)
        for values in (np.ones_like(t), t, t * t, y, t * y, y * y)
    )
    return _Moments(
        course=course,
        n=n,
        t=sum_t,
        tt=sum_tt,
        y=sum_y,
        ty=sum_ty,
        yy=sum_yy,
        baseline=training.courses.baseline[course] - centre,
        clinic=training.courses.clinic[course],
    )


def _sums(moments: _Moments, counts: IntArray, limits: Limits) -> Sums:
    """Episodes within clinics where at least two of these are large enough.

    Without the baseline where all have the same.
    """
    effects = (FIXED[0], FIXED[2])
    known = range(len(FIXED) + 1) if np.ptp(moments.baseline) > 0 else (0, 2, 4)
    columns = tuple((*FIXED, OUTCOME)[place] for place in known)
    terms = [("episode", effects)]
    levels = tuple(map(str, moments.course))
    factors = [Factor("episode", np.arange(len(levels)), levels)]
    if (counts >= limits.clinic).sum() >= CLINICS:
        terms.append(("clinic", effects))
        factors.append(Factor("clinic", moments.clinic, tuple(map(str, range(len(counts))))))
    products = moments.products[:, known][:, :, known]
    fixed, observations = len(columns) - 1, int(moments.n.sum())
    return sums_from_products(columns, fixed, tuple(terms), tuple(factors), products, observations)


def _coefficients(mixed: MixedModel) -> FloatArray:
    """The four fixed effects; 0 for one that is not in the model or that others make up."""
    found = dict(zip(mixed.names, mixed.fixed_effects, strict=True))
    return np.array([found.get(name, 0.0) for name in FIXED])


def _by_clinic(mixed: MixedModel, sums: Sums, counts: IntArray, needed: int) -> FloatArray:
    """The coefficients of each clinic (clinics x 4), a large one's drawn towards those of all."""
    fixed = np.tile(_coefficients(mixed), (len(counts), 1))
    if "clinic" in mixed.n_groups:
        is_large = (counts >= needed)[:, None]
        fixed[:, [0, 2]] += np.where(is_large, conditional_modes(mixed, sums)[1].modes, 0.0)
    return fixed


def _expected_last(training: Progress, covered: int) -> FloatArray:
    """By place from 1: the mean last place of the episodes that come further."""
    last = np.sort(training.courses.last_place[np.unique(training.course)])
    total = np.append(np.cumsum(last[::-1])[::-1], 0.0)
    place = np.arange(1, covered + 1)
    first = np.searchsorted(last, place, side="right")
    further = len(last) - first
    return np.where(further > 0, total[first] / np.maximum(further, 1), place + 1.0)


def _unit(score: FloatArray, unit: float) -> float:
    """The step between scores, 0 where they do not go by it."""
    if unit <= 0:
        return 0.0
    steps = score / unit
    return unit if (np.abs(steps - np.round(steps)) < 1e-6).mean() >= WHOLE else 0.0


def _normal_quantiles(limits: Limits) -> FloatArray:
    outer, inner = ndtri(limits.outer), ndtri(limits.inner)
    return np.array([-outer, -inner, inner, outer])


def _quantiles(training: Progress, model: GrowthModel, limits: Limits) -> FloatArray:
    """Bands (covered x 4) as wide as the closed episodes' own scores lie apart.

    Scores have a floor and courses are of several kinds, so their deviations are
    not normal. At each place the quantiles are those of the forms there, and
    of places next to it until there are three times `limits.band`.
    """
    place = np.clip(training.place, 1, model.covered).astype(np.int64)
    order = np.argsort(place, kind="stable")
    deviation = expectation(training, model).deviation[order]
    levels = [1 - limits.outer, 1 - limits.inner, limits.inner, limits.outer]
    edges = np.searchsorted(place[order], np.arange(1, model.covered + 2))
    quantiles = model.quantiles.copy()
    for row in range(model.covered):
        low, high = row, row + 1
        while edges[high] - edges[low] < 3 * limits.band and (low, high) != (0, model.covered):
            low, high = max(0, low - 1), min(model.covered, high + 1)
        if edges[high] - edges[low] >= limits.band:
            quantiles[row] = np.quantile(deviation[edges[low] : edges[high]], levels)
    return quantiles


def _key(moments: _Moments, limits: Limits) -> str:
    """Twelve characters that change with the sums or the limits."""
    digest = sha256(repr(limits).encode())
    for values in (moments.n, moments.t, moments.tt, moments.y, moments.ty, moments.yy):
        digest.update(np.round(values, 6).tobytes())
    digest.update(np.round(moments.baseline, 6).tobytes())
    digest.update(moments.clinic.tobytes())
    return digest.hexdigest()[:12]
