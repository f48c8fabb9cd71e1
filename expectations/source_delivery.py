"""source_delivery: when each source last delivered, and whether it stopped."""

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
    "source": "VARCHAR",
    "clinic_id": "VARCHAR",
    "deliveries": "BIGINT",
    "first_on": "DATE",
    "last_on": "DATE",
    "usual_days": "DOUBLE",
    "days_since": "BIGINT",
    "has_stopped": "BOOLEAN",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "source_delivery",
        has_columns(
            "source_delivery", COLUMNS, why="A source that stopped would look like a quiet clinic."
        ),
        never_null("source", WARNING, why="Nobody could say whom to ask."),
        never_null("last_on", WARNING, why="Nobody could say since when."),
        one_row_per(
            "source_delivery", ("source", "clinic_id"), WARNING, why="A source would count twice."
        ),
        no_row(
            "last_not_before_first",
            "select 1 from source_delivery where last_on < first_on",
            "conformance",
            WARNING,
            why="The time between deliveries would be wrong.",
        ),
        no_row(
            "no_source_has_stopped",
            "select 1 from source_delivery where has_stopped",
            "plausibility",
            WARNING,
            why="A clinic whose source stopped looks like one in which nothing happens.",
        ),
    )
