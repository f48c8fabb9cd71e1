"""What both solvers hand over: the model with all random effects eliminated."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from flows.statistics.mixed_model.data import FloatArray, IntArray
from flows.statistics.mixed_model.errors import ModelDataError

NOTHING = 1e-12
"""A residual sum of squares of at most this share of the outcome's is rounding."""


@dataclass(frozen=True)
class Solution:
    """`log_det` is that of the random effects' system, `root` (p x p, upper) that of the fixed
    effects, `effects` (p) these effects, `rss` the penalized residual sum of squares."""

    log_det: float
    root: FloatArray
    effects: FloatArray
    rss: float


@dataclass(frozen=True)
class Grip:
    """What the rows do to one term's effects: `pull` is Z'Py (q x groups), `hold` the diagonal
    blocks of Z'PZ (q x q x groups), with P the projection of REML."""

    pull: FloatArray
    hold: FloatArray


@dataclass(frozen=True)
class Posterior:
    """Of one term's effects given the rows and the fixed effects, in units of sigma: `mean`
    (q x groups) and `covariance` (q x q x groups); `codes` are the levels of the groups."""

    codes: IntArray
    mean: FloatArray
    covariance: FloatArray


class Elimination(Protocol):
    """A model with the random effects of one Lambda per term eliminated."""

    @property
    def solution(self) -> Solution:
        """What is left. Raises ModelDataError when that is no residual."""

    def grips(self, effects: FloatArray, uncertainty: FloatArray) -> list[Grip]:
        """Of each term, with fixed effects (p) known up to a covariance of `uncertainty` sigma^2
        (p x p)."""

    def posteriors(self) -> list[Posterior]:
        """Of each term, in a system without fixed columns."""


class Solver(Protocol):
    """Eliminates the random effects of one model, for any Lambda."""

    @property
    def has_quick_grips(self) -> bool:
        """Whether grips cost no more than a few eliminations."""

    def eliminated(self, factors: list[FloatArray]) -> Elimination:
        """With `factors` the Lambda (q x q) of each term."""


def solution_of(log_det: float, products: FloatArray, total: float) -> Solution:
    """From the products (p + 1) of fixed effects and outcome after all random effects.

    `total` is the outcome's sum of squares before them. Raises ModelDataError
    when nothing of it is left for a residual.
    """
    p = len(products) - 1
    root: FloatArray = np.asarray(np.linalg.cholesky(products[:p, :p]).T, dtype=np.float64)
    half = np.linalg.solve(root.T, products[:p, p])
    rss = float(products[p, p] - half @ half)
    if rss <= NOTHING * total:
        raise ModelDataError(
            "The groups explain the outcome without any rest",
            "A mixed model needs outcomes that differ within groups",
        )
    return Solution(log_det, root, np.linalg.solve(root, half), rss)


def block_diagonal(matrices: list[FloatArray]) -> FloatArray:
    """The matrices along the diagonal, zeros elsewhere."""
    size = sum(map(len, matrices))
    whole, start = np.zeros((size, size)), 0
    for matrix in matrices:
        end = start + len(matrix)
        whole[start:end, start:end] = matrix
        start = end
    return whole


def term_places(terms: tuple[int, ...], sizes: tuple[int, ...]) -> list[tuple[int, slice]]:
    """Each of a factor's `terms`, and where its effects stand among those of the factor."""
    found, start = [], 0
    for place in terms:
        found.append((place, slice(start, start + sizes[place])))
        start += sizes[place]
    return found
