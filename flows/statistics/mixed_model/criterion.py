"""The profiled criterion as a function of theta, and its gradient.

theta holds the lower triangles, by column, of Lambda for each term; effects
have covariance sigma^2 Lambda Lambda'. With everything else profiled out, -2 log
of the restricted likelihood is

    log|L|^2 + log|R_X|^2 + (n - p) (1 + log(2 pi r^2 / (n - p)))

and -2 log likelihood is log|L|^2 + n (1 + log(2 pi r^2 / n)) (Bates, Maechler,
Bolker & Walker 2015, JSS 67(1), section 3). The gradient by T = Lambda Lambda'
of a term is the sum over its groups of Z'PZ - Z'Pyy'PZ / s^2, with P the
projection of REML (V^-1 instead under ML) and s^2 = r^2 / (n - p) (r^2 / n).
"""

from dataclasses import dataclass
from math import log, pi

import numpy as np

from flows.statistics.mixed_model.data import FloatArray
from flows.statistics.mixed_model.solution import Solution, Solver

WIDTH = 1e-4
"""Of differences between values."""


@dataclass(frozen=True)
class Criterion:
    """`sizes` are the numbers of effects of each term; `degrees` is n - p, or n under ML."""

    solver: Solver
    sizes: tuple[int, ...]
    degrees: int
    is_reml: bool

    @property
    def n_theta(self) -> int:
        """How many numbers theta holds."""
        return sum(q * (q + 1) // 2 for q in self.sizes)

    def factors(self, theta: FloatArray) -> list[FloatArray]:
        """Lambda (q x q, lower triangular) of each term."""
        found, start = [], 0
        for q in self.sizes:
            end = start + q * (q + 1) // 2
            lower = np.zeros((q, q))
            lower.T[np.triu_indices(q)] = theta[start:end]
            found.append(lower)
            start = end
        return found

    def theta(self, factors: list[FloatArray]) -> FloatArray:
        """The other way round; whatever stands above the diagonals is left out."""
        return np.concatenate([lower.T[np.triu_indices(len(lower))] for lower in factors])

    def value(self, theta: FloatArray) -> float:
        """-2 log (restricted) likelihood in the units of the standard form."""
        return self.value_of(self.solver.eliminated(self.factors(theta)).solution)

    def value_of(self, solution: Solution) -> float:
        """The same, once solved."""
        per_degree = 1 + log(2 * pi * solution.rss / self.degrees)
        fixed = 2 * float(np.log(np.diag(solution.root)).sum()) if self.is_reml else 0.0
        return solution.log_det + fixed + self.degrees * per_degree

    def by_covariance(self, theta: FloatArray) -> tuple[float, list[FloatArray]]:
        """The value, and its gradient by T of each term (q x q)."""
        eliminated = self.solver.eliminated(self.factors(theta))
        solution = eliminated.solution
        variance = solution.rss / self.degrees
        grips = eliminated.grips(solution.effects, self.uncertainty(solution))
        slopes = [g.hold.sum(axis=2) - g.pull @ g.pull.T / variance for g in grips]
        return self.value_of(solution), slopes

    def gradient(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """The value, and its gradient by theta: 2 (df/dT) Lambda. Infinite where rounding leaves
        the system without a solution."""
        try:
            if not self.solver.has_quick_grips:
                return self.value(theta), self._differences(theta)
            value, slopes = self.by_covariance(theta)
        except np.linalg.LinAlgError:
            return float("inf"), np.zeros_like(theta)
        factors = self.factors(theta)
        return value, self.theta([2 * g @ f for g, f in zip(slopes, factors, strict=True)])

    def _differences(self, theta: FloatArray) -> FloatArray:
        """The gradient from values on either side."""
        slopes = np.empty_like(theta)
        for i, place in enumerate(theta):
            step = np.zeros_like(theta)
            step[i] = WIDTH * max(1.0, abs(place))
            slopes[i] = (self.value(theta + step) - self.value(theta - step)) / (2 * step[i])
        return slopes

    def uncertainty(self, solution: Solution) -> FloatArray:
        """Of the fixed effects as REML counts it, in units of sigma^2; zeros under ML."""
        if not self.is_reml:
            return np.zeros_like(solution.root)
        return fixed_uncertainty(solution)


def fixed_uncertainty(solution: Solution) -> FloatArray:
    """Covariance (p x p) of the fixed effects in units of sigma^2: (R_X' R_X)^-1."""
    inverse = np.linalg.inv(solution.root)
    return inverse @ inverse.T
