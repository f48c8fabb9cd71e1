"""The weekly report: each clinic's PDF in each language, and its alerts as a list."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from os import cpu_count
from pathlib import Path

from dashboards.drawing.formats import iso_week
from flows.errors import ExitCode, OpKoersError
from flows.publishing.alert_csv import write_csv
from flows.publishing.folders import folder_names, replaced_whole
from flows.publishing.report_data import Alert, Clinic, ReportData, read_report_data
from flows.publishing.report_page import alert_reason, report_page
from flows.publishing.typesetting import Typeset, typesetter

CSV_COLUMNS = (
    "alert_id",
    "clinic_id",
    "patient_id",
    "therapist_id",
    "episode_id",
    "section",
    "kind",
    "domain",
    "level",
    "instrument",
    "scale",
    "opened_at",
    "last_signal_at",
    "days_open",
    "landed_at",
    "escalated_at",
    "escalated_to",
    "next_step",
    "answered_at",
    "action",
    "closed_at",
)


def write_reports(snapshot: Path, reports: Path, languages: Sequence[str]) -> tuple[Path, ...]:
    """The files written: reports/<ISO week of as_of>/<clinic>/report.<lang>.pdf and alerts.csv.

    A clinic's folder is replaced whole, in one step. The same snapshot gives the same bytes.
    Raises OpKoersError when nothing is published or a report cannot be typeset.
    """
    data = read_report_data(snapshot)
    folders = folder_names([clinic.clinic_id for clinic in data.clinics])
    week = reports / iso_week(data.run.as_of)
    with typesetter() as typeset, ThreadPoolExecutor(cpu_count()) as pool:
        write = partial(_write_clinic, data=data, languages=languages, typeset=typeset)
        places = [week / folders[clinic.clinic_id] for clinic in data.clinics]
        written = list(pool.map(write, data.clinics, places))
    return tuple(file for files in written for file in files)


def render_page_png(snapshot: Path, clinic: str, language: str, page: int) -> bytes:
    """Page `page` (from 1) of a clinic's report as a PNG picture.

    Raises OpKoersError for a clinic or a page that the report does not have.
    """
    data = read_report_data(snapshot)
    found = [known for known in data.clinics if known.clinic_id == clinic]
    if not found:
        raise _no_such("clinic", snapshot)
    with typesetter() as typeset:
        pages = typeset("report.typ", report_page(data, found[0], language), data.run.as_of, "png")
    if not 1 <= page <= len(pages):
        raise _no_such("page", snapshot)
    return pages[page - 1]


def _no_such(what: str, snapshot: Path) -> OpKoersError:
    return OpKoersError(
        f"there is no such {what} in the report",
        where=snapshot,
        next_step="`opkoers export clinic_figure -o FILE.csv` shows the clinics",
        exit_code=ExitCode.REPORT,
    )


def _write_clinic(
    clinic: Clinic, folder: Path, data: ReportData, languages: Sequence[str], typeset: Typeset
) -> list[Path]:
    with replaced_whole(folder) as beside:
        for language in languages:
            page = report_page(data, clinic, language)
            (pdf,) = typeset("report.typ", page, data.run.as_of, "pdf")
            (beside / f"report.{language}.pdf").write_bytes(pdf)
        rows = [_csv_row(alert, data, languages) for alert in clinic.alerts]
        write_csv(beside / "alerts.csv", (*CSV_COLUMNS, *_reason_columns(languages)), rows)
        names = sorted(file.name for file in beside.iterdir())
    return [folder / name for name in names]


def _reason_columns(languages: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"reason_{language}" for language in languages)


def _csv_row(alert: Alert, data: ReportData, languages: Sequence[str]) -> Mapping[str, object]:
    reasons = [alert_reason(alert, data, language) for language in languages]
    return {
        **{column: getattr(alert, column) for column in CSV_COLUMNS},
        **dict(zip(_reason_columns(languages), reasons, strict=True)),
    }
