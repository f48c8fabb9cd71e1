"""indicator_absence: which figures a unit has none of, and what is missing for them."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    WARNING,
    has_columns,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "unit_kind": "VARCHAR",
    "unit": "VARCHAR",
    "clinic_id": "VARCHAR",
    "team_id": "VARCHAR",
    "indicator": "VARCHAR",
    "reason": "VARCHAR",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "indicator_absence",
        has_columns(
            "indicator_absence", COLUMNS, why="The page could not say what the data cannot."
        ),
        never_null("unit", WARNING, why="Nobody could say which team or clinic it is about."),
        never_null("indicator", WARNING, why="Nobody could say which figure is not there."),
        never_null("reason", WARNING, why="Nobody could say what to export."),
        one_row_per(
            "indicator_absence",
            ("unit_kind", "unit", "indicator"),
            WARNING,
            why="Two reasons for one gap.",
        ),
        no_row(
            "nothing_is_absent_and_there",
            """
            select 1
            from indicator_absence
            semi join indicator using (unit_kind, unit, indicator)
            """,
            "conformance",
            WARNING,
            why="The page would show a figure and say that there is none.",
        ),
    )
