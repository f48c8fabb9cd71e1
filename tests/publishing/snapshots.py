"""Published snapshots written by hand: the tables of the contract, rows given by the test."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from flows.landing.rules import CONFLICT_RULES

Row = dict[str, Any]

TABLES = {
    "run": """run_id varchar, as_of date, known_at timestamp, code_version varchar,
        contract_version integer, journal_seq bigint, journal_seal bigint, journal_head varchar,
        simulated boolean, service_name varchar, language varchar""",
    "setting": "section varchar, name varchar, value varchar, source varchar",
    "instrument": """instrument varchar, name varchar, short_name varchar, rater varchar,
        respondent varchar, measures varchar, version varchar, origin varchar""",
    "instrument_scale": """instrument varchar, scale varchar, minimum double, maximum double,
        direction integer, aggregation varchar, multiplier double, items integer,
        allowed_missing integer, cutoff double, cutoff_rule varchar,
        reliable_change_points double, reliable_change_rule varchar, s_diff double,
        low_alliance_below double""",
    "instrument_item": """instrument varchar, scale varchar, item varchar, minimum double,
        maximum double, is_reversed boolean""",
    "critical_item": "instrument varchar, item varchar, domain varchar, threshold double",
    "instrument_constant": """instrument varchar, scale varchar, constant varchar, value varchar,
        source varchar, population varchar, evidence varchar, note varchar""",
    "instrument_replaced": """instrument varchar, scale varchar, norm varchar, what varchar,
        shipped varchar, own varchar""",
    "assessment": """assessment_id varchar, clinic_id varchar, patient_id varchar,
        therapist_id varchar, episode_id varchar, group_id varchar, session_no integer,
        assessment_no integer, measured_at timestamp, respondent varchar, instrument varchar,
        has_artificial_date boolean, source_file varchar, source_line bigint""",
    "episode": """clinic_id varchar, patient_id varchar, episode_id varchar, therapist_id varchar,
        group_id varchar, started_at timestamp, last_measured_at timestamp, assessments integer,
        is_closed boolean, origin varchar""",
    "baseline": """clinic_id varchar, patient_id varchar, episode_id varchar, instrument varchar,
        scale varchar, baseline_score double, baseline_at timestamp, rule varchar""",
    "score": """assessment_id varchar, clinic_id varchar, patient_id varchar, therapist_id varchar,
        episode_id varchar, group_id varchar, session_no integer, assessment_no integer,
        measured_at timestamp, respondent varchar, instrument varchar, scale varchar,
        score double, items_answered integer, items_missing integer, prorated boolean,
        no_score_reason varchar, reported_score double, baseline_score double,
        has_artificial_date boolean, source_file varchar, source_line bigint""",
    "alert": """alert_id varchar, clinic_id varchar, patient_id varchar, episode_id varchar,
        therapist_id varchar, kind varchar, domain varchar, level varchar, instrument varchar,
        opened_at timestamp, last_signal_at timestamp, seen_at timestamp, answered_at timestamp,
        action varchar, closed_at timestamp, closed_reason varchar,
        outcome_after_4_sessions varchar, withdrawn boolean, reason varchar""",
    "alert_list": """alert_id varchar, clinic_id varchar, patient_id varchar,
        therapist_id varchar, episode_id varchar, kind varchar, domain varchar, level varchar,
        section varchar, instrument varchar, scale varchar, opened_at timestamp,
        last_signal_at timestamp, landed_at timestamp, escalated_at timestamp,
        escalated_to varchar, days_open integer, reason varchar, disagreement varchar,
        next_step varchar,
        sort_order integer""",
    "yardstick": """clinic_id varchar, instrument varchar, scale varchar, method varchar,
        scope varchar, threshold double, threshold_rule varchar, threshold_lower double,
        threshold_upper double, cutoff double, cutoff_rule varchar, cutoff_kind varchar,
        cutoff_lower double, cutoff_upper double, intakes integer""",
    "sudden_change": """clinic_id varchar, patient_id varchar, episode_id varchar,
        instrument varchar, scale varchar, kind varchar, measured_at timestamp, score double""",
    "information": """clinic_id varchar, patient_id varchar, therapist_id varchar, kind varchar,
        measured_at timestamp, reason varchar""",
    "alert_rate": """clinic_id varchar, kind varchar, episodes bigint, alarmed bigint,
        is_frequent boolean""",
    "overdue": """clinic_id varchar, patient_id varchar, therapist_id varchar, episode_id varchar,
        last_measured_at timestamp, days_since integer, has_open_alert boolean""",
    "clinic_figure": "clinic_id varchar, figure varchar, numerator bigint, denominator bigint",
    "data_quality": """clinic_id varchar, source_file varchar, landed_at timestamp, rows_in bigint,
        landed bigint, duplicate bigint, rejected bigint, cells_rejected bigint,
        rejected_error bigint, rejected_conflict bigint, rejected_by_rule bigint,
        held_back boolean, note varchar, conflict_rule varchar,
        codings struct(short_name varchar, coding varchar, how varchar) []""",
    "file_check": """sha256 varchar, source varchar, source_file varchar, landed_at timestamp,
        clinics varchar [], expectation varchar, instrument varchar, scale varchar,
        outcome varchar, checked bigint, failed bigint, value double, lower double,
        upper double""",
    "last_week_alert": """clinic_id varchar, kind varchar, alerts bigint, answered bigint,
        acted_on bigint, back_on_course bigint, closed_by_answer bigint, closed_otherwise bigint,
        still_open bigint""",
    "alliance_figure": """clinic_id varchar, forms bigint, patients bigint, low bigint,
        dropped bigint, restored bigint, missing_after_low bigint, open_alerts bigint""",
    "group_figure": """clinic_id varchar, group_id varchar, name varchar, members bigint,
        measured_this_week bigint, attended bigint, appointments bigint,
        alliance_instrument varchar, alliance_mean double""",
    "outcome": """clinic_id varchar, instrument varchar, scale varchar, "class" varchar,
        counted varchar, numerator bigint, denominator bigint, value double, lower double,
        upper double""",
    "signal_accuracy": """instrument varchar, scale varchar, rule varchar, sessions varchar,
        population varchar, cohort varchar, n integer, events integer, sensitivity double,
        specificity double, ppv double, median_lead_sessions double, is_withheld boolean,
        trained_until date""",
    "summary_figure": """unit varchar, clinic_id varchar, figure varchar, numerator bigint,
        denominator bigint, value double, lower double, upper double, is_shown boolean,
        is_small boolean""",
    "quality_check": """run_id varchar, "table" varchar, expectation varchar, category varchar,
        severity varchar, outcome varchar, checked bigint, failed bigint, why varchar""",
    "critical": """signal_id varchar, clinic_id varchar, patient_id varchar, therapist_id varchar,
        episode_id varchar, group_id varchar, kind varchar, level varchar, instrument varchar,
        scale varchar, session_no integer, assessment_no integer, measured_at timestamp,
        score double, baseline_score double, reason varchar, domain varchar, item varchar,
        value double, record_status varchar, landed_at timestamp""",
}

AS_OF = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, 30)

Tables = Mapping[str, Sequence[Row]]


def write_snapshot(file: Path, tables: Tables) -> Path:
    """`file`, a DuckDB database with every table of the contract; absent columns are null."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(file)) as connection:
        for table, columns in TABLES.items():
            connection.execute(f"create table {table} ({columns})")
            for row in tables.get(table, ()):
                _insert(connection, table, row)
    return file


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: Row) -> None:
    columns = ", ".join(f'"{column}"' for column in row)
    places = ", ".join("?" for _ in row)
    connection.execute(f"insert into {table} ({columns}) values ({places})", list(row.values()))


