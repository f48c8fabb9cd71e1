"""A small published snapshot: two clinics that use the same ids for different people.

Clinic 'noord' has therapists T1 and T2, clinic 'zuid' has its own T1 and its own P1, so that
a query which forgets the clinic shows a stranger's patient and fails a test.
"""

import json
from pathlib import Path
from typing import Any

import duckdb

from tests.dashboards.published_therapists import publish_therapists

CONTRACT_VERSION = 1

TABLES = {
    "run": "run_id varchar, as_of date, known_at timestamp, code_version varchar,"
    " contract_version integer, journal_seq bigint, simulated boolean, service_name varchar,"
    " language varchar",
    "setting": "section varchar, name varchar, value varchar, source varchar",
    "instrument": "instrument varchar, name varchar, short_name varchar, rater varchar,"
    " respondent varchar, measures varchar, version varchar, origin varchar",
    "instrument_scale": "instrument varchar, scale varchar, is_main boolean,"
    " minimum double, maximum double, direction integer, aggregation varchar,"
    " multiplier double, items integer, allowed_missing integer, cutoff double,"
    " cutoff_rule varchar, reliable_change_points double, reliable_change_rule varchar,"
    " s_diff double, low_alliance_below double",
    "instrument_constant": "instrument varchar, scale varchar, constant varchar, value varchar,"
    " source varchar, population varchar, evidence varchar",
    "score": "assessment_id varchar, clinic_id varchar, patient_id varchar,"
    " therapist_id varchar, episode_id varchar, group_id varchar, session_no integer,"
    " assessment_no integer, measured_at timestamp, respondent varchar, instrument varchar,"
    " scale varchar, score double, items_answered integer, items_missing integer,"
    " prorated boolean, no_score_reason varchar, reported_score double, baseline_score double,"
    " has_artificial_date boolean, source_file varchar, source_line bigint",
    "alert": "alert_id varchar, clinic_id varchar, patient_id varchar, episode_id varchar,"
    " therapist_id varchar, kind varchar, domain varchar, last_landed_at timestamp,"
    " escalated_at timestamp, escalated_to varchar, level varchar, instrument varchar,"
    " opened_at timestamp, last_signal_at timestamp, seen_at timestamp, answered_at timestamp,"
    " action varchar, closed_at timestamp, closed_reason varchar,"
    " outcome_after_4_sessions varchar, withdrawn boolean, reason varchar",
    "alert_list": "alert_id varchar, clinic_id varchar, patient_id varchar,"
    " therapist_id varchar, episode_id varchar, kind varchar, domain varchar,"
    " last_landed_at timestamp, escalated_at timestamp, escalated_to varchar, level varchar,"
    " section varchar,"
    " instrument varchar, scale varchar, opened_at timestamp, last_signal_at timestamp,"
    " days_open integer, reason varchar, disagreement varchar, next_step varchar,"
    " sort_order integer",
    "yardstick": "clinic_id varchar, instrument varchar, scale varchar, method varchar,"
    " threshold double, threshold_rule varchar, threshold_lower double,"
    " threshold_upper double, cutoff double, cutoff_rule varchar, cutoff_kind varchar,"
    " cutoff_lower double, cutoff_upper double, intakes integer",
    "sudden_change": "clinic_id varchar, patient_id varchar, episode_id varchar,"
    " instrument varchar, scale varchar, kind varchar, measured_at timestamp, score double",
    "episode": "clinic_id varchar, patient_id varchar, episode_id varchar, therapist_id varchar,"
    " group_id varchar, started_at timestamp, last_measured_at timestamp, is_closed boolean,"
    " ended_at timestamp",
    "placed_appointment": "clinic_id varchar, patient_id varchar, episode_id varchar,"
    " therapist_id varchar, group_id varchar, starts_at timestamp, attended boolean",
    "therapy_group": "clinic_id varchar, group_id varchar, therapist_id varchar, ended_on date",
    "course": "assessment_id varchar, clinic_id varchar, patient_id varchar, scale varchar,"
    " expected double, lower double, upper double, lower68 double, upper68 double",
    "signal": "clinic_id varchar, patient_id varchar, episode_id varchar, instrument varchar,"
    " kind varchar, level varchar, measured_at timestamp, score double",
    "therapist": "clinic_id varchar, therapist_id varchar, supervisor_id varchar,"
    " is_trainee boolean",
    "planned_appointment": "clinic_id varchar, patient_id varchar, therapist_id varchar,"
    " starts_at timestamp",
    "change": "clinic_id varchar, patient_id varchar, episode_id varchar, instrument varchar,"
    " scale varchar, method varchar, baseline double, latest double, latest_at timestamp,"
    " class varchar",
    "indicator_definition": "indicator varchar, sort_order integer, title varchar,"
    " numerator varchar, denominator varchar, source varchar, better varchar, kind varchar,"
    " chart varchar, finest varchar, is_primary boolean, is_outcome boolean,"
    " is_historical boolean",
    "indicator_absence": "unit_kind varchar, unit varchar, indicator varchar, reason varchar",
    "shown_indicator": "unit_kind varchar, unit varchar, indicator varchar, period_kind varchar,"
    " period date, is_primary boolean, better varchar, chart varchar, numerator double,"
    " denominator double, value double, centre double, lower double, upper double, rules varchar,"
    " is_trial boolean, segment integer, is_complete boolean, is_withheld boolean",
    "shown_indicator_alert": "unit_kind varchar, unit varchar, indicator varchar,"
    " period_kind varchar, period date, rules varchar, is_better boolean",
    "shown_funnel": "unit_kind varchar, unit varchar, indicator varchar, period_kind varchar,"
    " period date, numerator double, denominator double, value double, target double,"
    " lower95 double, upper95 double, lower998 double, upper998 double, is_outside95 boolean,"
    " is_outside998 boolean",
    "shown_missing_outcome": "unit_kind varchar, unit varchar, indicator varchar, quarter date,"
    " is_withheld boolean, episodes bigint, paired bigint, missing bigint, not_imputed bigint,"
    " paired_value double, last_value double, lowest_value double, highest_value double,"
    " imputed_value double, imputed_lower double, imputed_upper double",
    "shown_loop_audit": "unit_kind varchar, unit varchar, kind varchar, rule varchar,"
    " alerts bigint, seen bigint, answered bigint, answered_in_time bigint, acted_on bigint,"
    " hours_to_seen double, hours_to_answer_lower double, hours_to_answer double,"
    " hours_to_answer_upper double, answered_known bigint, answered_back bigint,"
    " comparable_known bigint, expected_back double, caution varchar",
    "shown_file": "sha256 varchar, source varchar, clinic_id varchar, landed_at timestamp,"
    " is_held_back boolean, records bigint, rejected varchar, volume_drift double,"
    " mean_shift double, mean_shift_instrument varchar, checks bigint, failed_checks bigint,"
    " failed varchar",
    "source_delivery": "source varchar, clinic_id varchar, deliveries bigint, last_on date,"
    " usual_days double, days_since bigint, has_stopped boolean",
    "check_history": 'run_id varchar, known_at timestamp, "table" varchar, expectation varchar,'
    " severity varchar, outcome varchar, failing_since date",
    "receipt": "sha256 varchar, source varchar, name varchar, rows_in bigint, landed bigint,"
    " duplicate bigint, rejected bigint, cells_rejected bigint, landed_at timestamp,"
    " held_back boolean",
    "quality_check": 'run_id varchar, "table" varchar, expectation varchar, category varchar,'
    " severity varchar, outcome varchar, checked bigint, failed bigint, why varchar",
    "clinic_figure": "clinic_id varchar, figure varchar, numerator bigint, denominator bigint",
    "overdue": "clinic_id varchar, patient_id varchar, therapist_id varchar,"
    " episode_id varchar, last_measured_at timestamp, days_since integer,"
    " has_open_alert boolean",
}

