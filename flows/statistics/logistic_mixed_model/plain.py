"""Logistic regression without groups: where the climb starts, and whether there is a top at all."""

import numpy as np
from scipy.optimize import linprog

from flows.statistics.logistic_mixed_model.counts import Counts
from flows.statistics.mixed_model import FloatArray

MOST_STEPS = 60
SURE = 15.0
"""Beyond this linear predictor (a chance of 3 in 10 million) separation is looked for."""


def coefficients(counts: Counts) -> FloatArray:
    """Maximum likelihood (p) by Newton steps; far out where there is no maximum."""
    beta = np.zeros(counts.x.shape[1])
    value = _value(counts, beta)
    for _ in range(MOST_STEPS):
        share = 1 / (1 + np.exp(-counts.x @ beta))
        slope = counts.x.T @ (counts.yes - counts.trials * share)
        bend = (counts.x * (counts.trials * share * (1 - share))[:, np.newaxis]).T @ counts.x
        step = np.linalg.lstsq(bend, slope, rcond=None)[0]
        while _value(counts, beta + step) < value and np.abs(step).max() > 1e-12:
            step = step / 2
        beta = beta + step
        value = _value(counts, beta)
        if slope @ step < 1e-12 or np.abs(counts.x @ beta).max() > 2 * SURE:
            break
    return beta


def _value(counts: Counts, beta: FloatArray) -> float:
    predictor = counts.x @ beta
    return float(counts.yes @ predictor - counts.trials @ np.logaddexp(0, predictor))


def separating(counts: Counts, beta: FloatArray) -> FloatArray | None:
    """A direction of the coefficients along which the likelihood never falls, else None.

    It exists where covariates tell yes from no in part of the rows without fail
    (Albert & Anderson 1984, Biometrika 71:1-10); it is sought by linear
    programming, and only where `beta` are so large that it may exist.
    """
    if np.abs(counts.x @ beta).max() < SURE:
        return None
    sides, levels = _sides(counts)
    bounds = [(-1.0, 1.0)] * counts.x.shape[1]
    found = linprog(
        -sides.sum(axis=0),
        A_ub=-sides if len(sides) else None,
        b_ub=np.zeros(len(sides)) if len(sides) else None,
        A_eq=levels if len(levels) else None,
        b_eq=np.zeros(len(levels)) if len(levels) else None,
        bounds=bounds,
    )
    if found.x is None or sides.sum(axis=0) @ found.x < 1e-6:
        return None
    return np.asarray(found.x)


def _sides(counts: Counts) -> tuple[FloatArray, FloatArray]:
    """Covariates of all-yes cells, and minus those of all-no cells; those of mixed cells."""
    patterns, place = np.unique(counts.x, axis=0, return_inverse=True)
    yes = np.bincount(place.ravel(), counts.yes, len(patterns))
    trials = np.bincount(place.ravel(), counts.trials, len(patterns))
    sides = np.vstack([patterns[yes == trials], -patterns[yes == 0]])
    return sides, patterns[(yes > 0) & (yes < trials)]
