"""sudden_change: the marks of sudden gains and losses on a course."""

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
    "patient_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "kind": "VARCHAR",
    "place_before": "INTEGER",
    "counted": "VARCHAR",
    "measured_at_before": "TIMESTAMP",
    "measured_at": "TIMESTAMP",
    "score_before": "DOUBLE",
    "score": "DOUBLE",
    "reliable_change_points": "DOUBLE",
    "mean_before": "DOUBLE",
    "mean_after": "DOUBLE",
    "pooled_sd": "DOUBLE",
    "critical_t": "DOUBLE",
    "n_before": "INTEGER",
    "n_after": "INTEGER",
}
GRAIN = ("clinic_id", "patient_id", "episode_id", "instrument", "scale", "place_before")


def suite() -> ExpectationSuite:
    return suite_of(
        "sudden_change",
        has_columns("sudden_change", COLUMNS, why="The course could not be drawn with its marks."),
        never_null("clinic_id", CRITICAL, why="Nobody could say on whose course this mark is."),
        never_null("measured_at", WARNING, why="The mark would have no place on the course."),
        in_set(
            "kind", ("sudden_gain", "sudden_loss"), WARNING, why="The page has no words for it."
        ),
        one_row_per("sudden_change", GRAIN, WARNING, why="One change would be marked twice."),
        no_row(
            "a_gain_is_for_the_better",
            """
            select 1
            from sudden_change
            inner join instrument_scale as scale
                on sudden_change.instrument = scale.instrument
                and sudden_change.scale = scale.scale
            where (sudden_change.kind = 'sudden_gain')
                <> (scale.direction * (sudden_change.score - sudden_change.score_before) > 0)
            """,
            "conformance",
            WARNING,
            why="A sudden deterioration would be shown as a gain.",
        ),
        no_row(
            "large_enough_and_more_than_chance",
            # A distance that only rounding brings to a limit may be read either way.
            """
            select 1
            from sudden_change
            where abs(score - score_before) < reliable_change_points - 1e-6
                or abs(score - score_before) < score_before / 100 - 1e-6
                or abs(mean_after - mean_before) < critical_t * pooled_sd - 1e-6
                or least(n_before, n_after) < 2
                or greatest(n_before, n_after) > 3
            """,
            "conformance",
            WARNING,
            why="Ordinary ups and downs would be marked as turning points.",
        ),
        no_row(
            "both_ends_were_measured",
            """
            select 1
            from sudden_change
            anti join score
                on sudden_change.clinic_id = score.clinic_id
                and sudden_change.patient_id = score.patient_id
                and sudden_change.episode_id = score.episode_id
                and sudden_change.instrument = score.instrument
                and sudden_change.scale = score.scale
                and sudden_change.measured_at = score.measured_at
                and sudden_change.score = score.score
            where sudden_change.clinic_id is not null and sudden_change.measured_at is not null
            """,
            "conformance",
            WARNING,
            why="The mark would stand on a score that nobody gave.",
        ),
    )
