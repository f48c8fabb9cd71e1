"""One large positive definite system, by a dense or a sparse Cholesky factor."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy import sparse
from scipy.linalg import lapack
from scipy.sparse.linalg import SuperLU, splu

from flows.statistics.mixed_model.data import FloatArray


class PositiveDefinite(Protocol):
    """A factored matrix M (m x m)."""

    @property
    def log_det(self) -> float:
        """Of M."""

    def solved(self, right: FloatArray) -> FloatArray:
        """M^-1 right (m x c)."""

    def rows(self, left: FloatArray | sparse.csr_array) -> FloatArray:
        """left M^-1 (r x m)."""


@dataclass(frozen=True)
class Dense:
    """`root` is the lower Cholesky factor."""

    root: FloatArray

    @property
    def log_det(self) -> float:
        """Twice the sum of the logarithms on the diagonal of the factor."""
        return 2 * float(np.log(np.diag(self.root)).sum())

    def solved(self, right: FloatArray) -> FloatArray:
        """By the factor and its transpose."""
        return np.asarray(lapack.dpotrs(self.root, right, lower=1)[0])

    def rows(self, left: FloatArray | sparse.csr_array) -> FloatArray:
        """By the inverse, made once."""
        return np.asarray(left @ self._inverse)

    @cached_property
    def _inverse(self) -> FloatArray:
        lower = np.tril(lapack.dpotri(self.root, lower=1)[0])
        return np.asarray(lower + np.tril(lower, -1).T)


@dataclass(frozen=True)
class Sparse:
    """SuperLU in its symmetric mode, without exchanges: U is the Cholesky factor up to scale."""

    factored: SuperLU

    @property
    def log_det(self) -> float:
        """The sum of the logarithms of the pivots."""
        return float(np.log(self.factored.U.diagonal()).sum())

    def solved(self, right: FloatArray) -> FloatArray:
        """By both triangles."""
        return np.asarray(self.factored.solve(right))

    def rows(self, left: FloatArray | sparse.csr_array) -> FloatArray:
        """One system for each row."""
        right = left.toarray() if sparse.issparse(left) else left
        return self.solved(np.ascontiguousarray(right.T)).T


def dense(matrix: FloatArray) -> Dense:
    """Factored; raises numpy's LinAlgError where it is not positive definite."""
    root, info = lapack.dpotrf(matrix, lower=1)
    if info:
        raise np.linalg.LinAlgError
    return Dense(root)


def sparsely(matrix: sparse.csc_array) -> Sparse:
    """Factored, with an order of the unknowns that keeps the factor sparse."""
    options = {"SymmetricMode": True}
    return Sparse(splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options))
