"""Data as a model would make them, drawn as sums: the rows themselves are not needed.

With S the products of a cell's columns, those with the residuals e of its rows
are normal with covariance sigma^2 S, and what of e'e is not in them is sigma^2
chi-square on n - rank degrees of freedom. Drawn is what the model adds to its
fixed effects; these would only return in the fit as they are.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from flows.statistics.mixed_model.data import FloatArray
from flows.statistics.mixed_model.fit import Method, fit
from flows.statistics.mixed_model.model import MixedModel
from flows.statistics.mixed_model.roots import lower_root
from flows.statistics.mixed_model.sums import Sums

RANK = 1e-10
"""An eigenvalue of at most this share of the largest is rounding."""


@dataclass(frozen=True)
class Simulation:
    """A model, and the sums whose groups and covariates are kept."""

    model: MixedModel
    sums: Sums

    def refitted(self, rng: np.random.Generator) -> MixedModel:
        """The model fitted to one draw."""
        method: Method = "ML" if self.model.method == "ML" else "REML"
        found = fit(self.drawn(rng), method=method, start=self.model.theta)
        return replace(found, fixed_effects=found.fixed_effects + self.model.fixed_effects)

    def drawn(self, rng: np.random.Generator) -> Sums:
        """The sums with another outcome, less its fixed effects."""
        products, sigma = self.sums.products, self.model.sigma
        effects = self._effects(rng)
        expected = np.einsum("klc,lc->kc", self._columns, effects)
        normal = rng.normal(size=effects.shape)
        noise = sigma * np.einsum("ckl,lc->kc", self._roots, normal)
        within = normal[self._counted.T]
        rest = rng.chisquare(max(0, self.sums.n_obs - len(within))) + within @ within
        squares = (effects * (expected + 2 * noise)).sum() + sigma**2 * rest
        drawn = products.copy()
        drawn[:-1, -1] = drawn[-1, :-1] = expected + noise
        drawn[-1, -1] = squares / products.shape[2]
        coordinates = self.sums.coordinates.copy()
        coordinates[:, -1] = np.eye(len(coordinates))[-1]
        return replace(self.sums, products=drawn, coordinates=coordinates)

    def _effects(self, rng: np.random.Generator) -> FloatArray:
        """What random effects add in each cell, per column of the basis without the outcome's."""
        total = np.zeros(self._columns.shape[1:])
        codes = {factor.group: factor for factor in self.sums.factors}
        for term, fitted in zip(self.sums.terms, self.model.covariances, strict=True):
            factor = codes[term.group]
            normal = rng.normal(size=(len(term.names), len(factor.levels)))
            drawn = lower_root(fitted.covariance) @ normal
            total += self.sums.coordinates[:-1, list(term.places)] @ drawn[:, factor.codes]
        return total

    @property
    def _columns(self) -> FloatArray:
        return self.sums.products[:-1, :-1]

    @cached_property
    def _eigen(self) -> tuple[FloatArray, FloatArray]:
        """Of each cell's products: eigenvalues (cells x k - 1) without rounding, eigenvectors."""
        values, vectors = np.linalg.eigh(self._columns.transpose(2, 0, 1))
        largest = values.max(axis=1, keepdims=True)
        return np.where(values > RANK * largest, values, 0.0), vectors

    @cached_property
    def _roots(self) -> FloatArray:
        """Root (cells x k - 1 x k - 1) of each cell's products."""
        values, vectors = self._eigen
        return vectors * np.sqrt(values)[:, None, :]

    @cached_property
    def _counted(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Which eigenvalues are degrees of freedom (cells x k - 1)."""
        return self._eigen[0] > 0
