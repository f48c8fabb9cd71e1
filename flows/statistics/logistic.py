"""Logistic regression with a ridge, and the slope by which probabilities are judged."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from flows.statistics.course import Flags, FloatArray

STEPS = 60
PRECISION = 1e-8


@dataclass(frozen=True)
class Logistic:
    """`coefficients` (k + 1, the intercept first) of columns that are standardised first.

    The logit of a row x (k) is c0 + sum of c (x - `means`) / `spreads`.
    """

    coefficients: FloatArray
    means: FloatArray
    spreads: FloatArray

    def logit(self, x: FloatArray) -> FloatArray:
        """Of each row of x (n x k)."""
        slopes = self.coefficients[1:] / self.spreads
        return np.asarray(x @ slopes + (self.coefficients[0] - slopes @ self.means))


def logistic(x: FloatArray, happened: Flags, ridge: float) -> Logistic:
    """The fit of `happened` (n) on x (n x k) with penalty ridge / 2 x the squared coefficients.

    Columns are standardised before, so that the penalty means the same for each
    (Hoerl & Kennard 1970; le Cessie & van Houwelingen 1992 for the logistic one); one
    without spread gets a coefficient of 0. The intercept bears no penalty.
    """
    means, spreads = x.mean(axis=0), x.std(axis=0)
    spreads = np.where(spreads > 1e-12, spreads, 1.0)
    columns = np.column_stack([np.ones(len(x)), (x - means) / spreads])
    penalty = np.full(columns.shape[1], ridge)
    penalty[0] = 0.0
    return Logistic(_climb(columns, happened.astype(float), penalty), means, spreads)


def _climb(columns: FloatArray, y: FloatArray, penalty: FloatArray) -> FloatArray:
    """Newton's steps, halved until they help."""
    found = np.zeros(columns.shape[1])
    loss = _loss(columns @ found, y, found, penalty)
    for _ in range(STEPS):
        p = expit(columns @ found)
        slope = columns.T @ (y - p) - penalty * found
        bend = (columns * (p * (1 - p))[:, None]).T @ columns + np.diag(penalty + 1e-10)
        step = np.linalg.solve(bend, slope)
        new, new_loss = found, loss
        for half in range(30):
            new = found + step / 2**half
            new_loss = _loss(columns @ new, y, new, penalty)
            if new_loss <= loss:
                break
        done = loss - new_loss < PRECISION * (1 + abs(loss))
        found, loss = new, new_loss
        if done:
            break
    return found


def _loss(logit: FloatArray, y: FloatArray, found: FloatArray, penalty: FloatArray) -> float:
    return float((np.logaddexp(0, logit) - y * logit).sum() + (penalty * found**2).sum() / 2)


def calibration_slope(logit: FloatArray, happened: Flags) -> FloatArray:
    """Intercept and slope (2) of the logistic regression of what happened on its logit.

    A slope of 1 is right; below 1 the predictions were too extreme (Cox 1958,
    Biometrika 45:562-565).
    """
    columns = np.column_stack([np.ones(len(logit)), logit])
    return _climb(columns, happened.astype(float), np.zeros(2))
