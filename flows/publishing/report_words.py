"""Names that the report gives to figures, columns, settings and constants of the tables."""

from dashboards.drawing.translation import N_

ABSENT = "\N{EN DASH}"  # what stands in a cell without a value

GLANCE = {
    "critical_open": N_("Critical items"),
    "alerts_new": N_("New alerts"),
    "alerts_open": N_("Open alerts"),
    "overdue": N_("Overdue measurements"),
}

CARE_FIGURES = {
    "patients_in_treatment": N_("Patients in treatment"),
    "patients_measured_this_week": N_("Patients measured this week"),
    "assessments_this_week": N_("Questionnaires filled in this week"),
    "overdue": N_("Overdue measurements"),
}

ALERT_FIGURES = {
    "critical_open": N_("Open critical items"),
    "alerts_new": N_("New alerts"),
    "alerts_open": N_("Open alerts"),
    "alerts_per_100_assessments": N_(
        "Scored questionnaires with a red or amber signal, of every 100 (all weeks)"
    ),
    "low_alliance_this_week": N_("Low score on the alliance this week (information)"),
    "no_improvement_info_this_week": N_("No reliable improvement yet this week (information)"),
}

CLASSES = {
    "recovered": N_("Recovered"),
    "improved": N_("Improved"),
    "unchanged": N_("Unchanged"),
    "deteriorated": N_("Deteriorated"),
}

RULE_NAMES = {
    "reliable_deterioration": N_("Reliable deterioration"),
    "no_reliable_improvement": N_("No reliable improvement yet"),
    "off_course_amber": N_("Off course, amber or red"),
    "off_course_red": N_("Off course, red"),
    "high_predicted_risk": N_("High predicted risk"),
}

SETTING_VALUES = {
    "published": N_("the published values"),
    "local": N_("own intakes"),
    "sessions": N_("sessions"),
    "weeks": N_("weeks"),
}
"""Values of settings that are words."""

CATEGORIES = {
    "conformance": N_("conformance"),
    "completeness": N_("completeness"),
    "plausibility": N_("plausibility"),
}

SEVERITIES = {"critical": N_("critical"), "warning": N_("warning"), "info": N_("information")}

OUTCOMES = {"fail": N_("failed"), "error": N_("could not be carried out")}

FILE_NOTES = {
    "critical_items_not_watched": N_(
        "This file holds scores without the answers: critical items cannot be watched in it."
    ),
}

CODINGS = {
    "declared": N_("{short_name}: answers read as {coding}, as the source file says."),
    "seen": N_("{short_name}: answers read as {coding}, as the answers themselves show."),
    "assumed": N_(
        "{short_name}: answers read as {coding}; neither the source file nor any answer tells."
    ),
}
"""In which coding answers were read, by how that was known."""

CONSTANTS = {
    "cutoff": N_("Cut-off"),
    "reliable_change": N_("Reliable change, in points"),
    "low_alliance": N_("Limit of a low score on the alliance"),
    "missing": N_("Missing answers allowed"),
}
"""By how the constant's name in `instrument_constant` begins; others are not printed."""


SETTINGS = {
    "signals.deterioration_from_session": N_("Reliable deterioration: from session"),
    "signals.no_improvement_info_session": N_("No reliable improvement: information at session"),
    "signals.no_improvement_amber_session": N_("No reliable improvement: alert from session"),
    "signals.enough_dose_percent": N_("Share of the planned sessions that is enough to judge by"),
    "signals.drop_out_after_days": N_("Days without contact that count as provisional drop-out"),
    "signals.rupture_sd": N_("Drop in the alliance: information from so many SD"),
    "signals.rupture_strict_sd": N_("Drop in the alliance: alert beyond so many SD"),
    "course.amber_level": N_("Off course, amber: outside this one-sided share"),
    "course.red_level": N_("Off course, red: outside this one-sided share"),
    "alerts.frequent_percent": N_("Percentage of treatments from which a signal is too frequent"),
    "alerts.minimum_interval_days": N_("Least number of days between two alerts of one kind"),
    "alerts.on_track_assessments": N_("Measurements on course in a row that close an alert"),
    "alerts.stale_after_days": N_("Days without a measurement after which an alert closes"),
    "critical.unanswered_after_hours": N_(
        "Hours after which an unanswered critical item goes to the deputy"
    ),
    "critical.alerts_from": N_("Critical items measured before this day open no alert"),
    "change.values": N_("Where cut-offs and reliable change come from"),
    "change.minimum_intakes": N_("Own intakes needed for values of one's own"),
    "change.cutoff": N_("Kind of a computed cut-off"),
    "overdue.after_days": N_("Days without a measurement that count as overdue"),
    "episodes.gap_days": N_("Days without a measurement that end an episode"),
    "episodes.before_start_days": N_("Days before its start that belong to an episode"),
    "episodes.follow_up_days": N_("Days after its end in which a measurement is a follow-up"),
    "episodes.baseline_before_days": N_("Baseline: at most this many days before the start"),
    "episodes.baseline_after_days": N_("Baseline: else at most this many days after it"),
}

