"""The solver for grouping factors that are crossed, such as patients and questionnaires.

The factor with the most groups is eliminated group by group, as in `nested`;
what remains is one system over the effects of all other factors, solved by a
Cholesky factor: a dense one while the system is small, else a sparse one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from flows.statistics.mixed_model.crossed_sums import Groups, across, groups_of, within
from flows.statistics.mixed_model.data import FloatArray
from flows.statistics.mixed_model.positive_definite import PositiveDefinite, dense, sparsely
from flows.statistics.mixed_model.small_systems import solved, times, turned
from flows.statistics.mixed_model.solution import (
    Grip,
    Posterior,
    Solution,
    block_diagonal,
    solution_of,
    term_places,
)
from flows.statistics.mixed_model.sums import Sums
from flows.statistics.mixed_model.system import Block

Matrix = FloatArray | sparse.csr_array

DENSE, MOST_DENSE = 2000, 10_000
"""Effects up to which a dense factor is always used, and ever."""

FULL = 0.003
"""Share of entries from which on a sparse factor would fill up anyway."""

AT_ONCE = 20_000_000
"""Numbers in a working matrix."""


@dataclass(frozen=True)
class CrossedSolver:
    """Products of the `first` factor's effects z, of all other random effects r, and of the fixed
    columns with the outcome o.

    `zz` and `zo` have the groups last, `zr` and `ro` have an effect of a group per row.
    """

    first: Groups
    others: tuple[Groups, ...]
    sizes: tuple[int, ...]
    zz: FloatArray
    zo: FloatArray
    zr: sparse.csr_array
    rr: sparse.csr_array
    ro: FloatArray
    oo: FloatArray

    @property
    def has_quick_grips(self) -> bool:
        """A dense system has its inverse; a sparse one is solved for each effect."""
        return self.is_dense

    @property
    def is_dense(self) -> bool:
        """Whether the system of the other factors' effects is small, or too full to be sparse."""
        m = self.rr.shape[0]
        return m <= DENSE or (m <= MOST_DENSE and self._filled > FULL * m * m)

    @cached_property
    def _filled(self) -> int:
        """Entries of that system that are not 0."""
        return int((self.rr - self.zr.T @ self.zr).nnz)

    def eliminated(self, factors: list[FloatArray]) -> "CrossedElimination":
        """The first factor by groups, the others by one Cholesky factor."""
        own = block_diagonal([factors[i] for i in self.first.blocks])
        inside = times(turned(own.T, self.zz), own[:, :, None]) + np.eye(len(own))[:, :, None]
        log_det, half = solved(inside, np.broadcast_to(own.T[:, :, None], inside.shape))
        spread = turned(own, half)
        weighted = _blockwise(spread, self.zr)
        after = sparse.csr_array(self.rr - self.zr.T @ weighted)
        rr: Matrix = np.asarray(after.toarray()) if self.is_dense else after
        factor = self._factor(factors)
        return CrossedElimination(
            solver=self,
            spread=spread,
            rr=rr,
            ro=self.ro - weighted.T @ _by_row(self.zo),
            oo=self.oo - np.einsum("aog,abg,bpg->op", self.zo, spread, self.zo, optimize=True),
            factor=factor,
            system=_system(rr, factor),
            first_log_det=log_det,
        )

    def places(self, groups: Groups) -> list[tuple[int, slice]]:
        """Each term of a factor, and where its effects stand among those of the factor."""
        return term_places(groups.blocks, self.sizes)

    def _factor(self, factors: list[FloatArray]) -> sparse.csr_array:
        """Lambda of all groups of all other factors."""
        parts = [
            sparse.kron(
                block_diagonal([factors[i] for i in groups.blocks]),
                sparse.eye_array(groups.n_groups),
            )
            for groups in self.others
        ]
        return sparse.csr_array(sparse.block_diag(parts))