DETERIORATION = {
    "key": "reliable_deterioration",
    "instrument": "PHQ-9",
    "baseline": 12,
    "score": 19,
    "points": 6,
    "session": 5,
    "counted": "session",
}
NO_IMPROVEMENT = {
    "key": "no_reliable_improvement",
    "instrument": "PHQ-9",
    "baseline": 17,
    "score": 16,
    "points": 6,
    "session": 6,
    "counted": "session",
}
CRITICAL = {
    "key": "critical_item",
    "instrument": "PHQ-9",
    "item": "9",
    "domain": "self_harm",
    "value": 2,
    "record_status": "landed",
}
DISAGREEMENT = '{"improved_on":["GAD-7","ORS"],"deteriorated_on":["PHQ-9"]}'
HELD_BACK = {"key": "held_back_file", "file": "week46.csv", "values": 3}

ALERTS: list[dict[str, Any]] = [
    {
        "alert_id": "noord-t2-critical",
        "clinic_id": "noord",
        "patient_id": "P2",
        "therapist_id": "T2",
        "kind": "critical_item",
        "domain": "self_harm",
        "last_landed_at": "2026-11-20 10:00:00",
        "level": "red",
        "section": "critical",
        "opened_at": "2026-11-20 09:30:00",
        "last_signal_at": "2026-11-20 09:30:00",
        "reason": CRITICAL,
        "next_step": "assess_risk_today",
    },
    {
        "alert_id": "noord-t1-worse",
        "clinic_id": "noord",
        "patient_id": "P1",
        "therapist_id": "T1",
        "kind": "reliable_deterioration",
        "level": "red",
        "section": "new",
        "opened_at": "2026-11-11 14:00:00",
        "last_signal_at": "2026-11-18 14:00:00",
        "reason": DETERIORATION,
        "disagreement": DISAGREEMENT,
        "next_step": "discuss_deterioration",
    },
    {
        "alert_id": "noord-file",
        "clinic_id": "noord",
        "patient_id": None,
        "therapist_id": None,
        "kind": "held_back_file",
        "level": "red",
        "section": "new",
        "opened_at": "2026-11-21 06:00:00",
        "last_signal_at": "2026-11-21 06:00:00",
        "reason": HELD_BACK,
        "next_step": "look_at_held_back_file",
    },
    {
        "alert_id": "noord-t1-closed",
        "clinic_id": "noord",
        "patient_id": "P4",
        "therapist_id": "T1",
        "kind": "reliable_deterioration",
        "level": "red",
        "section": "open",
        "opened_at": "2026-10-01 14:00:00",
        "last_signal_at": "2026-10-22 14:00:00",
        "closed_at": "2026-11-17 10:00:00",
        "closed_reason": "on_track",
        "reason": DETERIORATION,
        "next_step": "discuss_deterioration",
    },
    {
        "alert_id": "zuid-t1-flat",
        "clinic_id": "zuid",
        "patient_id": "P1",
        "therapist_id": "T1",
        "kind": "no_reliable_improvement",
        "level": "amber",
        "section": "open",
        "opened_at": "2026-11-02 11:00:00",
        "last_signal_at": "2026-11-18 14:00:00",
        "reason": NO_IMPROVEMENT,
        "next_step": "review_no_progress",
    },
]

