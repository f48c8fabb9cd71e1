"""Columns of numbers and of labels, and the expressions over them that a formula may hold."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from flows.statistics.formula.syntax import (
    Bracket,
    Call,
    FormulaError,
    Name,
    Node,
    Number,
    Sign,
    Text,
)
from flows.statistics.formula.wording import number_name, worded

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
LARGEST_WHOLE = 2**53


@dataclass(frozen=True)
class Numbers:
    """One number a row; NaN where it is missing."""

    values: FloatArray

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Rows without a number."""
        return np.isnan(self.values)

    def rows(self, chosen: NDArray[np.bool_]) -> "Numbers":
        """The chosen rows alone."""
        return Numbers(self.values[chosen])


@dataclass(frozen=True)
class Labels:
    """One of `levels` a row, by its place in them; -1 where it is missing.

    `is_logical` where the levels are FALSE and TRUE, which count as 0 and 1 too;
    `are_mostly_numbers` where a few texts stand in what looks like a column of numbers.
    """

    codes: IntArray
    levels: tuple[str, ...]
    is_logical: bool = False
    are_mostly_numbers: bool = False

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Rows without a label."""
        return self.codes < 0

    def rows(self, chosen: NDArray[np.bool_]) -> "Labels":
        """The chosen rows alone, and of the levels those that are left."""
        codes = self.codes[chosen]
        used = np.bincount(codes[codes >= 0], minlength=len(self.levels)) > 0
        if used.all():
            return replace(self, codes=codes)
        place = np.where(used, np.cumsum(used) - 1, -1)
        levels = tuple(level for level, is_used in zip(self.levels, used, strict=True) if is_used)
        return replace(self, codes=np.where(codes < 0, -1, place[codes]), levels=levels)


Variable = Numbers | Labels


class ColumnError(ValueError):
    """Data that a formula cannot be computed from: what, what to do, and where.

    `column` is a name in the data where one column is to blame, `row` a place in
    it (from 0), and `is_text` where it holds text and numbers are due.
    """

    def __init__(
        self,
        what: str,
        next_step: str,
        *,
        column: str | None = None,
        row: int | None = None,
        is_text: bool = False,
    ) -> None:
        self.what = what
        self.next_step = next_step
        self.column = column
        self.row = row
        self.is_text = is_text
        super().__init__(f"{what}. {next_step}.")


def logical(values: NDArray[np.bool_], missing: NDArray[np.bool_]) -> Labels:
    """FALSE and TRUE as labels."""
    return Labels(np.where(missing, -1, values.astype(np.int64)), ("FALSE", "TRUE"), True)


def as_labels(variable: Variable) -> Labels:
    """A grouping factor: numbers in their order, named as R names the levels of `factor`."""
    if isinstance(variable, Labels):
        return variable
    found, codes = np.unique(variable.values, return_inverse=True)
    known = found[~np.isnan(found)]
    codes = np.where(codes < len(known), codes, -1)
    return Labels(codes.astype(np.int64), tuple(_level_names(known)))


def _level_names(values: FloatArray) -> Iterator[str]:
    """Of whole numbers in full, as R names those of a column that holds nothing else."""
    are_whole = bool(np.all((values == np.rint(values)) & (np.abs(values) < LARGEST_WHOLE)))
    return (str(int(value)) if are_whole else number_name(value) for value in values.tolist())


def combined(factors: list[Labels]) -> Labels:
    """The combinations that occur, named `a:b`, in the order of the first factor, then the next."""
    whole = factors[0]
    for factor in factors[1:]:
        pairs = whole.codes * len(factor.levels) + factor.codes
        pairs = np.where(whole.missing | factor.missing, -1, pairs)
        found, codes = np.unique(pairs, return_inverse=True)
        is_missing = int(len(found) > 0 and found[0] < 0)
        firsts, seconds = np.divmod(found[is_missing:], len(factor.levels))
        names = (
            f"{whole.levels[first]}:{factor.levels[second]}"
            for first, second in zip(firsts.tolist(), seconds.tolist(), strict=True)
        )
        whole = Labels(codes.astype(np.int64) - is_missing, tuple(names))
    return whole


# ---------- expressions


def columns_named(node: Node) -> Iterator[Name]:
    """The columns that an expression reads, with their places."""
    match node:
        case Name():
            yield node
        case Bracket(inside=inside):
            yield from columns_named(inside)
        case Sign(left=left, right=right):
            if left is not None:
                yield from columns_named(left)
            yield from columns_named(right)
        case Call(arguments=arguments):
            for key, argument in arguments:
                if key is None:
                    yield from columns_named(argument)


def evaluated(node: Node, columns: Mapping[str, Variable]) -> Variable:
    """The value of an expression in each row.

    Raises FormulaError for what is not known, ColumnError for text where
    numbers are due and where nothing finite comes out.
    """
    if isinstance(node, Name):
        found = columns[node.name]
        _refuse_infinite(node, found, found.missing)
        return found
    with np.errstate(all="ignore"):
        value = _value(node, columns)
    missing = np.zeros_like(value.missing)
    for name in columns_named(node):
        missing = missing | columns[name.name].missing
    _refuse_infinite(node, value, missing)
    return value


def _refuse_infinite(node: Node, value: Variable, missing: NDArray[np.bool_]) -> None:
    """Raises ColumnError where nothing finite stands though no column is missing."""
    if isinstance(value, Labels):
        return
    wrong = ~np.isfinite(value.values) & ~missing
    if wrong.any():
        raise ColumnError(
            f"{worded(node)} has no finite value in {int(wrong.sum()):,} of {len(wrong):,} rows",
            "Leave these rows out, or empty the cell",
            row=int(np.argmax(wrong)),
        )


def _value(node: Node, columns: Mapping[str, Variable]) -> Variable:
    match node:
        case Name():
            return columns[node.name]
        case Bracket(inside=inside):
            return _value(inside, columns)
        case Call():
            return _called(node, columns)
        case Sign(sign=sign) if sign in COMPARISONS and node.left is not None:
            return _compared(node, columns)
        case Sign(sign="&" | "|" | "!"):
            return _both(node, columns)
        case Sign():
            return Numbers(_arithmetic(node, columns))
    raise FormulaError("a column is due here", "Write its name", getattr(node, "at", None))


def _numbers(node: Node, columns: Mapping[str, Variable]) -> FloatArray:
    """The value as numbers (one, for a number that is written out)."""
    if isinstance(node, Number):
        return np.asarray(node.value)
    if isinstance(node, Sign) and node.sign in ARITHMETIC:
        return _arithmetic(node, columns)
    if isinstance(node, Bracket):
        return _numbers(node.inside, columns)
    if isinstance(node, Text):
        raise FormulaError("a quoted text is no number", "Write a number or a column", node.at)
    value = _value(node, columns)
    return as_numbers(value, worded(node))


def as_numbers(value: Variable, name: str) -> FloatArray:
    """Numbers, or 0 and 1 for FALSE and TRUE. Raises ColumnError for text."""
    if isinstance(value, Numbers):
        return value.values
    if value.is_logical:
        ones = np.array([float(level == "TRUE") for level in value.levels] + [np.nan])
        return ones[value.codes]
    raise text_among_numbers(name, "Mend these cells, or empty them where the value is missing")


def text_among_numbers(name: str, next_step: str) -> ColumnError:
    """The error of a column of text where numbers are due."""
    return ColumnError(
        f"the column '{name}' holds text where numbers belong",
        next_step,
        column=name,
        is_text=True,
    )


ARITHMETIC: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "^": np.power,
    "%%": np.mod, "%/%": np.floor_divide,
}  # fmt: skip
COMPARISONS: dict[str, Callable[[FloatArray, FloatArray], NDArray[np.bool_]]] = {
    "==": np.equal, "!=": np.not_equal, "<": np.less, ">": np.greater,
    "<=": np.less_equal, ">=": np.greater_equal,
}  # fmt: skip


def _arithmetic(node: Sign, columns: Mapping[str, Variable]) -> FloatArray:
    if node.sign not in ARITHMETIC:
        raise FormulaError(
            f"{node.sign} is not known within a function", "Use + - * / ^ and brackets", node.at
        )
    right = _numbers(node.right, columns)
    if node.left is None:
        return -right if node.sign == "-" else right
    return ARITHMETIC[node.sign](_numbers(node.left, columns), right)


def _compared(node: Sign, columns: Mapping[str, Variable]) -> Labels:
    assert node.left is not None
    if isinstance(node.right, Text):
        return _compared_text(node, node.left, node.right, columns)
    left, right = _numbers(node.left, columns), _numbers(node.right, columns)
    return logical(COMPARISONS[node.sign](left, right), np.isnan(left) | np.isnan(right))


def _compared_text(node: Sign, left: Node, text: Text, columns: Mapping[str, Variable]) -> Labels:
    if node.sign not in ("==", "!="):
        raise FormulaError("texts have no order here", "Use == or !=", node.at)
    labels = as_labels(_value(left, columns))
    place = labels.levels.index(text.value) if text.value in labels.levels else -2
    return logical((labels.codes == place) == (node.sign == "=="), labels.missing)


def _both(node: Sign, columns: Mapping[str, Variable]) -> Labels:
    """`&`, `|` and `!` of what is true or false."""
    right = _numbers(node.right, columns)
    if node.left is None:
        return logical(right == 0, np.isnan(right))
    left = _numbers(node.left, columns)
    held = (left != 0) & (right != 0) if node.sign == "&" else (left != 0) | (right != 0)
    return logical(held, np.isnan(left) | np.isnan(right))


FUNCTIONS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "log": np.log, "log2": np.log2, "log10": np.log10, "log1p": np.log1p,
    "exp": np.exp, "expm1": np.expm1, "sqrt": np.sqrt, "abs": np.abs,
    "floor": np.floor, "ceiling": np.ceil,
}  # fmt: skip
KNOWN = (*FUNCTIONS, "I", "factor", "as.factor", "scale")


def _called(node: Call, columns: Mapping[str, Variable]) -> Variable:
    _refuse_unknown(node)
    ((_, first), *options) = node.arguments
    if node.name == "I":
        return _value(first, columns)
    if node.name in ("factor", "as.factor"):
        return replace(as_labels(_value(first, columns)), are_mostly_numbers=False)
    if node.name == "scale":
        chosen = dict(_options(options, {"center", "scale"}))
        values = _numbers(first, columns)
        return Numbers(_scaled(values, chosen.get("center", True), chosen.get("scale", True)))
    return Numbers(FUNCTIONS[node.name](_numbers(first, columns)))


def _refuse_unknown(node: Call) -> None:
    """Raises FormulaError for a function that is not known, or with other arguments."""
    if node.name not in KNOWN:
        raise FormulaError(
            f"{node.name}() is not known here",
            f"Known are {', '.join(KNOWN)}; or add a column to the file",
            node.at,
        )
    most = 3 if node.name == "scale" else 1
    if not 1 <= len(node.arguments) <= most or node.arguments[0][0] is not None:
        raise FormulaError(
            f"{node.name}() takes one column or expression here",
            "Take the other arguments out, or add a column to the file",
            node.at,
        )


def _options(
    arguments: list[tuple[str | None, Node]], known: set[str]
) -> Iterator[tuple[str, bool]]:
    for key, value in arguments:
        is_word = isinstance(value, Name) and value.name in ("TRUE", "FALSE")
        if key not in known or not is_word:
            raise FormulaError(
                "scale() is told by center = TRUE or FALSE and scale = TRUE or FALSE",
                "Write it so",
                value.at,
            )
        assert isinstance(value, Name)
        yield key, value.name == "TRUE"


def _scaled(values: FloatArray, is_centred: bool, is_divided: bool) -> FloatArray:
    """As R's scale: over all rows of the file that have a value, also those left out of the fit."""
    known = values[~np.isnan(values)]
    if is_centred and len(known):
        values, known = values - known.mean(), known - known.mean()
    if is_divided and len(known) > 1:
        values = values / np.sqrt((known**2).sum() / (len(known) - 1))
    return values
