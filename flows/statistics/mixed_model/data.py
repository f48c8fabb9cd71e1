"""A model and its data as arrays, and what must hold of them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from flows.statistics.mixed_model.errors import ModelDataError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TOO_LARGE = 1e100
"""Numbers from here on have squares that cannot be computed with."""


@dataclass(frozen=True)
class RandomTerm:
    """Effects that differ by group: `(1 + lt | patient_id)` is one term of two effects.

    `columns` is n x q, one column per effect, in the order of `names`; `codes`
    are n places in `levels`. Effects within a term are correlated, those of
    two terms are not. Terms with the same `group` must have the same codes.
    Levels that no row has are legal.
    """

    group: str
    names: tuple[str, ...]
    columns: FloatArray
    codes: IntArray
    levels: tuple[str, ...]


@dataclass(frozen=True)
class ModelData:
    """`y` (n), `x` (n x p, with the intercept as a column of its own), `names` (p), terms.

    The residual of row i has variance sigma^2 / weights[i], as in lme4; a row
    of weight 0 has no influence and is not counted. `outcome` names y.
    """

    y: FloatArray
    x: FloatArray
    names: tuple[str, ...]
    terms: tuple[RandomTerm, ...]
    weights: FloatArray | None = None
    outcome: str = "the outcome"


def checked(data: ModelData) -> ModelData:
    """The data without rows of weight 0; raises ModelDataError for what cannot be computed with."""
    _check_shapes(data)
    _check_finite(data.outcome, data.y)
    for place, name in enumerate(data.names):
        _check_finite(name, data.x[:, place])
    for term in data.terms:
        _check_codes(term)
        for place, name in enumerate(term.names):
            _check_finite(name, term.columns[:, place])
    _check_same_groups(data.terms)
    return data if data.weights is None else _with_weight(data, data.weights)


def _check_shapes(data: ModelData) -> None:
    n = len(data.y)
    if n == 0:
        raise ModelDataError("There are no observations", "Give the model at least some rows")
    if not data.terms:
        raise ModelDataError(
            "The model has no random effects", "Add a grouping factor, such as (1 | therapist_id)"
        )
    shapes = [data.x.shape == (n, len(data.names)), data.y.shape == (n,)]
    shapes += [t.columns.shape == (n, len(t.names)) for t in data.terms]
    shapes += [t.codes.shape == (n,) and bool(t.names) for t in data.terms]
    shapes += [data.weights is None or data.weights.shape == (n,)]
    if not all(shapes):
        raise ModelDataError(
            "Columns of the model differ in length",
            "Give one value per row and one name per column",
        )


def _check_finite(name: str, column: FloatArray) -> None:
    wrong = np.flatnonzero(~(np.abs(column) < TOO_LARGE))
    if len(wrong):
        others = f", nor have {len(wrong) - 1} others" if len(wrong) > 1 else ""
        raise ModelDataError(
            f"Row {wrong[0] + 1} has no finite number in {name}{others}",
            "Leave out rows with missing values, or fill them in",
        )


def _check_codes(term: RandomTerm) -> None:
    if term.codes.min() < 0 or term.codes.max() >= len(term.levels):
        raise ModelDataError(
            f"A row has a group of {term.group} that is not among its levels",
            "Leave out rows without a group, and list every group",
        )


def _check_same_groups(terms: tuple[RandomTerm, ...]) -> None:
    first: dict[str, RandomTerm] = {}
    for term in terms:
        known = first.setdefault(term.group, term)
        if known.levels != term.levels or not np.array_equal(known.codes, term.codes):
            raise ModelDataError(
                f"Two random terms name the grouping factor {term.group} but group differently",
                "Give one of them another name",
            )


def _with_weight(data: ModelData, weights: FloatArray) -> ModelData:
    _check_finite("the weights", weights)
    if (weights < 0).any():
        raise ModelDataError(
            f"Row {np.argmax(weights < 0) + 1} has a negative weight",
            "Weights are at least 0, and a row of weight 0 is left out",
        )
    kept = weights > 0
    if kept.all():
        return data
    if not kept.any():
        raise ModelDataError("All weights are 0", "Give some rows a weight above 0")
    return replace(
        data,
        y=data.y[kept],
        x=data.x[kept],
        weights=weights[kept],
        terms=tuple(
            replace(term, columns=term.columns[kept], codes=term.codes[kept]) for term in data.terms
        ),
    )
