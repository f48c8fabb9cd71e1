"""The reports that a run left for one clinic or the service: which there are, and their files.

Only files whose names stand here are ever found; what was typed is compared with what is there
and never becomes a path by itself.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

# Name of a file to its type.
REPORT_FILES = {
    "report.nl.pdf": "application/pdf",
    "report.en.pdf": "application/pdf",
    "alerts.csv": "text/csv; charset=utf-8",
}
# Of a quarter's audit, which is of the service; as above.
AUDIT_FILES = {
    "audit.nl.pdf": "application/pdf",
    "audit.en.pdf": "application/pdf",
    "audit.csv": "text/csv; charset=utf-8",
    "audit.json": "application/json",
}
SERVICE_FOLDER = "service"
LONGEST_NAME = 100
_QUARTER = re.compile(r"[0-9]{4}-Q[1-4]")
_WEEK = re.compile(r"[0-9]{4}-W[0-9]{2}")


@dataclass(frozen=True)
class ReportWeek:
    """An ISO week, and the names of REPORT_FILES that stand there for the clinic."""

    week: str
    files: Sequence[str]


def report_weeks(reports: Path, clinic_id: str, *, at_most: int) -> list[ReportWeek]:
    """The newest weeks with a report of the clinic."""
    names = [each.name for each in reports.iterdir()] if reports.is_dir() else []
    weeks = sorted(filter(_WEEK.fullmatch, names), reverse=True)
    found = [ReportWeek(week, _files(reports / week, clinic_id)) for week in weeks[:at_most]]
    return [each for each in found if each.files]


def report_file(reports: Path, clinic_id: str, week: str, name: str) -> Path | None:
    """One file of the clinic's own report; None where there is no such one."""
    if not _WEEK.fullmatch(week) or name not in _files(reports / week, clinic_id):
        return None
    folder = _folder(reports / week, clinic_id)
    return None if folder is None else folder / name


@dataclass(frozen=True)
class AuditedQuarter:
    """A quarter as 2026-Q3, and the names of AUDIT_FILES that stand there."""

    quarter: str
    files: Sequence[str]


def audited_quarters(reports: Path, *, at_most: int) -> list[AuditedQuarter]:
    """The newest quarters that have an audit report."""
    names = [each.name for each in reports.iterdir()] if reports.is_dir() else []
    quarters = sorted(filter(_QUARTER.fullmatch, names), reverse=True)
    found = [AuditedQuarter(name, _audit_files(reports, name)) for name in quarters[:at_most]]
    return [each for each in found if each.files]


def audit_file(reports: Path, quarter: str, name: str) -> Path | None:
    """One file of a quarter's audit report; None where there is no such one."""
    if not _QUARTER.fullmatch(quarter) or name not in _audit_files(reports, quarter):
        return None
    return reports / quarter / SERVICE_FOLDER / name


def _audit_files(reports: Path, quarter: str) -> list[str]:
    folder = reports / quarter / SERVICE_FOLDER
    return [name for name in AUDIT_FILES if (folder / name).is_file()]


def _files(week: Path, clinic_id: str) -> list[str]:
    folder = _folder(week, clinic_id)
    return [] if folder is None else [name for name in REPORT_FILES if (folder / name).is_file()]


def _folder(week: Path, clinic_id: str) -> Path | None:
    """By the names that `flows/publishing/folders.py` gives: the plain one, or with a digest.

    Looked up among the names that are there, since some systems find `Noord` as `noord` too.
    """
    if not week.is_dir():
        return None
    plain = _plain(clinic_id)
    digest = hashlib.sha256(clinic_id.encode()).hexdigest()[:12]
    there = {each.name for each in week.iterdir() if each.is_dir() and not each.is_symlink()}
    named = next((n for n in (plain, f"{plain[:LONGEST_NAME]}~{digest}") if n in there), None)
    return None if named is None else week / named


def _plain(clinic_id: str) -> str:
    name = quote(clinic_id, safe="").replace("~", "%7E")
    return (name.replace(".", "%2E", 1) if name.startswith(".") else name) or "~"
