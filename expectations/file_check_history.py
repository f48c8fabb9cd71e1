"""file_check_history: what exports failed, run by run, by source and clinic."""

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
    "run_id": "VARCHAR",
    "as_of": "DATE",
    "known_at": "TIMESTAMP",
    "is_published": "BOOLEAN",
    "source": "VARCHAR",
    "clinic_id": "VARCHAR",
    "source_file": "VARCHAR",
    "expectation": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "checked": "BIGINT",
    "failed": "BIGINT",
    "failing_since": "DATE",
}
KEY = ("run_id", "source", "clinic_id", "source_file", "expectation", "instrument", "scale")


def suite() -> ExpectationSuite:
    return suite_of(
        "file_check_history",
        has_columns("file_check_history", COLUMNS, why="Nobody could say where a doubt came from."),
        never_null("source", WARNING, why="Nobody could say whom to ask."),
        never_null("failing_since", WARNING, why="Nobody could say since when."),
        no_row(
            "since_no_later_than_the_run",
            "select 1 from file_check_history where failing_since > as_of",
            "conformance",
            WARNING,
            why="A doubt would begin after it was found.",
        ),
        one_row_per(
            "file_check_history",
            KEY,
            WARNING,
            why="A doubt about one file would be told twice.",
        ),
    )
