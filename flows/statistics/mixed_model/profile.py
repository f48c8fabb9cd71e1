"""The theta at which the profiled criterion is lowest."""

import numpy as np

from flows.statistics.mixed_model.criterion import Criterion
from flows.statistics.mixed_model.data import FloatArray
from flows.statistics.mixed_model.minimum import minimum
from flows.statistics.mixed_model.roots import lower_root

SCALES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Standard deviations of effects, in units of sigma; the search starts from the best of them."""

ESCAPES = 8
NEGLIGIBLE = 1e-9
"""Two criteria that differ by less are the same fit."""


def best_theta(criterion: Criterion, start: FloatArray | None = None) -> FloatArray:
    """The lowest point, by the conditions that hold at the edge as well.

    A minimum over covariance matrices T has df/dT T = 0, and no eigenvalue of
    df/dT below 0: where one is, the criterion falls when a variance grows in
    that direction, and the search goes on from there.
    """
    theta = _first(criterion) if start is None else start
    for _ in range(ESCAPES):
        theta = minimum(criterion.gradient, theta)
        further = _away_from_edge(criterion, theta)
        if further is None:
            break
        theta = further
    return _at_edge(criterion, theta)


def _first(criterion: Criterion) -> FloatArray:
    unit = criterion.theta([np.eye(q) for q in criterion.sizes])
    return min((scale * unit for scale in SCALES), key=criterion.value)


def _away_from_edge(criterion: Criterion, theta: FloatArray) -> FloatArray | None:
    """A better point with one more direction of variance; None where there is none, or where
    looking for one would cost more than the search."""
    if not criterion.solver.has_quick_grips:
        return None
    value, slopes = criterion.by_covariance(theta)
    factors = criterion.factors(theta)
    for place, slope in enumerate(slopes):
        low, directions = np.linalg.eigh(slope)
        if low[0] >= 0:
            continue
        for variance in (1.0, 0.1, 0.01, 1e-3, 1e-4, 1e-5):
            grown = factors[place] @ factors[place].T
            grown += variance * np.outer(directions[:, 0], directions[:, 0])
            new = [*factors[:place], lower_root(grown), *factors[place + 1 :]]
            if criterion.value(criterion.theta(new)) < value - NEGLIGIBLE:
                return criterion.theta(new)
    return None


def _at_edge(criterion: Criterion, theta: FloatArray) -> FloatArray:
    """The same fit with what is next to nothing set to nothing, also a term on which the data
    say nothing."""
    theta = criterion.theta([lower_root(f @ f.T) for f in criterion.factors(theta)])
    bound = criterion.value(theta) + NEGLIGIBLE
    for place in range(len(criterion.sizes)):
        factors = criterion.factors(theta)
        for smaller in (np.zeros_like(factors[place]), _trimmed(factors[place])):
            edge = criterion.theta([*factors[:place], smaller, *factors[place + 1 :]])
            if criterion.value(edge) <= bound:
                theta = edge
                break
    return theta


def _trimmed(factor: FloatArray) -> FloatArray:
    """Lambda without directions of a variance of next to nothing."""
    values, vectors = np.linalg.eigh(factor @ factor.T)
    values = np.where(values < 1e-8 * max(1.0, values.max()), 0.0, values)
    return lower_root((vectors * values) @ vectors.T)