def run(**changes: object) -> Row:
    row: Row = {
        "run_id": "20261120T060000-4f2a",
        "as_of": AS_OF,
        "known_at": datetime(2026, 11, 20, 6, 0),
        "code_version": "0.1.0",
        "contract_version": 1,
        "journal_seq": 1234,
        "journal_seal": 41,
        "journal_head": "0123456789abcdef" * 4,
        "simulated": True,
        "service_name": "Op koers",
        "language": "nl",
    }
    return {**row, **changes}


PHQ9: Row = {
    "instrument": "phq-9",
    "name": "Patient Health Questionnaire-9",
    "short_name": "PHQ-9",
    "measures": "symptoms",
}
SRS: Row = {
    "instrument": "srs",
    "name": "Session Rating Scale",
    "short_name": "SRS",
    "measures": "alliance",
}
PHQ9_TOTAL: Row = {
    "instrument": "phq-9",
    "scale": "total",
    "minimum": 0,
    "maximum": 27,
    "direction": -1,
    "cutoff": 10,
    "cutoff_rule": ">=",
    "reliable_change_points": 6,
    "reliable_change_rule": ">=",
}
PHQ9_CONSTANTS: Sequence[Row] = [
    {
        "instrument": "phq-9",
        "scale": "total",
        "constant": constant,
        "value": value,
        "source": source,
        "population": "adults in primary care",
        "evidence": evidence,
    }
    for constant, value, source, evidence in (
        ("cutoff", ">= 10", "NHS Talking Therapies manual (caseness 10 or more)", "V"),
        (
            "reliable_change",
            "6",
            "NHS Talking Therapies; 5.20 points: Richards & Borglin 2011, Gyani et al. 2013",
            "K",
        ),
        ("missing", "0", "Op koers: a choice made for this test", "D"),
        ("internal consistency", "0.86-0.89", "not one of the printed constants", "K"),
    )
]
SRS_CONSTANT: Row = {
    "instrument": "srs",
    "scale": "total",
    "constant": "low_alliance_below",
    "value": "< 36.5",
    "source": "OpenFIT alert table (below 36; exactly 36 is not below)",
    "population": "adults",
    "evidence": "V",
    "note": "a note that tells of another value",
}
SETTINGS: Sequence[Row] = [
    {"section": section, "name": name, "value": value, "source": source}
    for section, name, value, source in (
        (
            "alerts",
            "minimum_interval_days",
            "14",
            "own choice of Op koers, no literature behind it [D]",
        ),
        ("quality", "recent_days", "28", "own choice of Op koers, no literature behind it [D]"),
        ("overdue", "after_days", "28", "own choice of Op koers, no literature behind it [D]"),
        ("signals", "no_improvement_amber_session", "6", "late responders, PMC6428692"),
        ("signals", "no_improvement_info_session", "4", "minimal open rule set"),
        ("service", "name", "not printed", ""),
    )
]

