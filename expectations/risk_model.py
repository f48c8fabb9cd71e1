"""risk_model: what the recalibrated risk of each scale rests on, and whether it is proposed."""

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
    "predictions": "INTEGER",
    "events": "INTEGER",
    "events_needed": "INTEGER",
    "refused": "VARCHAR",
    "trained_until": "DATE",
    "tested_predictions": "INTEGER",
    "tested_events": "INTEGER",
    "auc": "DOUBLE",
    "auc_of_change": "DOUBLE",
    "gain_lower": "DOUBLE",
    "gain_upper": "DOUBLE",
    "is_proposed": "BOOLEAN",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "risk_model",
        has_columns("risk_model", COLUMNS, why="Nobody could say what the risk rests on."),
        never_null("instrument", WARNING, why="Nobody could say what this is the risk of."),
        never_null("scale", WARNING, why="Nobody could say what this is the risk of."),
        never_null("is_proposed", WARNING, why="A risk that was never tested could be used."),
        in_set(
            "refused",
            ("few_events", "few_early_episodes"),
            WARNING,
            why="The page has no words for it.",
        ),
        one_row_per(
            "risk_model", ("instrument", "scale"), WARNING, why="One risk would be told twice."
        ),
        no_row(
            "recalibrated_on_enough_events",
            "select 1 from risk_model where refused is null and events < events_needed",
            "conformance",
            WARNING,
            why="A probability would rest on a handful of patients.",
        ),
        no_row(
            "proposed_only_where_it_beats_the_raw_change",
            """
            select 1
            from risk_model
            where is_proposed and not coalesce(auc > auc_of_change and gain_lower > 0, false)
            """,
            "conformance",
            WARNING,
            why="Clinicians would be offered a model that knows no more than the score itself.",
        ),
        no_row(
            "an_auc_is_a_share",
            """
            select 1
            from risk_model
            where not (auc between 0 and 1 and auc_of_change between 0 and 1)
            """,
            "conformance",
            WARNING,
            why="The accuracy that is shown would be nonsense.",
        ),
    )
