"""The audit report of a quarter: PDFs for reading, the same figures as files for counting."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.errors import ExitCode, OpKoersError
from flows.publishing.audit_data import quarters_known, read_audit, read_run
from flows.publishing.audit_page import audit_page
from flows.publishing.audit_quarter import Quarter, last_complete
from flows.publishing.audit_revisions import (
    TOLD,
    AuditRevision,
    as_of,
    draft_of,
    issued_audits,
    revision_of,
)
from flows.publishing.audit_rows import AuditData, Question
from flows.publishing.audit_told import told_by, write_figures
from flows.publishing.folders import as_known, replaced_whole
from flows.publishing.report_data import opened
from flows.publishing.report_json import json_bytes
from flows.publishing.revisions import Draft, Issued, keep_earlier, record
from flows.publishing.typesetting import typesetter

SERVICE_FOLDER, FIGURES = "service", "audit.csv"


@dataclass(frozen=True)
class AuditIssue:
    """What is written of one snapshot and where.

    With `known_at` the quarter is written beside the one in force, as it was known at that past
    moment, and what stands in `reports` is left alone.
    """

    reports: Path
    languages: Sequence[str]
    questions: Sequence[Question] = ()
    known_at: datetime | None = None


def audit_name(language: str) -> str:
    """The file's name in its folder."""
    return f"audit.{language}.pdf"


def audit_folder(reports: Path, quarter: Quarter) -> Path:
    """Where the report in force of a quarter lies."""
    return reports / str(quarter) / SERVICE_FOLDER


def quarter_to_report(snapshot: Path) -> Quarter | None:
    """The last complete quarter of a snapshot; None where it tells nothing of that one.

    Of the running quarter no report is made: its figures still change, and a difference from the
    one before would mislead. Raises OpKoersError when nothing is published.
    """
    with opened(snapshot) as connection:
        quarter = last_complete(read_run(connection).as_of)
        return quarter if quarter in quarters_known(connection) else None


def checked_quarter(snapshot: Path, quarter: Quarter) -> Quarter:
    """The quarter, when a report can be made of it.

    Raises OpKoersError when it is not over, lies before or after what the snapshot holds, or
    nothing is published.
    """
    with opened(snapshot) as connection:
        known, last = quarters_known(connection), last_complete(read_run(connection).as_of)
    complete = [each for each in known if each <= last]
    if quarter in complete:
        return quarter
    if quarter > last:
        what = f"{quarter} is not over, as far as the data go; a part of a quarter would mislead"
    else:
        what = f"nothing is known of {quarter}"
    raise OpKoersError(
        what,
        next_step=f"Take one from {complete[0]} up to {complete[-1]}"
        if complete
        else "No quarter is complete yet: wait for the first run after its end",
        exit_code=ExitCode.USAGE,
    )


def write_audit(snapshot: Path, quarter: Quarter, issue: AuditIssue) -> tuple[Path, ...]:
    """The files written: <quarter>/service/{audit.<language>.pdf, audit.json, audit.csv}.

    None where the report in force tells the same of the quarter, or is of later data. One that
    tells otherwise is a new revision, and takes the folder's place in one step with the earlier
    ones inside. The same snapshot gives the same bytes. Raises OpKoersError when nothing is
    published or the report cannot be typeset.
    """
    in_force = audit_folder(issue.reports, quarter)
    history = issued_audits(in_force)
    with opened(snapshot) as connection:
        data = read_audit(connection, quarter, issue.questions)
    draft, is_past = draft_of(data), issue.known_at is not None
    if not is_past and history and as_of(history[-1]) > data.run.as_of:
        return ()
    revision = revision_of(data, draft, history, is_past=is_past)
    languages = _languages(in_force, issue) if not is_past else issue.languages
    if not is_past and _stands(in_force, revision, history, languages):
        return ()
    folder = as_known(in_force.parent, issue.known_at) / SERVICE_FOLDER
    _write(folder, data, revision, languages, draft, () if is_past else history)
    names = (*(audit_name(language) for language in languages), TOLD, FIGURES)
    return tuple(folder / name for name in names)


def written_by(run_id: str, reports: Path, quarter: Quarter) -> tuple[Path, ...]:
    """The files of the report in force where this run wrote it: its step may be tried again."""
    folder = audit_folder(reports, quarter)
    try:
        told = json.loads((folder / TOLD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    is_own = told.get("run_id") == run_id
    return tuple(sorted(folder.glob("audit.*"))) if is_own else ()


def _languages(in_force: Path, issue: AuditIssue) -> Sequence[str]:
    """Those asked for, and those that stand there already."""
    standing = [file.name.split(".")[1] for file in sorted(in_force.glob(audit_name("*")))]
    return tuple(dict.fromkeys([*issue.languages, *standing]))


def _stands(
    folder: Path, revision: AuditRevision, history: Sequence[Issued], languages: Sequence[str]
) -> bool:
    """Whether this revision is in force already, in each of these languages."""
    if not history or (history[-1].folder, history[-1].number) != (folder, revision.number):
        return False
    names = (*(audit_name(language) for language in languages), TOLD, FIGURES)
    return all((folder / name).is_file() for name in names)


def _write(
    folder: Path,
    data: AuditData,
    revision: AuditRevision,
    languages: Sequence[str],
    draft: Draft,
    history: Sequence[Issued],
) -> None:
    with replaced_whole(folder) as beside:
        for name, pdf in _pdfs(data, revision, languages):
            (beside / name).write_bytes(pdf)
        (beside / TOLD).write_bytes(json_bytes(told_by(data, revision)))
        write_figures(beside / FIGURES, data)
        record(beside, draft)
        keep_earlier(history, revision.number, beside)


def _pdfs(
    data: AuditData, revision: AuditRevision, languages: Sequence[str]
) -> Iterator[tuple[str, bytes]]:
    with typesetter() as typeset:
        for language in languages:
            page = audit_page(data, revision, language)
            (pdf,) = typeset("audit.typ", page, data.run.as_of, "pdf")
            yield audit_name(language), pdf
