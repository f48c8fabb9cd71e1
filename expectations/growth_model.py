"""growth_model: the expected course of each scale in each clinic, or why there is none."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    WARNING,
    has_columns,
    in_set,
    never_null,
    no_row,
    nothing_missing,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "clinic_id": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "model": "VARCHAR",
    "population": "VARCHAR",
    "fitted_until": "DATE",
    "refused": "VARCHAR",
    "episodes": "INTEGER",
    "clinic_episodes": "INTEGER",
    "episodes_needed": "INTEGER",
    "clinic_episodes_needed": "INTEGER",
    "last_covered": "INTEGER",
    "centre": "DOUBLE",
    "intercept": "DOUBLE",
    "baseline_effect": "DOUBLE",
    "time_effect": "DOUBLE",
    "baseline_time_effect": "DOUBLE",
    "intercept_variance": "DOUBLE",
    "intercept_time_covariance": "DOUBLE",
    "time_variance": "DOUBLE",
    "residual_sd": "DOUBLE",
}
GRAIN = ("clinic_id", "instrument", "scale")
REFUSALS = ("too_few_episodes", "no_fit")


def suite() -> ExpectationSuite:
    return suite_of(
        "growth_model",
        has_columns(
            "growth_model", COLUMNS, why="No score could be compared with what is expected."
        ),
        never_null("clinic_id", WARNING, why="Nobody could say whose course this is."),
        never_null("instrument", WARNING, why="Nobody could say what this is the course of."),
        never_null("scale", WARNING, why="Nobody could say what this is the course of."),
        in_set("population", ("clinic", "service"), WARNING, why="The page has no words for it."),
        in_set("refused", REFUSALS, WARNING, why="The page has no words for it."),
        one_row_per("growth_model", GRAIN, CRITICAL, why="One score would have two expectations."),
        no_row(
            "either_a_course_or_why_there_is_none",
            "select 1 from growth_model where (model is null) <> (refused is not null)",
            "completeness",
            WARNING,
            why="Nobody would be told why scores are not compared with a course.",
        ),
        no_row(
            "rests_on_enough_episodes",
            """
            select 1
            from growth_model
            where refused is null and episodes < episodes_needed
                or population = 'clinic' and clinic_episodes < clinic_episodes_needed
            """,
            "conformance",
            WARNING,
            why="Patients would be held against the chance of a few others.",
        ),
        no_row(
            "variances_are_possible",
            """
            select 1
            from growth_model
            where refused is null
                and not coalesce(
                    intercept_variance >= 0
                    and time_variance >= 0
                    and residual_sd > 0
                    and intercept_time_covariance ** 2
                    <= intercept_variance * time_variance * (1 + 1e-6) + 1e-9,
                    false
                )
            """,
            "conformance",
            CRITICAL,
            why="Bands and probabilities would be nonsense.",
        ),
        no_row(
            "fitted_to_the_past_alone",
            """
            select 1
            from growth_model
            cross join run
            where growth_model.fitted_until >= date_trunc('quarter', run.as_of)
            """,
            "conformance",
            WARNING,
            why="The course would move within a quarter, and learn from those it is to judge.",
        ),
        nothing_missing(
            "every_followed_scale_was_considered",
            """
            with followed as (
                select
                    scale.instrument,
                    scale.scale
                from instrument_scale as scale
                inner join instrument on scale.instrument = instrument.instrument
                where instrument.measures <> 'alliance'
                qualify
                    scale.is_main
                    or not bool_or(scale.is_main) over (partition by scale.instrument)
            )

            select 1
            from (select distinct clinic_id, instrument, scale from change) as changed
            semi join followed
                on changed.instrument = followed.instrument and changed.scale = followed.scale
            anti join growth_model
                on changed.clinic_id = growth_model.clinic_id
                and changed.instrument = growth_model.instrument
                and changed.scale = growth_model.scale
            """,
            WARNING,
            why="These scores would have no expected course, and nobody would be told.",
        ),
    )
