"""The page that goes out when checks stopped the weekly report: critical items alone."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from dashboards.drawing.formats import day, iso_week, number
from dashboards.drawing.sentences import next_step_sentence, reason_sentence
from dashboards.drawing.translation import translation
from flows.publishing.alert_csv import write_csv
from flows.publishing.critical_items import critical_columns, critical_words
from flows.publishing.folders import folder_names, replaced_file
from flows.publishing.frame import Document, frame
from flows.publishing.report_background import intended_use
from flows.publishing.report_data import opened
from flows.publishing.report_words import ABSENT
from flows.publishing.typesetting import Typeset, typesetter
from flows.settings import Alerts

CRITICAL = """
select clinic_id, patient_id, therapist_id, episode_id, level, instrument, item, domain, value,
    measured_at, record_status, cast(reason as varchar) as reason
from critical
where cast(measured_at as date) <= $as_of
    and date_diff('day', cast(measured_at as date), cast($as_of as date)) <= $within_days
order by clinic_id, measured_at desc, domain, patient_id, instrument, item
"""

CSV_COLUMNS = (
    "clinic_id",
    "patient_id",
    "therapist_id",
    "episode_id",
    "level",
    "instrument",
    "item",
    "domain",
    "value",
    "measured_at",
    "record_status",
)


@dataclass(frozen=True)
class Critical:
    clinic_id: str
    patient_id: str | None
    therapist_id: str | None
    episode_id: str | None
    level: str
    instrument: str | None
    item: str | None
    domain: str | None
    value: float | None
    measured_at: datetime
    record_status: str | None
    reason: str


@dataclass(frozen=True)
class Week:
    as_of: date
    simulated: bool
    within_days: int


def write_critical_reports(
    critical: Path,
    reports: Path,
    languages: Sequence[str],
    *,
    as_of: date,
    simulated: bool,
    within_days: int = Alerts().stale_after_days,
) -> tuple[Path, ...]:
    """The files written: critical.<lang>.pdf and critical.csv in each clinic's folder of the week.

    Holds the critical answers measured in the last `within_days` days, latest first, answered
    or not (what was answered stands in the main lane). A report that already lies in the
    folder is left alone. Raises OpKoersError when `critical` does not exist.
    """
    by_clinic = _critical_by_clinic(critical, as_of, within_days)
    folders = folder_names(list(by_clinic))
    week = Week(as_of, simulated, within_days)
    written: list[Path] = []
    with typesetter() as typeset:
        for clinic_id, rows in by_clinic.items():
            folder = reports / iso_week(as_of) / folders[clinic_id]
            written += _write_pdfs(folder, clinic_id, rows, languages, week, typeset)
            written.append(_write_list(folder, rows, languages))
    return tuple(written)


def _critical_by_clinic(
    critical: Path, as_of: date, within_days: int
) -> Mapping[str, list[Critical]]:
    by_clinic: defaultdict[str, list[Critical]] = defaultdict(list)
    with opened(critical) as connection:
        limits = {"as_of": as_of, "within_days": within_days}
        for row in connection.execute(CRITICAL, limits).fetchall():
            by_clinic[row[0]].append(Critical(*row))
    return by_clinic


def _write_pdfs(
    folder: Path,
    clinic_id: str,
    rows: Sequence[Critical],
    languages: Sequence[str],
    week: Week,
    typeset: Typeset,
) -> list[Path]:
    files = [folder / f"critical.{language}.pdf" for language in languages]
    for file, language in zip(files, languages, strict=True):
        page = critical_page(clinic_id, rows, week, language)
        (pdf,) = typeset("critical.typ", page, week.as_of, "pdf")
        with replaced_file(file) as beside:
            beside.write_bytes(pdf)
    return files


def _write_list(folder: Path, rows: Sequence[Critical], languages: Sequence[str]) -> Path:
    file = folder / "critical.csv"
    reasons = {f"reason_{language}": language for language in languages}
    cells = [
        {
            **{column: getattr(row, column) for column in CSV_COLUMNS},
            **{c: reason_sentence(json.loads(row.reason), lang) for c, lang in reasons.items()},
        }
        for row in rows
    ]
    with replaced_file(file) as beside:
        write_csv(beside, (*CSV_COLUMNS, *reasons), cells)
    return file


def critical_page(
    clinic_id: str, rows: Sequence[Critical], week: Week, language: str
) -> Mapping[str, object]:
    """The document as critical.typ lays it out."""
    _ = translation(language).gettext
    document = Document(
        title=_("Critical items"),
        clinic_id=clinic_id,
        service_name="Op koers",
        as_of=week.as_of,
        simulated=week.simulated,
        run_id=None,
    )
    window = _("Answers measured in the last {days} days, latest first.")
    return {
        **frame(document, language),
        "held_back": _(
            "This page holds the critical items alone. Checks on the data failed, so the rest of"
            " this week's report was held back. The last report that was published still"
            " stands; it is older than this page."
        ),
        "critical": {
            "intro": next_step_sentence("assess_risk_today", language),
            "columns": critical_columns(language),
            "rows": [_row(row, language) for row in rows],
        },
        "window": window.format(days=number(week.within_days, language))
        + " "
        + _("Answers that were already discussed are listed too."),
        "intended_use": intended_use(language),
    }


def _row(row: Critical, language: str) -> Mapping[str, object]:
    reason = json.loads(row.reason)
    common = {
        "level": row.level,
        "patient": row.patient_id or ABSENT,
        "therapist": row.therapist_id or ABSENT,
        "date": day(row.measured_at, language),
        "state": None,
    }
    if reason["key"] != "critical_item":
        return {**common, "sentence": reason_sentence(reason, language)}
    return {**common, **critical_words(reason, language)}
