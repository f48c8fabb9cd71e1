"""shown_loop_audit: what became of the alerts, as far as it may be read."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    has_columns,
    no_row,
    one_row_per,
    suite_of,
)
from expectations.loop_audit import COLUMNS as LOOP_AUDIT_COLUMNS

COLUMNS = LOOP_AUDIT_COLUMNS | {"answered_in_time": "BIGINT"}
KEY = ("unit_kind", "unit", "kind", "rule")


def suite() -> ExpectationSuite:
    return suite_of(
        "shown_loop_audit",
        has_columns("shown_loop_audit", COLUMNS, why="Nobody could see whether alerts are used."),
        one_row_per("shown_loop_audit", KEY, CRITICAL, why="Two answers to one question."),
        no_row(
            "no_small_count",
            """
            select 1
            from shown_loop_audit
            where alerts between 1 and 4 or seen between 1 and 4 or answered between 1 and 4
                or acted_on between 1 and 4 or alerts - seen between 1 and 4
                or alerts - answered between 1 and 4 or answered - acted_on between 1 and 4
            """,
            "conformance",
            CRITICAL,
            why="Whoever knows one of those few would read what became of the others.",
        ),
    )
