"""A fitted model of either family in one shape, with lme4's names and order."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from flows.statistics.formula import Frame
from flows.statistics.logistic_mixed_model import LogisticModel
from flows.statistics.mixed_model import ConditionalModes, MixedModel

FloatArray = NDArray[np.float64]
INTERCEPT = "(Intercept)"


@dataclass(frozen=True)
class Spread:
    """A variance (`term2` None) or covariance of random effects, as a row of lme4's VarCorr."""

    group: str
    term1: str
    term2: str | None
    vcov: float


@dataclass(frozen=True)
class Modes:
    """The conditional modes of one effect of one factor, and their standard deviations."""

    group: str
    term: str
    levels: tuple[str, ...]
    estimates: FloatArray
    sds: FloatArray


@dataclass(frozen=True)
class Fit:
    """What was fitted. `reml` is lme4's REMLcrit, None unless by REML; `loglik` is None then.

    `nodes` is the quadrature's, None for a linear model. `missing` counts per
    expression the rows in which it has no value.
    """

    names: tuple[str, ...]
    effects: FloatArray
    covariance: FloatArray
    spreads: tuple[Spread, ...]
    sigma: float
    reml: float | None
    loglik: float | None
    n_obs: int
    n_groups: dict[str, int]
    is_singular: bool
    dropped: tuple[str, ...]
    nodes: int | None
    n_missing: int
    missing: dict[str, int]
    n_weightless: int

    @property
    def errors(self) -> FloatArray:
        """Standard errors of the effects."""
        return np.sqrt(np.diag(self.covariance))


def of_linear(model: MixedModel, frame: Frame) -> Fit:
    """A linear model in this shape."""
    is_reml = model.method == "REML"
    terms = [(term.group, term.names, term.covariance) for term in model.covariances]
    return Fit(
        names=model.names,
        effects=model.fixed_effects,
        covariance=model.fixed_covariance,
        spreads=tuple(_spreads(terms)),
        sigma=model.sigma,
        reml=model.criterion if is_reml else None,
        loglik=None if is_reml else -model.criterion / 2,
        n_obs=model.n_obs,
        n_groups={term.group: model.n_groups[term.group] for term in frame.data.terms},
        is_singular=model.is_singular,
        dropped=model.dropped,
        nodes=None,
        n_missing=frame.n_missing,
        missing=frame.missing,
        n_weightless=frame.n_weightless,
    )


def of_logistic(model: LogisticModel, frame: Frame) -> Fit:
    """A logistic model in this shape; sigma is 1, as lme4's sigma() has it."""
    return Fit(
        names=model.names,
        effects=model.fixed_effects,
        covariance=model.fixed_covariance,
        spreads=(Spread(model.group, INTERCEPT, None, model.sd**2),),
        sigma=1.0,
        reml=None,
        loglik=model.log_likelihood,
        n_obs=model.n_obs,
        n_groups={model.group: model.n_groups},
        is_singular=model.is_singular,
        dropped=model.dropped,
        nodes=model.nodes,
        n_missing=frame.n_missing,
        missing=frame.missing,
        n_weightless=frame.n_weightless,
    )


def _spreads(terms: Sequence[tuple[str, tuple[str, ...], FloatArray]]) -> Iterator[Spread]:
    """Of each term its variances, then its covariances by column of the lower triangle."""
    groups = _told_apart([group for group, _, _ in terms])
    for group, (_, names, covariance) in zip(groups, terms, strict=True):
        for place, name in enumerate(names):
            yield Spread(group, name, None, float(covariance[place, place]))
        for first in range(len(names)):
            for second in range(first + 1, len(names)):
                value = float(covariance[first, second])
                yield Spread(group, names[first], names[second], value)


def _told_apart(groups: list[str]) -> list[str]:
    """Where a factor has several terms lme4 names them by R's make.names(unique = TRUE)."""
    if len(set(groups)) == len(groups):
        return groups
    made = [re.sub(r"[^\w.]", ".", group) for group in groups]
    taken: list[str] = []
    for name in made:
        number, unique = 0, name
        while unique in taken or (number and unique in made):
            number += 1
            unique = f"{name}.{number}"
        taken.append(unique)
    return taken


def modes_of_linear(terms: Iterable[ConditionalModes]) -> list[Modes]:
    """The modes effect by effect; those of one factor stand together, as in lme4's ranef."""
    by_group: dict[str, list[Modes]] = {}
    for term in terms:
        sds = term.standard_deviations
        by_group.setdefault(term.group, []).extend(
            Modes(term.group, name, term.levels, term.modes[:, place], sds[:, place])
            for place, name in enumerate(term.names)
        )
    return list(chain.from_iterable(by_group.values()))


def modes_of_logistic(model: LogisticModel, frame: Frame) -> list[Modes]:
    """The modes of the groups of a logistic model."""
    levels = frame.data.terms[0].levels
    return [Modes(model.group, INTERCEPT, levels, model.modes, model.mode_sds)]