KNOWN: Tables = {
    "instrument": [PHQ9, SRS],
    "instrument_scale": [PHQ9_TOTAL],
    "instrument_item": [
        {"instrument": "phq-9", "scale": "total", "item": "9", "minimum": 0, "maximum": 3}
    ],
    "critical_item": [{"instrument": "phq-9", "item": "9", "domain": "self_harm", "threshold": 1}],
    "instrument_constant": [*PHQ9_CONSTANTS, SRS_CONSTANT],
    "setting": SETTINGS,
}


def assessment(clinic: str, **changes: object) -> Row:
    return {
        "clinic_id": clinic,
        "patient_id": "p1",
        "measured_at": NOW,
        "instrument": "phq-9",
        "has_artificial_date": False,
        **changes,
    }


def deterioration(clinic: str, n: int, section: str = "new", **changes: object) -> Row:
    """An alert of patient `p<n>`; `course` gives it scores to draw."""
    reason = {
        "key": "reliable_deterioration",
        "instrument": "PHQ-9",
        "baseline": 12,
        "score": 19.5,
        "points": 6,
        "session": 5,
        "counted": "session",
    }
    return {
        "alert_id": f"{clinic}-a{n}",
        "clinic_id": clinic,
        "patient_id": f"p{n}",
        "therapist_id": "t1",
        "episode_id": f"e{n}",
        "kind": "reliable_deterioration",
        "level": "red",
        "section": section,
        "instrument": "phq-9",
        "scale": "total",
        "opened_at": NOW - timedelta(days=3),
        "last_signal_at": NOW,
        "days_open": 3,
        "reason": json.dumps(reason),
        "next_step": "discuss_deterioration",
        "sort_order": n,
        **changes,
    }


def no_progress(clinic: str, n: int, section: str = "open", **changes: object) -> Row:
    reason = {
        "key": "no_reliable_improvement",
        "instrument": "PHQ-9",
        "baseline": 17,
        "score": 16,
        "points": 6,
        "session": 6,
        "counted": "session",
    }
    kind = {"kind": "no_reliable_improvement", "level": "amber", "next_step": "review_no_progress"}
    row = deterioration(clinic, n, section)
    return {**row, **kind, "reason": json.dumps(reason), "days_open": 21, **changes}


def critical_alert(clinic: str, n: int, record_status: str = "landed", **changes: object) -> Row:
    reason = {
        "key": "critical_item",
        "instrument": "PHQ-9",
        "item": "9",
        "domain": "self_harm",
        "value": 2,
        "record_status": record_status,
    }
    kind = {
        "kind": "critical_item",
        "domain": "self_harm",
        "next_step": "assess_risk_today",
        "days_open": 1,
    }
    row = deterioration(clinic, n, "critical")
    return {**row, **kind, "reason": json.dumps(reason), **changes}


