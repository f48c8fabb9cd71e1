"""indicator_definition: what each indicator counts, in words."""

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
    "indicator": "VARCHAR",
    "sort_order": "INTEGER",
    "title": "VARCHAR",
    "numerator": "VARCHAR",
    "denominator": "VARCHAR",
    "source": "VARCHAR",
    "better": "VARCHAR",
    "kind": "VARCHAR",
    "chart": "VARCHAR",
    "finest": "VARCHAR",
    "lag_days": "INTEGER",
    "is_primary": "BOOLEAN",
    "is_outcome": "BOOLEAN",
    "is_historical": "BOOLEAN",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "indicator_definition",
        has_columns("indicator_definition", COLUMNS, why="The quality page could not be drawn."),
        never_null("indicator", CRITICAL, why="Nobody could say what was counted."),
        never_null("title", WARNING, why="The figure would have no name."),
        never_null("numerator", WARNING, why="A figure without its definition is not to be read."),
        never_null("denominator", WARNING, why="A share without its whole is not to be read."),
        never_null("source", WARNING, why="Nobody could check where the definition comes from."),
        in_set("better", ("higher", "lower"), WARNING, why="Better could be taken for worse."),
        in_set("kind", ("share", "ratio", "median"), WARNING, why="The page has no unit for it."),
        in_set("chart", ("pp", "xmr", "none"), WARNING, why="No chart is known by that name."),
        in_set("finest", ("week", "month", "quarter"), WARNING, why="No period has that name."),
        at_least("lag_days", 0, WARNING, why="A period would be complete before it ends."),
        one_row_per(
            "indicator_definition", ("indicator",), CRITICAL, why="One figure, two meanings."
        ),
        no_row(
            "outcomes_by_quarter_at_most",
            "select 1 from indicator_definition where is_outcome and finest <> 'quarter'",
            "conformance",
            WARNING,
            why="Outcomes of a week or a month are chance, and would be read as news.",
        ),
    )
