"""How well the end of treatment is foreseen: trained on earlier closed episodes, tested on later.

    python -m tests.accuracy.prediction

Each data set becomes a home, and the stations of a run do the rest; what is
printed is computed from `back_test`, the predictions that the product judges
itself by. Those of OPKOERS_REFERENCE are left out where it is absent.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from flows.home import locked, make_home
from flows.running.plan import plan_run
from flows.running.steps import build_core, build_meaning, land
from flows.statistics.course import Flags, FloatArray
from flows.statistics.discrimination import (
    Estimate,
    auc,
    auc_draws,
    draws,
    interval,
    slope_estimate,
)

DRAWS = 1000

ORACLE = """
match = "sessions.csv"
format = "csv"
clinic_id = { column = "clinic_id" }
patient_id = { column = "patient_id" }
therapist_id = { column = "therapist_id" }
episode_id = { column = "patient_id" }
session_no = { column = "session" }
measured_at = { column = "session_date", format = "%Y-%m-%d" }
[[measure]]
instrument = "phq-9"
scale = "total"
column = "phq9"
[[measure]]
instrument = "srs"
scale = "total"
column = "srs"
"""
ORACLE_EPISODES = """
match = "episodes.csv"
format = "csv"
table = "episodes"
clinic_id = { column = "clinic_id" }
patient_id = { column = "patient_id" }
episode_id = { column = "patient_id" }
[columns]
started_on = { column = "start_date", format = "%Y-%m-%d" }
ended_on = { column = "end_date", format = "%Y-%m-%d" }
planned_sessions = { column = "planned_sessions" }
"""
ENRICHD = """
match = "enrichd_*.csv"
format = "csv"
clinic_id = { value = "enrichd" }
patient_id = { column = "ID" }
measured_at = { column = "time", days_since = 2020-01-06 }
[[measure]]
instrument = "bdi"
scale = "total"
column = "BDI"
"""
SETTINGS = "[service]\nname = 'accuracy'\nsimulated = {simulated}\nnow = {now}\n"

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Population:
    """A part of the tested forms by its name."""

    name: str
    chosen: Flags


@dataclass(frozen=True)
class Line:
    """What is told of one population; intervals over patients, the gain paired."""

    population: str
    predictions: int
    patients: int
    events: int
    change: float | None
    risk: Estimate
    gain: Estimate
    slope: Estimate


ASKED = """
asked of the simulated clinics: at session 5 of 8 or more, not yet worse, a gain of at least .02
with the lower end above 0, and .92 for the risk; at sessions 2-4 a gain whose interval includes or
exceeds 0; a slope between .8 and 1.2 whose interval includes 1; bands within 2 points
of real patients: whatever they give"""


def main() -> None:
    """Print one table for each data set, and what is asked of them."""
    for title, forms in data_sets():
        print(f"\n{title}")
        for line in told(forms):
            print(line)
    print(ASKED)


def reference_folder() -> Path | None:
    """The folder with data/ and oracles/, where there is one."""
    folder = os.environ.get("OPKOERS_REFERENCE")
    return Path(folder) if folder and Path(folder).is_dir() else None


def data_sets() -> Iterator[tuple[str, Columns]]:
    """Title and tested forms of each data set that is there."""
    reference = reference_folder()
    if reference is None:
        print("OPKOERS_REFERENCE does not name the folder with reference data")
        return
    with tempfile.TemporaryDirectory() as folder:
        home = oracle_home(Path(folder) / "oracle", reference / "oracles/inputs")
        yield "SIMULATED, oracles/inputs: PHQ-9 of 6,000 patients", tested(home)
        home = enrichd_home(Path(folder) / "enrichd", reference / "data/enrichd_bdi")
        yield "REAL, data/enrichd_bdi: BDI of 279 patients", tested(home)


# ---------- homes


def oracle_home(home: Path, inputs: Path) -> Path:
    """A home with the export of the simulated clinics that R's results were computed from."""
    make_home(home)
    sessions, patients = inputs / "sessions.csv", inputs / "patients.csv"
    with duckdb.connect() as connection:
        connection.execute(f"""
            copy (
                select sessions.*, clinic_id, therapist_id
                from '{sessions}' as sessions
                inner join '{patients}' as patients using (patient_id)
            ) to '{home / "inbox/sessions.csv"}' (header)
        """)
        connection.execute(f"""
            copy (
                select patient_id, clinic_id, start_date, planned_sessions,
                    max(session_date) as end_date
                from '{patients}'
                inner join '{sessions}' using (patient_id)
                group by all
            ) to '{home / "inbox/episodes.csv"}' (header)
        """)
    (home / "sources/sessions.toml").write_text(ORACLE)
    (home / "sources/episodes.toml").write_text(ORACLE_EPISODES)
    _settle(home, simulated=True, now="2026-07-01")
    return home