SCORES = [("noord", "T1", "P1", score) for score in (12, 13, 15, 16, 19)] + [
    ("zuid", "T1", "P1", score) for score in (17, 18, 17, 17, 16, 16)
]


# Clinic, patient, therapist, group, and whether the episode is over.
EPISODES = [
    ("noord", "P1", "T1", None, False),
    ("noord", "P2", "T2", None, False),
    ("noord", "P4", "T1", None, False),
    ("noord", "P5", "T1", None, False),
    ("noord", "P6", "T2", "G1", False),
    ("noord", "P8", "T2", None, True),
    ("noord", "P9", "T2", None, True),
    ("noord", "P9", "T3", None, False),
    ("zuid", "P1", "T1", None, False),
    ("zuid", "P7", "T1", None, False),
]
# Clinic, count, numerator, denominator: as the report of the week prints them.
FIGURES = [
    ("noord", "critical_open", 1, None),
    ("noord", "alerts_new", 2, None),
    ("noord", "alerts_open", 1317, None),
    ("noord", "overdue", 2, None),
    ("noord", "assessments_this_week", 11, None),
    ("noord", "change_recovered", 21, 57),
    ("zuid", "alerts_open", 4242, None),
]
# T3 treats P1 together with T1. P9 was T2's; T1 once sat in for one hour that nobody came to.
APPOINTMENTS = [
    ("noord", "P1", "P1-1", "T3", True),
    ("noord", "P9", "P9-1", "T2", True),
    ("noord", "P9", "P9-2", "T1", False),
]


def publish(home: Path, run_id: str = "run-1", *, contract_version: int = CONTRACT_VERSION) -> Path:
    """Write published/<run_id>.duckdb and point published/current to it; therapists beside it."""
    file = home / "published" / f"{run_id}.duckdb"
    file.parent.mkdir(exist_ok=True)
    with duckdb.connect(str(file)) as connection:
        for name, columns in TABLES.items():
            connection.execute(f"create table {name} ({columns})")
        for name, rows in _contents(run_id, contract_version).items():
            for row in rows:
                _insert(connection, name, row)
    point_to(home, file)
    publish_therapists(home, run_id)
    return file


