"""The columns that an option names, and what is wrong with them as one sentence with its line."""

import numpy as np
from numpy.typing import NDArray

from flows.errors import ExitCode, OpKoersError
from flows.fitting.columns import Table, found_name, likely_name, r_name
from flows.statistics.formula import Numbers

Figures = NDArray[np.float64]

LARGEST = 1e100
"""Beyond it squares, and sums of them, run out of floats; nothing that is counted comes near."""


def column_of(table: Table, option: str, asked: str) -> str:
    """The column that `option` means. Raises OpKoersError: it is not there, or twice."""
    name = found_name(asked, table.header)
    if name is None:
        near = likely_name(asked, table.header)
        hint = f" (did you mean '{r_name(near)}'?)" if near else ""
        raise _unknown(
            f"the column '{asked}' is not in {table.file.name}{hint}",
            option,
            "Mend the name, or export the file with that column",
        )
    if table.header.count(name) > 1:
        raise _unknown(
            f"the column '{asked}' is more than once in {table.file.name}",
            option,
            "Export the file with one column of that name",
        )
    return name


def figures_of(table: Table, option: str, asked: str) -> Figures:
    """The numbers of the column that `option` means, NaN where missing.

    Raises OpKoersError as column_of does, and for a text or a number beyond LARGEST.
    """
    name = column_of(table, option, asked)
    column = table.columns([name])[name]
    if not isinstance(column, Numbers):
        line = table.first_text(name)
        raise no_chart(table, f"the column '{asked}' holds a text", "Make it a number", line)
    endless = np.isinf(column.values)
    if endless.any():
        refuse_row(table, endless, f"the column '{asked}' is infinite here", "Make it a number")
    too_large = np.abs(column.values) > LARGEST
    refuse_row(table, too_large, f"the column '{asked}' is far too large here", "Mend the number")
    return column.values


def refuse_row(table: Table, bad: NDArray[np.bool_], what: str, next_step: str) -> None:
    """Raises OpKoersError with the line of the first bad record, where there is one."""
    if bad.any():
        raise no_chart(table, what, next_step, table.line_of(int(bad.argmax())))


def no_chart(table: Table, what: str, next_step: str, line: int | None = None) -> OpKoersError:
    """The error of data of which no chart can be drawn."""
    return OpKoersError(
        what, where=table.file.name, line=line, next_step=next_step, exit_code=ExitCode.NO_CHART
    )


def contradiction(what: str, next_step: str) -> OpKoersError:
    """The error of options that do not go together."""
    return OpKoersError(what, next_step=next_step, exit_code=ExitCode.USAGE)


def _unknown(what: str, option: str, next_step: str) -> OpKoersError:
    return OpKoersError(what, where=option, next_step=next_step, exit_code=ExitCode.UNKNOWN_COLUMN)
