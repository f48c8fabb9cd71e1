"""The risk of ending reliably worse, recalibrated on closed episodes.

The posterior of a growth model is too sure of itself where courses bend, and
knows nothing of the alliance. A logistic regression with a ridge, on episodes
that ended after those the growth model was fitted on, mends both.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from flows.statistics.course import (
    Flags,
    FloatArray,
    GrowthModel,
    IntArray,
    Prognosis,
    Progress,
    probability,
    prognosis,
    standard_risk,
)
from flows.statistics.growth import Growth, Limits, fit_growth
from flows.statistics.logistic import Logistic, logistic
from flows.statistics.mixed_model import ModelDataError

RIDGE = 5.0
"""Chosen on simulated services of 1,000 to 6,000 patients with several kinds of courses. [D]"""

EARLY = 0.3
"""Share of the closed episodes, the earliest, that the growth model behind a calibration is
fitted on; the rest calibrate. [D]"""

FEW = ("posterior", "time", "change", "trend", "alliance")
PRODUCTS = ("posterior_by_time", "change_by_time", "trend_by_time", "posterior_squared")
MANY = (
    *FEW,
    *PRODUCTS,
    "time_to_go",
    "posterior_by_time_to_go",
    "last_surprise",
    "baseline",
    "alliance_change",
)
TREND_FORMS = 3


@dataclass(frozen=True)
class Needs:
    """`events`: episodes that ended reliably worse from which on there is a calibration;
    with `many_events` it has all features. `lead`: a prediction is judged where as many
    sessions came after it."""

    events: int
    many_events: int
    lead: int


@dataclass(frozen=True)
class Calibration:
    """A recalibration, or why there is none (`refused`; the plain posterior stands then).

    `predictions` and `events` are what it rests on: forms, and episodes that ended worse.
    """

    names: tuple[str, ...]
    fit: Logistic | None
    predictions: int
    events: int
    refused: str | None = None


@dataclass(frozen=True)
class RiskModel:
    """All that is needed to predict on one scale."""

    growth: Growth
    calibration: Calibration


@dataclass(frozen=True)
class Risk:
    """Of each form (n): what the end will be, and probabilities (NaN without reliable change)."""

    end: Prognosis
    worse: FloatArray
    worse_calibrated: FloatArray
    better: FloatArray


def risk(progress: Progress, model: GrowthModel, calibration: Calibration) -> Risk:
    """The risk at each form, from the course so far alone."""
    end = prognosis(progress, model)
    worse = standard_risk(progress, end, model)
    better = standard_risk(progress, end, model, better=True)
    plain = probability(worse)
    calibrated = plain
    if calibration.fit is not None:
        columns = features(progress, model, end, worse, calibration.names)
        calibrated = expit(calibration.fit.logit(columns))
    return Risk(end, plain, calibrated, probability(better))


def features(
    progress: Progress,
    model: GrowthModel,
    end: Prognosis,
    worse: FloatArray,
    names: tuple[str, ...],
) -> FloatArray:
    """The named columns (n x k) of each form; points are positive where things got worse.

    An alliance that nobody asked about stands at the middle of its range, a
    change in it at 0.
    """
    direction = progress.courses.direction
    time = model.time(progress.place)
    posterior = np.clip(worse, -10, 10)
    to_go = model.time(end.end_place) - time
    trend = _trend(progress)
    found = {
        "posterior": posterior,
        "time": time,
        "change": progress.worsening,
        "trend": trend,
        "alliance": np.nan_to_num(progress.alliance, nan=0.5),
        "posterior_by_time": posterior * time,
        "change_by_time": progress.worsening * time,
        "trend_by_time": trend * time,
        "posterior_squared": posterior**2,
        "time_to_go": to_go,
        "posterior_by_time_to_go": posterior * to_go,
        "last_surprise": -direction * (progress.score - end.own) / model.sigma,
        "baseline": -direction * progress.courses.baseline[progress.course],
        "alliance_change": np.nan_to_num(
            progress.alliance - progress.earlier(progress.alliance, 1), nan=0.0
        ),
    }
    return np.column_stack([found[name] for name in names])


def _trend(progress: Progress) -> FloatArray:
    """Points of worsening per form over the last up to three, the baseline among them."""
    back = np.minimum(progress.number, TREND_FORMS)
    worsening = progress.worsening
    before = np.zeros_like(worsening)
    for forms in range(1, TREND_FORMS + 1):
        before = np.where(back == forms, np.nan_to_num(progress.earlier(worsening, forms)), before)
    return np.asarray((worsening - before) / back)


def judged(progress: Progress, lead: int) -> Flags:
    """The forms (n) that count as predictions: `lead` or more sessions before the last one."""
    courses, course = progress.courses, progress.course
    ahead = courses.last_session[course] - progress.session >= lead
    return np.asarray(ahead & np.isfinite(courses.points[course]))


def fit_risk(training: Progress, limits: Limits, needs: Needs, unit: float) -> RiskModel:
    """A model of the episodes in `training`, calibrated on the later ones among them.

    The calibration is that of a growth model fitted on the earliest alone, so
    that it is judged on episodes it has not seen. Raises ModelDataError where no
    course can be fitted at all.
    """
    growth = fit_growth(training, limits, unit)
    return RiskModel(growth, calibrated(training, limits, needs, unit))


def calibrated(training: Progress, limits: Limits, needs: Needs, unit: float) -> Calibration:
    """The recalibration, or why too little is known for one."""
    early, late = split(training, EARLY)
    counted = judged(late, needs.lead)
    worse = late.courses.worsened
    events = int(worse[np.unique(late.course[counted])].sum())
    if events < needs.events:
        return Calibration((), None, int(counted.sum()), events, "few_events")
    try:
        model = fit_growth(early, limits, unit).model
    except ModelDataError:
        return Calibration((), None, int(counted.sum()), events, "few_early_episodes")
    names = MANY if events >= needs.many_events else (*FEW, *PRODUCTS)
    end = prognosis(late, model)
    columns = features(late, model, end, standard_risk(late, end, model), names)[counted]
    fit = logistic(columns, worse[late.course[counted]], RIDGE)
    return Calibration(names, fit, int(counted.sum()), events)


def split(progress: Progress, share: float) -> tuple[Progress, Progress]:
    """The courses that ended first, about `share` of them, and the rest; never within a day."""
    there = np.unique(progress.course)
    ended = np.sort(progress.courses.ended[there])
    border = ended[min(int(len(ended) * share), len(ended) - 1)]
    is_early = progress.courses.ended < border
    return progress.of(is_early), progress.of(~is_early)


def newest(progress: Progress, most: int) -> Progress:
    """The forms of the `most` courses that ended last; those of the same day by their number."""
    there: IntArray = np.unique(progress.course)
    order = np.lexsort((there, progress.courses.ended[there]))
    chosen = np.zeros(len(progress.courses.ended), dtype=bool)
    chosen[there[order][-most:]] = True
    return progress.of(chosen)