def held_back_alert(clinic: str, n: int) -> Row:
    reason = {"key": "held_back_file", "file": "week_47.csv", "values": 3}
    return {
        **deterioration(clinic, n, "critical"),
        "kind": "held_back_file",
        "patient_id": None,
        "therapist_id": None,
        "episode_id": None,
        "instrument": None,
        "scale": None,
        "reason": json.dumps(reason),
        "next_step": "look_at_held_back_file",
    }


def course(alert: Row, scores: Sequence[float]) -> list[Row]:
    """Weekly scores that end on the day of the alert's last signal."""
    return [
        {
            **{key: alert[key] for key in ("clinic_id", "patient_id", "episode_id", "instrument")},
            "scale": "total",
            "assessment_no": number,
            "measured_at": alert["last_signal_at"] - timedelta(days=7 * (len(scores) - number)),
            "score": score,
            "has_artificial_date": False,
        }
        for number, score in enumerate(scores, start=1)
    ]


def baseline(alert: Row, score: float) -> Row:
    keys = ("clinic_id", "patient_id", "episode_id", "instrument", "scale")
    return {**{key: alert[key] for key in keys}, "baseline_score": score}


def figure(clinic: str, name: str, numerator: int, denominator: int | None = None) -> Row:
    return {
        "clinic_id": clinic,
        "figure": name,
        "numerator": numerator,
        "denominator": denominator,
    }


def outcomes(clinic: str) -> list[Row]:
    """Of 180 treatments 160 have a pair and 10 more a first form; intervals as R's prop.test
    without correction gives them (Wilson)."""
    shares = {
        ("recovered", "paired"): (41, 160, 0.256, 0.195, 0.329),
        ("recovered", "last_available"): (41, 170, 0.241, 0.183, 0.311),
        ("recovered", "lowest"): (41, 180, 0.228, None, None),
        ("recovered", "highest"): (61, 180, 0.339, None, None),
    }
    return [
        {
            "clinic_id": clinic,
            "instrument": "phq-9",
            "scale": "total",
            "class": outcome_class,
            "counted": counted,
            "numerator": part,
            "denominator": whole,
            "value": value,
            "lower": lower,
            "upper": upper,
        }
        for (outcome_class, counted), (part, whole, value, lower, upper) in shares.items()
    ]


def behind(clinic: str) -> Tables:
    """A row of each table that tells of the week, of results and of accuracy."""
    week = {"alerts": 12, "answered": 5, "acted_on": 4, "back_on_course": 3}
    together = {"forms": 60, "patients": 55, "low": 14, "dropped": 3, "restored": 2}
    group = {"group_id": "g1", "name": "Maandaggroep", "members": 8, "measured_this_week": 6}
    low = {"key": "low_alliance", "instrument": "SRS", "score": 34.1, "cutoff": 36, "session": 4}
    told = {"kind": "low_alliance", "therapist_id": "t1"}
    rule = {"instrument": "phq-9", "scale": "total", "rule": "off_course_red", "cohort": "all"}
    right = {"n": 400, "events": 40, "sensitivity": 0.8, "ppv": 0.25, "median_lead_sessions": 4}
    return {
        "last_week_alert": [
            {"clinic_id": clinic, "kind": "off_course", **week, "closed_otherwise": 1,
             "still_open": 5}
        ],
        "alliance_figure": [
            {"clinic_id": clinic, **together, "missing_after_low": 1, "open_alerts": 2}
        ],
        "group_figure": [
            {"clinic_id": clinic, **group, "attended": 20, "appointments": 24,
             "alliance_instrument": "SRS", "alliance_mean": 35.5}
        ],
        "information": [
            {"clinic_id": clinic, "patient_id": "p1", "measured_at": NOW, **told,
             "reason": json.dumps({**low, "counted": "session"})}
        ],
        "outcome": outcomes(clinic),
        "signal_accuracy": [
            {**rule, **right, "sessions": "all", "population": "all", "specificity": 0.9,
             "is_withheld": False, "trained_until": date(2026, 6, 30)}
        ],
        "summary_figure": [
            {"unit": unit, "clinic_id": name, "figure": "patients_in_treatment",
             "numerator": 1234, "is_shown": True, "is_small": False}
            for unit, name in (("service", None), ("clinic", clinic))
        ],
    }  # fmt: skip


def file_quality(clinic: str, **changes: object) -> Row:
    return {
        "clinic_id": clinic,
        "source_file": "noord_2026-47.csv",
        "landed_at": datetime(2026, 11, 19, 22, 10),
        "rows_in": 1250,
        "landed": 1200,
        "duplicate": 20,
        "rejected": 30,
        "cells_rejected": 7,
        "rejected_error": 11,
        "rejected_conflict": 4,
        "rejected_by_rule": 15,
        "held_back": False,
        "note": None,
        "conflict_rule": CONFLICT_RULES["later_line"],
        "codings": [],
        **changes,
    }


