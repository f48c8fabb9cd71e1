"""A small table whose columns are of every kind: the data of the formula tests."""

import csv
from pathlib import Path

import numpy as np

from flows.statistics.formula import Labels, Numbers, Variable

ROWS = 120


def texts() -> dict[str, list[str]]:
    """Cells by column; some are NA."""
    rows = range(ROWS)
    cells = {
        "y": [f"{(row * 37 % 101) / 7:.4f}" for row in rows],
        "x": [f"{(row * 53 % 97) / 10 - 4.5:.1f}" for row in rows],
        "z": [f"{(row * 29 % 89) / 20 + 0.1:.2f}" for row in rows],
        "x.2": [str(row * 7 % 5) for row in rows],
        "sex": ["FM"[row * 11 % 13 % 2] for row in rows],
        "arm": ["cab"[row * 17 % 19 % 3] for row in rows],
        "ok": [["TRUE", "FALSE"][row * 5 % 11 % 2] for row in rows],
        "g": [str(row * 13 % 23 % 11 + 1) for row in rows],
        "h": [f"h{row * 31 % 37 % 6}" for row in rows],
        "k": [str(row * 13 % 23 % 11 // 4) for row in rows],
        "d": [["0.5", "1.25", "10", "100000"][row * 3 % 7 % 4] for row in rows],
    }
    for column, row in (("x", 3), ("sex", 40), ("g", 77), ("z", 78), ("y", 100)):
        cells[column][row] = "NA"
    return cells


def variables() -> dict[str, Variable]:
    """The same as the formula language takes them."""
    return {name: _variable(cells) for name, cells in texts().items()}


def _variable(cells: list[str]) -> Variable:
    try:
        values = [float("nan") if cell == "NA" else float(cell) for cell in cells]
    except ValueError:
        levels = sorted(set(cells) - {"NA"})
        codes = [levels.index(cell) if cell in levels else -1 for cell in cells]
        return Labels(np.array(codes), tuple(levels), levels == ["FALSE", "TRUE"])
    return Numbers(np.array(values))


def write_csv(file: Path) -> None:
    """The same as R reads it."""
    cells = texts()
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(cells)
        writer.writerows(zip(*cells.values(), strict=True))
