"""Patients as no service plans them, added to the small snapshot: many, few, old, strange."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from tests.dashboards.published import publish

Rows = Mapping[str, Sequence[dict[str, Any]]]

START = datetime(2026, 6, 29, 14)


def publish_with(home: Path, rows: Rows) -> Path:
    """The small snapshot with these rows added to its tables, published in `home`."""
    file = publish(home, "run-odd")
    with duckdb.connect(str(file)) as connection:
        for table, added in rows.items():
            columns = list(dict.fromkeys(name for row in added for name in row))
            marks = ", ".join("(" + ", ".join("?" for _ in columns) + ")" for _ in added)
            values = [row.get(name) for row in added for name in columns]
            names = ", ".join(f'"{name}"' for name in columns)
            connection.execute(f"insert into {table} ({names}) values {marks}", values)
    return file


def episode(patient: str, *, started_at: datetime = START, **other: Any) -> dict[str, Any]:
    """A running episode of T1 in noord."""
    return {
        "clinic_id": "noord",
        "patient_id": patient,
        "episode_id": f"{patient}-1",
        "therapist_id": "T1",
        "started_at": started_at,
        "last_measured_at": started_at,
        "is_closed": False,
        **other,
    }


def scores(
    patient: str,
    values: Sequence[float],
    *,
    instrument: str = "phq-9",
    started_at: datetime = START,
    days: float = 7,
) -> list[dict[str, Any]]:
    """Scores of one questionnaire, so many days apart."""
    return [
        {
            "assessment_id": f"{patient}-{instrument}-{place}",
            "clinic_id": "noord",
            "patient_id": patient,
            "therapist_id": "T1",
            "episode_id": f"{patient}-1",
            "session_no": place + 1,
            "assessment_no": place + 1,
            "measured_at": started_at + timedelta(days=days * place),
            "instrument": instrument,
            "scale": "total",
            "score": value,
            "baseline_score": values[0],
            "has_artificial_date": False,
        }
        for place, value in enumerate(values)
    ]


def change(patient: str, first: float, last: float, verdict: str) -> dict[str, Any]:
    """The change of the PHQ-9 since the start, as the run judged it."""
    return {
        "clinic_id": "noord",
        "patient_id": patient,
        "episode_id": f"{patient}-1",
        "instrument": "phq-9",
        "scale": "total",
        "method": "JT",
        "baseline": first,
        "latest": last,
        "latest_at": START,
        "class": verdict,
    }


def instrument(name: str, measures: str, direction: int, maximum: float) -> Rows:
    """One more questionnaire, with its scale."""
    return {
        "instrument": [
            {"instrument": name.lower(), "short_name": name, "measures": measures},
        ],
        "instrument_scale": [
            {
                "instrument": name.lower(),
                "scale": "total",
                "is_main": True,
                "minimum": 0,
                "maximum": maximum,
                "direction": direction,
            }
        ],
    }


def together(*parts: Rows) -> Rows:
    """Rows of several patients or questionnaires."""
    tables = {table for part in parts for table in part}
    return {table: [row for part in parts for row in part.get(table, [])] for table in tables}
