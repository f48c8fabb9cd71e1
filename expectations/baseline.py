"""baseline: where each series starts; every change and every alert is measured from it."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    INFO,
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
    "patient_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "baseline_score": "DOUBLE",
    "baseline_at": "TIMESTAMP",
    "rule": "VARCHAR",
    "respondent": "VARCHAR",
}
SERIES = ("clinic_id", "patient_id", "episode_id", "instrument", "scale")
RULES = ("before_first_session", "after_first_session", "first_valid_assessment")


def suite() -> ExpectationSuite:
    return suite_of(
        "baseline",
        has_columns(
            "baseline", COLUMNS, why="Stations and exports that read a missing column stop working."
        ),
        never_null("clinic_id", CRITICAL, why="The baseline would be in no clinic's report."),
        never_null("patient_id", CRITICAL, why="The baseline would belong to nobody."),
        never_null("episode_id", CRITICAL, why="The baseline would belong to no course."),
        never_null("instrument", CRITICAL, why="Scores could not be compared with it."),
        never_null("scale", CRITICAL, why="Scores could not be compared with it."),
        never_null("baseline_score", CRITICAL, why="No change could be computed from it."),
        never_null("baseline_at", CRITICAL, why="Nobody could tell which form it was."),
        never_null("rule", WARNING, why="The report could not say how the start was chosen."),
        in_set("rule", RULES, WARNING, why="The report could not say how the start was chosen."),
        one_row_per(
            "baseline",
            SERIES,
            CRITICAL,
            why="With two baselines a patient is both better and worse.",
        ),
        no_row(
            "baseline_was_measured",
            """
            select 1
            from baseline
            anti join score
                on baseline.clinic_id = score.clinic_id
                and baseline.patient_id = score.patient_id
                and baseline.episode_id = score.episode_id
                and baseline.instrument = score.instrument
                and baseline.scale = score.scale
                and baseline.baseline_at = score.measured_at
                and baseline.baseline_score = score.score
            where baseline.clinic_id is not null
                and baseline.patient_id is not null
                and baseline.episode_id is not null
                and baseline.instrument is not null
                and baseline.scale is not null
                and baseline.baseline_at is not null
                and baseline.baseline_score is not null
            """,
            "conformance",
            CRITICAL,
            why="Change from a score that nobody gave can raise or hide an alert.",
        ),
        no_row(
            "first_valid_one_is_the_first",
            """
            select 1
            from baseline
            semi join score
                on baseline.clinic_id = score.clinic_id
                and baseline.patient_id = score.patient_id
                and baseline.episode_id = score.episode_id
                and baseline.instrument = score.instrument
                and baseline.scale = score.scale
                and score.score is not null
                and score.baseline_score is not null
                and score.measured_at < baseline.baseline_at
            where baseline.rule = 'first_valid_assessment'
            """,
            "conformance",
            CRITICAL,
            why="A baseline that moves up in time hides the change before it.",
        ),
        nothing_missing(
            "series_without_sessions_has_a_baseline",
            """
            with scored as (
                select distinct clinic_id, patient_id, episode_id, instrument, scale
                from score
                where score is not null and not is_follow_up
            )
            select 1
            from scored
            anti join placed_appointment
                on scored.clinic_id = placed_appointment.clinic_id
                and scored.patient_id = placed_appointment.patient_id
                and scored.episode_id = placed_appointment.episode_id
                and placed_appointment.attended is not null
            anti join assessment
                on scored.clinic_id = assessment.clinic_id
                and scored.patient_id = assessment.patient_id
                and scored.episode_id = assessment.episode_id
                and assessment.session_no >= 1
            anti join baseline
                on scored.clinic_id = baseline.clinic_id
                and scored.patient_id = baseline.patient_id
                and scored.episode_id = baseline.episode_id
                and scored.instrument = baseline.instrument
                and scored.scale = baseline.scale
            """,
            WARNING,
            why="Without a baseline no rule watches this course.",
        ),
        no_row(
            "baseline_is_from_treatment",
            """
            select 1
            from baseline
            semi join score
                on baseline.clinic_id = score.clinic_id
                and baseline.patient_id = score.patient_id
                and baseline.episode_id = score.episode_id
                and baseline.instrument = score.instrument
                and baseline.scale = score.scale
                and baseline.baseline_at = score.measured_at
                and score.is_follow_up
            """,
            "conformance",
            CRITICAL,
            why="Change would be counted from the end of treatment.",
        ),
        nothing_missing(
            "a_course_that_is_measured_has_sessions",
            # Where appointments are known but nobody ever came, nothing is compared; three forms
            # of one scale are too many for that. Own choice. [D]
            """
            with missed as (
                select clinic_id, patient_id, episode_id
                from placed_appointment
                where attended is not null
                group by clinic_id, patient_id, episode_id
                having not bool_or(attended)
            )
            select 1
            from score
            semi join missed
                on score.clinic_id = missed.clinic_id
                and score.patient_id = missed.patient_id
                and score.episode_id = missed.episode_id
            where score.score is not null and not score.is_follow_up
            group by
                score.clinic_id, score.patient_id, score.episode_id, score.instrument, score.scale
            having count(*) >= 3
            """,
            WARNING,
            why="Without a baseline no rule watches this course.",
        ),
        no_row(
            "mean_baseline_is_steady",
            # One row per clinic, instrument and scale: the last 13 weeks against the year before,
            # both with 30 episodes or more; half a standard deviation and three standard errors
            # apart. Own choice. [D]
            """
            with dated as (
                select
                    clinic_id,
                    instrument,
                    scale,
                    baseline_score,
                    date_diff('day', cast(baseline_at as date), run.as_of) < 91 as is_recent
                from baseline
                cross join run
                where date_diff('day', cast(baseline_at as date), run.as_of) < 456
            ),
            compared as (
                select
                    clinic_id,
                    abs(
                        avg(baseline_score) filter (where is_recent)
                        - avg(baseline_score) filter (where not is_recent)
                    ) as shift,
                    stddev_samp(baseline_score) as spread,
                    count(*) filter (where is_recent) as recent,
                    count(*) filter (where not is_recent) as earlier
                from dated
                group by clinic_id, instrument, scale
            )
            select 1
            from compared
            where recent >= 30 and earlier >= 30
                and shift > 0.5 * spread
                and shift > 3 * spread * sqrt(1 / recent + 1 / earlier)
            """,
            "plausibility",
            INFO,
            why="A jump in severity at the start is more often a changed export than new patients.",
        ),
    )
