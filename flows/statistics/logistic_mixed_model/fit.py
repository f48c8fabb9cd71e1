"""Data -> a logistic model with a random intercept."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import gammaln

from flows.statistics.logistic_mixed_model import climb, plain
from flows.statistics.logistic_mixed_model.counts import Counts, counted
from flows.statistics.logistic_mixed_model.quadrature import rule
from flows.statistics.mixed_model import FloatArray, IntArray, ModelData, ModelDataError
from flows.statistics.mixed_model.basis import independent

NODES = 25
MOST_NODES = 100
FEW_NODES = 5
SINGULAR = 1e-4
"""A standard deviation below this counts as 0, as in lme4's isSingular."""


class NoFiniteEstimateError(ModelDataError):
    """The likelihood rises without end: an effect or the spread of the groups is infinite."""


class OutcomeError(ModelDataError):
    """An outcome that is neither yes nor no; `row` (from 0) is the first of them."""

    def __init__(self, what: str, next_step: str, row: int) -> None:
        self.row = row
        super().__init__(what, next_step)


@dataclass(frozen=True)
class LogisticModel:
    """A fitted model, in logits.

    `names`, `fixed_effects` (p) and `fixed_covariance` (p x p, from the Hessian
    over all parameters) leave out the columns in `dropped`. `sd` is that of the random
    intercept. `log_likelihood` holds the binomial coefficients where outcomes
    are counts, whatever the nodes (glmer with nAGQ > 1 gives there what is left
    above the saturated model; for 0/1 both are the same). `modes` and `mode_sds`
    (one per level of the group) are conditional on the estimates; a level without
    rows has 0 and `sd`. `cells` is the number of different rows the fit was made from.
    """

    names: tuple[str, ...]
    fixed_effects: FloatArray
    fixed_covariance: FloatArray
    dropped: tuple[str, ...]
    group: str
    sd: float
    log_likelihood: float
    nodes: int
    n_obs: int
    n_groups: int
    is_singular: bool
    modes: FloatArray
    mode_sds: FloatArray
    cells: int

    @property
    def standard_errors(self) -> FloatArray:
        """Of the fixed effects (p)."""
        return np.sqrt(np.diag(self.fixed_covariance))


def fit_logistic(data: ModelData, nodes: int = NODES) -> LogisticModel:
    """Maximum likelihood with `nodes` points of adaptive quadrature (1: Laplace).

    `data.y` is 0 or 1; with weights it is a share, and the weights are the numbers
    of trials. Raises ModelDataError, and NoFiniteEstimateError where
    covariates or groups tell yes from no without fail.
    """
    yes, trials = _outcomes(data, nodes)
    seen, codes = np.unique(data.terms[0].codes, return_inverse=True)
    _refuse_unfit(data, yes, trials, codes)
    kept = independent(np.asarray(np.linalg.qr(data.x, mode="r")))
    names = tuple(data.names[place] for place in kept)
    counts, turn = _turned(counted(data.x[:, kept], yes, trials, codes))
    start = plain.coefficients(counts)
    _refuse_separated(counts, turn, names, start)
    try:
        top = climb.top_of(counts, start, rule(min(nodes, FEW_NODES)), rule(nodes))
        covariance = _covariance(top, turn)
    except (climb.DivergedError, np.linalg.LinAlgError):
        raise _diverged(data) from None
    sd, modes = float(top.parameters[-1]), top.likelihood.modes
    n_levels = len(data.terms[0].levels)
    return LogisticModel(
        names=names,
        fixed_effects=turn @ top.parameters[:-1],
        fixed_covariance=covariance,
        dropped=tuple(name for place, name in enumerate(data.names) if place not in kept),
        group=data.terms[0].group,
        sd=sd,
        log_likelihood=top.likelihood.value + _coefficients(data, yes, trials),
        nodes=nodes,
        n_obs=len(data.y),
        n_groups=len(seen),
        is_singular=sd < SINGULAR,
        modes=_of_levels(sd * modes.u, seen, n_levels, 0.0),
        mode_sds=_of_levels(sd * modes.s, seen, n_levels, sd),
        cells=len(counts.yes),
    )


def _of_levels(found: FloatArray, seen: IntArray, n_levels: int, otherwise: float) -> FloatArray:
    """What was found of the levels that have rows, among all levels."""
    every = np.full(n_levels, otherwise)
    every[seen] = found
    return every


