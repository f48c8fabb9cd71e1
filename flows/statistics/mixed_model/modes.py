"""What a fitted model expects of each group.

The conditional mode of a group's effects b is T Z'V^-1 (y - X beta), with
covariance sigma^2 (T - T Z'V^-1 Z T) given the fixed effects (Bates, Maechler,
Bolker & Walker 2015, JSS 67(1), section 5; lme4's ranef(condVar = TRUE)). It lies
between 0 and what the group's own rows say, nearer to 0 the fewer they are.
"""

from dataclasses import dataclass

import numpy as np

from flows.statistics.mixed_model.data import FloatArray, ModelData
from flows.statistics.mixed_model.errors import ModelDataError
from flows.statistics.mixed_model.model import MixedModel
from flows.statistics.mixed_model.roots import lower_root
from flows.statistics.mixed_model.solution import Posterior
from flows.statistics.mixed_model.solver import solver_of
from flows.statistics.mixed_model.sums import Sums, sums_of
from flows.statistics.mixed_model.system import Block, blocks_of


@dataclass(frozen=True)
class ConditionalModes:
    """Of one term: `modes` (levels x q) and `covariances` (levels x q x q), in points.

    A level without rows has mode 0 and the covariance of the term.
    """

    group: str
    names: tuple[str, ...]
    levels: tuple[str, ...]
    modes: FloatArray
    covariances: FloatArray

    @property
    def standard_deviations(self) -> FloatArray:
        """Conditional on the fixed effects (levels x q): lme4's condsd."""
        return np.sqrt(np.diagonal(self.covariances, axis1=1, axis2=2))


def conditional_modes(model: MixedModel, data: ModelData | Sums) -> tuple[ConditionalModes, ...]:
    """Of each term, in their order; `data` may be other data than the model was fitted to.

    Raises ModelDataError when the data have other terms than the model, or
    lack one of its covariates.
    """
    sums = data if isinstance(data, Sums) else sums_of(data)
    _check_same_terms(model, sums)
    blocks = blocks_of(sums)
    solver = solver_of(sums, blocks, [_residual(model, sums)[:, None]])
    factors = [
        _inner(block, term.covariance / model.sigma**2)
        for block, term in zip(blocks, model.covariances, strict=True)
    ]
    posteriors = solver.eliminated(factors).posteriors()
    return tuple(
        _modes(model, sums, place, blocks[place], factor @ factor.T, posterior)
        for place, (factor, posterior) in enumerate(zip(factors, posteriors, strict=True))
    )


def _modes(
    model: MixedModel, sums: Sums, place: int, block: Block, t: FloatArray, posterior: Posterior
) -> ConditionalModes:
    """Of one term with covariance `t` sigma^2, led back to the columns of the data."""
    term, factor = sums.terms[place], sums.factors[block.factor]
    modes = np.zeros((len(factor.levels), len(t)))
    modes[posterior.codes] = (block.turn @ posterior.mean).T
    covariances = np.tile(t, (len(factor.levels), 1, 1))
    covariances[posterior.codes] = posterior.covariance.transpose(2, 0, 1)
    covariances = model.sigma**2 * block.turn @ covariances @ block.turn.T
    return ConditionalModes(term.group, term.names, factor.levels, modes, covariances)


def _residual(model: MixedModel, sums: Sums) -> FloatArray:
    """What the model's fixed effects leave of the outcome (k)."""
    missing = [name for name in model.names if name not in sums.names]
    if missing:
        raise ModelDataError(
            f"The data lack {', '.join(missing)}", "Give every covariate that the model has"
        )
    places = [sums.names.index(name) for name in model.names]
    return sums.coordinates[:, -1] - sums.coordinates[:, places] @ model.fixed_effects


def _inner(block: Block, relative: FloatArray) -> FloatArray:
    """Lambda in the standard form for a covariance / sigma^2 of effects of the data's columns."""
    back = np.linalg.inv(block.turn)
    return lower_root(back @ relative @ back.T)


def _check_same_terms(model: MixedModel, sums: Sums) -> None:
    of_model = [(term.group, term.names) for term in model.covariances]
    if of_model != [(term.group, term.names) for term in sums.terms]:
        raise ModelDataError(
            "The data have other random effects than the model",
            "Give the same grouping factors and effects, in the same order",
        )
