"""shown_indicator: what of the indicators a quality officer may read."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    WARNING,
    has_columns,
    no_row,
    one_row_per,
    suite_of,
)
from expectations.indicator import COLUMNS as INDICATOR_COLUMNS
from expectations.indicator import KEY

COLUMNS = INDICATOR_COLUMNS | {"is_withheld": "BOOLEAN"}


def suite() -> ExpectationSuite:
    return suite_of(
        "shown_indicator",
        has_columns("shown_indicator", COLUMNS, why="The quality page could not be drawn."),
        one_row_per("shown_indicator", KEY, CRITICAL, why="Two answers to one question."),
        no_row(
            "no_small_count",
            """
            select 1
            from shown_indicator
            where numerator between 1 and 4 and numerator = floor(numerator)
                or denominator between 1 and 4
            """,
            "conformance",
            CRITICAL,
            why="Whoever knows one of those few would read what became of the others.",
        ),
        no_row(
            "no_small_rest",
            """
            select 1
            from shown_indicator
            where chart in ('pp', 'none') and denominator - numerator between 1 and 4
            """,
            "conformance",
            CRITICAL,
            why="That all but three got better says as much of the three.",
        ),
        no_row(
            "no_value_without_its_counts",
            """
            select 1
            from shown_indicator
            where chart in ('pp', 'none') and value is not null and numerator is null
            """,
            "conformance",
            CRITICAL,
            why="A share gives away the count that was left out.",
        ),
        no_row(
            "only_what_cannot_change",
            """
            select 1
            from shown_indicator
            where not is_complete and (value is not null or denominator is not null)
            """,
            "conformance",
            WARNING,
            why="Two weekly looks at one month give away who came in between.",
        ),
    )
