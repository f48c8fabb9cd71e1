"""make statistics: what the mixed models promise, measured.

    python -m tests.accuracy.mixed_models [simulations]

Coverage is the share of 95 % intervals of a group's effect that hold the true
one, over simulated groups; its standard error is that of the means of the
simulations, for groups of one simulation share a fit. Where groups do not differ,
told is the share of groups that are called different. Simulations are seeded.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flows.statistics.mixed_model import ModelData, RandomTerm, fit, mode_intervals, sums_of
from tests.oracles.mixed_model_agreement import agreement

SIMULATIONS = 200
REPLICATES = 100
SHARE = 0.05
"""Of the variance that lies between groups: about what therapists make (RULES B4)."""


@dataclass(frozen=True)
class Design:
    """Groups of equal size; `between` is their share of the variance."""

    groups: int
    rows: int
    between: float


DESIGNS = (
    Design(40, 30, SHARE),
    Design(120, 50, SHARE),
    Design(40, 30, 0.0),
    Design(120, 50, 0.0),
)


def main(simulations: int) -> None:
    """Print one line for each design, then the largest differences from lme4."""
    print("\n".join(lines(simulations)))


def lines(simulations: int) -> Iterator[str]:
    """The same, line by line."""
    heading = f"{'95 % intervals of group effects':46}{'simulations':>12}{'share':>9}{'error':>9}"
    yield heading + "  asked"
    for one in DESIGNS:
        shares = np.array([_share(one, number) for number in range(simulations)])
        error = shares.std(ddof=1) / np.sqrt(simulations)
        what, asked = ("hold the truth", "0.93 to 0.97")
        if one.between == 0:
            what, asked = ("call a group different", "at most 0.07")
        told = f"{one.groups} groups x {one.rows}, {one.between:.0%}: {what}"
        yield f"{told:46}{simulations:12}{shares.mean():9.3f}{error:9.4f}  {asked}"
    reference = os.environ.get("OPKOERS_REFERENCE")
    if reference:
        yield from ("", *agreement(Path(reference)))


def one_way(
    groups: int, rows: int, between: float, rng: np.random.Generator
) -> tuple[ModelData, np.ndarray]:
    """Rows of groups that differ in their mean alone, with variance 1 in all; the true effects."""
    effects = np.sqrt(between) * rng.normal(size=groups)
    codes = np.repeat(np.arange(groups), rows)
    y = 10 + effects[codes] + np.sqrt(1 - between) * rng.normal(size=len(codes))
    ones = np.ones((len(codes), 1))
    levels = tuple(map(str, range(groups)))
    term = RandomTerm("group", ("(Intercept)",), ones, codes, levels)
    return ModelData(y, ones, ("(Intercept)",), (term,)), effects


def _share(one: Design, number: int) -> float:
    """Of a simulation's groups whose interval holds the truth, or leaves out 0 where that is it."""
    rng = np.random.default_rng([one.groups, one.rows, round(one.between * 100), number])
    data, effects = one_way(one.groups, one.rows, one.between, rng)
    sums = sums_of(data)
    (term,) = mode_intervals(fit(sums), sums, replicates=REPLICATES, seed=number)
    if one.between == 0:
        return float(term.is_distinguishable.mean())
    return float(((term.lower[:, 0] <= effects) & (effects <= term.upper[:, 0])).mean())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIMULATIONS)