def point_to(home: Path, file: Path) -> None:
    """Make published/current name `file`, in one step."""
    draft = home / "published" / "next"
    draft.symlink_to(file.name)
    draft.replace(home / "published" / "current")


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any]) -> None:
    marks, columns = ", ".join("?" for _ in row), ", ".join(f'"{name}"' for name in row)
    connection.execute(f"insert into {table} ({columns}) values ({marks})", list(row.values()))


def _contents(run_id: str, contract_version: int) -> dict[str, list[dict[str, Any]]]:
    return {
        "run": [
            {
                "run_id": run_id,
                "as_of": "2026-11-21",
                "known_at": "2026-11-21 06:00:00",
                "contract_version": contract_version,
                "simulated": True,
                "service_name": "Praktijk Voorbeeld",
                "language": "nl",
            }
        ],
        "setting": [
            _setting("signals", "no_improvement_info_session", "4"),
            _setting("alerts", "minimum_interval_days", "14"),
            _setting("service", "name", "Praktijk Voorbeeld"),
        ],
        "signal": [
            {
                "clinic_id": "noord",
                "patient_id": "P1",
                "episode_id": "P1-1",
                "instrument": "srs",
                "kind": "alliance_rupture",
                "level": "amber",
                "measured_at": "2026-11-13 14:00:00",
                "score": 31.0,
            }
        ],
        "instrument": [{"instrument": "phq-9", "short_name": "PHQ-9", "measures": "symptoms"}],
        "instrument_scale": [
            {
                "instrument": "phq-9",
                "scale": "total",
                "is_main": True,
                "minimum": 0,
                "maximum": 27,
                "direction": -1,
                "cutoff": 10,
                "reliable_change_points": 6,
            }
        ],
        "yardstick": [_yardstick("noord"), _yardstick("zuid")],
        "instrument_constant": [
            _constant("cutoff", ">= 10", "Example source A", "V"),
            _constant("reliable_change", ">= 6", "Example source B", "K"),
        ],
        "sudden_change": [_sudden_loss()],
        "episode": [_episode(*each) for each in EPISODES],
        "placed_appointment": [_appointment(*each) for each in APPOINTMENTS],
        "therapy_group": [{"clinic_id": "noord", "group_id": "G1", "therapist_id": "T4"}],
        "therapist": [
            {"clinic_id": "noord", "therapist_id": "T1", "is_trainee": False},
            {"clinic_id": "noord", "therapist_id": "T5", "is_trainee": True, "supervisor_id": "T1"},
        ],
        "course": [_expected(number) for number in range(1, 5)],
        "change": [_change("noord", "P1", 12, 19, "deteriorated"), _change("zuid", "P1", 17, 16)],
        **_quality(),
        "receipt": [_receipt("first", 900, 8), _receipt("second", 400, 2)],
        "quality_check": [
            _check("clinic_id_never_null", "pass", 0),
            _check("score_in_range", "fail", 3),
            _check("dates_in_order", "fail", 70),
        ],
        "score": [_score(number, *of) for number, of in enumerate(SCORES)],
        "alert": [_alert(alert) for alert in ALERTS],
        "alert_list": [_listed(place, alert) for place, alert in enumerate(ALERTS)],
        "clinic_figure": [
            {"clinic_id": clinic, "figure": figure, "numerator": number, "denominator": of}
            for clinic, figure, number, of in FIGURES
        ],
        "overdue": [
            _overdue("noord", "P5", "T1", 41),
            _overdue("noord", "P6", "T2", 30),
            _overdue("zuid", "P7", "T1", 35),
        ],
    }


