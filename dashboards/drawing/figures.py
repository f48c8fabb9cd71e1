"""Names of the counts that the table `clinic_figure` holds, as report and pages say them."""

from dashboards.drawing.translation import N_, translation

FIGURES = {
    "critical_open": N_("Open critical items"),
    "alerts_new": N_("New alerts"),
    "alerts_open": N_("Open alerts"),
    "overdue": N_("Overdue measurements"),
    "patients_in_treatment": N_("Patients in treatment"),
    "patients_measured_this_week": N_("Patients measured this week"),
    "assessments_this_week": N_("Questionnaires filled in this week"),
    "change_recovered": N_("Recovered"),
    "change_improved": N_("Improved"),
    "change_unchanged": N_("Unchanged"),
    "change_deteriorated": N_("Deteriorated"),
}


def figure_name(figure: str, language: str) -> str:
    """What a count is called; a key that this version does not know gives its plain words."""
    if figure not in FIGURES:
        return figure.replace("_", " ")
    return translation(language).gettext(FIGURES[figure])
