"""Rows of cells as lines of a table on the terminal."""

from collections.abc import Collection, Iterator, Sequence
from math import isinf, isnan


def lined(rows: Sequence[tuple[str, ...]], *, left: Collection[str]) -> Iterator[str]:
    """Columns whose heading is in `left` to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.ljust(width) if heading in left else cell.rjust(width)
            for cell, width, heading in zip(row, widths, rows[0], strict=True)
        )
        yield f"  {'  '.join(cells)}".rstrip()


def figure(value: float) -> str:
    """Five digits that mean something, a dash where there is nothing."""
    return "-" if isnan(value) or isinf(value) else f"{value:.5g}"
