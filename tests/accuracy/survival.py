"""How far survival analysis is from R: recorded results, and R itself where it is installed.

    python -m tests.accuracy.survival

The recorded ones are those of OPKOERS_REFERENCE; either is left out where it is absent.
"""

import csv
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flows.statistics.survival import SurvivalCurve, survival_curve
from tests.oracles.r_survival import Figures, has_r, random_patients, said_by_r, said_by_us

COLUMNS = {
    "time": "time",
    "n_risk": "n_risk",
    "n_event": "n_event",
    "n_censor": "n_censor",
    "surv": "survival",
    "std_err_cumhaz": "standard_error_cumulative_hazard",
    "lower": "lower",
    "upper": "upper",
}
ASKED = {
    "survival": ("Kaplan-Meier, log intervals", 1e-10),
    "incidence": ("Aalen-Johansen, errors and intervals", 1e-8),
    "log_rank": ("log-rank of up to 5 groups", 1e-10),
    "stratified": ("log-rank in 3 strata", 1e-10),
}


@dataclass(frozen=True)
class Compared:
    """Largest difference from R over `numbers`, absolute for values below 1, else relative."""

    what: str
    numbers: int
    difference: float
    allowed: float


def main() -> None:
    """Print the rows."""
    for row in survival_rows():
        print(
            f"{row.what:56} {row.numbers:>7,} numbers, largest difference from R:"
            f" {row.difference:.1e} (at most {row.allowed:.0e})"
        )


def survival_rows() -> list[Compared]:
    """Recorded results first, then those of R itself."""
    reference = os.environ.get("OPKOERS_REFERENCE")
    recorded = list(against_recorded(Path(reference))) if reference else []
    return recorded + (list(against_r()) if has_r() else [])


def against_recorded(reference: Path) -> Iterator[Compared]:
    """Drop-out by session of 6,000 simulated patients, all together and by format."""
    for name, by_format in (("km_all_log", False), ("km_format_log", True)):
        pairs = []
        for stratum, theirs in recorded_curves(reference, name).items():
            curve = drop_out(reference, stratum.removeprefix("format=") if by_format else None)
            ours = [getattr(curve, field) for field in COLUMNS.values()]
            pairs.append((np.concatenate(ours), np.concatenate(list(theirs.values()))))
        yield _compared(f"Kaplan-Meier, recorded in {name}.csv", pairs, 1e-10)


def against_r() -> Iterator[Compared]:
    """Everything, of random services."""
    services = random_patients()
    theirs = said_by_r(services)
    pairs: dict[str, list[tuple[Figures, Figures]]] = {what: [] for what in ASKED}
    for case, one in enumerate(services):
        for what, ours in said_by_us(one):
            if (case, what) in theirs:
                pairs[what].append((ours, theirs[case, what]))
    for what, (name, allowed) in ASKED.items():
        yield _compared(f"{name}, R on {len(pairs[what])} services", pairs[what], allowed)


def recorded_curves(reference: Path, name: str) -> dict[str, dict[str, Figures]]:
    """Stratum -> column -> numbers, of one recorded result."""
    with (reference / f"oracles/expected/survival/{name}.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {
        stratum: {
            column: np.array([float(row[column]) for row in rows if row["strata"] == stratum])
            for column in COLUMNS
        }
        for stratum in dict.fromkeys(row["strata"] for row in rows)
    }


def drop_out(reference: Path, kind: str | None) -> SurvivalCurve:
    """Sessions until drop-out of one format (None: of all), a completed treatment censored."""
    with (reference / "oracles/inputs/patients.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if kind in (None, row["format"])]
    sessions = [int(row["n_sessions"]) for row in rows]
    return survival_curve(sessions, [row["end_status"] == "dropout" for row in rows])


def _compared(what: str, pairs: Iterable[tuple[Figures, Figures]], allowed: float) -> Compared:
    """Infinite where the two differ in length, or in what is not known."""
    differences = [difference(ours, theirs) for ours, theirs in pairs]
    every = np.concatenate(differences) if differences else np.zeros(0)
    return Compared(what, every.size, float(every.max(initial=0)), allowed)


def difference(ours: Figures, theirs: Figures) -> Figures:
    """Of each number; 0 where both are unknown or infinite alike, infinite where one is."""
    if ours.shape != theirs.shape:
        return np.array([np.inf])
    with np.errstate(invalid="ignore"):
        apart = np.abs(ours - theirs) / np.maximum(1, np.abs(theirs))
    alike = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    return np.where(alike, 0, np.where(np.isfinite(apart), apart, np.inf))


if __name__ == "__main__":
    main()