EVIDENCE = {
    "V": N_("seen in a public source (of papers usually the abstract)"),
    "VC": N_("read in the source code of the named public package"),
    "K": N_("general knowledge of the field, not checked against the primary source"),
    "D": N_("own choice of Op koers, without literature behind it"),
}

RULES = (
    (
        N_("Critical item"),
        N_(
            "An answer at or above the threshold of a question about risk. It does not wait"
            " for a score, a model or the rest of the list."
        ),
    ),
    (
        N_("Reliable deterioration"),
        N_(
            "The score is worse than at the start of the episode by the reliable-change value"
            " of the questionnaire (Jacobson & Truax, 1991): more than measurement error alone"
            " would easily give."
        ),
    ),
    (
        N_("Off course"),
        N_(
            "The score is worse than most patients of the service with the same start have by"
            " then: outside a band around the expected course (Finch, Lambert & Schaalje, 2001)."
        ),
    ),
    (
        N_("No reliable improvement yet"),
        N_(
            "No improvement by the reliable-change value so far. First only information, later"
            " an alert: late responders exist. In a study of 4,394 patients one class of"
            " patients with depression changed little until session 6 and then improved"
            " (PMC6428692)."
        ),
    ),
    (
        N_("Low score on the alliance"),
        N_(
            "The alliance questionnaire is below its limit: a reason to talk about it together,"
            " not an alert."
        ),
    ),
    (
        N_("Drop in the alliance"),
        N_(
            "The alliance fell by more than the patient and the clinic usually vary: information"
            " from one standard deviation on, an alert beyond two or where it persists (after"
            " Gumz et al., 2012). Restored: about as high as before within five measurements."
        ),
    ),
    (
        N_("Treatment review"),
        N_("The planned number of sessions has passed without reliable improvement."),
    ),
    (
        N_("Provisional drop-out"),
        N_(
            "Nobody was seen for as long as the setting says, nothing is planned and no end is"
            " recorded (own choice of Op koers). Whether it is drop-out only the therapist can say."
        ),
    ),
    (
        N_("Twice in the functional range"),
        N_(
            "From the clinical range to the functional one, twice in a row: a moment to discuss"
            " ending. Never told while a critical item is open or recent, treatment is short or"
            " the measurements lie far apart."
        ),
    ),
    (
        N_("Open and closed alerts"),
        N_(
            "An alert stays open until it is answered, the patient is back on course, the"
            " treatment ends, or the last measurement is too long ago."
        ),
    ),
    (
        N_("Recovered, improved, unchanged, deteriorated"),
        N_(
            "Recovered: from the clinical range at the start to the functional range, and"
            " reliably improved. Improved: reliably improved without that. Unchanged: no"
            " reliable change. Deteriorated: reliably worse (Jacobson & Truax, 1991)."
        ),
    ),
    (
        N_("Why feedback"),
        N_(
            "Feedback on progress to the therapist has a small, robust effect: d = 0.15"
            " [0.10, 0.20] over 58 studies; drop-out: odds ratio 1.19 [1.03, 1.38] in favour of"
            " feedback (De Jong et al., 2021)."
        ),
    ),
)

INTENDED_USE = (
    N_(
        "Op koers supports trained professionals. It does not decide, and it does not replace"
        " clinical judgement."
    ),
    N_(
        "It is not a crisis line, and nobody keeps watch over it day and night. In an emergency"
        " follow the protocol of your own service."
    ),
    N_(
        "Signals are rules applied to questionnaire scores. Only a high predicted risk is a"
        " prediction; it is told where the clinic named who answers for it. No signal does not"
        " mean that all is well."
    ),
    N_(
        "What you do: critical items first, today. Then the new alerts, before or in the next"
        " session and together with the patient. Then note in Op koers what you did; the alert"
        " is then answered."
    ),
    N_("Nothing in this report counts or compares therapists."),
)
