"""case_mix: which covariates therapists' results allow for, and how many episodes lacked them."""

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
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "period": "VARCHAR",
    "covariate": "VARCHAR",
    "used": "BOOLEAN",
    "episodes": "INTEGER",
    "missing": "INTEGER",
    "why": "VARCHAR",
}
GRAIN = ("instrument", "scale", "period", "covariate")
WHY = ("used", "missing_too_often", "not_in_any_export", "all_alike")


def suite() -> ExpectationSuite:
    return suite_of(
        "case_mix",
        has_columns("case_mix", COLUMNS, why="A therapist's own page could not be drawn."),
        never_null("used", WARNING, why="Nobody could say what a result allows for."),
        in_set("why", WHY, WARNING, why="The page has no words for it."),
        one_row_per("case_mix", GRAIN, WARNING, why="One figure would be told twice."),
        no_row(
            "used_and_why_agree",
            "select 1 from case_mix where used <> (why = 'used')",
            "conformance",
            WARNING,
            why="Nobody could say what a result allows for.",
        ),
        no_row(
            "missing_are_among_the_episodes",
            "select 1 from case_mix where not missing between 0 and episodes",
            "conformance",
            WARNING,
            why="Nobody could say what a result allows for.",
        ),
        no_row(
            "what_happened_in_treatment_is_never_adjusted_for",
            """
            select 1
            from case_mix
            where used and regexp_matches(covariate, 'session|drop|ended|appointment')
            """,
            "conformance",
            WARNING,
            why="What a therapist works by would be taken out of the result.",
        ),
    )
