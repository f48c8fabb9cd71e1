"""last_week_alert: what became of the alerts that were open a week ago."""

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
    "kind": "VARCHAR",
    "alerts": "BIGINT",
    "answered": "BIGINT",
    "acted_on": "BIGINT",
    "back_on_course": "BIGINT",
    "closed_by_answer": "BIGINT",
    "closed_otherwise": "BIGINT",
    "still_open": "BIGINT",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "last_week_alert",
        has_columns("last_week_alert", COLUMNS, why="The report could not be drawn."),
        never_null("clinic_id", CRITICAL, why="The figure would be in no clinic's report."),
        never_null("kind", CRITICAL, why="Nobody could say what was counted."),
        one_row_per(
            "last_week_alert", ("clinic_id", "kind"), CRITICAL, why="Two answers to one question."
        ),
        no_row(
            "every_alert_became_something",
            """
            select 1
            from last_week_alert
            where alerts < 1
                or closed_by_answer + back_on_course + closed_otherwise + still_open <> alerts
            """,
            "conformance",
            WARNING,
            why="An alert would be told of as open and as closed, or as neither.",
        ),
        no_row(
            "acted_on_was_answered",
            "select 1 from last_week_alert where acted_on > answered or answered > alerts",
            "conformance",
            WARNING,
            why="More would seem to be done about alerts than was.",
        ),
    )
