"""What the R package survival says of the same patients, asked of R itself.

Random patients of many shapes: ties, few and many, no ends, no censoring, ends at time 0,
groups of one. R sees one line per patient; here they go in as counts.
"""

import csv
import io
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flows.statistics.survival import cumulative_incidence, log_rank, survival_curve

Figures = NDArray[np.float64]
SCRIPT = """
suppressMessages(library(survival))
said <- function(case, what, x) {
  numbers <- paste(formatC(as.vector(x), digits = 17), collapse = " ")
  cat(paste(case, what, numbers, sep = ","), "\\n")
}
for (d in split(all <- read.csv(file("stdin")), all$case)) {
  case <- d$case[1]
  km <- survfit(Surv(time, end > 0) ~ 1, data = d, conf.type = "log")
  said(case, "survival", c(km$time, km$n.risk, km$n.event, km$n.censor, km$surv, km$std.err,
                           km$lower, km$upper))
  aj <- survfit(Surv(time, factor(end, 0:2)) ~ 1, data = d, conf.type = "log")
  said(case, "incidence", c(aj$pstate[, -1], aj$std.err[, -1], aj$lower[, -1], aj$upper[, -1]))
  if (length(unique(d$group)) > 1) {
    test <- survdiff(Surv(time, end > 0) ~ group, data = d)
    said(case, "log_rank", c(test$chisq, test$pvalue, test$obs, test$exp))
    test <- try(survdiff(Surv(time, end > 0) ~ group + strata(stratum), data = d), silent = TRUE)
    if (!inherits(test, "try-error"))
      said(case, "stratified", c(test$chisq, rowSums(test$obs), rowSums(test$exp)))
  }
}
"""


@dataclass(frozen=True, eq=False)
class Patients:
    """One line per patient."""

    time: NDArray[np.int64]
    end: NDArray[np.int64]
    group: NDArray[np.int64]
    stratum: NDArray[np.int64]


def has_r() -> bool:
    """Whether R is installed with its package survival (apt: r-base-core, r-cran-survival)."""
    if shutil.which("Rscript") is None:
        return False
    ask = ["Rscript", "-e", 'quit(status = !requireNamespace("survival"))']
    return subprocess.run(ask, capture_output=True, check=False).returncode == 0


def random_patients() -> list[Patients]:
    """Forty services; R refuses none of them."""
    random = np.random.default_rng(20261122)
    return [_service(random, n) for n in (2, 5, 9, 30, 100, 300, 1000, 3000) for _ in range(5)]


def _service(random: np.random.Generator, n: int) -> Patients:
    chances = random.dirichlet([1, 1, 1])
    time = random.geometric(random.uniform(0.02, 0.5), n) - int(random.integers(2))
    end = random.choice(3, n, p=chances)
    end[0] = 1
    group = random.integers(0, random.integers(1, 6), n)
    return Patients(time, end, group, random.integers(0, 3, n))


def said_by_r(services: list[Patients]) -> dict[tuple[int, str], Figures]:
    """(place of the service, what was asked) -> numbers of R, with 17 digits, NaN where NA."""
    asked = io.StringIO()
    lines = csv.writer(asked)
    lines.writerow(["case", "time", "end", "group", "stratum"])
    for case, one in enumerate(services):
        columns = (one.time, one.end, one.group, one.stratum)
        lines.writerows((case, *line) for line in np.transpose(columns).tolist())
    done = subprocess.run(
        ["Rscript", "-e", SCRIPT],  # noqa: S607
        input=asked.getvalue(), capture_output=True, check=True, text=True,
    )  # fmt: skip
    return {
        (int(case), what): np.array([_number(text) for text in numbers.split()])
        for case, what, numbers in (line.split(",") for line in done.stdout.splitlines())
    }


def _number(text: str) -> float:
    return float("nan") if text == "NA" else float(text)


def said_by_us(one: Patients) -> Iterator[tuple[str, Figures]]:
    """The same questions in the same order, from patients counted together."""
    lines = np.column_stack([one.time, one.end, one.group, one.stratum])
    cells, count = np.unique(lines, axis=0, return_counts=True)
    time, end, group, stratum = cells.T
    km = survival_curve(time, end > 0, count)
    counts = np.concatenate([km.n_risk, km.n_event, km.n_censor])
    error = km.standard_error_cumulative_hazard
    shares = np.concatenate([km.survival, error, km.lower, km.upper])
    yield "survival", np.concatenate([km.time, counts, shares])
    aj = cumulative_incidence(time, end, 2, count)
    ways = np.concatenate([aj.incidence, aj.standard_error, aj.lower, aj.upper])
    yield "incidence", ways.ravel()
    test = log_rank(time, end > 0, group, count)
    p = 1.0 if test.p is None else test.p  # nothing to compare: R says 1
    yield "log_rank", np.concatenate([[test.chi_square, p], test.observed, test.expected])
    test = log_rank(time, end > 0, group, count, stratum)
    yield "stratified", np.concatenate([[test.chi_square], test.observed, test.expected])
