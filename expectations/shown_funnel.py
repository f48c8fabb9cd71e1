"""shown_funnel: clinics and teams beside each other, of those whose figures may be read."""

from great_expectations import ExpectationSuite

from expectations.funnel import COLUMNS as FUNNEL_COLUMNS
from expectations.funnel import KEY
from expectations.guard import (
    CRITICAL,
    has_columns,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = FUNNEL_COLUMNS | {"better": "VARCHAR"}


def suite() -> ExpectationSuite:
    return suite_of(
        "shown_funnel",
        has_columns("shown_funnel", COLUMNS, why="No funnel could be drawn."),
        one_row_per("shown_funnel", KEY, CRITICAL, why="Two answers to one question."),
        no_row(
            "no_small_count",
            """
            select 1
            from shown_funnel
            where numerator between 1 and 4 or denominator between 1 and 4
                or denominator - numerator between 1 and 4
            """,
            "conformance",
            CRITICAL,
            why="Whoever knows one of those few would read what became of the others.",
        ),
    )