@dataclass(frozen=True)
class CrossedElimination:
    """`spread` is Lambda (I + Lambda' zz Lambda)^-1 Lambda' of the first factor, by group; `rr`,
    `ro` and `oo` are the products after it; `system` is I + `factor`' rr `factor`."""

    solver: CrossedSolver
    spread: FloatArray
    rr: Matrix
    ro: FloatArray
    oo: FloatArray
    factor: sparse.csr_array
    system: PositiveDefinite
    first_log_det: float

    @cached_property
    def solution(self) -> Solution:
        """The fixed effects and what they leave."""
        pulled = self.factor.T @ self.ro
        left = self.oo - pulled.T @ self.system.solved(pulled)
        total = float(self.solver.oo[-1, -1])
        return solution_of(self.first_log_det + self.system.log_det, left, total)

    def grips(self, effects: FloatArray, uncertainty: FloatArray) -> list[Grip]:
        """Of each term: the other factors first, then the first one given these."""
        weight = self.rr @ self.factor
        after = self.ro - weight @ self.system.solved(self.factor.T @ self.ro)
        pull = after[:, -1] - after[:, :-1] @ effects
        found: dict[int, Grip] = {}
        for groups in self.solver.others:
            own = groups.places
            hold = _diagonals(self.rr[own, own], groups) - self._quadratic(weight[own], groups)
            hold -= _squares(_by_group(after[own, :-1], groups), uncertainty)
            pulled = _by_group(pull[own], groups)
            found |= {i: Grip(pulled[s], hold[s, s]) for i, s in self.solver.places(groups)}
        found |= self._first_grip(after[:, :-1], pull, effects, uncertainty)
        return [found[i] for i in range(len(found))]

    def _first_grip(
        self, after: FloatArray, pull: FloatArray, effects: FloatArray, uncertainty: FloatArray
    ) -> dict[int, Grip]:
        first, zz = self.solver.first, self.solver.zz
        kept = np.eye(len(zz))[:, :, None] - times(zz, self.spread)
        zr = _blockwise(kept, self.solver.zr)
        own = times(kept, self.solver.zo)
        covariance = self.factor @ self.factor.T
        fixed = own[:, :-1].transpose(0, 2, 1) - _by_group(zr @ (covariance @ after), first)
        others = _by_group(zr @ (covariance @ pull), first)
        pulled = own[:, -1] - np.einsum("apg,p->ag", own[:, :-1], effects) - others
        hold = times(kept, zz) - self._quadratic(zr @ self.factor, first)
        hold -= _squares(fixed, uncertainty)
        return {i: Grip(pulled[s], hold[s, s]) for i, s in self.solver.places(first)}

    def posteriors(self) -> list[Posterior]:
        """Of each term: the other factors first, then the first one given these."""
        mean = self.factor @ self.system.solved(self.factor.T @ self.ro)[:, -1]
        found: dict[int, Posterior] = {}
        for groups in self.solver.others:
            covariance = self._quadratic(self.factor[groups.places], groups)
            own = _by_group(mean[groups.places], groups)
            found |= self._of_terms(groups, own, covariance)
        first = self.solver.first
        slope = _blockwise(self.spread, self.solver.zr)
        alone = times(self.spread, self.solver.zo)[:, -1]
        covariance = self.spread + self._quadratic(slope @ self.factor, first)
        found |= self._of_terms(first, alone - _by_group(slope @ mean, first), covariance)
        return [found[i] for i in range(len(found))]

    def _of_terms(
        self, groups: Groups, mean: FloatArray, covariance: FloatArray
    ) -> dict[int, Posterior]:
        return {
            i: Posterior(groups.levels, mean[s], covariance[s, s])
            for i, s in self.solver.places(groups)
        }

    def _quadratic(self, rows: Matrix, groups: Groups) -> FloatArray:
        """rows system^-1 rows' of each group (q x q x groups)."""
        q, n = groups.size, groups.n_groups
        found = np.empty((q, q, n))
        for part in _parts(n, q * self.rr.shape[0]):
            own = [rows[a * n + part.start : a * n + part.stop] for a in range(q)]
            through = [self.system.rows(effect) for effect in own]
            for a in range(q):
                for b in range(q):
                    found[a, b, part] = (own[a] * through[b]).sum(axis=1)
        return found


def crossed_solver(
    sums: Sums, blocks: tuple[Block, ...], others: list[FloatArray]
) -> CrossedSolver:
    """The solver, with `others` (k x any) the fixed columns and the outcome."""
    first, rest = groups_of(sums, blocks)
    fixed = np.column_stack(others)
    return CrossedSolver(
        first=first,
        others=rest,
        sizes=tuple(block.columns.shape[1] for block in blocks),
        zz=within(sums, first, first.columns),
        zo=within(sums, first, fixed),
        zr=across(sums, (first,), rest),
        rr=across(sums, rest, rest),
        ro=np.concatenate([_by_row(within(sums, groups, fixed)) for groups in rest]),
        oo=fixed.T @ sums.products.sum(axis=2) @ fixed,
    )


def _system(rr: Matrix, factor: sparse.csr_array) -> PositiveDefinite:
    inside = factor.T @ rr @ factor
    if isinstance(inside, np.ndarray):
        return dense(inside + np.eye(len(inside)))
    return sparsely(sparse.csc_array(inside + sparse.eye_array(inside.shape[0])))


def _blockwise(stack: FloatArray, rows: sparse.csr_array) -> sparse.csr_array:
    """stack @ rows for each group, with stack q x q x groups."""
    blocks = [[sparse.diags_array(entry) for entry in line] for line in stack]
    return sparse.csr_array(sparse.block_array(blocks) @ rows)


def _by_row(stack: FloatArray) -> FloatArray:
    """q x c x groups as (q groups) x c."""
    return stack.transpose(0, 2, 1).reshape(-1, stack.shape[1])


def _by_group(rows: FloatArray, groups: Groups) -> FloatArray:
    """One row per effect of a group as q x groups x whatever."""
    return rows.reshape(groups.size, groups.n_groups, *rows.shape[1:])


def _diagonals(matrix: Matrix, groups: Groups) -> FloatArray:
    """The block of each group (q x q x groups)."""
    q, n = groups.size, groups.n_groups
    places = [slice(a * n, (a + 1) * n) for a in range(q)]
    return np.array([[matrix[a, b].diagonal() for b in places] for a in places])


def _squares(columns: FloatArray, middle: FloatArray) -> FloatArray:
    """columns middle columns' of each group: q x groups x p -> q x q x groups."""
    return np.asarray(np.einsum("agp,pr,bgr->abg", columns, middle, columns, optimize=True))


def _parts(n: int, width: int) -> Iterator[slice]:
    """Groups in parts that need a bounded working matrix."""
    step = max(1, AT_ONCE // max(1, width))
    return (slice(start, min(start + step, n)) for start in range(0, n, step))
