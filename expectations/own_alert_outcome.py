"""own_alert_outcome: what came of a therapist's own alerts."""

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
    "therapist_id": "VARCHAR",
    "kind": "VARCHAR",
    "action": "VARCHAR",
    "alerts": "INTEGER",
    "answered": "INTEGER",
    "with_outcome": "INTEGER",
    "back_on_course": "INTEGER",
}
GRAIN = ("clinic_id", "therapist_id", "kind", "action")


def suite() -> ExpectationSuite:
    return suite_of(
        "own_alert_outcome",
        has_columns("own_alert_outcome", COLUMNS, why="A therapist's own page could not be drawn."),
        never_null("therapist_id", CRITICAL, why="Nobody could say whose result this is."),
        one_row_per("own_alert_outcome", GRAIN, WARNING, why="One figure would be told twice."),
        no_row(
            "parts_are_within_the_whole",
            """
            select 1
            from own_alert_outcome
            where
                answered > alerts
                or with_outcome > alerts
                or back_on_course > with_outcome
                or answered > 0 and action = 'not_answered'
            """,
            "conformance",
            WARNING,
            why="What came of alerts would be told wrongly.",
        ),
    )
