"""The reports that can be delivered: each clinic's of each week, with the counts a mail tells.

Counts are those of report.json, so that a mail says what its report says. Where checks stopped
the report, the page of critical items alone is one too, with the note that lies beside it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flows.publishing.critical_note import NAME, read_note
from flows.settings import Settings

COUNTS = ("critical", "new", "open", "red", "amber", "overdue")


@dataclass(frozen=True)
class Report:
    """A clinic's report of an ISO week; `counts` goes from each of COUNTS to a number."""

    clinic_id: str
    week: str
    revision: int
    folder: Path
    counts: Mapping[str, int]


@dataclass(frozen=True)
class CriticalReport:
    """The critical items alone, as checks left them for a clinic; `counts` as in CriticalNote.

    `name` is that of the report in the memory of deliveries: the same as long as the same
    answers are listed.
    """

    clinic_id: str
    week: str
    as_of: date
    name: str
    folder: Path
    counts: Mapping[str, int]


def reports_of(settings: Settings) -> tuple[Report, ...]:
    """All reports in force in the home, newest week first."""
    found = [_read(file) for file in settings.reports.glob("[0-9]*-W[0-9][0-9]/*/report.json")]
    return tuple(sorted(found, key=lambda each: (each.week, each.clinic_id), reverse=True))


def _read(file: Path) -> Report:
    told = json.loads(file.read_text(encoding="utf-8"))
    return Report(
        clinic_id=told["clinic_id"],
        week=file.parts[-3],
        revision=int(told["revision"]),
        folder=file.parent,
        counts={name: int(told["counts"][name]) for name in COUNTS},
    )


def critical_reports_of(settings: Settings) -> tuple[CriticalReport, ...]:
    """Those written after the last time that something was published; later they are over."""
    found = settings.reports.glob(f"[0-9]*-W[0-9][0-9]/*/{NAME}")
    published = settings.snapshot.lstat().st_mtime_ns if settings.snapshot.exists() else 0
    return tuple(
        _read_critical(file) for file in sorted(found) if file.stat().st_mtime_ns >= published
    )


def _read_critical(file: Path) -> CriticalReport:
    note = read_note(file)
    return CriticalReport(
        clinic_id=note.clinic_id,
        week=file.parts[-3],
        as_of=note.as_of,
        name=f"critical {note.lists}",
        folder=file.parent,
        counts=note.counts,
    )


def as_markdown(reports: Sequence[Report]) -> str:
    """A table of the newest week: where each report lies in the home, and its counts."""
    newest = [report for report in reports if report.week == reports[0].week]
    lines = [f"| report | {' | '.join(COUNTS)} |", "|---" * (len(COUNTS) + 1) + "|"]
    for report in sorted(newest, key=lambda each: each.clinic_id):
        place = "/".join(report.folder.parts[-3:])
        counts = " | ".join(str(report.counts[name]) for name in COUNTS)
        lines.append(f"| `{place}` | {counts} |")
    return "\n".join(lines)