def file_finding(expectation: str, *clinics: str, **changes: object) -> Row:
    """What stands out in a recent file of these clinics."""
    return {
        "source_file": "noord_2026-47.csv",
        "landed_at": datetime(2026, 11, 19, 22, 10),
        "clinics": list(clinics),
        "expectation": expectation,
        "outcome": "fail",
        **changes,
    }


def critical_row(clinic: str, n: int, **changes: object) -> Row:
    """A row of the critical lane."""
    alert = critical_alert(clinic, n)
    keys = ("clinic_id", "patient_id", "therapist_id", "episode_id", "kind", "level", "instrument")
    return {
        **{key: alert[key] for key in keys},
        "signal_id": f"{clinic}-s{n}",
        "measured_at": NOW - timedelta(days=n),
        "reason": alert["reason"],
        "domain": "self_harm",
        "item": "9",
        "value": 2.0,
        "record_status": "landed",
        "landed_at": NOW - timedelta(days=n) + timedelta(hours=1),
        **changes,
    }


def busy_clinic(clinic: str) -> Tables:
    """A clinic with something of everything, as a report meets it on a Monday."""
    new = [
        deterioration(clinic, 1),
        deterioration(clinic, 2, patient_id="6f1d09c3b2a84e77", therapist_id="b-0142"),
        no_progress(clinic, 3, "new"),
    ]
    answered = no_progress(clinic, 4)
    older = [deterioration(clinic, 5, "open", days_open=1), answered]
    critical = [
        critical_alert(clinic, 6),
        critical_alert(clinic, 7, "held_back"),
        held_back_alert(clinic, 8),
    ]
    courses: list[list[float]] = [[12, 13, 15, 14, 19.5], [12, 9, 14, 19.5], [17, 18, 16, 16]]
    drawn = [*new, *older]
    return {
        **KNOWN,
        **behind(clinic),
        "run": [run()],
        "alert_list": [*critical, *new, *older],
        "alert": [
            {
                "alert_id": answered["alert_id"],
                "clinic_id": clinic,
                "answered_at": NOW - timedelta(days=2),
                "action": "adjust_plan",
            }
        ],
        "score": [r for i, a in enumerate(drawn) for r in course(a, courses[i % 3])],
        "baseline": [baseline(a, 12 if a["level"] == "red" else 17) for a in drawn],
        "assessment": [assessment(clinic), assessment(clinic, instrument="srs")],
        "overdue": [
            {
                "clinic_id": clinic,
                "patient_id": f"p{n}",
                "therapist_id": None if n == 22 else "t2",
                "episode_id": f"e{n}",
                "last_measured_at": NOW - timedelta(days=n + 20),
                "days_since": n + 20,
                "has_open_alert": n == 21,
            }
            for n in (21, 22, 23)
        ],
        "clinic_figure": [
            figure(clinic, "patients_in_treatment", 1234),
            figure(clinic, "patients_measured_this_week", 310, 1234),
            figure(clinic, "assessments_this_week", 655),
            figure(clinic, "alerts_new", 3),
            figure(clinic, "alerts_open", 5),
            figure(clinic, "critical_open", 2),
            figure(clinic, "overdue", 3),
            figure(clinic, "low_alliance_this_week", 14, 300),
            figure(clinic, "no_improvement_info_this_week", 9),
            figure(clinic, "change_recovered", 41, 160),
            figure(clinic, "change_improved", 29, 160),
            figure(clinic, "change_unchanged", 80, 160),
            figure(clinic, "change_deteriorated", 10, 160),
            figure(clinic, "alerts_per_100_assessments", 23, 655),
        ],
        "data_quality": [
            file_quality(clinic),
            file_quality(
                clinic, source_file="totals_2026-47.csv", note="critical_items_not_watched"
            ),
            file_quality(clinic, source_file="week_47.csv", landed_at=None, held_back=True),
        ],
        "quality_check": [
            {
                "table": "score",
                "expectation": "expect_column_values_to_be_between",
                "category": "plausibility",
                "severity": "warning",
                "outcome": "fail",
                "checked": 81234,
                "failed": 12,
                "why": "A score beyond its scale comes from a wrong item map.",
            },
            {
                "table": "response",
                "expectation": "expect_nothing_odd",
                "category": "conformance",
                "severity": "critical",
                "outcome": "pass",
                "checked": 10,
                "failed": 0,
                "why": "a check that passed is not printed",
            },
        ],
    }