def _outcomes(data: ModelData, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Numbers of yes and of trials of each row. Raises ModelDataError."""
    if not 1 <= nodes <= MOST_NODES:
        raise ModelDataError(
            f"quadrature takes 1 to {MOST_NODES} nodes", f"Take {NODES}, or leave it out"
        )
    trials = np.ones(len(data.y)) if data.weights is None else data.weights
    if np.any(trials != np.rint(trials)):
        raise ModelDataError(
            "the weights of a yes/no outcome are numbers of trials, and one is not whole",
            "Give whole numbers as weights, or none",
        )
    yes = data.y * trials
    whole = np.rint(yes)
    wrong = (np.abs(yes - whole) > 1e-6 * trials) | (data.y < 0) | (data.y > 1)
    if wrong.any():
        raise OutcomeError(
            f"{data.outcome} is neither 0 nor 1 in {int(wrong.sum()):,} rows",
            "Write no as 0 and yes as 1, or give shares with their numbers of trials as weights",
            int(np.argmax(wrong)),
        )
    return whole, trials


def _refuse_unfit(data: ModelData, yes: FloatArray, trials: FloatArray, codes: IntArray) -> None:
    """Raises ModelDataError for what cannot be estimated whatever the values."""
    term, n_groups = data.terms[0], int(codes.max()) + 1
    if len(data.terms) > 1 or term.columns.shape[1] != 1 or np.any(term.columns != 1):
        raise ModelDataError(
            "a yes/no outcome takes one random intercept, and this formula asks for more",
            f'Write one random term, "(1 | {term.group})"',
        )
    if n_groups < 2:
        raise ModelDataError(
            f"{term.group} is the same in all rows, so groups cannot differ",
            "Take a grouping column with at least two groups",
        )
    if yes.sum() in (0, trials.sum()):
        raise ModelDataError(
            f"{data.outcome} is the same in all rows, so there is nothing to explain",
            "Take another outcome, or more rows",
        )
    if np.bincount(codes, trials).max() == 1:
        raise ModelDataError(
            f"every group of {term.group} has one row, so groups and chance cannot be told apart",
            "Take a coarser grouping column",
        )


def _turned(counts: Counts) -> tuple[Counts, FloatArray]:
    """The same cells with independent covariates of spread 1, and what turns theirs back.

    x_turned = x @ turn, so beta = turn @ beta_turned.
    """
    root = np.sqrt(counts.trials)[:, np.newaxis]
    r = np.linalg.qr(counts.x * root, mode="r")
    turn = solve_triangular(r, np.eye(len(r))) * np.sqrt(counts.trials.sum())
    return (
        Counts(counts.x @ turn, counts.yes, counts.trials, counts.starts, counts.group),
        np.asarray(turn),
    )


def _refuse_separated(
    counts: Counts, turn: FloatArray, names: tuple[str, ...], start: FloatArray
) -> None:
    direction = plain.separating(counts, start)
    if direction is None:
        return
    sizes = np.abs(turn @ direction) * np.abs(counts.x @ np.linalg.inv(turn)).max(axis=0)
    guilty = [n for n, size in zip(names, sizes, strict=True) if size > 1e-6 * sizes.max()]
    told = [name for name in guilty if name != "(Intercept)"] or guilty
    raise NoFiniteEstimateError(
        f"in part of the rows {' and '.join(told)} tells yes from no without fail, so the effect"
        " has no finite estimate",
        "Take it out of the formula, or join it with a neighbouring category",
    )


def _covariance(top: climb.Top, turn: FloatArray) -> FloatArray:
    """Of the fixed effects; at sd = 0 they do not depend on it. Raises LinAlgError."""
    bend = -top.hessian
    if top.parameters[-1] < SINGULAR:
        bend = bend[:-1, :-1]
    np.linalg.cholesky(bend)
    p = len(turn)
    return np.asarray(turn @ np.linalg.inv(bend)[:p, :p] @ turn.T)


def _diverged(data: ModelData) -> NoFiniteEstimateError:
    return NoFiniteEstimateError(
        f"within the groups of {data.terms[0].group} the outcome hardly varies, or is told by the"
        " covariates without fail, so there is no finite estimate",
        "Take groups with more rows, or fewer covariates",
    )


def _coefficients(data: ModelData, yes: FloatArray, trials: FloatArray) -> float:
    """The log of the binomial coefficients of counts; 0 for rows of one trial."""
    if data.weights is None:
        return 0.0
    return float((gammaln(trials + 1) - gammaln(yes + 1) - gammaln(trials - yes + 1)).sum())