def enrichd_home(home: Path, data: Path) -> Path:
    """A home with the real export of the ENRICHD trial; its patients end where the file does."""
    make_home(home)
    shutil.copy(data / "BDIdata.csv", home / "inbox/enrichd_1.csv")
    (home / "sources/enrichd.toml").write_text(ENRICHD)
    _settle(home, simulated=False, now="2024-01-01")
    return home


def _settle(home: Path, *, simulated: bool, now: str) -> None:
    text = SETTINGS.format(simulated=str(simulated).lower(), now=now)
    (home / "opkoers.toml").write_text(text + "[landing]\nstable_seconds = 0\n")


def tested(home: Path) -> Columns:
    """Land, build, and read what the run tested itself by."""
    with locked(home):
        plan = plan_run(home)
        for step in (land, build_core, build_meaning):
            step(plan)
    with duckdb.connect(str(plan.built), read_only=True) as connection:
        found = connection.execute("""
            select back_test.*, max(session + sessions_left) over (partition by course_no) as last
            from back_test
            order by form_no
        """)
        return {name: np.asarray(column) for name, column in found.fetchnumpy().items()}


# ---------- figures


def populations(forms: Columns) -> Iterator[Population]:
    """The parts that the targets are about; all but the coverage are at least 3 sessions early."""
    session, judged, worse_now = forms["session"], forms["is_judged"], forms["is_worse_now"]
    at_5 = judged & (session == 5) & (forms["last"] >= 8) & ~worse_now
    yield Population("session 5, 8 or more had, not yet worse", at_5)
    yield Population("sessions 2-4", judged & (session <= 4))
    yield Population("sessions 2-4, not yet worse", judged & (session <= 4) & ~worse_now)
    yield Population("session 5 and later", judged & (session >= 5))
    yield Population("session 5 and later, not yet worse", judged & (session >= 5) & ~worse_now)
    yield Population("all", judged)


def line_of(forms: Columns, part: Population) -> Line:
    """The figures of one population."""
    here = {name: column[part.chosen] for name, column in forms.items()}
    worse, risk, change = (
        here[name] for name in ("has_worsened", "p_deterioration_calibrated", "worsening")
    )
    patients, patient = np.unique(here["course_no"], return_inverse=True)
    weights = draws(len(patients), DRAWS)
    by_risk, by_change = (auc_draws(score, worse, patient, weights) for score in (risk, change))
    found, raw = auc(risk, worse), auc(change, worse)
    gain = None if found is None or raw is None else found - raw
    return Line(
        population=part.name,
        predictions=len(worse),
        patients=len(patients),
        events=len(np.unique(here["course_no"][worse])),
        change=raw,
        risk=Estimate(found, *interval(by_risk)),
        gain=Estimate(gain, *interval(by_risk - by_change)),
        slope=slope_estimate(_logit(risk), worse, patient, weights),
    )


def _logit(p: FloatArray) -> FloatArray:
    inside = np.clip(p, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(inside / (1 - inside)))


def told(forms: Columns) -> Iterator[str]:
    """The lines of a table."""
    yield (
        f"{'at least 3 sessions before the end':40}{'n':>7}{'patients':>9}{'worse':>6}"
        f"{'change':>8}{'risk':>7}{'gain':>25}{'slope':>20}"
    )
    for part in populations(forms):
        if part.chosen.any():
            line = line_of(forms, part)
            yield (
                f"{line.population:40}{line.predictions:7,}{line.patients:9,}{line.events:6}"
                f"{_number(line.change):>8}{_number(line.risk.value):>7}"
                f"{_estimate(line.gain, '+.3f'):>25}{_estimate(line.slope, '.2f'):>20}"
            )
    within, within68 = (100 * forms[name].mean() for name in ("is_within", "is_within68"))
    yield f"inside the bands of 80 % and 68 %: {within:.1f} % and {within68:.1f} %"


def _number(value: float | None, form: str = ".3f") -> str:
    return "-" if value is None else format(value, form)


def _estimate(estimate: Estimate, form: str) -> str:
    low, high = _number(estimate.lower, form), _number(estimate.upper, form)
    return f"{_number(estimate.value, form)} [{low}, {high}]"


if __name__ == "__main__":
    main()
