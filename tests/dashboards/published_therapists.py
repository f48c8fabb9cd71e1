"""The file about therapists that lies beside the small snapshot of `published.py`.

Everybody's figures differ, so that a stranger's can be told on a page: T1 of 'noord' can be told
apart from the average, T2 cannot, T3 has counts alone, T4 too few, T5 is in training with T1, and
'zuid' has its own T1. Patients have ids of their own (PC...), nobody's in `published.py`.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

TABLES = {
    "therapist_run": "run_id varchar, as_of date, known_at timestamp, contract_version integer,"
    " simulated boolean",
    "therapist_effect": "clinic_id varchar, therapist_id varchar, instrument varchar,"
    " scale varchar, period varchar, is_primary boolean, is_trainee boolean,"
    " supervisor_id varchar, n_episodes integer, n_shared integer, weighed_episodes double,"
    " estimate double, lower double, upper double, estimate_sd double, lower_sd double,"
    " upper_sd double, distinguishable boolean, shown varchar, reason varchar, simulated boolean",
    "therapist_share": "instrument varchar, scale varchar, severity varchar, share double,"
    " lower double, upper double, between_sd double, n_episodes integer, n_shared integer,"
    " clinics varchar, halves_correlation double, halves_lower double, halves_upper double",
    "therapist_effect_sensitivity": "instrument varchar, scale varchar, model varchar,"
    " share_at_mean double, correlation_with_primary double",
    "case_mix": "instrument varchar, scale varchar, covariate varchar, used boolean,"
    " episodes integer, missing integer, why varchar",
    "therapist_view": "clinic_id varchar, therapist_id varchar, instrument varchar,"
    " scale varchar, view varchar, part varchar, n integer, events integer, value double,"
    " lower double, upper double, expected double, half_by_session integer",
    "closed_course": "clinic_id varchar, therapist_id varchar, patient_id varchar,"
    " episode_id varchar, instrument varchar, scale varchar, started_on date, ended_on date,"
    " n_sessions integer, baseline double, last double, expected_last double, distance double,"
    " class varchar, share double",
    "own_alert_outcome": "clinic_id varchar, therapist_id varchar, kind varchar, action varchar,"
    " alerts integer, answered integer, with_outcome integer, back_on_course integer",
}
OWN = ("therapist_effect", "therapist_view", "closed_course", "own_alert_outcome")
"""Tables with a row for each therapist."""

# Clinic, therapist, closed treatments, estimate, half its interval, what is shown, supervisor.
THERAPISTS: list[tuple[str, str, int, float | None, float, str, str | None]] = [
    ("noord", "T1", 34, 2.13, 1.51, "estimate", None),
    ("noord", "T2", 31, 0.34, 1.67, "estimate", None),
    ("noord", "T3", 12, None, 0, "counts", None),
    ("noord", "T4", 4, None, 0, "nothing", None),
    ("noord", "T5", 37, 0.78, 1.95, "estimate", "T1"),
    ("zuid", "T1", 61, -3.27, 1.44, "estimate", None),
]
PHQ = {"instrument": "phq-9", "scale": "total"}
FIRST_DAY = date(2025, 1, 6)
RELIABLE = 6


def publish_therapists(home: Path, run_id: str = "run-1") -> Path:
    """Write published/<run_id>.therapists.duckdb and point current.therapists to it."""
    file = home / "published" / f"{run_id}.therapists.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as connection:
        for name, columns in TABLES.items():
            connection.execute(f"create table {name} ({columns})")
        for name, row in rows():
            marks = ", ".join("?" for _ in row)
            connection.execute(
                f"insert into {name} ({', '.join(row)}) values ({marks})", [*row.values()]
            )
    point_to(home, file)
    return file


def point_to(home: Path, file: Path) -> None:
    """Make published/current.therapists name `file`, in one step."""
    draft = home / "published" / "next.therapists"
    draft.symlink_to(file)
    draft.replace(home / "published" / "current.therapists")


def rows() -> Iterator[tuple[str, dict[str, Any]]]:
    """Table and row of everything in the file."""
    yield "therapist_run", {"run_id": "run-1", "contract_version": 1, "simulated": True}
    for severity, share in (("-1 SD", 0.02), ("mean", 0.04), ("+1 SD", 0.07)):
        spread = {"lower": share / 2, "upper": share * 2, "between_sd": 1.2, "n_episodes": 179}
        yield "therapist_share", PHQ | {"severity": severity, "share": share} | spread
    other = {"model": "baseline_only", "share_at_mean": 0.05, "correlation_with_primary": 0.97}
    yield "therapist_effect_sensitivity", PHQ | other
    for covariate, missing, why in (
        ("baseline", 0, "used"),
        ("sex", 5, "used"),
        ("employment", 179, "not_in_any_export"),
    ):
        told = {"covariate": covariate, "used": why == "used", "episodes": 179}
        yield "case_mix", PHQ | told | {"missing": missing, "why": why}
    for clinic, therapist, closed, estimate, half, shown, supervisor in THERAPISTS:
        who = {"clinic_id": clinic, "therapist_id": therapist}
        yield "therapist_effect", who | PHQ | _effect(closed, estimate, half, shown, supervisor)
        for table, row in _own(closed, shown, who):
            yield table, who | row


def _effect(
    closed: int, estimate: float | None, half: float, shown: str, supervisor: str | None
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "period": "all",
        "is_primary": True,
        "is_trainee": supervisor is not None,
        "supervisor_id": supervisor,
        "n_episodes": closed,
        "n_shared": 0,
        "weighed_episodes": closed,
        "shown": shown,
        "reason": "shown",
        "simulated": True,
    }
    if estimate is None:
        return row
    figures = {"estimate": estimate, "lower": estimate - half, "upper": estimate + half}
    return row | figures | {"distinguishable": abs(estimate) > half}


def _own(closed: int, shown: str, who: dict[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Treatments, views and alerts of one therapist."""
    for number in range(closed):
        yield "closed_course", PHQ | _course(number, closed, who)
    alerts = {"kind": "off_course", "alerts": closed + 5, "answered": 0, "with_outcome": closed}
    yield "own_alert_outcome", alerts | {"action": "not_answered", "back_on_course": closed // 2}
    answered = {"kind": "off_course", "alerts": 3, "answered": 3, "with_outcome": 2}
    yield "own_alert_outcome", answered | {"action": "consult", "back_on_course": 1}
    if shown == "nothing":
        return
    yield "therapist_view", PHQ | {"view": "class", "part": "recovered", "n": closed, "events": 3}
    for year, value in (("2025", 0.1), ("2026", 0.3)):
        yield "therapist_view", PHQ | _interval("year", year, closed // 2, value)
    if shown == "estimate":
        for part, value in (("first", 0.2), ("second", -0.1)):
            yield "therapist_view", PHQ | _interval("half", part, closed // 2, value)
        yield "therapist_view", PHQ | _interval("deterioration", "all", closed, 0.08)


def _interval(view: str, part: str, n: int, value: float) -> dict[str, Any]:
    told = {"view": view, "part": part, "n": n, "events": 2, "value": value, "expected": 0.06}
    return told | {"lower": value - 0.25, "upper": value + 0.25}


def _course(number: int, closed: int, who: dict[str, str]) -> dict[str, Any]:
    """One treatment; the later ones end more and more favourably."""
    name = f"PC{who['clinic_id'][0]}{who['therapist_id']}n{number:02d}"
    started = FIRST_DAY + timedelta(days=17 * number)
    expected = 9.0 + number % 4
    last = max(0.0, expected + 7 - round(14 * number / closed))
    return {
        "patient_id": name,
        "episode_id": f"{name}-1",
        "started_on": started,
        "ended_on": started + timedelta(days=84),
        "n_sessions": 8 + number % 5,
        "baseline": 16.0,
        "last": last,
        "expected_last": expected,
        "distance": (expected - last) / 5,
        "class": "improved" if last <= 16 - RELIABLE else "unchanged",
        "share": 1.0,
    }
