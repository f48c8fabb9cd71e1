"""therapist_effect_sensitivity: what other choices would have made of it."""

from great_expectations import ExpectationSuite

from expectations.guard import WARNING, has_columns, in_set, no_row, one_row_per, suite_of

COLUMNS = {
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "period": "VARCHAR",
    "model": "VARCHAR",
    "n_episodes": "INTEGER",
    "between_sd": "DOUBLE",
    "share_at_mean": "DOUBLE",
    "correlation_with_primary": "DOUBLE",
}
GRAIN = ("instrument", "scale", "period", "model")
MODELS = ("primary", "baseline_only", "with_sessions_and_drop_out")


def suite() -> ExpectationSuite:
    return suite_of(
        "therapist_effect_sensitivity",
        has_columns(
            "therapist_effect_sensitivity",
            COLUMNS,
            why="A therapist's own page could not be drawn.",
        ),
        in_set("model", MODELS, WARNING, why="The page has no words for it."),
        one_row_per(
            "therapist_effect_sensitivity", GRAIN, WARNING, why="One figure would be told twice."
        ),
        no_row(
            "figures_are_possible",
            """
            select 1
            from therapist_effect_sensitivity
            where
                between_sd < 0
                or not share_at_mean between 0 and 1
                or abs(correlation_with_primary) > 1.000001
            """,
            "conformance",
            WARNING,
            why="The zone that is drawn would be nonsense.",
        ),
    )
