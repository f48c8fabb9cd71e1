"""therapist_share: how much of the variance lies between therapists, at three severities."""

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
    "period": "VARCHAR",
    "severity": "VARCHAR",
    "severity_points": "DOUBLE",
    "share": "DOUBLE",
    "lower": "DOUBLE",
    "upper": "DOUBLE",
    "between_sd": "DOUBLE",
    "between_sd_sd": "DOUBLE",
    "n_episodes": "INTEGER",
    "n_shared": "INTEGER",
    "n_therapists": "INTEGER",
    "n_therapists_enough": "INTEGER",
    "halves_correlation": "DOUBLE",
    "halves_lower": "DOUBLE",
    "halves_upper": "DOUBLE",
    "refused": "VARCHAR",
    "simulated": "BOOLEAN",
}
SEVERITIES = ("-1 SD", "mean", "+1 SD")
REFUSED = ("few_therapists", "no_fit")
GRAIN = ("instrument", "scale", "period", "severity")


def suite() -> ExpectationSuite:
    return suite_of(
        "therapist_share",
        has_columns("therapist_share", COLUMNS, why="A therapist's own page could not be drawn."),
        never_null("simulated", CRITICAL, why="Invented results could be taken for real."),
        in_set("severity", SEVERITIES, WARNING, why="The page has no words for it."),
        in_set("refused", REFUSED, WARNING, why="The page has no words for it."),
        one_row_per("therapist_share", GRAIN, WARNING, why="One figure would be told twice."),
        no_row(
            "shares_lie_in_their_intervals",
            """
            select 1
            from therapist_share
            where not (0 <= lower and lower <= share and share <= upper and upper <= 1)
            """,
            "conformance",
            WARNING,
            why="The zone that is drawn would be nonsense.",
        ),
        no_row(
            "no_model_has_no_figures",
            """
            select 1
            from therapist_share
            where
                refused is not null and coalesce(share, lower, upper, between_sd) is not null
                or refused is null and share is null
            """,
            "conformance",
            CRITICAL,
            why="Few therapists could be recognised, and chance be taken for a difference.",
        ),
    )
