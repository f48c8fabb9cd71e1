"""quality_unit: which units are large enough for figures that are nobody's own."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
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
    "therapists": "BIGINT",
    "episodes": "BIGINT",
    "largest_share": "DOUBLE",
    "is_shown": "BOOLEAN",
    "hidden_because": "VARCHAR",
}
REASONS = ("therapists_unknown", "too_few_therapists", "one_therapist_too_large")


def suite() -> ExpectationSuite:
    return suite_of(
        "quality_unit",
        has_columns("quality_unit", COLUMNS, why="The quality page could not be drawn."),
        never_null("unit", CRITICAL, why="Nobody could say which team or clinic it is about."),
        never_null("quarter", CRITICAL, why="Nobody could say when it held."),
        never_null("is_shown", CRITICAL, why="A small unit could be shown all the same."),
        in_set("hidden_because", REASONS, CRITICAL, why="The page has no words for it."),
        one_row_per(
            "quality_unit",
            ("unit_kind", "unit", "quarter"),
            CRITICAL,
            why="A unit would be shown and hidden at once.",
        ),
        no_row(
            "five_therapists_and_none_above_half",
            """
            select 1
            from quality_unit
            where is_shown and (therapists < 5 or largest_share > 0.5)
            """,
            "conformance",
            CRITICAL,
            why="The results of one therapist would be published under the name of a team.",
        ),
        no_row(
            "what_is_hidden_says_why",
            "select 1 from quality_unit where not is_shown and hidden_because is null",
            "conformance",
            CRITICAL,
            why="A unit that is missing without a reason is looked for in vain.",
        ),
    )
