"""clinic_figure: the counts that a clinic's report prints."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    INFO,
    WARNING,
    at_least,
    has_columns,
    in_set,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "clinic_id": "VARCHAR",
    "figure": "VARCHAR",
    "numerator": "BIGINT",
    "denominator": "BIGINT",
}
FIGURES = (
    "patients_in_treatment",
    "assessments_this_week",
    "patients_measured_this_week",
    "alerts_new",
    "alerts_open",
    "critical_open",
    "overdue",
    "low_alliance_this_week",
    "no_improvement_info_this_week",
    "change_recovered",
    "change_improved",
    "change_unchanged",
    "change_deteriorated",
    "alerts_per_100_assessments",
)


def suite() -> ExpectationSuite:
    return suite_of(
        "clinic_figure",
        has_columns("clinic_figure", COLUMNS, why="The report could not be drawn."),
        never_null("clinic_id", CRITICAL, why="The figure would be in no clinic's report."),
        never_null("figure", CRITICAL, why="Nobody could say what was counted."),
        never_null("numerator", CRITICAL, why="The report would print an empty figure."),
        in_set("figure", FIGURES, WARNING, why="The report has no words for it."),
        one_row_per(
            "clinic_figure", ("clinic_id", "figure"), CRITICAL, why="Two answers to one question."
        ),
        at_least("numerator", 0, CRITICAL, why="A negative count is a broken query."),
        at_least("denominator", 0, CRITICAL, why="A negative count is a broken query."),
        no_row(
            "numerator_within_denominator",
            # A ratio of alerts to assessments may pass 1; the others are parts of a whole.
            """
            select 1
            from clinic_figure
            where denominator >= 0
                and numerator > denominator
                and figure <> 'alerts_per_100_assessments'
            """,
            "conformance",
            CRITICAL,
            why="A share above 100 % shows that part and whole were not counted alike.",
        ),
        no_row(
            "change_classes_add_up",
            """
            select 1
            from clinic_figure
            where figure like 'change\\_%' escape '\\' and numerator >= 0 and denominator >= 0
            group by clinic_id
            having count(distinct figure) = 4
                and (
                    sum(numerator) <> max(denominator)
                    or min(denominator) <> max(denominator)
                )
                and bool_and(numerator <= denominator)
            """,
            "conformance",
            CRITICAL,
            why="Patients would be missing from the outcome figures, or in them twice.",
        ),
        no_row(
            "overdue_counts_its_list",
            """
            select 1
            from clinic_figure as figure
            where figure.figure = 'overdue'
                and figure.numerator >= 0
                and figure.numerator <> (
                    select count(*) from overdue where overdue.clinic_id = figure.clinic_id
                )
            """,
            "conformance",
            CRITICAL,
            why="A figure that the list below it contradicts is believed no more.",
        ),
        no_row(
            "critical_open_counts_its_alerts",
            """
            select 1
            from clinic_figure as figure
            where figure.figure = 'critical_open'
                and figure.numerator >= 0
                and figure.numerator <> (
                    select count(*)
                    from alert
                    where alert.clinic_id = figure.clinic_id
                        and alert.kind = 'critical_item'
                        and alert.closed_at is null
                        and not alert.withdrawn
                )
            """,
            "conformance",
            CRITICAL,
            why="A clinic that reads 0 will not look for the critical answers below.",
        ),
        no_row(
            "patients_measured_within_assessments",
            """
            select 1
            from clinic_figure as patients
            inner join clinic_figure as assessments
                on patients.clinic_id = assessments.clinic_id
                and patients.figure = 'patients_measured_this_week'
                and assessments.figure = 'assessments_this_week'
            where patients.numerator > assessments.numerator and assessments.numerator >= 0
            """,
            "plausibility",
            WARNING,
            why="More patients than forms means that the two count different weeks.",
        ),
        no_row(
            "same_figures_for_every_clinic",
            """
            select clinic.clinic_id
            from (
                select distinct clinic_id from clinic_figure where clinic_id is not null
            ) as clinic
            cross join (
                select distinct figure from clinic_figure where figure is not null
            ) as figure
            anti join clinic_figure as printed
                on clinic.clinic_id = printed.clinic_id and figure.figure = printed.figure
            """,
            "completeness",
            INFO,
            why="A figure that one clinic lacks reads as nothing to report.",
        ),
    )
