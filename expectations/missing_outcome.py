"""missing_outcome: a rate beside what it could be with those whom nobody measured."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    WARNING,
    at_least,
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
    "team_id": "VARCHAR",
    "quarter": "DATE",
    "indicator": "VARCHAR",
    "episodes": "BIGINT",
    "paired": "BIGINT",
    "missing": "BIGINT",
    "imputed": "BIGINT",
    "not_imputed": "BIGINT",
    "paired_value": "DOUBLE",
    "last_value": "DOUBLE",
    "lowest_value": "DOUBLE",
    "highest_value": "DOUBLE",
    "imputed_value": "DOUBLE",
    "imputed_lower": "DOUBLE",
    "imputed_upper": "DOUBLE",
}
OUTCOMES = ("reliable_improvement", "deterioration", "recovery", "reliable_recovery")


def suite() -> ExpectationSuite:
    return suite_of(
        "missing_outcome",
        has_columns("missing_outcome", COLUMNS, why="A rate would be read without its gaps."),
        never_null("unit", CRITICAL, why="Nobody could say which team or clinic it is about."),
        never_null("missing", WARNING, why="Nobody could say how many are not in the rate."),
        in_set("indicator", OUTCOMES, WARNING, why="The page has no words for it."),
        at_least("missing", 0, CRITICAL, why="A negative count is a broken query."),
        at_least("not_imputed", 0, CRITICAL, why="A negative count is a broken query."),
        one_row_per(
            "missing_outcome",
            ("unit_kind", "unit", "quarter", "indicator"),
            CRITICAL,
            why="Two answers to one question.",
        ),
        no_row(
            "bounds_hold_the_others",
            """
            select 1
            from missing_outcome
            where lowest_value > highest_value
                or (not_imputed = 0 and imputed_value < lowest_value - 1e-9)
                or (not_imputed = 0 and imputed_value > highest_value + 1e-9)
            """,
            "conformance",
            WARNING,
            why="What could be at worst would be better than what is said to be likely.",
        ),
        no_row(
            "missing_is_imputed_or_not",
            """
            select 1 from missing_outcome
            where missing >= 0 and not_imputed >= 0 and imputed + not_imputed <> missing
            """,
            "conformance",
            WARNING,
            why="Some whose outcome is not known would be told of nowhere.",
        ),
    )
