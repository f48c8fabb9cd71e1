"""Yes/no outcomes in groups, made without random numbers so that recorded results stay true."""

from dataclasses import dataclass
from math import sin

import numpy as np

from flows.statistics.mixed_model import FloatArray, IntArray, ModelData, RandomTerm


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Rows: group, a covariate of few values, one of many, a binary one, and yes (1) or no (0)."""

    group: IntArray
    few: FloatArray
    many: FloatArray
    binary: FloatArray
    yes: FloatArray

    def data(self, *covariates: str) -> ModelData:
        """A model of an intercept, these covariates and a random intercept."""
        columns = [np.ones(len(self.yes)), *(getattr(self, name) for name in covariates)]
        return model_data(np.column_stack(columns), ("(Intercept)", *covariates), self)


def model_data(x: FloatArray, names: tuple[str, ...], rows: Outcomes) -> ModelData:
    """The outcomes with these columns."""
    levels = tuple(str(level) for level in range(int(rows.group.max()) + 1))
    term = RandomTerm("group", ("(Intercept)",), np.ones((len(x), 1)), rows.group, levels)
    return ModelData(rows.yes, x, names, (term,), outcome="yes")


def outcomes(n: int, groups: int, spread: float) -> Outcomes:
    """So many rows; a wider `spread` makes groups differ more."""
    row = np.arange(n)
    group = row * 7919 % 104729 % groups
    few, binary = row * 31 % 7 % 3, row * 17 % 11 % 2
    many = np.array([round(3 * sin(1.7 * place), 3) for place in range(n)])
    effect = np.array([sin(12.9898 * (place + 1)) * 1.4 for place in range(groups)])
    lean = -0.4 + 0.35 * few - 0.2 * many + 0.5 * binary + spread * effect[group]
    draw = (np.sin(row * 78.233 + 0.5) * 43758.5453) % 1.0
    yes = (draw < 1 / (1 + np.exp(-lean))).astype(float)
    return Outcomes(group, few.astype(float), many, binary.astype(float), yes)
