"""Terms -> columns of a design matrix, coded and named as R's `model.matrix` does it.

Labels are treatment-coded: the first level is the baseline. Whether a factor within a
term gets its contrasts or a column for each level is decided as R decides it (Chambers
& Hastie 1992, Statistical Models in S, page 38): contrasts where what is left of the
term without that factor lies within a term before it.
"""

from collections.abc import Mapping
from functools import reduce

import numpy as np

from flows.statistics.formula.terms import Term, Terms
from flows.statistics.formula.variables import (
    ColumnError,
    FloatArray,
    Labels,
    Variable,
    as_numbers,
    text_among_numbers,
)

INTERCEPT = "(Intercept)"
MOST_COLUMNS = 2000
MOST_CELLS = 3e8

Coded = tuple[tuple[str, ...], FloatArray]
"""Names of columns, and the columns themselves (n x their number)."""


def design(terms: Terms, variables: Mapping[str, Variable], n: int) -> Coded:
    """The columns of all terms; `variables` are those of the terms by their wording.

    Raises ColumnError for a factor of one level and for one of very many.
    """
    names: list[str] = []
    parts = [np.empty((n, 0))]
    if terms.has_intercept:
        names.append(INTERCEPT)
        parts.append(np.ones((n, 1)))
    full = _fully_coded(terms, variables)
    for product in terms.products:
        factors = [
            _coded(name, variables[name], (product, name) in full) for name in terms.of(product)
        ]
        _refuse_many(terms.of(product), [len(factor[0]) for factor in factors], n)
        own_names, columns = reduce(_crossed, factors)
        names.extend(own_names)
        parts.append(columns)
    return tuple(names), np.hstack(parts)


def _fully_coded(terms: Terms, variables: Mapping[str, Variable]) -> set[tuple[Term, str]]:
    """The (term, factor) that get a column for every level."""
    full = set()
    for place, product in enumerate(terms.products):
        for name in product:
            rest = product - {name}
            if rest and not any(rest <= before for before in terms.products[:place]):
                full.add((product, name))
    first = _first_factor(terms, variables)
    if not terms.has_intercept and first is not None:
        full.add(first)
    return full


def _first_factor(terms: Terms, variables: Mapping[str, Variable]) -> tuple[Term, str] | None:
    """The first factor of the first term that has one: without intercept it takes its place."""
    for product in terms.products:
        for name in terms.of(product):
            if isinstance(variables[name], Labels):
                return product, name
    return None


def _coded(name: str, variable: Variable, is_full: bool) -> Coded:
    if not isinstance(variable, Labels):
        return (name,), as_numbers(variable, name)[:, np.newaxis]
    if variable.are_mostly_numbers:
        raise text_among_numbers(
            name, f"Mend these cells, or write factor({name}) if its numbers are names"
        )
    if len(variable.levels) < 2:
        raise ColumnError(
            f"{name} is the same text in all rows that are used, so it explains nothing",
            "Take it out of the formula",
        )
    _refuse_many((name,), [len(variable.levels)], len(variable.codes))
    places = np.arange(0 if is_full else 1, len(variable.levels))
    columns = (variable.codes[:, np.newaxis] == places).astype(np.float64)
    return tuple(f"{name}{variable.levels[place]}" for place in places), columns


def _refuse_many(names: tuple[str, ...], widths: list[int], n: int) -> None:
    """Raises ColumnError where a term would have more columns than can be fitted."""
    width = np.prod([float(width) for width in widths])
    if width > MOST_COLUMNS or width * n > MOST_CELLS:
        name = ":".join(names)
        raise ColumnError(
            f"each of the {int(width):,} different values of {name} would be an effect of its own,"
            " and these are too many",
            f"Make it a random effect, (1 | {name}), or take it out",
        )


def _crossed(first: Coded, second: Coded) -> Coded:
    """All products of columns; the first factor's change fastest."""
    names = tuple(f"{one}:{other}" for other in second[0] for one in first[0])
    columns = first[1][:, np.newaxis, :] * second[1][:, :, np.newaxis]
    return names, columns.reshape(len(first[1]), len(names))
