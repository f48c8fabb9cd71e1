"""Products of random effects of crossed factors with each other, from the sums of the cells."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from flows.statistics.mixed_model.data import FloatArray, IntArray
from flows.statistics.mixed_model.sums import Sums
from flows.statistics.mixed_model.system import Block


@dataclass(frozen=True)
class Groups:
    """The effects of one factor. Effect a of group g stands at place `start` + a * n_groups + g.

    `levels` are the places of the groups that have rows among the factor's
    levels, `codes` the group of each cell, `columns` (k x q) what the effects
    are multiplied with, `blocks` the places of their terms among all.
    """

    levels: IntArray
    codes: IntArray
    columns: FloatArray
    blocks: tuple[int, ...]
    start: int

    @property
    def n_groups(self) -> int:
        """Groups that have rows."""
        return len(self.levels)

    @property
    def size(self) -> int:
        """Effects of a group."""
        return int(self.columns.shape[1])

    @property
    def places(self) -> slice:
        """Where all its effects stand."""
        return slice(self.start, self.start + self.size * self.n_groups)


def groups_of(sums: Sums, blocks: tuple[Block, ...]) -> tuple[Groups, tuple[Groups, ...]]:
    """The factor with the most groups, and the others, whose places follow each other."""
    found = []
    for place, factor in enumerate(sums.factors):
        own = tuple(i for i, block in enumerate(blocks) if block.factor == place)
        levels, codes = np.unique(factor.codes, return_inverse=True)
        columns = np.column_stack([blocks[i].columns for i in own])
        found.append(Groups(levels, codes, columns, own, 0))
    found.sort(key=lambda groups: -groups.n_groups)
    others: list[Groups] = []
    for groups in found[1:]:
        start = others[-1].places.stop if others else 0
        others.append(Groups(groups.levels, groups.codes, groups.columns, groups.blocks, start))
    return found[0], tuple(others)


def within(sums: Sums, groups: Groups, right: FloatArray) -> FloatArray:
    """Of a factor's effects with columns `right` (k x c), by group: q x c x groups."""
    n = groups.n_groups
    return np.array(
        [
            [
                np.bincount(groups.codes, weights=_pair(sums, left, column), minlength=n)
                for column in right.T
            ]
            for left in groups.columns.T
        ]
    )


def across(sums: Sums, rows: tuple[Groups, ...], columns: tuple[Groups, ...]) -> sparse.csr_array:
    """Of all effects of `rows` with all of `columns`."""
    shape = (rows[-1].places.stop, columns[-1].places.stop)
    entries = [entry for left in rows for right in columns for entry in _entries(sums, left, right)]
    values, i, j = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    return sparse.csr_array(sparse.coo_array((values, (i, j)), shape=shape))


def _entries(
    sums: Sums, left: Groups, right: Groups
) -> Iterator[tuple[FloatArray, IntArray, IntArray]]:
    for a, first in enumerate(left.columns.T):
        for b, second in enumerate(right.columns.T):
            yield (
                _pair(sums, first, second),
                left.start + a * left.n_groups + left.codes,
                right.start + b * right.n_groups + right.codes,
            )


def _pair(sums: Sums, left: FloatArray, right: FloatArray) -> FloatArray:
    """Sums of products of two columns, by cell."""
    k = len(left)
    return np.outer(left, right).ravel() @ sums.products.reshape(k * k, -1)
