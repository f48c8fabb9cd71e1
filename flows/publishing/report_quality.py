"""Data quality in a report: files and their counts, what to mend in them, checks."""

from collections.abc import Mapping

from dashboards.drawing.findings import finding_fix, finding_sentence
from dashboards.drawing.formats import day, number
from dashboards.drawing.sentences import name_of
from dashboards.drawing.translation import said, translation
from flows.publishing.report_rows import Check, Clinic, FileFinding, FileQuality, ReportData
from flows.publishing.report_words import (
    ABSENT,
    CATEGORIES,
    CODINGS,
    FILE_NOTES,
    OUTCOMES,
    SEVERITIES,
)

RECENT_DAYS = ("quality", "recent_days")


def quality(data: ReportData, clinic: Clinic, language: str) -> Mapping[str, object]:
    """Files with their counts, what to mend in them, and checks on the whole data set."""
    _ = translation(language).gettext
    return {
        "title": _("Data quality"),
        "intro": _(
            "Rows in = taken in + duplicate + rejected. Rejected: an error for the sender to"
            " mend, a conflict between two values for one moment, or left out by rule."
        ),
        "columns": [
            _("File"),
            _("Received"),
            _("Rows in"),
            _("Taken in"),
            _("Duplicate"),
            _("Rejected"),
            _("error"),
            _("conflict"),
            _("by rule"),
            _("Cells rejected"),
        ],
        "of_which": _("of which"),
        "files": [_file_row(file, language) for file in clinic.files],
        "no_files": _("No files were received from this clinic."),
        "findings": _findings(data, clinic, language),
        "checks_title": _("Checks on the whole data set"),
        "checks": [_check_row(check, language) for check in data.checks],
        "checks_fine": _("All checks passed."),
        "check_columns": [_("Check"), _("Kind"), _("Outcome"), _("Rows"), _("Why it matters")],
    }


def _findings(data: ReportData, clinic: Clinic, language: str) -> Mapping[str, object]:
    """What stands out in the clinic's recent files; the sender can mend it, nobody else."""
    _ = translation(language).gettext
    days = next((s.value for s in data.settings if (s.section, s.name) == RECENT_DAYS), "")
    return {
        "title": _("To mend at the source"),
        "intro": _(
            "Files that came in during the last {days} days, each beside those of the same source"
            " before it. Of large files a part of the patients is looked at."
        ).format(days=days),
        "columns": [_("File"), _("What stands out"), _("What to do")],
        "rows": [_finding_row(finding, language) for finding in clinic.findings],
        "empty": _("Nothing stands out in the files of the last {days} days.").format(days=days),
    }


def _finding_row(finding: FileFinding, language: str) -> Mapping[str, object]:
    told = {
        "checked": finding.checked,
        "failed": finding.failed,
        "value": finding.value,
        "lower": finding.lower,
        "upper": finding.upper,
        "scale": _scale_name(finding),
    }
    return {
        "file": finding.source_file,
        "received": day(finding.landed_at, language),
        "what": finding_sentence(finding.expectation, told, language),
        "fix": finding_fix(finding.expectation, language),
    }


def _scale_name(finding: FileFinding) -> str | None:
    if finding.scale in (None, "total"):
        return finding.short_name
    return f"{finding.short_name} {finding.scale}"


def _file_row(file: FileQuality, language: str) -> Mapping[str, object]:
    counts = (
        file.rows_in,
        file.landed,
        file.duplicate,
        file.rejected,
        file.rejected_error,
        file.rejected_conflict,
        file.rejected_by_rule,
        file.cells_rejected,
    )
    _ = translation(language).gettext
    notes = [_("Held back.")] if file.held_back else []
    if file.note:
        notes.append(name_of(file.note, FILE_NOTES, language))
    notes += [name_of(c["how"], CODINGS, language).format_map(c) for c in file.codings]
    if file.rejected_conflict:
        notes.append(said(file.conflict_rule, language) + ".")
    return {
        "file": file.source_file,
        "received": day(file.landed_at, language) if file.landed_at else ABSENT,
        "counts": [number(count, language) for count in counts],
        "held_back": file.held_back,
        "note": " ".join(notes) or None,
    }


def _check_row(check: Check, language: str) -> Mapping[str, object]:
    _ = translation(language).gettext
    rows = ABSENT
    if check.failed is not None and check.checked is not None:
        rows = _("{part} of {whole}").format(
            part=number(check.failed, language), whole=number(check.checked, language)
        )
    category = name_of(check.category, CATEGORIES, language)
    severity = name_of(check.severity, SEVERITIES, language)
    return {
        "table": check.table,
        "expectation": check.expectation,
        "kind": f"{category}, {severity}",
        "outcome": name_of(check.outcome, OUTCOMES, language),
        "rows": rows,
        "why": said(check.why, language),
    }
