"""A service's tables as 344_therapist_effect reads them, made from few words."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import numpy as np
import pyarrow.lib as arrow

from flows.settings import Settings
from flows.station import Inputs
from flows.warehouse import run_stations, therapist_lane

TABLES = {
    "run": "run_id varchar, as_of date, known_at timestamp, contract_version integer,"
    " simulated boolean",
    "episode": "clinic_id varchar, patient_id varchar, episode_id varchar, therapist_id varchar,"
    " started_at timestamp, last_measured_at timestamp, is_closed boolean, ended_at timestamp,"
    " end_reason varchar, planned_sessions integer, format varchar",
    "placed_appointment": "clinic_id varchar, patient_id varchar, episode_id varchar,"
    " therapist_id varchar, starts_at timestamp, attended boolean, sessions_so_far integer",
    "assessment": "clinic_id varchar, patient_id varchar, episode_id varchar,"
    " therapist_id varchar, session_no integer, measured_at timestamp, is_follow_up boolean",
    "change": "clinic_id varchar, patient_id varchar, episode_id varchar, instrument varchar,"
    " scale varchar, method varchar, baseline double, latest double, baseline_at timestamp,"
    ' "class" varchar',
    "yardstick": "clinic_id varchar, instrument varchar, scale varchar, method varchar,"
    " threshold double, threshold_rule varchar",
    "instrument": "instrument varchar, measures varchar, rater varchar",
    "instrument_scale": "instrument varchar, scale varchar, scale_no integer, is_main boolean,"
    " direction integer",
    "baseline": "clinic_id varchar, patient_id varchar, episode_id varchar, instrument varchar,"
    " scale varchar, baseline_score double, respondent varchar",
    "patient": "clinic_id varchar, patient_id varchar, birth_year integer, sex varchar",
    "score": "clinic_id varchar, patient_id varchar, episode_id varchar, instrument varchar,"
    " scale varchar, session_no integer, assessment_no integer, measured_at timestamp,"
    " score double, baseline_score double, is_follow_up boolean",
    "intake": "clinic_id varchar, patient_id varchar, episode_id varchar, covariate varchar,"
    ' "value" varchar, number double',
    "therapist": "clinic_id varchar, therapist_id varchar, is_trainee boolean,"
    " supervisor_id varchar",
    "alert": "clinic_id varchar, therapist_id varchar, kind varchar, answered_at timestamp,"
    " action varchar, outcome_after_4_sessions varchar, withdrawn boolean",
}
# Symptoms, wellbeing, one that a clinician rates and one about the alliance.
KNOWN = """
    insert into instrument values ('phq-9', 'symptoms', 'self'), ('ors', 'wellbeing', 'self'),
        ('ham-d', 'symptoms', 'clinician'), ('srs', 'alliance', 'self');
    insert into instrument_scale values
        ('phq-9', 'total', 1, true, -1), ('ors', 'total', 1, true, 1),
        ('ham-d', 'total', 1, true, -1), ('srs', 'total', 1, true, 1);
    insert into yardstick values
        ('a', 'phq-9', 'total', 'JT', 6, '>='), ('a', 'ors', 'total', 'JT', 5, '>');
    insert into run values ('run-1', '2026-06-30', '2026-06-30 12:00', 1, true);
"""


class Service:
    """A warehouse to fill; `judged` runs the stations about therapists on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "warehouse.duckdb"
        self.connection = duckdb.connect(str(self.file))
        for table, columns in TABLES.items():
            self.connection.execute(f"create table {table} ({columns})")
        self.connection.execute(KNOWN)
        self.patients = 0
        self.waiting: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)

    def episode(
        self,
        therapist: str | Mapping[str, int],
        baseline: float = 15,
        latest: float = 10,
        *,
        instrument: str = "phq-9",
        clinic: str = "a",
        closed: bool = True,
        year: int = 2026,
        end: str | None = None,
    ) -> str:
        """One episode of ten sessions; several therapists with the sessions that each held."""
        self.patients += 1
        patient = f"p{self.patients:05d}"
        held = {therapist: 10} if isinstance(therapist, str) else therapist
        held = {therapist: 10} if isinstance(therapist, str) else therapist
        key, start = (clinic, patient, "e"), datetime(year, 1, 5)
        names = [name for name, count in held.items() for _ in range(count)]
        last = start + timedelta(days=7 * (len(names) - 1))
        ended = datetime(year, 4, 1) if closed else None
        better = (baseline - latest) * (1 if instrument != "ors" else -1)
        judged = "improved" if better >= 6 else "deteriorated" if better <= -6 else "unchanged"
        self.waiting["episode"].append(
            (*key, names[0], start, last, closed, ended, end, None, None)
        )
        scale = (*key, instrument, "total")
        self.waiting["change"].append((*scale, "JT", baseline, latest, start, judged))
        self.waiting["baseline"].append((*scale, baseline, "patient"))
        for number, name in enumerate(names, start=1):
            at = start + timedelta(days=7 * (number - 1))
            score = baseline if number < len(names) else latest
            self.waiting["assessment"].append((*key, name, number, at, False))
            self.waiting["score"].append((*scale, number, number, at, score, baseline, False))
        return patient

    def execute(self, statements: str) -> None:
        """SQL on the tables, with every episode so far in them."""
        for table, rows in self.waiting.items():
            if rows:
                columns = [arrow.array(column) for column in zip(*rows, strict=True)]
                names = map(str, range(len(columns)))
                self.connection.register(
                    "rows", arrow.table(dict(zip(names, columns, strict=True)))
                )
                self.connection.execute(f"insert into {table} from rows")
                self.connection.unregister("rows")
        self.waiting.clear()
        self.connection.execute(statements)

    def caseloads(self, effects: list[float], episodes: int, seed: int = 0) -> None:
        """Therapists t00, t01, ... with so many episodes each; an effect above 0 is good."""
        rng = np.random.default_rng(seed)
        for number, effect in enumerate(effects):
            for _ in range(episodes):
                baseline = float(np.round(rng.normal(16, 4), 1))
                latest = 6 + 0.4 * (baseline - 16) - effect + rng.normal(0, 4)
                self.episode(f"t{number:02d}", baseline, float(np.round(latest, 2)))

    def judged(self, **choices: Any) -> "Judged":
        """The file about therapists."""
        self.execute("checkpoint")
        self.connection.close()
        settings = Settings(home=self.folder, therapist_progress=choices)  # type: ignore[arg-type]
        inputs = cast(Inputs, SimpleNamespace(settings=settings))
        target = self.folder / "therapists.duckdb"
        run_stations(target, therapist_lane(), inputs, beside=self.file)
        return Judged(target)


class Judged:
    """What stands in the file about therapists."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return connection.execute(query).fetchall()
