"""A therapist's own report: the own caseload only, for those who do not open the pages."""

from collections.abc import Mapping
from dataclasses import replace

from flows.publishing.frame import frame
from flows.publishing.report_alerts import (
    by_patient,
    critical,
    full_columns,
    full_row,
    legend,
    of_patients,
    steps,
)
from flows.publishing.report_background import intended_use
from flows.publishing.report_page import document
from flows.publishing.report_parts import Page
from flows.publishing.report_rows import Clinic, ReportData
from flows.publishing.report_week import overdue, told_information


def own_caseload(clinic: Clinic, therapist_id: str) -> Clinic:
    """The clinic with the rows of this therapist's patients only."""
    return replace(
        clinic,
        alerts=[a for a in clinic.alerts if a.therapist_id == therapist_id],
        information=[i for i in clinic.information if i.therapist_id == therapist_id],
        overdue=[o for o in clinic.overdue if o.therapist_id == therapist_id],
    )


def therapist_page(
    data: ReportData, clinic: Clinic, therapist_id: str, language: str
) -> Mapping[str, object]:
    """The whole report; keys as therapist_report.typ names them."""
    page = Page(data, own_caseload(clinic, therapist_id), language)
    _ = page.say
    alerts = by_patient(of_patients(page, "new", "open"))
    return {
        **frame(document(page, _("Weekly report of your own patients")), language),
        "therapist": therapist_id,
        "notice": _("Simulated data: these patients do not exist.") if data.run.simulated else None,
        "private": _("For you alone: nobody is compared here, and nothing is counted for others."),
        "critical": critical(page),
        "alerts": {
            "title": _("Alerts"),
            "columns": full_columns(page),
            "also": _("Also:"),
            "rows": [{**full_row(a, page, has_every_reason=True), "therapist": ""} for a in alerts],
            "empty": _("No alerts of your patients are open."),
        },
        "legend": legend(page),
        "steps": steps(page),
        "information": told_information(page),
        "overdue": overdue(page),
        "intended_use": intended_use(language),
    }
