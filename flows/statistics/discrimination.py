"""How well a score tells two groups apart, with intervals over patients.

Rows of one patient are not independent, so whole patients are drawn again
(Field & Welsh 2007, JRSS B 69:369-390, call it the cluster bootstrap). Draws
come as weights: how often each patient is in each draw.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import expit

from flows.statistics.course import Flags, FloatArray, IntArray
from flows.statistics.logistic import calibration_slope

BINS = 400
"""In draws, scores of the same 400th part of the different ones count as equal."""

SEED = 20260101
LEVELS = (0.025, 0.975)


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; None where it cannot be told."""

    value: float | None
    lower: float | None = None
    upper: float | None = None


def draws(patients: int, number: int) -> FloatArray:
    """Weights (patients x number) of as many draws with replacement; always the same ones."""
    rng = np.random.default_rng(SEED)
    picked = rng.integers(0, patients, (number, patients))
    weights = [np.bincount(row, minlength=patients) for row in picked]
    return np.asarray(np.array(weights, dtype=np.float64).reshape(number, patients).T)


def auc(score: FloatArray, happened: Flags) -> float | None:
    """The chance that a row for which it happened has the higher score, ties for a half.

    Mann & Whitney's U over the number of pairs; None where all rows are of one kind.
    """
    place = binned(score, len(score))
    counts = np.array([np.bincount(place[happened == kind], minlength=place.max(initial=0) + 1)
                       for kind in (True, False)], dtype=float)  # fmt: skip
    found = float(_auc(counts[0][:, None], counts[1][:, None])[0])
    return None if np.isnan(found) else found


def auc_draws(
    score: FloatArray, happened: Flags, patient: IntArray, weights: FloatArray
) -> FloatArray:
    """The same of each draw; NaN where a draw holds rows of one kind only.

    `patient` (n) are rows of `weights`.
    """
    place = binned(score, BINS)
    shape = (int(place.max(initial=0)) + 1, len(weights))
    ups, downs = (
        csr_matrix((np.ones(kind.sum()), (place[kind], patient[kind])), shape=shape) @ weights
        for kind in (happened, ~happened)
    )
    return _auc(ups, downs)


def _auc(ups: FloatArray, downs: FloatArray) -> FloatArray:
    """Of counts by ascending score (bins x draws)."""
    below = np.cumsum(downs, axis=0) - downs / 2
    pairs = ups.sum(axis=0) * downs.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((ups * below).sum(axis=0) / pairs)


def binned(score: FloatArray, most: int) -> IntArray:
    """The rank of each score among the different ones, in at most about `most` steps."""
    values, place = np.unique(score, return_inverse=True)
    if len(values) <= most:
        return np.asarray(place)
    return np.asarray(place * most // len(values))


def interval(drawn: FloatArray) -> tuple[float | None, float | None]:
    """The middle 95 % of what was drawn; unknown where one draw in twenty could not tell."""
    known = drawn[np.isfinite(drawn)]
    if len(known) < 0.95 * len(drawn) or not len(known):
        return None, None
    low, high = np.quantile(known, LEVELS)
    return float(low), float(high)


def slope_estimate(
    logit: FloatArray, happened: Flags, patient: IntArray, weights: FloatArray
) -> Estimate:
    """The calibration slope; its draws take one Newton step from the slope of all.

    One step is within the bootstrap's own error of the full fit of each draw.
    """
    found = calibration_slope(logit, happened)
    columns = np.column_stack([np.ones(len(logit)), logit])
    p = expit(columns @ found)
    slopes = columns * (happened - p)[:, None]
    bends = (columns[:, :, None] * columns[:, None, :]) * (p * (1 - p))[:, None, None]
    patients = len(weights)
    per_patient = [
        np.column_stack(
            [np.bincount(patient, each, patients) for each in part.reshape(len(p), -1).T]
        )
        for part in (slopes, bends)
    ]
    drawn_slope, drawn_bend = (weights.T @ part for part in per_patient)
    bend = drawn_bend.reshape(-1, 2, 2) + 1e-10 * np.eye(2)
    drawn = found[1] + np.linalg.solve(bend, drawn_slope[..., None])[:, 1, 0]
    return Estimate(float(found[1]), *interval(drawn))
