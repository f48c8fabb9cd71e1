"""Columns made independent of each other before their products are summed.

A covariate such as a year has a mean far above its spread; sums of its squares
lose the digits in which the years differ. Columns turned by the R of a QR
decomposition lose nothing, and the model in them is the same model.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from flows.statistics.mixed_model.data import FloatArray

COLLINEAR = 1e-7
"""A column is made up of others when at most this share of its length is left without them:
R's `qr()` and so lme4 drop it at this bound."""

ROWS = 65_536


@dataclass(frozen=True)
class Basis:
    """`kept` columns @ `turn` (k x k) are the basis; basis @ `coordinates` (k x m) the columns."""

    kept: tuple[int, ...]
    turn: FloatArray
    coordinates: FloatArray

    def made_of(self, columns: list[FloatArray], root: FloatArray | None) -> list[FloatArray]:
        """The k columns of the basis (each n), times the roots of the weights where given."""
        made = []
        for weights in self.turn.T:
            column = np.zeros_like(columns[0])
            for place, weight in zip(self.kept, weights, strict=True):
                if weight:
                    column += weight * columns[place]
            made.append(column if root is None else column * root)
        return made


def basis_of(columns: list[FloatArray], root: FloatArray | None) -> Basis:
    """A basis with products near the unit matrix times n; the last column is always kept."""
    n, m = len(columns[0]), len(columns)
    triangle = _triangle(columns, root)
    kept = [*independent(triangle[:, : m - 1]), m - 1]
    r = triangular(triangle[:, kept])
    length = float(np.linalg.norm(r[:, -1]))
    if abs(r[-1, -1]) <= COLLINEAR * length:
        r[:, -1], r[-1, -1] = 0.0, length or 1.0
    turn = np.linalg.inv(r) * np.sqrt(n)
    coordinates = np.linalg.lstsq(triangle[:, kept] @ turn, triangle, rcond=None)[0]
    coordinates[:, kept] = np.linalg.inv(turn)
    coordinates[-1, :-1] = 0.0
    return Basis(tuple(kept), turn, coordinates)


def independent(columns: FloatArray) -> list[int]:
    """Places of the columns that those to their left do not make up."""
    kept: list[int] = []
    directions = np.zeros((len(columns), 0))
    for place, column in enumerate(columns.T):
        length = np.linalg.norm(column)
        left = column - directions @ (directions.T @ column)
        left -= directions @ (directions.T @ left)
        if np.linalg.norm(left) > COLLINEAR * length:
            kept.append(place)
            directions = np.column_stack([directions, left / np.linalg.norm(left)])
    return kept


def triangular(matrix: FloatArray) -> FloatArray:
    """The R of a matrix's QR decomposition."""
    return np.asarray(np.linalg.qr(matrix, mode="r"))


def _triangle(columns: list[FloatArray], root: FloatArray | None) -> FloatArray:
    """The R (at most m x m) of the QR decomposition of all columns, made from blocks of rows."""
    parts = [triangular(block) for block in _blocks(columns, root)]
    # Rows of zeros keep it square where there are fewer rows than columns.
    return triangular(np.vstack([*parts, np.zeros((len(columns), len(columns)))]))


def _blocks(columns: list[FloatArray], root: FloatArray | None) -> Iterator[FloatArray]:
    for start in range(0, len(columns[0]), ROWS):
        rows = slice(start, start + ROWS)
        block = np.column_stack([column[rows] for column in columns])
        yield block if root is None else block * root[rows, None]
