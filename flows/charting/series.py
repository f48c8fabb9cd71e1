"""Records of a csv file -> the points of one series, in order, one for each place along it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import fsum
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from flows.charting.asked import column_of, figures_of, no_chart, refuse_row
from flows.charting.order import Order, order_of
from flows.fitting.columns import Table
from flows.statistics.control_chart import Kind, RuleSet, mean_of

Figures = NDArray[np.float64]

A_NUMBER = "Make it a number of what was counted"


@dataclass(frozen=True, eq=False)
class Series:
    """`values` are counts where there are `sizes`, NaN where missing; `notes` say what was done."""

    order: Order
    texts: tuple[str, ...]
    places: Figures
    values: Figures
    sizes: Figures | None
    notes: tuple[str, ...]


def series_of(table: Table, x: str, y: str, n: str | None, *, kind: Kind, rules: RuleSet) -> Series:
    """The series of columns x and y (counts out of n).

    Raises OpKoersError: columns and cells as in asked, counts that are no counts, records that
    share their x where NHS rules want one value each, no value at all.
    """
    values, sizes = figures_of(table, "--y", y), None
    if n is not None:
        sizes = figures_of(table, "--n", n)
        _refuse_counts(table, values, sizes, kind)
    cells = table.texts(column_of(table, "--x", x))
    rows = [row for row, cell in enumerate(cells) if cell]
    if not rows:
        raise no_chart(table, f"the column '{x}' is empty", "Give the column of moments after --x")
    order = order_of([cells[row] for row in rows])
    if order.slip is not None:
        _refuse_slip(table, x, order, rows[order.slip])
    if np.isnan(values[rows]).all():
        raise no_chart(table, f"the column '{y}' has no value", "Export the file with values")
    gathered = _gathered(order, rows)
    if len(gathered) < len(rows) and sizes is None and rules is RuleSet.NHS:
        _refuse_twice(table, x, gathered)
    return Series(
        order=order,
        texts=tuple(cells[rows[group[0]]] for group in gathered),
        places=np.array([order.places[group[0]] for group in gathered]),
        values=np.array(list(_values(values, sizes, rows, gathered))),
        sizes=None if sizes is None else np.array(list(_sizes(values, sizes, rows, gathered))),
        notes=tuple(_notes(order, len(cells) - len(rows), len(rows) - len(gathered), n)),
    )


def _refuse_counts(table: Table, counts: Figures, sizes: Figures, kind: Kind) -> None:
    refuse_row(table, sizes < 0, "a denominator is negative", A_NUMBER)
    above_none = (counts != 0) & ~np.isnan(counts) & (sizes == 0)
    refuse_row(table, above_none, "something was counted out of 0", A_NUMBER)
    if kind.is_of_shares:
        refuse_row(table, counts < 0, "a count is negative", A_NUMBER)
        refuse_row(
            table, counts > sizes, "a count is larger than its denominator",
            "Mend the record; --y is a count, not a percentage",
        )  # fmt: skip


def _refuse_slip(table: Table, x: str, order: Order, row: int) -> NoReturn:
    raise no_chart(
        table,
        f"the column '{x}' is no {order.form} here, as it is elsewhere",
        "Write it as in the other records",
        table.line_of(row),
    )


def _refuse_twice(table: Table, x: str, gathered: Sequence[Sequence[int]]) -> NoReturn:
    second = min(group[1] for group in gathered if len(group) > 1)
    raise no_chart(
        table,
        f"the column '{x}' is the same as in a record above, and NHS rules read one value each",
        "Export one record per moment, or give a denominator after --n",
        table.line_of(second),
    )


def _gathered(order: Order, rows: Sequence[int]) -> list[list[int]]:
    """Places in `rows` of the records of each point, in order."""
    sorted_places = sorted(range(len(rows)), key=lambda each: order.places[each])
    return [list(group) for _, group in groupby(sorted_places, key=lambda at: order.places[at])]


def _values(
    values: Figures, sizes: Figures | None, rows: Sequence[int], gathered: Sequence[Sequence[int]]
) -> Iterator[float]:
    """The mean of the values of a point, or the sum of its counts that have a denominator."""
    for group in gathered:
        of_point = values[[rows[each] for each in group]]
        known = ~np.isnan(of_point)
        if sizes is not None:
            known &= ~np.isnan(sizes[[rows[each] for each in group]])
        if not known.any():
            yield np.nan
        elif sizes is not None:
            yield fsum(of_point[known])
        else:  # rounded as R rounds a mean: a value on the centre line is in no run
            yield float(mean_of(of_point))


def _sizes(
    values: Figures, sizes: Figures, rows: Sequence[int], gathered: Sequence[Sequence[int]]
) -> Iterator[float]:
    """The sum of the denominators of a point, of records that have both."""
    for group in gathered:
        of_point = [rows[each] for each in group]
        known = ~np.isnan(values[of_point]) & ~np.isnan(sizes[of_point])
        yield fsum(sizes[of_point][known]) if known.any() else np.nan


def _notes(order: Order, without_x: int, doubled: int, n: str | None) -> Iterator[str]:
    if order.form == "text":
        yield "x is neither number, day, week, month nor quarter: points stand as in the file."
    if without_x:
        yield f"Records without x, left out: {without_x:,}."
    if doubled:
        what = "their mean was taken" if n is None else "counts and denominators were added up"
        yield f"Records that share their x with one above: {doubled:,}; {what}."
