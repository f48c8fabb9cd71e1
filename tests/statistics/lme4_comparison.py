"""Fits of random data held against lme4, one line per model that differs.

    python -m tests.statistics.lme4_comparison [seeds]

lme4 runs each model with two optimisers at tight tolerances; the lower of the
two is its answer. A model with a lower criterion than ours is a fault of ours;
one with a higher criterion was not optimised to the end, and its estimates are
not compared.
"""

import csv
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flows.statistics.mixed_model import ConditionalModes, MixedModel, conditional_modes, fit
from tests.statistics.in_r import lme4_says
from tests.statistics.lme4_designs import Design, designs

ASK = """
rows <- read.csv("designs.csv", colClasses = "character")
tight <- list(
  lmerControl("nloptwrap", optCtrl = list(xtol_abs = 1e-11, ftol_abs = 1e-11, maxeval = 20000)),
  lmerControl("bobyqa", optCtrl = list(rhobeg = 0.2, rhoend = 2e-9, maxfun = 20000)))
for (i in seq_len(nrow(rows))) {
  data <- read.csv(rows$file[i])
  models <- lapply(tight, function(control) {
    control$calc.derivs <- FALSE
    for (check in grep("^check", names(control$checkControl), value = TRUE))
      if (is.character(control$checkControl[[check]])) control$checkControl[[check]] <- "ignore"
    suppressMessages(suppressWarnings(lmer(as.formula(rows$formula[i]), data, weights = w,
      REML = rows$method[i] == "REML", control = control)))
  })
  crit <- function(m) if (isREML(m)) REMLcrit(m) else deviance(m)
  m <- models[[which.min(sapply(models, crit))]]
  modes <- ranef(m, condVar = TRUE)
  flat <- as.data.frame(modes)
  flat <- flat[order(as.character(flat$grpvar), as.character(flat$term),
    as.integer(as.character(flat$grp))), ]
  said(rows$name[i], crit(m), fixef(m), sqrt(diag(as.matrix(vcov(m)))), sigma(m),
    as.data.frame(VarCorr(m))$vcov, as.integer(isSingular(m)), flat$condval, flat$condsd)
}
"""

WORSE = 1e-6
"""By which our criterion may be higher."""

SAME = 3e-8
"""Criteria within this are of the same optimum: about what lme4 itself can tell apart."""

BOUNDS = {"effects": 1e-4, "errors": 1e-3, "variances": 3e-3, "modes": 1e-3, "deviations": 3e-3}
"""What two optimisers may differ by whose criteria differ by as much, relative."""


@dataclass(frozen=True)
class Answer:
    """What one fit says, as flat numbers. `variances` ends with that of the residual."""

    criterion: float
    effects: NDArray[np.float64]
    errors: NDArray[np.float64]
    sigma: float
    variances: NDArray[np.float64]
    is_singular: bool
    modes: NDArray[np.float64]
    deviations: NDArray[np.float64]


def ours(design: Design) -> Answer:
    """Our fit, in the order of lme4's."""
    model = fit(design.data, method="ML" if design.method == "ML" else "REML")
    modes = conditional_modes(model, design.data)
    return Answer(
        criterion=model.criterion,
        effects=model.fixed_effects,
        errors=model.standard_errors,
        sigma=model.sigma,
        variances=np.array([*_variances(model), model.sigma**2]),
        is_singular=model.is_singular,
        modes=np.concatenate([column for _, column, _ in _by_term(modes)]),
        deviations=np.concatenate([column for _, _, column in _by_term(modes)]),
    )


def theirs(asked: Iterable[Design], folder: Path) -> Iterator[Answer]:
    """lme4's fits, in the order asked."""
    with (folder / "designs.csv").open("w", newline="") as index:
        writer = csv.writer(index)
        writer.writerow(["name", "formula", "method", "file"])
        for number, design in enumerate(asked):
            table = np.column_stack(list(design.columns.values()))
            header = ",".join(design.columns)
            np.savetxt(folder / f"{number}.csv", table, "%.17g", ",", header=header, comments="")
            writer.writerow([design.name, design.formula, design.method, f"{number}.csv"])
    for _, *fields in lme4_says(ASK, folder):
        numbers = [np.array(field.split(), dtype=float) for field in fields]
        crit, effects, errors, sigma, variances, singular, modes, deviations = numbers
        yield Answer(
            float(crit[0]), effects, errors, float(sigma[0]), variances, bool(singular[0]), modes,
            deviations,
        )  # fmt: skip


def faults(mine: Answer, other: Answer) -> list[str]:
    """What of our answer is wrong: empty where it is lme4's, or better."""
    if mine.criterion > other.criterion + WORSE:
        return [f"criterion higher by {mine.criterion - other.criterion:.2g}"]
    if mine.criterion < other.criterion - SAME:
        return []
    residual = other.variances[-1]
    sizes = {
        "effects": np.abs(other.effects) + mine.errors,
        "errors": other.errors,
        "variances": np.abs(np.sort(other.variances)) + residual / 100,
        "modes": np.abs(other.modes) + mine.errors.max() + mine.deviations,
        "deviations": other.deviations + np.sqrt(residual) / 10,
    }
    pairs = {what: (getattr(mine, what), getattr(other, what)) for what in sizes}
    # lme4 lists its terms in an order of its own.
    pairs["variances"] = (np.sort(mine.variances), np.sort(other.variances))
    told = {what: _apart(*pairs[what], sizes[what]) for what in sizes}
    return [f"{what} by {told[what]:.2g}" for what in sizes if not told[what] <= BOUNDS[what]]


def main(seeds: int) -> None:
    """Print every model that differs and how many did not."""
    for line in lines(seeds):
        print(line, flush=True)


def lines(seeds: int) -> Iterator[str]:
    """The same, line by line."""
    asked = [design for seed in range(seeds) for design in designs(seed)]
    better = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for design, other in zip(asked, theirs(asked, Path(folder)), strict=True):
            mine = ours(design)
            better += mine.criterion < other.criterion - SAME
            found = faults(mine, other)
            if found:
                wrong += 1
                yield f"{design.name}: {', '.join(found)}"
    yield (
        f"{len(asked)} random models beside lme4: {wrong} differ; in {better} of them lme4 stopped"
        " before the lowest point"
    )


def _variances(model: MixedModel) -> list[float]:
    """Of each term, then its covariances."""
    found: list[float] = []
    for term in model.covariances:
        found += [float(value) for value in np.diag(term.covariance)]
        upper = np.triu_indices(len(term.names), 1)
        found += [float(value) for value in term.covariance[upper]]
    return found


def _by_term(
    modes: tuple[ConditionalModes, ...],
) -> list[tuple[tuple[str, str], NDArray[np.float64], NDArray[np.float64]]]:
    """Modes and their deviations by group and effect, without levels that have no rows."""
    found = [
        ((term.group, name), term.modes[:, i], term.standard_deviations[:, i])
        for term in modes
        for i, name in enumerate(term.names)
    ]
    return sorted(found, key=lambda entry: entry[0])


def _apart(
    mine: NDArray[np.float64], other: NDArray[np.float64], size: NDArray[np.float64]
) -> float:
    """The largest difference, in units of `size`."""
    if len(mine) != len(other):
        return float("nan")
    return float((np.abs(mine - other) / size).max())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
