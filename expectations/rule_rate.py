"""rule_rate: how often each rule fired on closed episodes."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    WARNING,
    has_columns,
    in_set,
    never_null,
    no_row,
    one_row_per,
    suite_of,
)
from expectations.signal_accuracy import RULES

COLUMNS = {
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "rule": "VARCHAR",
    "assessments": "INTEGER",
    "fired": "INTEGER",
    "per_100_assessments": "DOUBLE",
    "episodes": "INTEGER",
    "episodes_ever": "INTEGER",
    "share_of_episodes": "DOUBLE",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "rule_rate",
        has_columns("rule_rate", COLUMNS, why="Nobody could say how many alerts a rule gives."),
        never_null("rule", WARNING, why="Nobody could say which rule this is about."),
        in_set("rule", RULES, WARNING, why="The page has no words for it."),
        one_row_per(
            "rule_rate",
            ("instrument", "scale", "rule"),
            WARNING,
            why="One figure would be told twice.",
        ),
        no_row(
            "rates_follow_from_their_counts",
            """
            select 1
            from rule_rate
            where fired > assessments
                or episodes_ever > episodes
                or abs(per_100_assessments - 100.0 * fired / assessments) > 1e-6
                or abs(share_of_episodes - episodes_ever / episodes) > 1e-6
            """,
            "conformance",
            WARNING,
            why="A clinic would expect more or fewer alerts than it gets.",
        ),
    )
