"""A model's data as sums per group: all that a linear mixed model needs to know of its rows.

Rows that share a level of every grouping factor form a cell. With A = [X, Z, y]
the columns of the model, the weighted sums of products A'WA of each cell are
enough for every fit (Bates, Maechler, Bolker & Walker 2015, JSS 67(1), section
3: X and Z enter the profiled criterion through their products only). Sums of
clinics add up.
"""

from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from flows.statistics.mixed_model.basis import Basis, basis_of
from flows.statistics.mixed_model.data import FloatArray, IntArray, ModelData, checked
from flows.statistics.mixed_model.errors import ModelDataError


@dataclass(frozen=True)
class Factor:
    """A grouping factor: `codes` (one per cell) are places in `levels`."""

    group: str
    codes: IntArray
    levels: tuple[str, ...]


@dataclass(frozen=True)
class SumsTerm:
    """A random term: `places` of its effects among the columns of the sums."""

    group: str
    names: tuple[str, ...]
    places: tuple[int, ...]


@dataclass(frozen=True)
class Sums:
    """Sums of products of the model's columns in each cell.

    `columns` names the m columns: the p fixed ones, those of random effects
    that are none of these, and the outcome last. `products` (k x k x cells) are
    sums of products not of these columns but of a basis: column j of the model
    is basis @ coordinates[:, j], with coordinates k x m. Sums of the columns
    themselves, as SQL gives them, have the unit matrix there. The last column
    of the basis is the only one that the outcome alone is made of.
    `log_weights` is the sum of the logarithms of the weights.
    """

    columns: tuple[str, ...]
    n_fixed: int
    terms: tuple[SumsTerm, ...]
    factors: tuple[Factor, ...]
    products: FloatArray
    coordinates: FloatArray
    n_obs: int
    log_weights: float = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """Of the fixed columns."""
        return self.columns[: self.n_fixed]

    def with_fixed(self, names: tuple[str, ...]) -> "Sums":
        """Those of the model with these fixed columns alone (some of `names`, in that order).

        The basis stays, so that the sums are not made again for another choice of covariates.
        """
        fixed = [self.names.index(name) for name in names]
        own = sorted({place for term in self.terms for place in term.places} - set(fixed))
        kept = [*fixed, *own, len(self.columns) - 1]
        terms = tuple(
            replace(term, places=tuple(kept.index(place) for place in term.places))
            for term in self.terms
        )
        return replace(
            self,
            columns=tuple(self.columns[place] for place in kept),
            n_fixed=len(fixed),
            terms=terms,
            coordinates=self.coordinates[:, kept],
        )

    def __add__(self, other: "Sums") -> "Sums":
        """The sums of both; levels of the same name are the same group.

        Raises ModelDataError when they are of two models.
        """
        mine = (self.columns, self.terms, [factor.group for factor in self.factors])
        if mine != (other.columns, other.terms, [factor.group for factor in other.factors]):
            raise ModelDataError(
                "These sums belong to different models", "Add sums with the same columns and terms"
            )
        first, second = self, other
        if not np.array_equal(self.coordinates, other.coordinates):
            first, second = _plain(self), _plain(other)
        factors = tuple(map(_joined, self.factors, other.factors))
        added = replace(
            first,
            factors=factors,
            products=np.concatenate([first.products, second.products], axis=2),
            n_obs=self.n_obs + other.n_obs,
            log_weights=self.log_weights + other.log_weights,
        )
        return _by_cell(added)


def sums_of(data: ModelData) -> Sums:
    """The sums of a model's rows; raises ModelDataError as `checked` does."""
    data = checked(data)
    columns, names, terms = _columns(data)
    root = None if data.weights is None else np.sqrt(data.weights)
    basis = basis_of(columns, root)
    factors, cells, n_cells = _cells(data)
    return Sums(
        columns=names,
        n_fixed=len(data.names),
        terms=terms,
        factors=factors,
        products=_summed(columns, basis, root, cells, n_cells),
        coordinates=basis.coordinates,
        n_obs=len(data.y),
        log_weights=0.0 if data.weights is None else float(np.log(data.weights).sum()),
    )


