"""The oracles' clinic as models: what formula and rows each of lme4's fits had."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from flows.statistics.mixed_model import ModelData, RandomTerm

Columns = dict[str, NDArray[np.float64]]
Effects = tuple[str, tuple[str, ...]]
INTERCEPT = "(Intercept)"


def models(reference: Path) -> dict[str, ModelData]:
    """ri and ri_null of patients with 2 or more sessions, growth_s1 of all scores, growth of
    those after the first session."""
    patients, sessions = _rows(reference / "oracles" / "inputs")
    later = {name: column[sessions["session"] >= 2] for name, column in sessions.items()}
    by_therapist = ("therapist_id", (INTERCEPT,))
    by_patient = ("patient_id", (INTERCEPT, "lt"))
    growth = (by_patient, by_therapist)
    return {
        "ri": model(patients, "post", ("bc",), (by_therapist,)),
        "ri_null": model(patients, "post", (), (by_therapist,)),
        "growth_s1": model(sessions, "phq9", ("lt",), growth),
        "growth": model(later, "phq9", ("lt", "bc", "lt:bc"), growth),
    }


def model(
    rows: Columns,
    y: str,
    covariates: tuple[str, ...],
    terms: tuple[Effects, ...],
) -> ModelData:
    """The model with an intercept and these covariates."""
    known = {INTERCEPT: np.ones(len(rows[y])), **rows}
    names = (INTERCEPT, *covariates)
    x = np.column_stack([known[name] for name in names])
    return ModelData(rows[y], x, names, tuple(_term(known, *term) for term in terms), outcome=y)


def _term(rows: Columns, group: str, names: tuple[str, ...]) -> RandomTerm:
    levels, codes = np.unique(rows[group], return_inverse=True)
    columns = np.column_stack([rows[name] for name in names])
    return RandomTerm(group, names, columns, codes, tuple(str(int(level)) for level in levels))


def _rows(inputs: Path) -> tuple[Columns, Columns]:
    with duckdb.connect() as connection:
        patients = connection.execute(f"""
            select therapist_id::double as therapist_id, baseline - 15.0::double as bc,
                   post::double as post
            from '{inputs}/patients.csv' where n_sessions >= 2 order by patient_id
        """).fetchnumpy()
        sessions = connection.execute(f"""
            select s.patient_id::double as patient_id, therapist_id::double as therapist_id,
                   session, phq9::double as phq9, ln(session) as lt,
                   baseline - 15.0::double as bc, ln(session) * (baseline - 15) as "lt:bc"
            from '{inputs}/sessions.csv' s join '{inputs}/patients.csv' using (patient_id)
            order by s.patient_id, session
        """).fetchnumpy()
    return _plain(patients), _plain(sessions)


def _plain(rows: Mapping[str, object]) -> Columns:
    return {name: np.asarray(column, dtype=np.float64) for name, column in rows.items()}
