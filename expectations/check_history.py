"""check_history: what every expectation said in the runs before this one."""

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

COLUMNS = {
    "run_id": "VARCHAR",
    "as_of": "DATE",
    "known_at": "TIMESTAMP",
    "is_published": "BOOLEAN",
    "table": "VARCHAR",
    "expectation": "VARCHAR",
    "category": "VARCHAR",
    "severity": "VARCHAR",
    "outcome": "VARCHAR",
    "checked": "BIGINT",
    "failed": "BIGINT",
    "failing_since": "DATE",
}
OUTCOMES = ("pass", "fail", "error", "not applicable")


def suite() -> ExpectationSuite:
    return suite_of(
        "check_history",
        has_columns("check_history", COLUMNS, why="Nobody could say since when a check fails."),
        never_null("run_id", WARNING, why="Nobody could say which run it was."),
        in_set("outcome", OUTCOMES, WARNING, why="The page has no words for it."),
        one_row_per(
            "check_history",
            ("run_id", '"table"', "expectation"),
            WARNING,
            why="A check would be told of twice.",
        ),
        no_row(
            "only_runs_that_knew_less",
            """
            select 1
            from check_history
            cross join run
            where check_history.known_at >= run.known_at
            """,
            "conformance",
            WARNING,
            why="A past that is made again would know what came later.",
        ),
        no_row(
            "since_when_it_fails_and_only_then",
            """
            select 1
            from check_history
            where outcome in ('pass', 'fail', 'error', 'not applicable')
                and (outcome in ('fail', 'error')) <> (failing_since is not null)
            """,
            "conformance",
            WARNING,
            why="What is mended would go on being told, or what fails would look new.",
        ),
    )
