"""The audit report of a quarter in the life of a home: after a run, when asked for, made again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from shutil import copytree

from flows.home import locked
from flows.journal import place_of, read_events
from flows.publishing.audit_data import read_run
from flows.publishing.audit_quarter import Quarter, last_complete, quarter_asked
from flows.publishing.audit_questions import open_questions
from flows.publishing.audit_report import (
    SERVICE_FOLDER,
    AuditIssue,
    audit_folder,
    checked_quarter,
    quarter_to_report,
    write_audit,
    written_by,
)
from flows.publishing.audit_rows import Question
from flows.publishing.report_data import opened
from flows.recorded import record_reports
from flows.settings import Settings


def audited(settings: Settings, known_at: datetime | None) -> tuple[Path, ...]:
    """The report of the last complete quarter that a run wrote: its files.

    None where the report of an earlier run stands, or no quarter is complete yet.
    Raises OpKoersError when it cannot be typeset.
    """
    snapshot = settings.snapshot.resolve()
    quarter = quarter_to_report(snapshot)
    if quarter is None:
        return ()
    questions = questions_known(settings, snapshot)
    issue = AuditIssue(settings.reports, settings.report_languages, questions, known_at)
    written = write_audit(snapshot, quarter, issue)
    return written or written_by(_run_of(snapshot), settings.reports, quarter)


def audit_asked(
    settings: Settings, quarter: str | None, languages: Sequence[str]
) -> tuple[Path, tuple[Path, ...]]:
    """The folder of a quarter's report, and the files that were written of it.

    `quarter` as 2026-Q3, the last complete one when None; `languages` those of the home when
    empty. Raises OpKoersError for a quarter that is not over or not known, while a run is
    working, and when nothing is published.
    """
    typed = quarter_asked(quarter) if quarter else None
    with locked(settings.home):
        snapshot = settings.snapshot.resolve()
        asked = checked_quarter(snapshot, typed or _last(snapshot))
        questions = questions_known(settings, snapshot)
        chosen = tuple(languages) or settings.report_languages
        written = write_audit(snapshot, asked, AuditIssue(settings.reports, chosen, questions))
        record_reports(settings, _run_of(snapshot), written)
    return audit_folder(settings.reports, asked), written


def _last(snapshot: Path) -> Quarter:
    with opened(snapshot) as connection:
        as_of = read_run(connection).as_of
    return last_complete(as_of)


def _run_of(snapshot: Path) -> str:
    with opened(snapshot) as connection:
        return read_run(connection).run_id


def questions_known(settings: Settings, snapshot: Path) -> Sequence[Question]:
    """The questions about the data that were open when the run of the snapshot looked."""
    with opened(snapshot) as connection:
        run = read_run(connection)
    events = read_events(place_of(settings), up_to=run.journal_seq)
    return open_questions([e for e in events if e.at.replace(tzinfo=None) <= run.known_at])


def audited_again(
    settings: Settings, snapshot: Path, reports: Path, names: Iterable[str]
) -> tuple[Path, ...]:
    """The reports that a run recorded under these names, of its snapshot made again in `reports`.

    What was issued of those quarters lies beside, so that revisions get their numbers.
    """
    written: list[Path] = []
    with opened(snapshot) as connection:
        known_at = read_run(connection).known_at
    for quarter, languages in audits_named(names).items():
        standing = audit_folder(settings.reports, quarter)
        if standing.is_dir():
            copytree(standing, audit_folder(reports, quarter))
        questions = questions_known(settings, snapshot)
        issue = AuditIssue(reports, languages, questions, known_at)
        written += write_audit(snapshot, quarter, issue)
    return tuple(written)


def audits_named(names: Iterable[str]) -> Mapping[Quarter, Sequence[str]]:
    """The languages of each quarter's report among names such as 2026-Q3/service/audit.nl.pdf."""
    found: defaultdict[Quarter, list[str]] = defaultdict(list)
    for name in sorted(names):
        quarter, _, rest = name.partition("/")
        folder, _, file = rest.partition("/")
        if folder == SERVICE_FOLDER and file.startswith("audit.") and file.endswith(".pdf"):
            found[quarter_asked(quarter)].append(file.split(".")[1])
    return found