def _quality() -> dict[str, list[dict[str, Any]]]:
    """Two indicators of the service and two clinics without small counts; a third nobody tells."""
    names = (
        ("response_rate", "Response"),
        ("deterioration", "Deterioration"),
        ("drop_out", "Drop-out"),
    )
    return {
        "indicator_definition": [
            {"indicator": name, "sort_order": order, "title": title, "numerator": "those",
             "denominator": "these", "source": "Example source", "kind": "share", "chart": "pp",
             "better": "higher" if order == 0 else "lower", "finest": "quarter",
             "is_primary": True, "is_outcome": order == 1, "is_historical": False}
            for order, (name, title) in enumerate(names)
        ],
        "indicator_absence": [
            {"unit_kind": "service", "unit": "service", "indicator": "drop_out",
             "reason": "no_end_reason_known"}
        ],
        "shown_indicator": [
            _quarter("service", "response_rate", "2026-04-01", 60, 80),
            _quarter("service", "response_rate", "2026-07-01", 30, 80, "R1"),
            _quarter("noord", "response_rate", "2026-04-01", 30, 40),
            _quarter("noord", "response_rate", "2026-07-01", None, 40),
            _quarter("service", "deterioration", "2026-07-01", None, 60),
        ],
        "shown_indicator_alert": [
            {"unit_kind": "service", "unit": "service", "indicator": "response_rate",
             "period_kind": "quarter", "period": "2026-07-01", "rules": "R1", "is_better": False}
        ],
        "shown_funnel": [
            {"unit_kind": "clinic", "unit": unit, "indicator": "response_rate",
             "period_kind": "year", "period": "2025-10-01", "numerator": n, "denominator": n + 20,
             "value": n / (n + 20), "target": 0.6, "lower95": 0.4, "upper95": 0.8,
             "lower998": 0.3, "upper998": 0.9, "is_outside95": False, "is_outside998": False}
            for unit, n in (("noord", 30), ("zuid", 40), ("oost", 50))
        ],
        "shown_missing_outcome": [
            {"unit_kind": "service", "unit": "service", "indicator": "deterioration",
             "quarter": "2026-07-01", "is_withheld": True}
        ],
        "shown_loop_audit": [
            {"unit_kind": "service", "unit": "service", "kind": "off_course",
             "rule": "off_course", "alerts": 70, "seen": 44, "caution": "not_a_proof_of_effect"}
        ],
        "shown_file": [
            {"sha256": "a" * 64, "source": "weekly", "clinic_id": "noord",
             "landed_at": "2026-11-16 05:00", "is_held_back": False, "records": 900,
             "rejected": "under_1", "failed_checks": 0}
        ],
        "source_delivery": [
            {"source": "weekly", "clinic_id": "noord", "deliveries": 9, "last_on": "2026-10-05",
             "usual_days": 7, "days_since": 42, "has_stopped": True}
        ],
        "check_history": [
            {"run_id": "run-1", "known_at": "2026-11-16", "table": "score",
             "expectation": "score_in_range", "severity": "warning", "outcome": "fail",
             "failing_since": "2026-11-02"}
        ],
    }  # fmt: skip


def _quarter(
    unit: str, indicator: str, period: str, numerator: int | None, denominator: int, rules: str = ""
) -> dict[str, Any]:
    return {
        "unit_kind": "service" if unit == "service" else "clinic",
        "unit": unit,
        "indicator": indicator,
        "period_kind": "quarter",
        "period": period,
        "is_primary": True,
        "better": "higher" if indicator == "response_rate" else "lower",
        "chart": "pp",
        "numerator": numerator,
        "denominator": denominator,
        "value": None if numerator is None else numerator / denominator,
        "centre": 0.7,
        "lower": 0.5,
        "upper": 0.9,
        "rules": rules,
        "is_trial": True,
        "segment": 1,
        "is_complete": True,
        "is_withheld": numerator is None,
    }


def _episode(
    clinic: str, patient: str, therapist: str, group: str | None, is_closed: bool
) -> dict[str, Any]:
    second = (patient, therapist) == ("P9", "T3")
    return {
        "clinic_id": clinic,
        "patient_id": patient,
        "episode_id": f"{patient}-{2 if second else 1}",
        "therapist_id": therapist,
        "group_id": group,
        "started_at": "2026-09-28 14:00:00" if second else "2026-06-29 14:00:00",
        "last_measured_at": "2026-10-09 14:00:00",
        "is_closed": is_closed,
        "ended_at": "2026-08-31 00:00:00" if is_closed else None,
    }


def _appointment(
    clinic: str, patient: str, episode: str, therapist: str, attended: bool
) -> dict[str, Any]:
    return {
        "clinic_id": clinic,
        "patient_id": patient,
        "episode_id": episode,
        "therapist_id": therapist,
        "starts_at": "2026-10-01 13:00:00",
        "attended": attended,
    }


def _expected(number: int) -> dict[str, Any]:
    """What was to be expected of noord's P1, of each score but the first."""
    return {
        "assessment_id": f"noord-{number}",
        "clinic_id": "noord",
        "patient_id": "P1",
        "scale": "total",
        "expected": 11 - number / 2,
        "lower": 8 - number,
        "upper": 14 + number / 2,
    }


