"""A linear mixed model fitted by REML or ML."""

from typing import Literal

import numpy as np

from flows.statistics.mixed_model.criterion import Criterion, fixed_uncertainty
from flows.statistics.mixed_model.data import FloatArray, ModelData
from flows.statistics.mixed_model.model import MixedModel, TermCovariance
from flows.statistics.mixed_model.profile import best_theta
from flows.statistics.mixed_model.roots import lower_root
from flows.statistics.mixed_model.solver import solver_of
from flows.statistics.mixed_model.sums import Sums, sums_of
from flows.statistics.mixed_model.system import System, system_of

Method = Literal["REML", "ML"]

SINGULAR = 1e-4
"""lme4's isSingular(): a diagonal of Lambda below this is at the edge; here in units of the
columns' root mean squares, so that a covariate in millions does not look like one without
effect."""


def fit(
    data: ModelData | Sums, *, method: Method = "REML", start: FloatArray | None = None
) -> MixedModel:
    """The model with the lowest criterion; `start` is a theta to begin the search from.

    Raises ModelDataError where data or model do not allow a fit.
    """
    sums = data if isinstance(data, Sums) else sums_of(data)
    system = system_of(sums)
    solver = solver_of(sums, system.blocks, [system.fixed, system.outcome[:, None]])
    sizes = tuple(block.columns.shape[1] for block in system.blocks)
    degrees = sums.n_obs - (len(system.kept) if method == "REML" else 0)
    criterion = Criterion(solver, sizes, degrees, method == "REML")
    theta = best_theta(criterion, None if start is None else _inner(system, criterion, start))
    return _model(system, criterion, theta, method)


def _model(system: System, criterion: Criterion, theta: FloatArray, method: Method) -> MixedModel:
    factors = criterion.factors(theta)
    solution = criterion.solver.eliminated(factors).solution
    sigma = system.spread * float(np.sqrt(solution.rss / criterion.degrees))
    relative = [
        block.turn @ factor @ factor.T @ block.turn.T
        for block, factor in zip(system.blocks, factors, strict=True)
    ]
    outer = [lower_root(covariance) for covariance in relative]
    uncertainty = system.turn @ fixed_uncertainty(solution) @ system.turn.T
    return MixedModel(
        method=method,
        names=tuple(system.sums.names[place] for place in system.kept),
        fixed_effects=system.start + system.spread * system.turn @ solution.effects,
        fixed_covariance=sigma**2 * uncertainty,
        dropped=_dropped(system),
        covariances=tuple(
            TermCovariance(term.group, term.names, sigma**2 * covariance)
            for term, covariance in zip(system.sums.terms, relative, strict=True)
        ),
        sigma=sigma,
        criterion=criterion.value_of(solution) + _constant(system, criterion),
        theta=criterion.theta(outer),
        n_obs=system.n_obs,
        n_groups={factor.group: len(np.unique(factor.codes)) for factor in system.sums.factors},
        is_singular=_is_singular(system, outer),
    )


def _dropped(system: System) -> tuple[str, ...]:
    names = system.sums.names
    return tuple(names[place] for place in range(len(names)) if place not in system.kept)


def _constant(system: System, criterion: Criterion) -> float:
    """By which lme4's criterion differs from that of the standard form."""
    spread = 2 * criterion.degrees * float(np.log(system.spread)) - system.sums.log_weights
    if not criterion.is_reml:
        return spread
    return spread - 2 * float(np.log(np.abs(np.diag(system.turn))).sum())


def _is_singular(system: System, factors: list[FloatArray]) -> bool:
    return any(
        bool((np.diag(factor) * block.lengths < SINGULAR).any())
        for block, factor in zip(system.blocks, factors, strict=True)
    )


def _inner(system: System, criterion: Criterion, theta: FloatArray) -> FloatArray:
    """theta of the model as it is, for the standard form."""
    turned = []
    for block, factor in zip(system.blocks, criterion.factors(theta), strict=True):
        root = np.linalg.solve(block.turn, factor)
        turned.append(lower_root(root @ root.T))
    return criterion.theta(turned)
