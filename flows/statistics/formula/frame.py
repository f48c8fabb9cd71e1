"""A formula over columns -> the arrays of a mixed model, as lme4 makes them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from flows.statistics.formula.coding import design
from flows.statistics.formula.syntax import Call, FormulaError, Name, Node
from flows.statistics.formula.terms import Formula, Grouped
from flows.statistics.formula.variables import (
    ColumnError,
    FloatArray,
    Labels,
    Variable,
    as_labels,
    as_numbers,
    columns_named,
    combined,
    evaluated,
)
from flows.statistics.formula.wording import worded
from flows.statistics.mixed_model import ModelData, RandomTerm

Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Frame:
    """The data of a model, and what became of the rows.

    `used` says of each row of the columns whether it is in the data. The others
    had something missing (`n_missing`) or a weight of 0 (`n_weightless`); `missing`
    counts per expression the rows in which it has no value.
    """

    data: ModelData
    used: Rows
    n_missing: int
    missing: dict[str, int]
    n_weightless: int


def columns_of(formula: Formula) -> Iterator[Name]:
    """Every mention of a column, in the order of the text's parts."""
    for node in _nodes(formula):
        yield from columns_named(node)


def frame_of(
    formula: Formula, columns: Mapping[str, Variable], weights: str | None = None
) -> Frame:
    """The arrays of a formula: rows with anything missing are left out, as lme4 does.

    A row of weight 0 is left out too. `cbind(yes, no)` as response gives shares with
    yes + no as weights. Random terms stand in lme4's order: by falling number of groups
    where they are not so already. Raises FormulaError and ColumnError.
    """
    if not formula.random:
        raise FormulaError(
            "there is no random term in this formula",
            'Add one such as "+ (1 | group)"',
            len(formula.text.rstrip()),
        )
    variables = {worded(node): evaluated(node, columns) for node in _nodes(formula)}
    weighing = None if weights is None else _weights(weights, columns[weights])
    is_whole = ~np.logical_or.reduce([variable.missing for variable in variables.values()])
    missing = {name: int(variable.missing.sum()) for name, variable in variables.items()}
    used = is_whole
    if weights is not None and weighing is not None:
        missing.setdefault(weights, int(np.isnan(weighing).sum()))
        used, is_whole = is_whole & (weighing > 0), is_whole & ~np.isnan(weighing)
    _refuse_empty(is_whole, used)
    chosen = {name: variable.rows(used) for name, variable in variables.items()}
    data = _data(formula, chosen, None if weighing is None else weighing[used])
    n_missing = int((~is_whole).sum())
    return Frame(
        data,
        used,
        n_missing,
        {name: count for name, count in missing.items() if count},
        int((~used).sum()) - n_missing,
    )


def _nodes(formula: Formula) -> list[Node]:
    """The expressions of which every row must have a value."""
    nodes = [*_responses(formula), *formula.fixed.variables.values()]
    for term in formula.random:
        nodes.extend([*term.effects.variables.values(), *term.factors])
    return nodes


def _responses(formula: Formula) -> list[Node]:
    """The outcome, or the two counts of cbind(yes, no)."""
    response = formula.response
    if not formula.has_counts or not isinstance(response, Call):
        return [response]
    if len(response.arguments) != 2:
        raise FormulaError("cbind() takes two columns", "Write cbind(yes, no)", response.at)
    return [argument for _, argument in response.arguments]


def _weights(name: str, variable: Variable) -> FloatArray:
    values = as_numbers(variable, name)
    wrong = (values < 0) | np.isinf(values)
    if wrong.any():
        raise ColumnError(
            f"the weight in column '{name}' is below 0 or infinite",
            "Give weights of 0 or more; a row of weight 0 is left out",
            row=int(np.argmax(wrong)),
        )
    return values


def _refuse_empty(is_whole: Rows, used: Rows) -> None:
    if not is_whole.any():
        raise ColumnError(
            "no row has a value in all columns of the formula",
            "Take out the column that is empty, or mend the file",
        )
    if not used.any():
        raise ColumnError("the weight of every row is 0", "Give weights above 0, or none")


def _data(
    formula: Formula, variables: Mapping[str, Variable], weights: FloatArray | None
) -> ModelData:
    n = len(next(iter(variables.values())).missing)
    y, weights = _outcome(formula, variables, weights)
    names, x = design(formula.fixed, variables, n)
    terms = [_random_term(term, variables, n) for term in formula.random]
    return ModelData(
        y, x, names, tuple(_in_order(terms)), weights, outcome=worded(formula.response)
    )


def _outcome(
    formula: Formula, variables: Mapping[str, Variable], weights: FloatArray | None
) -> tuple[FloatArray, FloatArray | None]:
    """The outcome and the weights; of counts their share and their sum."""
    names = [worded(node) for node in _responses(formula)]
    values = [as_numbers(variables[name], name) for name in names]
    if len(values) == 1:
        return values[0], weights
    if weights is not None:
        raise FormulaError(
            "cbind() brings its own weights", "Take --weights out", formula.response.at
        )
    yes, no = values
    total = yes + no
    wrong = (yes < 0) | (no < 0) | (total <= 0)
    if wrong.any():
        raise ColumnError(
            f"the counts in {names[0]} and {names[1]} are below 0, or both 0, in"
            f" {int(wrong.sum()):,} rows",
            "Leave these rows out",
        )
    return yes / total, total


def _random_term(term: Grouped, variables: Mapping[str, Variable], n: int) -> RandomTerm:
    factors: list[Labels] = [as_labels(variables[worded(factor)]) for factor in term.factors]
    labels = combined(factors)
    names, columns = design(term.effects, variables, n)
    return RandomTerm(term.name, names, columns, labels.codes, labels.levels)


def _in_order(terms: list[RandomTerm]) -> list[RandomTerm]:
    """As lme4 has it: unchanged where the numbers of groups never rise, else sorted and reversed.

    So terms with as many groups as each other change places whenever anything is sorted.
    """
    sizes = [len(term.levels) for term in terms]
    if all(after <= before for before, after in pairwise(sizes)):
        return terms
    order = sorted(range(len(terms)), key=lambda place: sizes[place])
    return [terms[place] for place in reversed(order)]