def _change(
    clinic: str, patient: str, baseline: int, latest: int, verdict: str = "unchanged"
) -> dict[str, Any]:
    return {
        "clinic_id": clinic,
        "patient_id": patient,
        "episode_id": f"{patient}-1",
        "instrument": "phq-9",
        "scale": "total",
        "method": "JT",
        "baseline": baseline,
        "latest": latest,
        "latest_at": "2026-10-09 14:00:00",
        "class": verdict,
    }


def _receipt(name: str, rows: int, refused: int) -> dict[str, Any]:
    return {
        "sha256": name,
        "source": "example",
        "name": f"{name}.csv",
        "rows_in": rows,
        "landed": rows - refused,
        "duplicate": 0,
        "rejected": refused,
        "cells_rejected": refused + 1,
        "landed_at": "2026-11-20 06:00:00",
        "held_back": False,
    }


def _check(expectation: str, outcome: str, failed: int) -> dict[str, Any]:
    return {
        "run_id": "run-1",
        "table": "score",
        "expectation": expectation,
        "category": "plausibility",
        "severity": "warning",
        "outcome": outcome,
        "checked": 100,
        "failed": failed,
        "why": "Nobody could say how urgent it is.",
    }


def _setting(section: str, name: str, value: str) -> dict[str, Any]:
    return {"section": section, "name": name, "value": value, "source": "Example source C"}


def _yardstick(clinic: str) -> dict[str, Any]:
    return {
        "clinic_id": clinic,
        "instrument": "phq-9",
        "scale": "total",
        "method": "JT",
        "threshold": 6,
        "threshold_rule": ">=",
        "cutoff": 10,
        "cutoff_rule": ">=",
        "cutoff_kind": "published",
    }


def _constant(name: str, value: str, source: str, evidence: str) -> dict[str, Any]:
    return {
        "instrument": "phq-9",
        "scale": "total",
        "constant": name,
        "value": value,
        "source": source,
        "population": "example population",
        "evidence": evidence,
    }


def _score(number: int, clinic: str, therapist: str, patient: str, score: float) -> dict[str, Any]:
    return {
        "assessment_id": f"{clinic}-{number}",
        "clinic_id": clinic,
        "patient_id": patient,
        "therapist_id": therapist,
        "episode_id": f"{patient}-1",
        "session_no": number + 1,
        "assessment_no": number + 1,
        "measured_at": f"2026-10-{number * 2 + 1:02} 14:00:00",
        "instrument": "phq-9",
        "scale": "total",
        "score": score,
        "baseline_score": 12,
        "has_artificial_date": False,
    }


def _sudden_loss() -> dict[str, Any]:
    """Where the last score of noord's P1 ends a step."""
    return {
        "clinic_id": "noord",
        "patient_id": "P1",
        "episode_id": "P1-1",
        "instrument": "phq-9",
        "scale": "total",
        "kind": "sudden_loss",
        "measured_at": "2026-10-09 14:00:00",
        "score": 19,
    }


def _alert(alert: dict[str, Any]) -> dict[str, Any]:
    left_out = ("section", "next_step", "disagreement")
    row = {key: value for key, value in alert.items() if key not in left_out}
    patient = alert["patient_id"]
    return {
        **row,
        "episode_id": None if patient is None else f"{patient}-1",
        "instrument": "phq-9" if patient else None,
        "reason": json.dumps(alert["reason"]),
        "withdrawn": False,
    }


def _listed(place: int, alert: dict[str, Any]) -> dict[str, Any]:
    row = {key: value for key, value in alert.items() if not key.startswith("closed_")}
    patient = alert["patient_id"]
    return {
        **row,
        "episode_id": None if patient is None else f"{patient}-1",
        "instrument": "phq-9" if patient else None,
        "scale": "total" if patient else None,
        "days_open": 10,
        "reason": json.dumps(alert["reason"]),
        "sort_order": place,
    }


def _overdue(clinic: str, patient: str, therapist: str, days: int) -> dict[str, Any]:
    return {
        "clinic_id": clinic,
        "patient_id": patient,
        "therapist_id": therapist,
        "episode_id": f"{patient}-1",
        "last_measured_at": "2026-10-12 10:00:00",
        "days_since": days,
        "has_open_alert": False,
    }
