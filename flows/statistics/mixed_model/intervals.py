"""How sure one can be of what a group adds, all uncertainty counted.

The conditional standard deviation takes fixed effects and variances as known.
Here each replicate of a parametric bootstrap draws data from the model, fits
them, and asks again what the observed rows then say of each group (Laird &
Louis 1987, JASA 82:739-750): the spread of those modes is what estimating the
model adds. A fitted variance tends to make the conditional variance too small;
the replicates show by how much, and that is added as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from flows.statistics.mixed_model.data import FloatArray, IntArray, ModelData
from flows.statistics.mixed_model.model import MixedModel
from flows.statistics.mixed_model.modes import ConditionalModes, conditional_modes
from flows.statistics.mixed_model.simulation import Simulation
from flows.statistics.mixed_model.sums import Sums, sums_of

REPLICATES = 200


@dataclass(frozen=True)
class ModeIntervals:
    """Of one term: `modes`, `lower` and `upper`, each levels x q, in points."""

    group: str
    names: tuple[str, ...]
    levels: tuple[str, ...]
    modes: FloatArray
    lower: FloatArray
    upper: FloatArray

    @property
    def is_distinguishable(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Whether the interval leaves out 0 (levels x q)."""
        return (self.lower > 0) | (self.upper < 0)


@dataclass(frozen=True)
class Expectation:
    """For m rows: `x` (m x p, by the model's names) and for each term its columns (m x q) and
    codes (m)."""

    x: FloatArray
    terms: tuple[tuple[FloatArray, IntArray], ...]


@dataclass(frozen=True)
class ExpectedValues:
    """What the model expects of m rows: `values`, `lower` and `upper` (m), in points."""

    values: FloatArray
    lower: FloatArray
    upper: FloatArray


def mode_intervals(
    model: MixedModel,
    data: ModelData | Sums,
    *,
    level: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> tuple[ModeIntervals, ...]:
    """Two-sided intervals of each term's modes; `data` are those of the fit.

    The same seed gives the same intervals. Raises as `conditional_modes` does.
    """
    fitted, *again = _replicated(model, data, replicates, seed)
    intervals = []
    for place, term in enumerate(fitted.modes):
        half = half_width(
            level,
            [(one.modes[place].modes, one.modes[place].standard_deviations) for one in again],
            (term.modes, term.standard_deviations),
        )
        lower, upper = term.modes - half, term.modes + half
        intervals.append(
            ModeIntervals(term.group, term.names, term.levels, term.modes, lower, upper)
        )
    return tuple(intervals)


def expected_values(
    model: MixedModel,
    data: ModelData | Sums,
    rows: Expectation,
    *,
    level: float = 0.95,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> ExpectedValues:
    """The mean outcome of rows of known groups, X beta + Z b, with two-sided intervals.

    `data` are those of the fit. Effects of two terms are counted as independent
    given the rows, which makes intervals of several terms a little too wide, for
    what one term explains another cannot. Raises as `conditional_modes` does.
    """
    fitted, *again = (_expected(one, rows) for one in _replicated(model, data, replicates, seed))
    values, _ = fitted
    half = half_width(level, again, fitted)
    return ExpectedValues(values, values - half, values + half)


@dataclass(frozen=True)
class _Replicate:
    """A model and what it says of the observed rows."""

    model: MixedModel
    modes: tuple[ConditionalModes, ...]


def _replicated(
    model: MixedModel, data: ModelData | Sums, replicates: int, seed: int
) -> Iterator[_Replicate]:
    """The model itself, then those fitted to what it draws."""
    sums = data if isinstance(data, Sums) else sums_of(data)
    simulation, rng = Simulation(model, sums), np.random.default_rng(seed)
    yield _Replicate(model, conditional_modes(model, sums))
    for _ in range(replicates):
        drawn = simulation.refitted(rng)
        yield _Replicate(drawn, conditional_modes(drawn, sums))


def _expected(one: _Replicate, rows: Expectation) -> tuple[FloatArray, FloatArray]:
    """Value and conditional standard deviation of each row."""
    values = rows.x @ one.model.fixed_effects
    variances = np.zeros(len(values))
    for (columns, codes), term in zip(rows.terms, one.modes, strict=True):
        values = values + (columns * term.modes[codes]).sum(axis=1)
        variances += np.einsum("ma,mab,mb->m", columns, term.covariances[codes], columns)
    return values, np.sqrt(variances)


def half_width(
    level: float,
    again: list[tuple[FloatArray, FloatArray]],
    fitted: tuple[FloatArray, FloatArray],
) -> FloatArray:
    """Half the width of the intervals, from means and deviations of the replicates."""
    mean, deviation = fitted
    moved = np.mean([(other - mean) ** 2 for other, _ in again], axis=0)
    variances = np.mean([other**2 for _, other in again], axis=0)
    z = float(ndtri((1 + level) / 2))
    return np.asarray(z * np.sqrt(moved + _corrected(deviation**2, variances)))


def _corrected(fitted: FloatArray, replicated: FloatArray) -> FloatArray:
    """The conditional variance with the bias that replicates show, never made smaller by it.

    Replicates are to the fitted model as this is to the truth (Butar & Lahiri
    2003, Journal of Statistical Planning and Inference 112:63-76).
    """
    return fitted + np.abs(fitted - replicated)
