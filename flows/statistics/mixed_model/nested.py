"""The solver for one or nested grouping factors, from sums per group.

Random effects are eliminated group by group, the finest factor first: what
remains of patients are sums per therapist, what remains of those are sums per
clinic, and in the end the fixed effects alone are left (the penalized least
squares of Bates, Maechler, Bolker & Walker 2015, JSS 67(1), section 3, one factor
at a time). Groups stand on the last axis, so each step is one operation over all.

With S the products of a group after the finer factors, z its own random
effects, r the rest, and T = Lambda Lambda' their covariance / sigma^2, what the
next factor sees is S_rr - S_rz Lambda (I + Lambda' S_zz Lambda)^-1 Lambda' S_zr.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from flows.statistics.mixed_model.data import FloatArray, IntArray
from flows.statistics.mixed_model.small_systems import solved, summed_over_groups, times, turned
from flows.statistics.mixed_model.solution import (
    Grip,
    Posterior,
    Solution,
    block_diagonal,
    solution_of,
    term_places,
)
from flows.statistics.mixed_model.sums import Factor, Sums
from flows.statistics.mixed_model.system import Block


@dataclass(frozen=True)
class Level:
    """One factor of the chain. Its groups are in the order of their parents.

    `codes` are their places among the factor's levels; `starts` where each
    parent's groups begin, `parents` the parent of each; `blocks` are the places
    of its terms among all.
    """

    codes: IntArray
    starts: IntArray
    parents: IntArray
    blocks: tuple[int, ...]


@dataclass(frozen=True)
class Step:
    """One factor eliminated: its Lambda, the products before (`own`, q x all x groups), `inside`,
    I + Lambda' S_zz Lambda, and `solved`, inside^-1 Lambda' `own`."""

    factor: FloatArray
    own: FloatArray
    inside: FloatArray
    solved: FloatArray

    def after(self) -> FloatArray:
        """Z'V^-1 [Z, R] (q x all x groups), with V the covariance / sigma^2 of the rows by this
        factor and all finer ones."""
        q = len(self.factor)
        return self.own - times(self.own[:, :q], turned(self.factor, self.solved))

    def spread(self) -> FloatArray:
        """Covariance / sigma^2 (q x q x groups) of the effects when all else is known."""
        right = np.broadcast_to(self.factor.T[:, :, None], self.inside.shape)
        return turned(self.factor, solved(self.inside, right)[1])


@dataclass(frozen=True)
class Above:
    """All effects coarser than one factor, the fixed ones last: mean (d x groups) and covariance /
    sigma^2 (d x d x groups)."""

    mean: FloatArray
    covariance: FloatArray

    def of(self, level: Level) -> "Above":
        """The same for the groups of a finer factor."""
        return Above(self.mean[:, level.parents], self.covariance[:, :, level.parents])

    def met(self, rest: FloatArray, level: Level) -> FloatArray:
        """`rest` (q x d x groups) times the mean of what is above each group (q x groups)."""
        if self.is_one:
            return np.asarray(np.tensordot(self.mean[:, 0], rest, axes=(0, 1)))
        return np.asarray(np.einsum("arg,rg->ag", rest, self.mean[:, level.parents]))

    def carried(self, rest: FloatArray, level: Level) -> FloatArray:
        """`rest` (q x d x groups) times the covariance of what is above each group."""
        if self.is_one:
            return np.stack([self.covariance[:, :, 0].T @ effect for effect in rest])
        return times(rest, self.covariance[:, :, level.parents])

    @property
    def is_one(self) -> bool:
        """Whether it is the same for all groups: no factor is coarser than theirs."""
        return len(self.mean.T) == 1

    def with_own(self, step: Step) -> "Above":
        """Together with the effects of a factor, which come first."""
        q = len(step.factor)
        slope = turned(step.factor, step.solved[:, q:])
        own = slope[:, -1] - np.einsum("arg,rg->ag", slope[:, :-1], self.mean)
        across = -times(slope[:, :-1], self.covariance)
        inner = step.spread() - times(across, slope[:, :-1].transpose(1, 0, 2))
        top = np.concatenate([inner, across], axis=1)
        bottom = np.concatenate([across.transpose(1, 0, 2), self.covariance], axis=1)
        return Above(np.concatenate([own, self.mean]), np.concatenate([top, bottom]))


@dataclass(frozen=True)
class NestedElimination:
    """All factors eliminated; `left` are the products (p + 1) of fixed effects and outcome."""

    solver: "NestedSolver"
    steps: tuple[Step, ...]
    log_det: float
    left: FloatArray

    @property
    def solution(self) -> Solution:
        """The fixed effects and what they leave."""
        total = float(self.solver.products[-1, -1].sum())
        return solution_of(self.log_det, self.left, total)

    def grips(self, effects: FloatArray, uncertainty: FloatArray) -> list[Grip]:
        """Of each term, the coarsest factor first: each needs the effects above its own."""
        above = Above(effects[:, None], uncertainty[:, :, None])
        found: dict[int, Grip] = {}
        for level, step in self._downwards():
            q, after = len(step.factor), step.after()
            rest = after[:, q:-1]
            pull, hold = after[:, -1] - above.met(rest, level), after[:, :q]
            hold = hold - times(above.carried(rest, level), rest.transpose(1, 0, 2))
            for place, own in self.solver.places(level):
                found[place] = Grip(pull[own], hold[own, own])
            if level is not self.solver.levels[0]:
                above = above.of(level).with_own(step)
        return [found[i] for i in range(len(found))]

    def posteriors(self) -> list[Posterior]:
        """Of each term, the coarsest factor first."""
        above = Above(np.zeros((0, 1)), np.zeros((0, 0, 1)))
        found: dict[int, Posterior] = {}
        for level, step in self._downwards():
            above = above.of(level).with_own(step)
            for place, own in self.solver.places(level):
                found[place] = Posterior(level.codes, above.mean[own], above.covariance[own, own])
        return [found[i] for i in range(len(found))]

    def _downwards(self) -> list[tuple[Level, Step]]:
        """The coarsest factor first."""
        return list(zip(self.solver.levels, self.steps, strict=True))[::-1]


@dataclass(frozen=True)
class NestedSolver:
    """`products` of the finest groups; columns: effects of each level, fixed, outcome."""

    levels: tuple[Level, ...]
    sizes: tuple[int, ...]
    products: FloatArray
    has_quick_grips: bool = True

    def eliminated(self, factors: list[FloatArray]) -> NestedElimination:
        """From the finest factor to the coarsest."""
        steps, products, log_det = [], self.products, 0.0
        for level in self.levels[:-1]:
            step, pulled, log_det_here = _step(products, level, factors)
            q = len(step.factor)
            rest = products[q:, q:] - times(pulled.transpose(1, 0, 2), step.solved[:, q:])
            steps.append(step)
            log_det += log_det_here
            products = np.add.reduceat(rest, level.starts, axis=2)
        step, pulled, log_det_here = _step(products, self.levels[-1], factors)
        q = len(step.factor)
        total = self._total[q:, q:] if not steps else products[q:, q:].sum(axis=2)
        left = total - summed_over_groups(pulled, step.solved[:, q:])
        return NestedElimination(self, (*steps, step), log_det + log_det_here, left)

    @cached_property
    def _total(self) -> FloatArray:
        """The products of all groups together."""
        return np.asarray(self.products.sum(axis=2))

    def places(self, level: Level) -> list[tuple[int, slice]]:
        """Each term of a factor, and where its effects stand among those of the factor."""
        return term_places(level.blocks, self.sizes)


def nested_solver(
    sums: Sums, blocks: tuple[Block, ...], others: list[FloatArray]
) -> NestedSolver | None:
    """The solver, with `others` (k x any) the fixed columns and the outcome; None where factors
    are not nested in each other."""
    chain = _chain(sums.factors)
    if chain is None:
        return None
    order = np.lexsort([sums.factors[place].codes for place in chain])
    levels = _levels(sums.factors, blocks, chain, order)
    own = [blocks[i].columns for level in levels for i in level.blocks]
    made = np.column_stack([*own, *others])
    # Two products of plain matrices, so that groups never leave the last axis.
    k, columns = made.shape
    half = made.T @ np.take(sums.products, order, axis=2).reshape(k, -1)
    sizes = tuple(block.columns.shape[1] for block in blocks)
    return NestedSolver(levels, sizes, np.matmul(made.T, half.reshape(columns, k, -1)))


def _chain(factors: tuple[Factor, ...]) -> list[int] | None:
    """Places of the factors from finest to coarsest, or None where one is crossed with another."""
    used = [len(np.unique(factor.codes)) for factor in factors]
    chain = sorted(range(len(factors)), key=lambda place: -used[place])
    for fine, coarse in pairwise(chain):
        children, parents = factors[fine].codes, factors[coarse].codes
        parent = np.zeros(children.max() + 1, dtype=np.int64)
        parent[children] = parents
        if not np.array_equal(parent[children], parents):
            return None
    return chain


def _levels(
    factors: tuple[Factor, ...], blocks: tuple[Block, ...], chain: list[int], order: IntArray
) -> tuple[Level, ...]:
    """Every factor's groups, sorted so that those of one parent stand together."""
    levels = []
    groups = [factors[place].codes[order] for place in chain]
    for depth, place in enumerate(chain):
        parent = groups[depth + 1] if depth + 1 < len(chain) else np.zeros_like(groups[depth])
        starts = np.flatnonzero(np.r_[True, parent[1:] != parent[:-1]])
        counts = np.diff(np.r_[starts, len(parent)])
        own = tuple(i for i, block in enumerate(blocks) if block.factor == place)
        levels.append(Level(groups[depth], starts, np.repeat(np.arange(len(starts)), counts), own))
        groups = [codes[starts] for codes in groups]
    return tuple(levels)


def _step(
    products: FloatArray, level: Level, factors: list[FloatArray]
) -> tuple[Step, FloatArray, float]:
    """One factor's step, Lambda' S_zr of the rest (q x rest x groups), its log determinant."""
    factor = block_diagonal([factors[i] for i in level.blocks])
    q = len(factor)
    own = products[:q]
    pulled = turned(factor.T, own)
    inside = times(pulled[:, :q], factor[:, :, None]) + np.eye(q)[:, :, None]
    log_det, solution = solved(inside, pulled)
    return Step(factor, own, inside, solution), pulled[:, q:], log_det
