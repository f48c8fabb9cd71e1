"""What a fit says."""

from dataclasses import dataclass

import numpy as np

from flows.statistics.mixed_model.data import FloatArray


@dataclass(frozen=True)
class TermCovariance:
    """The covariance matrix (q x q, in squared points) of the effects of one random term."""

    group: str
    names: tuple[str, ...]
    covariance: FloatArray


@dataclass(frozen=True)
class MixedModel:
    """A linear mixed model fitted by REML or ML; names and places as lme4 has them.

    `names`, `fixed_effects` (p) and `fixed_covariance` (p x p) leave out the
    columns in `dropped`, which others to their left make up. `covariances` has
    one entry per random term, in the order of the data. `sigma` is the residual
    standard deviation. `criterion` is lme4's REMLcrit (-2 log restricted
    likelihood) under REML and -2 log likelihood under ML. `theta` holds the lower
    triangles, by column, of the Cholesky factors of covariance / sigma^2.
    `is_singular`: a variance is 0 or effects of a term depend on each other; a
    legal fit at the edge of what is possible.
    """

    method: str
    names: tuple[str, ...]
    fixed_effects: FloatArray
    fixed_covariance: FloatArray
    dropped: tuple[str, ...]
    covariances: tuple[TermCovariance, ...]
    sigma: float
    criterion: float
    theta: FloatArray
    n_obs: int
    n_groups: dict[str, int]
    is_singular: bool

    @property
    def standard_errors(self) -> FloatArray:
        """Of the fixed effects (p)."""
        return np.sqrt(np.diag(self.fixed_covariance))
