"""signal_accuracy: how right each rule was on closed episodes."""

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
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "rule": "VARCHAR",
    "sessions": "VARCHAR",
    "population": "VARCHAR",
    "cohort": "VARCHAR",
    "n": "INTEGER",
    "events": "INTEGER",
    "sensitivity": "DOUBLE",
    "specificity": "DOUBLE",
    "ppv": "DOUBLE",
    "number_needed_to_examine": "DOUBLE",
    "auc": "DOUBLE",
    "auc_lower": "DOUBLE",
    "auc_upper": "DOUBLE",
    "calibration_slope": "DOUBLE",
    "slope_lower": "DOUBLE",
    "slope_upper": "DOUBLE",
    "median_lead_sessions": "DOUBLE",
    "simulated": "BOOLEAN",
}
GRAIN = ("instrument", "scale", "rule", "sessions", "population", "cohort")
RULES = (
    "reliable_deterioration",
    "no_reliable_improvement",
    "off_course_amber",
    "off_course_red",
    "high_predicted_risk",
)
SHARES = ("sensitivity", "specificity", "ppv", "auc", "auc_lower", "auc_upper")


def suite() -> ExpectationSuite:
    return suite_of(
        "signal_accuracy",
        has_columns("signal_accuracy", COLUMNS, why="Nobody could say how right alerts are."),
        never_null("rule", WARNING, why="Nobody could say which rule this is about."),
        never_null("simulated", CRITICAL, why="Invented accuracy could be taken for real."),
        in_set("rule", RULES, WARNING, why="The page has no words for it."),
        in_set("sessions", ("all", "2-4", "5+"), WARNING, why="The page has no words for it."),
        in_set(
            "population", ("all", "not_deteriorated"), WARNING, why="The page has no words for it."
        ),
        one_row_per("signal_accuracy", GRAIN, WARNING, why="One figure would be told twice."),
        no_row(
            "small_numbers_are_withheld",
            """
            select 1
            from signal_accuracy
            where is_withheld
                and coalesce(events, sensitivity, specificity, ppv, auc, calibration_slope)
                is not null
                or not is_withheld and least(events, n - events) < 5
            """,
            "conformance",
            CRITICAL,
            why="Few patients could be recognised, and chance be taken for accuracy.",
        ),
        no_row(
            "shares_are_shares",
            "select 1 from signal_accuracy where "
            + " or ".join(f"not {name} between 0 and 1" for name in SHARES),
            "conformance",
            WARNING,
            why="The accuracy that is shown would be nonsense.",
        ),
        no_row(
            "simulated_as_the_home_is",
            """
            select 1
            from signal_accuracy
            cross join run
            where signal_accuracy.simulated <> run.simulated
            """,
            "conformance",
            CRITICAL,
            why="Invented accuracy could be taken for real.",
        ),
    )
