"""What is wrong with a formula or its data, as an error with its place in formula or file."""

from collections.abc import Iterator
from contextlib import contextmanager

from flows.errors import ExitCode, OpKoersError
from flows.fitting.columns import Table, found_name, likely_name, r_name
from flows.statistics.formula import ColumnError, FormulaError
from flows.statistics.mixed_model import ModelDataError


class FormulaMistake(OpKoersError):  # noqa: N818 - named as what it tells
    """A mistake in a formula; below the sentence the formula with a caret under the place."""

    def __init__(
        self,
        what: str,
        formula: str,
        at: int | None,
        *,
        next_step: str,
        exit_code: ExitCode = ExitCode.FORMULA,
    ) -> None:
        self._formula = formula
        self._at = at
        where = "--weights" if at is None and exit_code is ExitCode.UNKNOWN_COLUMN else "--formula"
        super().__init__(what, next_step=next_step, exit_code=exit_code, where=where)

    def sentence(self) -> str:
        """The sentence, and where the place is known two lines that show it."""
        if self._at is None:
            return super().sentence()
        shown = "".join(sign if sign.isprintable() else " " for sign in self._formula)
        return f"{super().sentence()}\n  {shown}\n  {' ' * self._at}^"


@contextmanager
def told_of_formula(formula: str) -> Iterator[None]:
    """A FormulaError as a FormulaMistake."""
    try:
        yield
    except FormulaError as error:
        raise FormulaMistake(error.what, formula, error.at, next_step=error.next_step) from None


@contextmanager
def told_of_data(table: Table) -> Iterator[None]:
    """A ColumnError or ModelDataError as an error of the file, with the line where it is known."""
    try:
        yield
    except ColumnError as error:
        line = None if error.row is None else table.line_of(error.row)
        column = found_name(error.column or "", table.header)
        if error.is_text and column is not None:
            line = table.first_text(column)
        raise no_fit(table, error.what, error.next_step, line) from None
    except ModelDataError as error:
        raise no_fit(table, error.what, error.next_step) from None


def no_fit(table: Table, what: str, next_step: str, line: int | None = None) -> OpKoersError:
    """The error of data that the model cannot be fitted to."""
    return OpKoersError(
        what, where=table.file.name, line=line, next_step=next_step, exit_code=ExitCode.NO_FIT
    )


def known_column(asked: str, table: Table, formula: str, at: int | None) -> str:
    """The column that is meant. Raises FormulaMistake for one that is not there, or twice."""
    name = found_name(asked, table.header)
    if name is None:
        raise FormulaMistake(
            f"the column '{asked}' is not in {table.file.name}{_hint(asked, table)}",
            formula,
            at,
            next_step="Mend the name, or export the file with that column",
            exit_code=ExitCode.UNKNOWN_COLUMN,
        )
    if table.header.count(name) > 1:
        raise FormulaMistake(
            f"the column '{asked}' is more than once in {table.file.name}",
            formula,
            at,
            next_step="Export the file with one column of that name",
            exit_code=ExitCode.UNKNOWN_COLUMN,
        )
    return name


def _hint(asked: str, table: Table) -> str:
    near = likely_name(asked, table.header)
    return f" (did you mean '{r_name(near)}'?)" if near else ""
