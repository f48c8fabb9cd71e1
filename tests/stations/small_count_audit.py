"""An attacker who reads every figure of quality that any run showed, and works out those left out.

It knows nothing of the code under test. For each run it takes counts of each clinic, team and
month as unknown: who ended (measured twice or not), who was paired (better, worse or the same).
What was shown are equations; nothing is negative; and what is landed later comes on top, so that no
count of a later run is smaller. Linear programs then tell how small and how large every figure that
was left out can be.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array

LEAST = 5
MOST = 400
"""So many of a kind in one team and month are beyond belief."""

Atom = tuple[str, str | None, int]
"""Clinic, team (None: of no team), month of the quarter (0-2)."""

UNKNOWN = ("measured", "not_measured", "better", "worse", "same", "not_paired")
NUMERATORS = {
    "response_rate": ("measured",),
    "reliable_improvement": ("better",),
    "deterioration": ("worse",),
}
DENOMINATORS = {
    "response_rate": ("measured", "not_measured"),
    "reliable_improvement": ("better", "worse", "same"),
    "deterioration": ("better", "worse", "same"),
}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cell:
    """A figure: of which indicator, unit and period, and which of its two counts."""

    indicator: str
    unit_kind: str
    unit: str
    month: int | None
    is_numerator: bool

    @property
    def parts(self) -> tuple[str, ...]:
        return (NUMERATORS if self.is_numerator else DENOMINATORS)[self.indicator]

    def holds(self, atom: Atom) -> bool:
        clinic, team, month = atom
        units = {"service": "service", "clinic": clinic, "team": f"{clinic}/{team}"}
        return units[self.unit_kind] == self.unit and self.month in (None, month)


Shown = Mapping[Cell, float | None]
"""Each figure of a run: None where it was left out."""


@dataclass
class Attack:
    """Everything that was shown, as a linear system; runs in order of time."""

    atoms: Sequence[Atom]
    runs: Sequence[Shown]
    widths: dict[tuple[int, Cell], tuple[float, float]] = field(default_factory=dict)

    def ranges(self, asked: Sequence[tuple[int, Cell]], wide: float) -> None:
        """Fill `widths` of what is asked (run and figure): as far as it is apart by `wide`."""
        rows = [self._row(run, cell) for run, cell in asked]
        low, high = np.full(len(rows), np.inf), np.full(len(rows), -np.inf)
        for n, row in enumerate(rows):
            for sign in (1.0, -1.0):
                if high[n] - low[n] < wide:
                    believed = self._extreme(sign * row)
                    told = np.array([each @ believed for each in rows])
                    low, high = np.minimum(low, told), np.maximum(high, told)
        self.widths.update({each: (low[n], high[n]) for n, each in enumerate(asked)})

    def _extreme(self, objective: Floats) -> Floats:
        found = milp(objective, constraints=self._rules, bounds=Bounds(0.0, MOST))
        assert found.status == 0, found.message
        return np.asarray(found.x)

    def __post_init__(self) -> None:
        equations = [
            (self._row(run, cell), value)
            for run, shown in enumerate(self.runs)
            for cell, value in shown.items()
            if value is not None
        ]
        equations += [(row, 0.0) for row in self._same_people()]
        matrix = csr_array(np.array([row for row, _ in equations]))
        values = np.array([value for _, value in equations])
        self._rules = [LinearConstraint(matrix, values, values), *self._never_less()]

    def _row(self, run: int, cell: Cell) -> Floats:
        row = np.zeros((len(self.runs), len(self.atoms), len(UNKNOWN)))
        for n, atom in enumerate(self.atoms):
            if cell.holds(atom):
                row[run, n, [UNKNOWN.index(part) for part in cell.parts]] = 1.0
        return row.ravel()

    def _same_people(self) -> Iterator[Floats]:
        """Who ended is the same, looked at by measuring or by outcome."""
        for run in range(len(self.runs)):
            for n in range(len(self.atoms)):
                row = np.zeros((len(self.runs), len(self.atoms), len(UNKNOWN)))
                row[run, n] = [1, 1, -1, -1, -1, -1]
                yield row.ravel()

    def _never_less(self) -> Iterator[LinearConstraint]:
        """Each unknown of a run, less that of the run after it, is at most 0."""
        many = len(self.atoms) * len(UNKNOWN)
        earlier = many * (len(self.runs) - 1)
        if earlier:
            matrix = eye_array(earlier, earlier + many) - eye_array(earlier, earlier + many, k=many)
            yield LinearConstraint(csr_array(matrix), -np.inf, 0.0)


def found_out(
    atoms: Sequence[Atom], runs: Sequence[Shown], truth: Sequence[Mapping[Cell, float]]
) -> list[tuple[int, Cell, float, float]]:
    """Small figures that were left out in a run, and can be told to within less than LEAST.

    With the run and the least and the most that they can be. `truth` holds the true counts.
    """
    asked = [
        (run, cell)
        for run, shown in enumerate(runs)
        for cell, value in shown.items()
        if value is None and _is_small(truth[run], cell)
    ]
    attack = Attack(atoms, runs)
    attack.ranges(asked, float(LEAST))
    return [
        (run, cell, low, high)
        for (run, cell), (low, high) in attack.widths.items()
        if high - low < min(LEAST, _whole(truth[run], cell)) - 1e-6
    ]


def _whole(truth: Mapping[Cell, float], cell: Cell) -> float:
    """A numerator cannot be further off than its denominator is large."""
    whole = Cell(cell.indicator, cell.unit_kind, cell.unit, cell.month, is_numerator=False)
    return truth[whole] if cell.is_numerator else np.inf


def _is_small(truth: Mapping[Cell, float], cell: Cell) -> bool:
    count = truth[cell]
    rest = _whole(truth, cell) - count
    return 0 < count < LEAST or (cell.is_numerator and 0 < rest < LEAST)
