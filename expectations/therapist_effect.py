"""therapist_effect: what a therapist may be told about the own closed episodes."""

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
    "clinic_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "period": "VARCHAR",
    "is_primary": "BOOLEAN",
    "is_trainee": "BOOLEAN",
    "n_episodes": "INTEGER",
    "n_shared": "INTEGER",
    "weighed_episodes": "DOUBLE",
    "estimate": "DOUBLE",
    "lower": "DOUBLE",
    "upper": "DOUBLE",
    "estimate_sd": "DOUBLE",
    "lower_sd": "DOUBLE",
    "upper_sd": "DOUBLE",
    "distinguishable": "BOOLEAN",
    "shown": "VARCHAR",
    "reason": "VARCHAR",
    "simulated": "BOOLEAN",
}
GRAIN = ("clinic_id", "therapist_id", "instrument", "scale", "period")
REASONS = ("few_episodes", "counts_only", "few_therapists", "no_fit", "shown")


def suite() -> ExpectationSuite:
    return suite_of(
        "therapist_effect",
        has_columns("therapist_effect", COLUMNS, why="A therapist's own page could not be drawn."),
        never_null("clinic_id", CRITICAL, why="Nobody could say whose result this is."),
        never_null("therapist_id", CRITICAL, why="Nobody could say whose result this is."),
        never_null("is_trainee", CRITICAL, why="A trainee could see the zone without a yes."),
        never_null("simulated", CRITICAL, why="Invented results could be taken for real."),
        never_null("shown", CRITICAL, why="A result of too few episodes could be shown."),
        in_set(
            "shown",
            ("nothing", "counts", "estimate"),
            CRITICAL,
            why="A result of too few episodes could be shown.",
        ),
        in_set("reason", REASONS, WARNING, why="The page has no words for it."),
        one_row_per("therapist_effect", GRAIN, CRITICAL, why="A therapist would have two results."),
        no_row(
            "figures_stand_only_where_they_may_be_shown",
            """
            select 1
            from therapist_effect
            where (
                shown <> 'estimate'
                and coalesce(estimate, lower, upper, estimate_sd, lower_sd, upper_sd) is not null
            )
            or (
                shown = 'estimate'
                and (estimate is null or lower is null or upper is null)
            )
            """,
            "conformance",
            CRITICAL,
            why="A result of too few episodes could be shown.",
        ),
        no_row(
            "intervals_hold_their_estimate",
            "select 1 from therapist_effect where not estimate between lower and upper",
            "conformance",
            CRITICAL,
            why="The zone that is drawn would be nonsense.",
        ),
        no_row(
            "distinguishable_where_the_interval_leaves_out_0",
            """
            select 1
            from therapist_effect
            where
                distinguishable is distinct from (lower > 0 or upper < 0)
                and shown = 'estimate'
                or shown <> 'estimate' and distinguishable is not null
            """,
            "conformance",
            CRITICAL,
            why="Chance would be told as a result.",
        ),
        no_row(
            "shared_episodes_are_own_ones",
            """
            select 1
            from therapist_effect
            where n_shared > n_episodes or weighed_episodes > n_episodes + 1e-6
            """,
            "conformance",
            WARNING,
            why="More episodes would be told than there were.",
        ),
        no_row(
            "one_primary_instrument",
            """
            select 1
            from therapist_effect
            where is_primary
            having count(distinct instrument) > 1
            """,
            "conformance",
            WARNING,
            why="The page would open with one of two results.",
        ),
    )
