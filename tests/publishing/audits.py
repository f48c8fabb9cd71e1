"""Snapshots written by hand for the audit report: the tables that quality officers may read."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import duckdb

from tests.publishing.snapshots import Row

COUNTED = """unit_kind varchar, unit varchar, clinic_id varchar, team_id varchar,
    period_kind varchar, period date, indicator varchar, is_primary boolean, better varchar,
    chart varchar, numerator double, denominator double, value double, centre double,
    lower double, upper double, rules varchar, is_trial boolean, segment integer,
    is_complete boolean"""
FUNNEL = """unit_kind varchar, unit varchar, period_kind varchar, period date,
    indicator varchar, numerator double, denominator double, value double, target double,
    lower95 double, upper95 double, lower998 double, upper998 double, is_outside95 boolean,
    is_outside998 boolean"""
TABLES = {
    "run": """run_id varchar, as_of date, known_at timestamp, code_version varchar,
        contract_version integer, journal_seq bigint, journal_seal bigint, journal_head varchar,
        simulated boolean, service_name varchar, language varchar""",
    "indicator_definition": """indicator varchar, sort_order integer, title varchar,
        numerator varchar, denominator varchar, source varchar, better varchar, kind varchar,
        chart varchar, finest varchar, lag_days integer, is_primary boolean, is_outcome boolean,
        is_historical boolean""",
    "indicator_absence": "unit_kind varchar, unit varchar, indicator varchar, reason varchar",
    "shown_indicator": f"{COUNTED}, is_withheld boolean",
    "shown_funnel": FUNNEL,
    "shown_missing_outcome": """unit_kind varchar, unit varchar, quarter date, indicator varchar,
        is_withheld boolean, episodes bigint, paired bigint, missing bigint, not_imputed bigint,
        paired_value double, last_value double, lowest_value double, highest_value double,
        imputed_value double, imputed_lower double, imputed_upper double""",
    "shown_loop_audit": """unit_kind varchar, unit varchar, kind varchar, rule varchar,
        alerts bigint, seen bigint, answered bigint, answered_in_time bigint, acted_on bigint,
        hours_to_answer_lower double, hours_to_answer double, hours_to_answer_upper double,
        answered_known bigint, answered_back bigint, comparable_known bigint,
        expected_back double, caution varchar""",
    "shown_file": """sha256 varchar, source varchar, clinic_id varchar, landed_at timestamp,
        is_held_back boolean, records bigint, rejected varchar, volume_drift double,
        mean_shift double, mean_shift_instrument varchar, failed_checks bigint""",
    "source_delivery": """source varchar, clinic_id varchar, deliveries bigint, last_on date,
        usual_days double, days_since bigint, has_stopped boolean""",
    "quality_check": """"table" varchar, expectation varchar, severity varchar, outcome varchar,
        checked bigint, failed bigint, why varchar""",
    "check_history": """run_id varchar, as_of date, known_at timestamp, "table" varchar,
        expectation varchar, severity varchar, outcome varchar, failing_since date""",
    # What no report may read: the counts before small ones were left out.
    "indicator": f"{COUNTED}, is_withheld boolean",
    "funnel": FUNNEL,
}
Q3, Q2 = date(2026, 7, 1), date(2026, 4, 1)
QUARTERS = tuple(date(2024 + n // 4, 1 + 3 * (n % 4), 1) for n in range(12))  # up to 2026-Q4
PRIMARY = {
    "response_rate": ("Response", "higher", 0),
    "alerts_answered": ("Alerts answered in time", "higher", 14),
    "reliable_improvement": ("Reliable improvement", "higher", 0),
    "deterioration": ("Deterioration", "lower", 0),
    "drop_out": ("Drop-out", "lower", 0),
    "data_rejected": ("Data held back or rejected", "lower", 0),
}
OTHERS = {
    "recovery": ("Recovery", "higher", 0),
    "follow_up": ("Measured after the end", "higher", 400),
}

Audited = Mapping[str, Sequence[Row]]


def run(**changes: object) -> Row:
    return {
        "run_id": "20261116T050000Z",
        "as_of": date(2026, 11, 16),
        "known_at": datetime(2026, 11, 16, 5),
        "code_version": "0.1.0",
        "contract_version": 1,
        "journal_seq": 12,
        "simulated": False,
        "service_name": "Dienst",
        **changes,
    }


def definitions() -> list[Row]:
    """The six primary indicators and two others, with texts that the catalogue has in Dutch."""
    return [
        {
            "indicator": name,
            "sort_order": place,
            "title": title,
            "numerator": "those that ended reliably worse",
            "denominator": "episodes that ended in the period",
            "source": "own choice of Op koers, no literature behind it [D]",
            "better": better,
            "kind": "share",
            "chart": "pp",
            "finest": "quarter",
            "lag_days": lag,
            "is_primary": name in PRIMARY,
            "is_outcome": name in ("reliable_improvement", "deterioration", "recovery"),
            "is_historical": False,
        }
        for place, (name, (title, better, lag)) in enumerate({**PRIMARY, **OTHERS}.items())
    ]


def figure(indicator: str, quarter: date, part: float | None, **changes: object) -> Row:
    """A share of 200, with limits around a half; withheld where `part` is None."""
    is_complete = quarter < date(2026, 10, 1)
    return {
        "unit_kind": "service",
        "unit": "service",
        "period_kind": "quarter",
        "period": quarter,
        "indicator": indicator,
        "is_primary": indicator in PRIMARY,
        "better": {**PRIMARY, **OTHERS}[indicator][1],
        "chart": "pp",
        "numerator": part,
        "denominator": None if part is None else 200,
        "value": None if part is None else part / 200,
        "centre": 0.5,
        "lower": 0.4,
        "upper": 0.6,
        "rules": "",
        "is_trial": False,
        "segment": 1,
        "is_complete": is_complete,
        "is_withheld": part is None,
        **changes,
    }


def unit_figure(clinic: str, indicator: str, part: float | None, **changes: object) -> Row:
    return figure(indicator, Q3, part, unit_kind="clinic", unit=clinic, **changes)


def series(indicator: str, *, last: Row | None = None) -> list[Row]:
    """Eleven complete quarters of the service and a running one; `last` changes that of Q3."""
    rows = [figure(indicator, day, 100 + n % 3) for n, day in enumerate(QUARTERS)]
    rows[-1] |= {"numerator": None, "denominator": None, "value": None, "is_complete": False}
    rows[-2] |= last or {}
    return rows


def outcome(unit: str, quarter: date, indicator: str, **changes: object) -> Row:
    return {
        "unit_kind": "service" if unit == "service" else "clinic",
        "unit": unit,
        "quarter": quarter,
        "indicator": indicator,
        "is_withheld": False,
        "episodes": 240,
        "paired": 200,
        "missing": 40,
        "not_imputed": 0,
        "paired_value": 0.505,
        "last_value": 0.48,
        "lowest_value": 0.42,
        "highest_value": 0.59,
        "imputed_value": 0.495,
        "imputed_lower": 0.44,
        "imputed_upper": 0.55,
        **changes,
    }


def alerts(unit: str, **changes: object) -> Row:
    return {
        "unit_kind": "service" if unit == "service" else "clinic",
        "unit": unit,
        "kind": "off_course",
        "rule": "off_course",
        "alerts": 128,
        "seen": 90,
        "answered": 72,
        "answered_in_time": 64,
        "acted_on": 51,
        "hours_to_answer_lower": 20.0,
        "hours_to_answer": 44.5,
        "hours_to_answer_upper": 90.0,
        "answered_known": 60,
        "answered_back": 33,
        "comparable_known": 120,
        "expected_back": 30.0,
        "caution": "not_a_proof_of_effect",
        **changes,
    }


def file(source: str, **changes: object) -> Row:
    return {
        "sha256": f"{source:0<64}",
        "source": source,
        "clinic_id": "noord",
        "landed_at": datetime(2026, 9, 14, 5),
        "is_held_back": False,
        "records": 7613,
        "rejected": "none",
        "volume_drift": -1.2,
        "mean_shift": 0.4,
        "mean_shift_instrument": "phq-9",
        "failed_checks": 0,
        **changes,
    }


def funnel(kind: str, unit: str, size: float, value: float, outside: str = "") -> Row:
    far = 6 / size**0.5
    return {
        "unit_kind": kind,
        "unit": unit,
        "period_kind": "year",
        "period": date(2025, 10, 1),
        "indicator": "reliable_improvement",
        "numerator": size * value,
        "denominator": size,
        "value": value,
        "target": 0.5,
        "lower95": 0.5 - far / 6,
        "upper95": 0.5 + far / 6,
        "lower998": 0.5 - far / 4,
        "upper998": 0.5 + far / 4,
        "is_outside95": outside != "",
        "is_outside998": outside == "99.8",
    }


def busy_service() -> Audited:
    """A service of three clinics with something of everything in its third quarter."""
    shift = {"numerator": 130, "value": 0.65, "rules": "R1 R3"}
    worse = {"numerator": 131, "value": 0.655, "rules": "R1"}
    figures = [row for name in PRIMARY for row in series(name) if name != "reliable_improvement"]
    figures += series("reliable_improvement", last=shift)
    figures += list(series("recovery"))
    clinics = [
        unit_figure(clinic, name, None if clinic == "klein" else 100)
        for clinic in ("noord", "zuid", "klein")
        for name in PRIMARY
    ]
    clinics[3] |= worse  # deterioration in noord
    month = {"period_kind": "month", "period": date(2026, 8, 1), "rules": "R1"}
    return {
        "run": [run()],
        "indicator_definition": definitions(),
        "indicator_absence": [
            {"unit_kind": "service", "unit": "service", "indicator": "follow_up",
             "reason": "no_recorded_end_known"}
        ],
        "shown_indicator": [
            *figures,
            *clinics,
            figure("response_rate", Q3, 150, **month),
        ],
        "shown_funnel": [
            funnel("clinic", "noord", 300, 0.65, "99.8"),
            funnel("clinic", "zuid", 200, 0.5),
            funnel("clinic", "west", 100, 0.44),
        ],
        "shown_missing_outcome": [
            outcome("service", Q3, "deterioration"),
            outcome("service", Q2, "deterioration"),
            outcome("noord", Q3, "deterioration", is_withheld=True, **NO_OUTCOME),
        ],
        "shown_loop_audit": [
            alerts("service"),
            alerts("noord", kind="critical_item", rule="critical_item", seen=None),
        ],
        "shown_file": [file("noord", rejected="under_1"), file("zuid", is_held_back=True,
                       rejected="held_back", failed_checks=2), file("oost", records=None)],
        "source_delivery": [
            {"source": "noord", "clinic_id": "noord", "deliveries": 9,
             "last_on": date(2026, 9, 14), "usual_days": 7.0, "days_since": 63,
             "has_stopped": True},
            {"source": "zuid", "clinic_id": "zuid", "deliveries": 9,
             "last_on": date(2026, 11, 9), "usual_days": 7.0, "days_since": 7,
             "has_stopped": False},
        ],
        "quality_check": [
            {"table": "score", "expectation": "few_are_prorated", "severity": "warning",
             "outcome": "fail", "checked": 812, "failed": 3, "why": "A score beyond its scale"
             " comes from a wrong item map."},
            {"table": "score", "expectation": "is_known", "severity": "critical",
             "outcome": "pass", "checked": 812, "failed": 0, "why": ""},
        ],
        "check_history": [
            {"run_id": run_id, "as_of": day, "known_at": day, "table": "score",
             "expectation": "few_are_prorated", "severity": "warning", "outcome": said,
             "failing_since": since}
            for run_id, day, said, since in (
                ("a", date(2026, 7, 6), "pass", None),
                ("b", date(2026, 7, 13), "fail", date(2026, 7, 13)),
                ("before", date(2026, 6, 29), "fail", date(2026, 6, 29)),
            )
        ],
    }  # fmt: skip


NO_OUTCOME = dict.fromkeys(
    ("episodes", "paired", "missing", "not_imputed", "paired_value", "last_value",
     "lowest_value", "highest_value", "imputed_value", "imputed_lower", "imputed_upper")
)  # fmt: skip


def write_audited(place: Path, tables: Audited) -> Path:
    """`place`, made anew, a DuckDB database with these tables; absent columns are null."""
    place.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(place)) as connection:
        for table, columns in TABLES.items():
            connection.execute(f"create table {table} ({columns})")
            if rows := tables.get(table, ()):
                _insert(connection, table, rows)
    return place


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    """In one statement: one for each row takes most of the time of these tests."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join(f"({', '.join('?' for _ in names)})" for _ in rows)
    values = [row.get(name) for row in rows for name in names]
    connection.execute(f"insert into {table} ({columns}) values {marks}", values)
