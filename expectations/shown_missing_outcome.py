"""shown_missing_outcome: a rate beside what it could be, as far as it may be read."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    has_columns,
    no_row,
    one_row_per,
    suite_of,
)
from expectations.missing_outcome import COLUMNS as MISSING_OUTCOME_COLUMNS

COLUMNS = {name: kind for name, kind in MISSING_OUTCOME_COLUMNS.items() if name != "imputed"} | {
    "better": "VARCHAR",
    "is_withheld": "BOOLEAN",
}
KEY = ("unit_kind", "unit", "quarter", "indicator")


def suite() -> ExpectationSuite:
    return suite_of(
        "shown_missing_outcome",
        has_columns("shown_missing_outcome", COLUMNS, why="A rate would be read without its gaps."),
        one_row_per("shown_missing_outcome", KEY, CRITICAL, why="Two answers to one question."),
        no_row(
            "no_small_count",
            """
            select 1
            from shown_missing_outcome
            where episodes between 1 and 4 or paired between 1 and 4 or missing between 1 and 4
                or not_imputed between 1 and 4
            """,
            "conformance",
            CRITICAL,
            why="Whoever knows one of those few would read what became of the others.",
        ),
        no_row(
            "nothing_of_what_is_withheld",
            """
            select 1
            from shown_missing_outcome
            where is_withheld and (
                paired_value is not null or lowest_value is not null or missing is not null
            )
            """,
            "conformance",
            CRITICAL,
            why="A share gives away the count that was left out.",
        ),
    )
