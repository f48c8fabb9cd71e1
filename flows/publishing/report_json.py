"""The weekly report as data: what the PDF tells, for another system; see report.schema.json."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

from dashboards.drawing.formats import iso_week
from flows.publishing.report_alerts import alert_reason
from flows.publishing.report_rows import Alert, Clinic, ReportData
from flows.publishing.revisions import Revision

SCHEMA = Path(__file__).with_name("report.schema.json")
SCHEMA_ID = "urn:opkoers:report:1"
ALERT_FIELDS = (
    "alert_id",
    "patient_id",
    "therapist_id",
    "episode_id",
    "kind",
    "domain",
    "level",
    "section",
    "instrument",
    "scale",
    "opened_at",
    "last_signal_at",
    "days_open",
    "next_step",
    "landed_at",
    "escalated_at",
    "escalated_to",
    "answered_at",
    "action",
    "closed_at",
)


def told_by(
    data: ReportData, clinic: Clinic, languages: Sequence[str], revision: Revision
) -> Mapping[str, object]:
    """Everything of a clinic's week; times as ISO 8601, shares from 0 to 1."""
    run = data.run
    return {
        "schema": SCHEMA_ID,
        "service_name": run.service_name,
        "clinic_id": clinic.clinic_id,
        "week": iso_week(run.as_of),
        "as_of": run.as_of,
        "received_until": data.received_until,
        "is_simulated": run.simulated,
        "revision": revision.number,
        "changes": [{**asdict(change), "what": change.what} for change in revision.changes],
        "counts": counts(clinic, revision),
        "alerts": [_alert(alert, clinic, languages) for alert in clinic.alerts],
        **_week(clinic),
        **_behind(data, clinic),
    }


def counts(clinic: Clinic, revision: Revision) -> Mapping[str, int]:
    """What a mail may tell; red and amber are levels of the new and open alerts."""
    sections = Counter(alert.section for alert in clinic.alerts)
    levels = Counter(alert.level for alert in clinic.alerts if alert.section != "critical")
    return {
        "critical": sections["critical"],
        "new": sections["new"],
        "open": sections["open"],
        "red": levels["red"],
        "amber": levels["amber"],
        "overdue": len(clinic.overdue),
        "revision": revision.number,
    }


def _alert(alert: Alert, clinic: Clinic, languages: Sequence[str]) -> Mapping[str, object]:
    reasons = {language: alert_reason(alert, clinic, language) for language in languages}
    return {**{name: getattr(alert, name) for name in ALERT_FIELDS}, "reason": reasons}


def _week(clinic: Clinic) -> Mapping[str, object]:
    figures = {f.figure: [f.numerator, f.denominator] for f in clinic.figures.values()}
    return {
        "overdue": _rows(clinic.overdue),
        "information": {each.kind: each.patients for each in clinic.information_counts},
        "last_week": _rows(clinic.last_week),
        "alliance": _row(clinic.alliance) if clinic.alliance else None,
        "groups": _rows(clinic.groups),
        "figures": {
            name: {"numerator": part, "denominator": whole}
            for name, (part, whole) in sorted(figures.items())
        },
    }


def _behind(data: ReportData, clinic: Clinic) -> Mapping[str, object]:
    return {
        "outcomes": _rows(clinic.outcomes),
        "accuracy": _rows(data.accuracy),
        "files": _rows(clinic.files),
        "findings": _rows(clinic.findings),
        "checks": _rows(data.checks),
    }


def _rows(rows: Sequence[object]) -> Sequence[Mapping[str, object]]:
    return [_row(row) for row in rows]


def _row(row: object) -> Mapping[str, object]:
    """Its fields; the clinic is named once, at the top."""
    return {name: value for name, value in vars(row).items() if name != "clinic_id"}


def json_bytes(told: object) -> bytes:
    """As JSON that a person can read too; the same for the same content."""
    text = json.dumps(told, ensure_ascii=False, indent=1, default=_as_text, allow_nan=False)
    return f"{text}\n".encode()


def _as_text(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in report.json")
