"""The audit report as data: audit.json with all of its tables, audit.csv with its figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from flows.publishing.alert_csv import write_csv
from flows.publishing.audit_revisions import AuditRevision
from flows.publishing.audit_rows import AuditData, Figure

SCHEMA_ID = "urn:opkoers:audit:1"
COLUMNS = (
    "unit_kind",
    "unit",
    "indicator",
    "period_kind",
    "period",
    "numerator",
    "denominator",
    "value",
    "centre",
    "lower",
    "upper",
    "rules",
    "is_trial",
    "segment",
    "is_complete",
    "is_withheld",
)


def told_by(data: AuditData, revision: AuditRevision) -> Mapping[str, object]:
    """Everything of a report; days as ISO 8601, shares from 0 to 1, null for what is left out."""
    run = data.run
    return {
        "schema": SCHEMA_ID,
        "quarter": str(data.quarter),
        "first_day": data.quarter.first_day,
        "last_day": data.quarter.last_day,
        "revision": revision.number,
        "changes": _rows(revision.changes),
        "service_name": run.service_name,
        "is_simulated": run.simulated,
        "run_id": run.run_id,
        "as_of": run.as_of,
        "known_at": run.known_at,
        "received_until": data.received_until,
        "code_version": run.code_version,
        "journal_seq": run.journal_seq,
        "definitions": _rows(list(data.definitions.values())),
        "figures": _rows(data.quarters),
        "absent": data.absent,
        "funnels": _rows(data.funnels),
        "missing_outcomes": _rows(data.missing),
        "loop": _rows(data.loop),
        "files": _rows(data.files),
        "deliveries": _rows(data.deliveries),
        "checks": {"all": data.checks, "held": data.checks_held},
        "failed_checks": _rows(data.failed_checks),
        "check_history": _rows(data.check_history),
        "questions": _rows(data.questions),
    }


def _rows(rows: Sequence[object]) -> Sequence[Mapping[str, object]]:
    return [asdict(row) for row in rows]  # type: ignore[call-overload]


def write_figures(file: Path, data: AuditData) -> None:
    """A row for each figure of the quarter and the one before, and each point of a chart."""
    rows = sorted({_key(each): each for each in _figures(data)}.items())
    write_csv(file, COLUMNS, [_row(each) for _, each in rows])


def _figures(data: AuditData) -> Iterator[Figure]:
    yield from data.quarters
    for series in (*data.service_series.values(), *data.unit_series.values()):
        yield from series
    yield from data.months
    yield from data.cohorts


def _key(row: Figure) -> tuple[str, str, str, str, str]:
    return (row.unit_kind, row.unit, row.indicator, row.period_kind, row.period.isoformat())


def _row(row: Figure) -> Mapping[str, object]:
    return {name: getattr(row, name) for name in COLUMNS}
