"""group_figure: who is in a therapy group, who was measured, who comes."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    WARNING,
    has_columns,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "clinic_id": "VARCHAR",
    "group_id": "VARCHAR",
    "name": "VARCHAR",
    "members": "BIGINT",
    "measured_this_week": "BIGINT",
    "attended": "BIGINT",
    "appointments": "BIGINT",
    "alliance_instrument": "VARCHAR",
    "alliance_mean": "DOUBLE",
}
KEY = ("clinic_id", "group_id")


def suite() -> ExpectationSuite:
    return suite_of(
        "group_figure",
        has_columns("group_figure", COLUMNS, why="The report could not be drawn."),
        never_null("clinic_id", CRITICAL, why="The figure would be in no clinic's report."),
        never_null("group_id", CRITICAL, why="Nobody could say which group was counted."),
        one_row_per("group_figure", KEY, CRITICAL, why="Two answers to one question."),
        no_row(
            "attended_within_appointments",
            "select 1 from group_figure where members < 1 or attended > appointments",
            "conformance",
            WARNING,
            why="A share above 100 % shows that part and whole were not counted alike.",
        ),
        no_row(
            "mean_of_five_or_more",
            """
            select 1
            from group_figure
            where alliance_mean is not null and measured_this_week < 5
            """,
            "conformance",
            CRITICAL,
            why="The mean of a small group tells what one of its members answered.",
        ),
    )
