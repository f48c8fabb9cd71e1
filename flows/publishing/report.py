"""The weekly report: a clinic's PDFs and data, its therapists' own, a page for the service."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from os import cpu_count
from pathlib import Path

import duckdb

from dashboards.drawing.formats import iso_week
from flows.errors import ExitCode, OpKoersError
from flows.publishing.alert_csv import write_csv
from flows.publishing.folders import as_known, folder_names, replaced_file, replaced_whole
from flows.publishing.report_alerts import alert_reason
from flows.publishing.report_data import opened, read_clinics, read_report_data
from flows.publishing.report_json import SCHEMA, json_bytes, told_by
from flows.publishing.report_page import report_page
from flows.publishing.report_rows import Alert, Clinic, ReportData
from flows.publishing.revision_words import revision_part
from flows.publishing.revisions import (
    RECORD,
    TOLD,
    Draft,
    Issued,
    Revision,
    alerts_by_subject,
    fingerprint,
    issued,
    keep_earlier,
    next_revision,
    record,
    revision_as_known,
)
from flows.publishing.service_summary import read_summary, summary_page
from flows.publishing.therapist_report import therapist_page
from flows.publishing.typesetting import Typeset, typesetter

CLINICS_AT_A_TIME = 8
"""Rows of so many clinics are in memory; the service may have hundreds."""

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


@dataclass(frozen=True)
class Issue:
    """What is written of one snapshot and where.

    With `known_at` the week is written beside the one in force, as it was known at that past
    moment, and what stands in `reports` is left alone.
    """

    reports: Path
    languages: Sequence[str]
    known_at: datetime | None = None
    has_therapists: bool = True


@dataclass(frozen=True)
class _Work:
    issue: Issue
    data: ReportData
    folders: Mapping[str, str]
    typeset: Typeset

    @property
    def in_force(self) -> Path:
        return self.issue.reports / iso_week(self.data.run.as_of)

    @property
    def week(self) -> Path:
        """Where this week is written."""
        return as_known(self.in_force, self.issue.known_at)


def write_reports(
    snapshot: Path,
    reports: Path,
    languages: Sequence[str],
    *,
    known_at: datetime | None = None,
    has_therapists: bool = True,
) -> tuple[Path, ...]:
    """The files written: <ISO week of as_of>/<clinic>/{report.<lang>.pdf, alerts.csv, report.json}.

    Beside them `therapists/<therapist>.<lang>.pdf`, and quality.<lang>.pdf for the whole week. A
    clinic's folder is replaced whole, in one step; a report that changed is a new revision, and
    one that did not is left as it stands. With `known_at` the week is written as it was known
    at that moment, in a folder of its own. The same snapshot gives the same bytes. One clinic's
    failure does not keep the others from theirs. Raises OpKoersError when nothing is published
    or a report cannot be typeset.
    """
    issue = Issue(reports, languages, known_at, has_therapists)
    with opened(snapshot) as connection, typesetter() as typeset:
        data = read_report_data(connection)
        work = _Work(issue, data, folder_names(data.clinic_ids), typeset)
        written = _write_clinics(connection, work)
        written += _write_summary(connection, work)
    return tuple(written)


def render_page_png(snapshot: Path, clinic: str, language: str, page: int) -> bytes:
    """Page `page` (from 1) of a clinic's report as a PNG picture.

    Raises OpKoersError for a clinic or a page that the report does not have.
    """
    with opened(snapshot) as connection, typesetter() as typeset:
        data = read_report_data(connection)
        if clinic not in data.clinic_ids:
            raise _no_such("clinic", snapshot)
        (found,) = read_clinics(connection, [clinic])
        pages = typeset("report.typ", report_page(data, found, language), data.run.as_of, "png")
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


def _write_clinics(connection: duckdb.DuckDBPyConnection, work: _Work) -> list[Path]:
    """Some clinics at a time; the first failure is raised when all were tried."""
    written: list[Path] = []
    failures: list[BaseException] = []
    ids = work.data.clinic_ids
    with ThreadPoolExecutor(cpu_count()) as pool:
        for first in range(0, len(ids), CLINICS_AT_A_TIME):
            clinics = read_clinics(connection, ids[first : first + CLINICS_AT_A_TIME])
            tried = [pool.submit(_write_clinic, clinic, work) for clinic in clinics]
            failures += [error for each in tried if (error := each.exception()) is not None]
            written += [file for each in tried for file in _files_of(each)]
    if failures:
        raise failures[0]
    return written


def _files_of(tried: "Future[list[Path]]") -> list[Path]:
    return [] if tried.exception() is not None else tried.result()


def _write_clinic(clinic: Clinic, work: _Work) -> list[Path]:
    name = work.folders[clinic.clinic_id]
    history = _history(work.in_force / name)
    draft = _draft(clinic, work.data)
    decide = next_revision if work.issue.known_at is None else revision_as_known
    revision = decide(draft, history)
    documents = _documents(clinic, work, revision)
    folder, names = work.week / name, sorted((*documents, "alerts.csv", TOLD))
    if not _stands(folder, names, revision, history):
        with replaced_whole(folder) as beside:
            _write_documents(documents, work, beside)
            _write_data(clinic, work, revision, beside)
            record(beside, draft)
            if folder.parent == work.in_force:
                keep_earlier(history, revision.number, beside)
    return [folder / name for name in names]


def _history(folder: Path) -> Sequence[Issued]:
    """Earlier revisions; none where what was written of them can no longer be read."""
    with suppress(OSError, ValueError, KeyError):
        return issued(folder)
    return ()


def _draft(clinic: Clinic, data: ReportData) -> Draft:
    """What the report tells of this clinic, apart from the moment at which it was made."""
    run = data.run
    background = (data.settings, data.constants, data.critical_items, data.own_instruments)
    told = (clinic, run.as_of, run.service_name, run.simulated, background)
    alerts = alerts_by_subject([vars(alert) for alert in clinic.alerts])
    return Draft(fingerprint([str(part) for part in told]), run.known_at, alerts)


def _stands(
    folder: Path, names: Sequence[str], revision: Revision, history: Sequence[Issued]
) -> bool:
    """Whether exactly these files of this revision are in force already."""
    if not history or (history[-1].folder, history[-1].number) != (folder, revision.number):
        return False
    kept = {f"r{each.number}" for each in history}
    found = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()]
    present = {each.as_posix() for each in found if each.parts[0] not in kept}
    return present == {*names, RECORD}


def _documents(
    clinic: Clinic, work: _Work, revision: Revision
) -> Mapping[str, tuple[str, Mapping[str, object]]]:
    """Template and content by file name; a therapist without patients to read of has none."""
    data, documents = work.data, {}
    therapists = folder_names(clinic.therapists) if work.issue.has_therapists else {}
    for language in work.issue.languages:
        mark = {"revision": revision_part(revision, language)}
        page = report_page(data, clinic, language)
        documents[f"report.{language}.pdf"] = ("report.typ", {**page, **mark})
        for therapist, name in therapists.items():
            own = therapist_page(data, clinic, therapist, language)
            documents[f"therapists/{name}.{language}.pdf"] = (
                "therapist_report.typ",
                {**own, **mark},
            )
    return documents


def _write_documents(
    documents: Mapping[str, tuple[str, Mapping[str, object]]], work: _Work, beside: Path
) -> None:
    for name, (template, page) in documents.items():
        (pdf,) = work.typeset(template, page, work.data.run.as_of, "pdf")
        (beside / name).parent.mkdir(exist_ok=True)
        (beside / name).write_bytes(pdf)


def _write_data(clinic: Clinic, work: _Work, revision: Revision, beside: Path) -> None:
    languages = work.issue.languages
    rows = [_csv_row(alert, clinic, languages) for alert in clinic.alerts]
    write_csv(beside / "alerts.csv", (*CSV_COLUMNS, *_reason_columns(languages)), rows)
    told = told_by(work.data, clinic, languages, revision)
    (beside / TOLD).write_bytes(json_bytes(told))


def _reason_columns(languages: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"reason_{language}" for language in languages)


def _csv_row(alert: Alert, clinic: Clinic, languages: Sequence[str]) -> Mapping[str, object]:
    reasons = [alert_reason(alert, clinic, language) for language in languages]
    return {
        **{column: getattr(alert, column) for column in CSV_COLUMNS},
        **dict(zip(_reason_columns(languages), reasons, strict=True)),
    }


def _write_summary(connection: duckdb.DuckDBPyConnection, work: _Work) -> list[Path]:
    """The page for the service, and the schema that report.json of every week keeps to."""
    figures, on = read_summary(connection), work.data.run.as_of
    week, written = work.week, []
    for language in work.issue.languages:
        page = summary_page(work.data, figures, language)
        (pdf,) = work.typeset("service_summary.typ", page, on, "pdf")
        with replaced_file(week / f"quality.{language}.pdf") as file:
            file.write_bytes(pdf)
        written.append(week / f"quality.{language}.pdf")
    with replaced_file(work.issue.reports / SCHEMA.name) as file:
        file.write_bytes(SCHEMA.read_bytes())
    return written
