"""therapist_run: of which run the file about therapists is."""

from great_expectations import ExpectationSuite

from expectations.guard import CRITICAL, has_columns, never_null, one_row_per, suite_of

COLUMNS = {
    "run_id": "VARCHAR",
    "as_of": "DATE",
    "known_at": "TIMESTAMP",
    "contract_version": "INTEGER",
    "simulated": "BOOLEAN",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "therapist_run",
        has_columns("therapist_run", COLUMNS, why="A therapist's own page could not be drawn."),
        never_null("simulated", CRITICAL, why="Invented results could be taken for real."),
        one_row_per(
            "therapist_run", ("run_id",), CRITICAL, why="A therapist's own page could not be drawn."
        ),
    )
