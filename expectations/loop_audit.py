"""loop_audit: what became of the alerts, by kind and rule."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    WARNING,
    has_columns,
    in_set,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "unit_kind": "VARCHAR",
    "unit": "VARCHAR",
    "clinic_id": "VARCHAR",
    "kind": "VARCHAR",
    "rule": "VARCHAR",
    "alerts": "BIGINT",
    "seen": "BIGINT",
    "answered": "BIGINT",
    "acted_on": "BIGINT",
    "hours_to_seen": "DOUBLE",
    "hours_to_answer": "DOUBLE",
    "answered_known": "BIGINT",
    "answered_back": "BIGINT",
    "comparable_known": "BIGINT",
    "expected_back": "DOUBLE",
    "caution": "VARCHAR",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "loop_audit",
        has_columns("loop_audit", COLUMNS, why="Nobody could see whether alerts are used."),
        never_null("kind", WARNING, why="Nobody could say which alerts it is about."),
        never_null("caution", CRITICAL, why="The comparison would be read as proof of effect."),
        in_set("unit_kind", ("service", "clinic"), CRITICAL, why="Never of a therapist."),
        one_row_per(
            "loop_audit",
            ("unit_kind", "unit", "kind", "rule"),
            WARNING,
            why="Alerts would be counted twice.",
        ),
        no_row(
            "parts_of_the_alerts",
            """
            select 1
            from loop_audit
            where seen > alerts or answered > alerts or acted_on > answered
                or answered_back > answered_known
            """,
            "conformance",
            CRITICAL,
            why="A share above 100 % shows that part and whole were not counted alike.",
        ),
    )
