"""The maximum of the likelihood, by Newton steps with the exact gradient."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from flows.statistics.logistic_mixed_model.counts import Counts
from flows.statistics.logistic_mixed_model.quadrature import Likelihood, Rule, likelihood
from flows.statistics.mixed_model import FloatArray

DIFFERENCE = 1e-4
"""Of the parameters between two gradients; with columns of spread 1 its error is about 1e-8."""

ENOUGH = 1e-13
"""What a Newton step may still promise, in log-likelihood."""

LARGEST_SD = 50.0
"""A random intercept that runs on beyond this has no finite estimate: 50 on the logit scale
is the difference between no chance and no doubt in every group."""

MOST_STEPS = 100
STARTS = (0.2, 0.7, 2.0)


class DivergedError(ArithmeticError):
    """The likelihood rises without end, or has no clear top."""


@dataclass(frozen=True)
class Top:
    """Parameters (beta, tau) with tau >= 0, the likelihood there and its Hessian."""

    parameters: FloatArray
    likelihood: Likelihood
    hessian: FloatArray


def top_of(counts: Counts, beta: FloatArray, few: Rule, use: Rule) -> Top:
    """The highest top found from a few starting values of tau, and from tau = 0.

    `beta` are the coefficients without random intercept; a first climb takes
    the rule of `few` nodes. Raises DivergedError.
    """
    flat = np.append(beta, 0.0)
    starts = [np.append(beta * np.sqrt(1 + 0.35 * tau**2), tau) for tau in STARTS]
    height = _height(counts, few)
    best = max(starts, key=lambda parameters: height(parameters).value)
    best = _climbed(height, best)[0]
    height = _height(counts, use)
    parameters, found = _climbed(height, np.append(best[:-1], max(abs(best[-1]), STARTS[0])))
    level = height(flat)
    if level.value >= found.value - ENOUGH * abs(found.value):
        parameters, found = flat, level
    parameters[-1] = abs(parameters[-1])
    return Top(parameters, height(parameters), _hessian(height, parameters))


Height = Callable[[FloatArray], Likelihood]


def _height(counts: Counts, use: Rule) -> Height:
    """The likelihood as a function of the parameters; it seeks modes from those found last."""
    last = np.zeros(len(counts.starts))

    def height(parameters: FloatArray) -> Likelihood:
        nonlocal last
        found = likelihood(counts, parameters, use, last)
        last = found.modes.u
        return found

    return height


def _climbed(height: Height, start: FloatArray) -> tuple[FloatArray, Likelihood]:
    """Newton steps, halved until they rise; the Hessian is made anew when they slow down."""
    here, now, promised = start, height(start), np.inf
    hessian = _hessian(height, here)
    for _ in range(MOST_STEPS):
        step = _step(hessian, now.gradient)
        promise = float(now.gradient @ step) / 2
        if promise < ENOUGH * max(1.0, abs(now.value) * 1e-4):
            return here, now
        if promise > promised / 50:
            hessian = _hessian(height, here)
            step = _step(hessian, now.gradient)
        promised = promise
        here, now = _risen(height, here, now, step)
        if abs(here[-1]) > LARGEST_SD or not np.isfinite(now.value):
            raise DivergedError
    raise DivergedError


def _risen(
    height: Height, here: FloatArray, now: Likelihood, step: FloatArray
) -> tuple[FloatArray, Likelihood]:
    step = step / max(1.0, float(np.abs(step).max()) / (2 + abs(here[-1])))
    for _ in range(40):
        there = here + step
        found = height(there)
        if found.value >= now.value - 1e-14 * abs(now.value):
            return there, found
        step = step / 2
    return here, now


def _step(hessian: FloatArray, gradient: FloatArray) -> FloatArray:
    """Newton's step, uphill also where the likelihood is not concave."""
    values, vectors = np.linalg.eigh(-hessian)
    size = np.maximum(np.abs(values), 1e-10 * max(1.0, float(np.abs(values).max())))
    return np.asarray(vectors @ ((vectors.T @ gradient) / size))


def _hessian(height: Height, here: FloatArray) -> FloatArray:
    """Central differences of the exact gradient."""
    rows = [
        (height(here + move).gradient - height(here - move).gradient) / (2 * DIFFERENCE)
        for move in DIFFERENCE * np.eye(len(here))
    ]
    hessian = np.array(rows)
    return (hessian + hessian.T) / 2
