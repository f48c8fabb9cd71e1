"""The model in the form in which it is solved.

Fixed columns are turned to be independent of each other, the columns of each
random term likewise, and the outcome is what ordinary least squares leave of
it, in units of its own spread. The model is the same (lme4's criterion differs
by a constant), but years and millions among the covariates no longer matter.
"""

from dataclasses import dataclass

import numpy as np

from flows.statistics.mixed_model.basis import COLLINEAR, independent, triangular
from flows.statistics.mixed_model.data import FloatArray
from flows.statistics.mixed_model.errors import ModelDataError
from flows.statistics.mixed_model.sums import Factor, Sums


@dataclass(frozen=True)
class Block:
    """One random term: its factor's place, its columns from the basis (k x q), its own scale.

    Effects per column of the data are `turn` @ effects per column of `columns`;
    `lengths` (q) are the root mean squares of the data's own columns.
    """

    factor: int
    columns: FloatArray
    turn: FloatArray
    lengths: FloatArray


@dataclass(frozen=True)
class System:
    """`fixed` (k x p) and `outcome` (k) are made from the basis of the sums.

    `turn` (p x p) leads fixed effects of this form back to those of the columns
    `kept`, to which `start` (p) is added after `spread`, the unit of the outcome.
    `constant` is what lme4's criterion has besides.
    """

    sums: Sums
    blocks: tuple[Block, ...]
    fixed: FloatArray
    outcome: FloatArray
    kept: tuple[int, ...]
    turn: FloatArray
    start: FloatArray
    spread: float

    @property
    def n_obs(self) -> int:
        """Rows with a weight."""
        return self.sums.n_obs

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The grouping factors, as the sums have them."""
        return self.sums.factors


def system_of(sums: Sums) -> System:
    """The model in standard form; raises ModelDataError where no model can be fitted."""
    check_counts(sums)
    root = _root(sums.products.sum(axis=2))
    kept = independent(root @ sums.coordinates[:, : sums.n_fixed])
    if sums.n_obs <= len(kept):
        raise ModelDataError(
            f"{sums.n_obs} observations are too few for {len(kept)} fixed effects",
            "Use more observations or fewer covariates",
        )
    columns = sums.coordinates[:, kept]
    turn = _turn(root @ columns, sums.n_obs)
    outcome, start, spread = _left_over(sums, root, columns, turn)
    return System(
        sums=sums,
        blocks=blocks_of(sums, root),
        fixed=columns @ turn,
        outcome=outcome,
        kept=tuple(kept),
        turn=turn,
        start=start,
        spread=spread,
    )


def check_counts(sums: Sums) -> None:
    """Raise ModelDataError where groups are too few or too small, by lme4's rules."""
    for factor in sums.factors:
        used = len(np.unique(factor.codes))
        if used < 2:
            raise ModelDataError(
                f"{factor.group} has one group only", "A grouping factor needs at least two groups"
            )
        for term in sums.terms:
            if term.group == factor.group and used * len(term.names) >= sums.n_obs:
                raise ModelDataError(
                    f"{sums.n_obs} observations are too few for {used} groups of {factor.group}"
                    f" with {len(term.names)} random effects each",
                    "There must be more observations than random effects: use larger groups, or"
                    " fewer random effects",
                )


def blocks_of(sums: Sums, root: FloatArray | None = None) -> tuple[Block, ...]:
    """The random terms; `root`' `root` are the products of all cells."""
    root = _root(sums.products.sum(axis=2)) if root is None else root
    groups = [factor.group for factor in sums.factors]
    blocks = []
    for term in sums.terms:
        columns = sums.coordinates[:, list(term.places)]
        lengths = np.linalg.norm(root @ columns, axis=0) / np.sqrt(sums.n_obs)
        lengths = np.where(lengths > 0, lengths, 1.0)
        turn = np.diag(1 / lengths)
        if len(independent(root @ columns)) == len(term.places):
            turn = _turn(root @ columns, sums.n_obs)
        blocks.append(Block(groups.index(term.group), columns @ turn, turn, lengths))
    return tuple(blocks)


def _left_over(
    sums: Sums, root: FloatArray, columns: FloatArray, turn: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    """What least squares leave of the outcome (k), the fixed effects they find, the spread."""
    outcome = sums.coordinates[:, -1]
    effects = turn @ ((root @ columns @ turn).T @ (root @ outcome)) / sums.n_obs
    left = outcome - columns @ effects
    length = float(np.linalg.norm(root @ left))
    if length <= COLLINEAR * max(float(np.linalg.norm(root @ outcome)), np.finfo(float).tiny):
        raise ModelDataError(
            f"The fixed effects explain {sums.columns[-1]} without any rest",
            "A mixed model needs an outcome that differs between rows with the same covariates",
        )
    spread = length / np.sqrt(sums.n_obs - columns.shape[1])
    return left / spread, effects, spread


def _turn(columns: FloatArray, n: int) -> FloatArray:
    """What makes the columns independent, each with mean square 1."""
    return np.asarray(np.linalg.inv(triangular(columns)) * np.sqrt(n))


def _root(products: FloatArray) -> FloatArray:
    """R with R'R = products, also where these are singular."""
    lengths = np.sqrt(np.diag(products))
    lengths = np.where(lengths > 0, lengths, 1.0)
    values, vectors = np.linalg.eigh(products / np.outer(lengths, lengths))
    return np.asarray(np.sqrt(np.maximum(values, 0))[:, None] * vectors.T * lengths)