def sums_from_products(
    columns: tuple[str, ...],
    n_fixed: int,
    terms: tuple[tuple[str, tuple[str, ...]], ...],
    factors: tuple[Factor, ...],
    products: FloatArray,
    n_obs: int,
) -> Sums:
    """Sums that were made elsewhere, such as in SQL: `products` is cells x m x m.

    `columns` are as in Sums, the outcome last; `terms` are (group, names of
    columns). Columns with a spread far below their mean should be centred
    beforehand, for sums of their squares have lost what they differ by.
    Raises ModelDataError for a shape that does not fit or a sum that is not finite.
    """
    m = len(columns)
    if products.shape[1:] != (m, m) or any(len(f.codes) != len(products) for f in factors):
        raise ModelDataError(
            "The sums differ in shape from their columns", "Give one m x m matrix per cell"
        )
    if not np.isfinite(products).all():
        raise ModelDataError("A sum is not a finite number", "Leave out rows with missing values")
    sums_terms = tuple(
        SumsTerm(group, names, tuple(columns.index(name) for name in names))
        for group, names in terms
    )
    cells_last = np.ascontiguousarray(products.transpose(1, 2, 0))
    return _by_cell(Sums(columns, n_fixed, sums_terms, factors, cells_last, np.eye(m), n_obs))


def _columns(data: ModelData) -> tuple[list[FloatArray], tuple[str, ...], tuple[SumsTerm, ...]]:
    """Every different column once: fixed ones, those of random effects alone, the outcome."""
    columns = [np.ascontiguousarray(column) for column in data.x.T]
    names = list(data.names)
    terms = []
    for term in data.terms:
        places = []
        for name, column in zip(term.names, term.columns.T, strict=True):
            place = next((i for i, c in enumerate(columns) if np.array_equal(c, column)), None)
            if place is None:
                place = len(columns)
                columns.append(np.ascontiguousarray(column))
                names.append(name)
            places.append(place)
        terms.append(SumsTerm(term.group, term.names, tuple(places)))
    return [*columns, np.ascontiguousarray(data.y)], (*names, data.outcome), tuple(terms)


def _cells(data: ModelData) -> tuple[tuple[Factor, ...], IntArray, int]:
    """The factors by cell, the cell of each row, and how many cells there are."""
    by_group = {term.group: term for term in data.terms}
    codes = [term.codes for term in by_group.values()]
    cells, representative = _numbered(codes, [len(t.levels) for t in by_group.values()])
    factors = tuple(
        Factor(group, term.codes[representative], term.levels) for group, term in by_group.items()
    )
    return factors, cells, len(representative)


def _numbered(codes: list[IntArray], sizes: list[int]) -> tuple[IntArray, IntArray]:
    """A number per combination of codes, and for each number a row that has it."""
    finest = int(np.argmax(sizes))
    place = np.zeros(sizes[finest], dtype=np.int64)
    place[codes[finest]] = np.arange(len(codes[finest]))
    row = place[codes[finest]]
    if all(np.array_equal(c, c[row]) for c in codes):
        used = np.zeros(sizes[finest], dtype=bool)
        used[codes[finest]] = True
        return (np.cumsum(used) - 1)[codes[finest]], place[used]
    combined = reduce(lambda sofar, c: np.unique(sofar * (c.max() + 1) + c, return_inverse=True)[1],
                      codes[1:], codes[0])  # fmt: skip
    _, representative = np.unique(combined, return_index=True)
    return combined, representative


def _summed(
    columns: list[FloatArray], basis: Basis, root: FloatArray | None, cells: IntArray, n_cells: int
) -> FloatArray:
    """Sums of products of the basis by cell (k x k x cells), one pair of columns at a time."""
    made = basis.made_of(columns, root)
    products = np.empty((len(made), len(made), n_cells))
    for i, left in enumerate(made):
        for j in range(i + 1):
            sums = np.bincount(cells, weights=left * made[j], minlength=n_cells)
            products[i, j] = products[j, i] = sums
    return products


def _plain(sums: Sums) -> Sums:
    """The same sums, of the columns themselves."""
    turned = sums.coordinates
    products = np.einsum("ka,klc,lb->abc", turned, sums.products, turned, optimize=True)
    return replace(sums, products=products, coordinates=np.eye(len(sums.columns)))


def _joined(first: Factor, second: Factor) -> Factor:
    """Cells of both one after the other, with levels of both."""
    place = {level: i for i, level in enumerate(first.levels)}
    moved = [place.setdefault(level, len(place)) for level in second.levels]
    codes = np.concatenate([first.codes, np.array(moved, dtype=np.int64)[second.codes]])
    return Factor(first.group, codes, tuple(place))


def _by_cell(sums: Sums) -> Sums:
    """Cells with the same groups become one."""
    sizes = [len(factor.levels) for factor in sums.factors]
    cells, representative = _numbered([factor.codes for factor in sums.factors], sizes)
    if len(representative) == len(cells):
        return sums
    k = len(sums.products)
    flat = sums.products.reshape(k * k, -1)
    added = np.stack([np.bincount(cells, weights=row) for row in flat])
    return replace(
        sums,
        products=np.asarray(added.reshape(k, k, -1), dtype=float),
        factors=tuple(replace(f, codes=f.codes[representative]) for f in sums.factors),
    )
