"""summary_figure: what a quality officer reads of a week, for the service and each clinic."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    WARNING,
    has_columns,
    in_set,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "unit": "VARCHAR",
    "clinic_id": "VARCHAR",
    "figure": "VARCHAR",
    "numerator": "BIGINT",
    "denominator": "BIGINT",
    "value": "DOUBLE",
    "lower": "DOUBLE",
    "upper": "DOUBLE",
    "is_shown": "BOOLEAN",
    "is_small": "BOOLEAN",
}
FIGURES = (
    "patients_in_treatment",
    "measured_this_week",
    "overdue",
    "answered_within_a_week",
    "measured_twice",
    "reliably_better",
    "reliably_worse",
)
KEY = ("unit", "clinic_id", "figure")


def suite() -> ExpectationSuite:
    return suite_of(
        "summary_figure",
        has_columns("summary_figure", COLUMNS, why="The report could not be drawn."),
        in_set("figure", FIGURES, WARNING, why="The report has no words for it."),
        never_null("is_shown", CRITICAL, why="Nobody could tell whether it may be shown."),
        never_null("is_small", CRITICAL, why="Nobody could tell whether it may be shown."),
        one_row_per("summary_figure", KEY, CRITICAL, why="Two answers to one question."),
        no_row(
            "numerator_within_denominator",
            "select 1 from summary_figure where numerator < 0 or numerator > denominator",
            "conformance",
            CRITICAL,
            why="A share above 100 % shows that part and whole were not counted alike.",
        ),
        no_row(
            "few_people_are_marked",
            """
            select 1
            from summary_figure
            where not is_small
                and (numerator in (1, 2, 3, 4) or denominator - numerator in (1, 2, 3, 4))
                and numerator <= coalesce(denominator, numerator)
            """,
            "conformance",
            CRITICAL,
            why="A figure about a few people tells who they are.",
        ),
        no_row(
            "small_clinics_stay_hidden",
            """
            select 1
            from summary_figure
            where unit = 'clinic' and is_shown and (
                select count(distinct therapist_id)
                from episode
                where episode.clinic_id = summary_figure.clinic_id
            ) < 5
            """,
            "conformance",
            CRITICAL,
            why="The figures of a clinic with few therapists are figures about each of them.",
        ),
    )
