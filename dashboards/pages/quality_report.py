"""The audit reports of past quarters, as files for the quality officer."""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.http import FileResponse, Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.access import ViewerRequest
from dashboards.report_files import AUDIT_FILES, audit_file, audited_quarters

QUARTERS_SHOWN = 8
FILES_IN_WORDS: Mapping[str, str | Promise] = {
    "audit.nl.pdf": _("report in Dutch (PDF)"),
    "audit.en.pdf": _("report in English (PDF)"),
    "audit.csv": _("figures as a table (CSV)"),
    "audit.json": _("everything as data (JSON)"),
}


def audit_reports() -> Sequence[tuple[str, Sequence[tuple[str, str | Promise]]]]:
    """Quarter, and the files of it with their names in words; the newest first."""
    quarters = audited_quarters(settings.OPKOERS.reports, at_most=QUARTERS_SHOWN)
    return [
        (each.quarter, [(name, FILES_IN_WORDS[name]) for name in each.files]) for each in quarters
    ]


def audit_report_file(request: ViewerRequest, quarter: str, name: str) -> FileResponse:
    """One file of a quarter's audit report. Raises Http404."""
    file = audit_file(settings.OPKOERS.reports, quarter, name)
    if file is None:
        raise Http404
    return FileResponse(
        file.open("rb"),
        as_attachment=True,
        filename=f"{quarter}.{name}",
        content_type=AUDIT_FILES[name],
    )
