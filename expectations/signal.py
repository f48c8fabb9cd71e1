"""signal: one rule that fired, on one assessment or on the day that something was due."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    TEXT_OR_JSON,
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
    "signal_id": "VARCHAR",
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "group_id": "VARCHAR",
    "kind": "VARCHAR",
    "level": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "session_no": "INTEGER",
    "assessment_no": "INTEGER",
    "measured_at": "TIMESTAMP",
    "score": "DOUBLE",
    "baseline_score": "DOUBLE",
    "reason": TEXT_OR_JSON,
}
ALARMING = (
    "reliable_deterioration",
    "off_course",
    "high_predicted_risk",
    "no_reliable_improvement",
    "treatment_review",
    "alliance_rupture",
    "drop_out_risk",
)
KINDS = (
    *ALARMING,
    "back_on_course",
    "functional_twice",
    "low_alliance",
    "missing_alliance",
    "alliance_repair",
    "overdue_measurement",
    "no_recent_measurement",
)
LEVELS = ("red", "amber", "info")


def suite() -> ExpectationSuite:
    return suite_of(
        "signal",
        has_columns(
            "signal", COLUMNS, why="Stations and exports that read a missing column stop working."
        ),
        never_null("signal_id", CRITICAL, why="An alert could not name what it rests on."),
        never_null("clinic_id", CRITICAL, why="The signal would be in no clinic's report."),
        never_null("patient_id", CRITICAL, why="Nobody would know whom it is about."),
        never_null("episode_id", CRITICAL, why="No alert could be opened in a course."),
        never_null("kind", CRITICAL, why="Nobody could say which rule fired."),
        never_null("level", CRITICAL, why="Nobody could say whether it asks for an answer."),
        no_row(
            "names_what_was_measured",
            # That a patient no longer comes or is no longer measured rests on no form.
            """
            select 1
            from signal
            where instrument is null
                and kind not in (
                    'drop_out_risk', 'overdue_measurement', 'no_recent_measurement'
                )
            """,
            "completeness",
            CRITICAL,
            why="Nobody could say what was measured.",
        ),
        never_null("measured_at", CRITICAL, why="Nobody could say how old it is."),
        never_null("reason", CRITICAL, why="An alert without its reason is not believed."),
        in_set("kind", KINDS, CRITICAL, why="No alert, sentence or next step exists for it."),
        in_set("level", LEVELS, CRITICAL, why="It would neither open an alert nor be shown."),
        one_row_per("signal", ("signal_id",), CRITICAL, why="Two signals would be taken for one."),
        no_row(
            "level_belongs_to_kind",
            """
            select 1
            from signal
            where (kind = 'reliable_deterioration' and level in ('amber', 'info'))
                or (kind = 'off_course' and level = 'info')
                or (kind in ('no_reliable_improvement', 'alliance_rupture') and level = 'red')
                or (
                    kind in ('high_predicted_risk', 'treatment_review', 'drop_out_risk')
                    and level in ('red', 'info')
                )
                or (
                    kind in (
                        'low_alliance', 'missing_alliance', 'alliance_repair', 'back_on_course',
                        'functional_twice', 'overdue_measurement', 'no_recent_measurement'
                    )
                    and level in ('red', 'amber')
                )
            """,
            "conformance",
            CRITICAL,
            why="The level decides whether anybody is asked to act.",
        ),
        no_row(
            "fires_once_per_assessment",
            """
            select 1
            from signal
            where patient_id is not null and kind is not null
            group by clinic_id, patient_id, episode_id, kind, instrument, scale, measured_at
            having count(*) > 1
            """,
            "conformance",
            WARNING,
            why="Signals that count twice make a rule look more accurate than it is.",
        ),
        no_row(
            "rests_on_a_score",
            """
            select 1
            from signal
            anti join score
                on signal.clinic_id = score.clinic_id
                and signal.patient_id = score.patient_id
                and signal.episode_id = score.episode_id
                and signal.instrument = score.instrument
                and signal.scale = score.scale
                and signal.measured_at = score.measured_at
                and signal.score = score.score
                and signal.baseline_score is not distinct from score.baseline_score
            where signal.clinic_id is not null
                and signal.patient_id is not null
                and signal.episode_id is not null
                and signal.instrument is not null
                and signal.measured_at is not null
            """,
            "conformance",
            CRITICAL,
            why="A therapist would be called to a patient over a score that nobody gave.",
        ),
        no_row(
            "fires_during_treatment_only",
            """
            select 1
            from signal
            semi join score
                on signal.clinic_id = score.clinic_id
                and signal.patient_id = score.patient_id
                and signal.episode_id = score.episode_id
                and signal.instrument = score.instrument
                and signal.scale = score.scale
                and signal.measured_at = score.measured_at
                and score.is_follow_up
            """,
            "conformance",
            WARNING,
            why="A therapist would be called to a patient who has left.",
        ),
        no_row(
            "change_is_judged_on_the_main_scale",
            """
            with main as (
                select instrument from instrument_scale where is_main
            )
            select 1
            from signal
            semi join main on signal.instrument = main.instrument
            inner join instrument_scale as scale
                on signal.instrument = scale.instrument and signal.scale = scale.scale
            where signal.kind <> 'low_alliance' and not scale.is_main
            """,
            "conformance",
            CRITICAL,
            why="A subscale that goes down by chance would call a therapist to a patient.",
        ),
        no_row(
            "reliable_deterioration_reaches_the_points",
            # A distance that only rounding brings to the threshold may be read either way, here
            # and below: 0.1 + 0.2 is not 0.3.
            """
            select 1
            from signal
            inner join yardstick as scale
                on signal.clinic_id = scale.clinic_id
                and signal.instrument = scale.instrument
                and signal.scale = scale.scale
                and scale.method = 'JT'
            cross join lateral (
                select scale.direction * (signal.baseline_score - signal.score) as points
            ) as worse
            cross join lateral (
                select greatest(worse.points, round(worse.points, 6)) as points
            ) as at_most
            where signal.kind = 'reliable_deterioration'
                and not coalesce(
                    at_most.points > scale.threshold
                    or (
                        scale.threshold_rule = '>='
                        and at_most.points >= scale.threshold
                    ),
                    false
                )
            """,
            "conformance",
            CRITICAL,
            why="False red alerts teach therapists to ignore the true ones.",
        ),
        nothing_missing(
            "every_reliable_deterioration_is_signalled",
            """
            with followed as (
                select
                    score.*,
                    scale.threshold,
                    scale.threshold_rule,
                    scale.direction * (baseline.baseline_score - score.score) as worse
                from score
                inner join instrument
                    on score.instrument = instrument.instrument
                    and instrument.measures <> 'alliance'
                inner join instrument_scale as own
                    on score.instrument = own.instrument and score.scale = own.scale
                inner join yardstick as scale
                    on score.clinic_id = scale.clinic_id
                    and score.instrument = scale.instrument
                    and score.scale = scale.scale
                    and scale.method = 'JT'
                inner join baseline
                    on score.clinic_id = baseline.clinic_id
                    and score.patient_id = baseline.patient_id
                    and score.episode_id = baseline.episode_id
                    and score.instrument = baseline.instrument
                    and score.scale = baseline.scale
                    and score.measured_at > baseline.baseline_at
                where score.baseline_score is not null
                    and not score.is_follow_up
                    and (
                        own.is_main
                        or own.instrument not in (
                            select instrument from instrument_scale where is_main
                        )
                    )
                    and coalesce(score.session_no, score.assessment_no) >= (
                    select max(cast(value as integer))
                    from setting
                    where section = 'signals' and name = 'deterioration_from_session'
                )
            )
            select 1
            from followed
            anti join signal
                on followed.clinic_id = signal.clinic_id
                and followed.patient_id = signal.patient_id
                and followed.episode_id = signal.episode_id
                and followed.instrument = signal.instrument
                and followed.scale = signal.scale
                and followed.measured_at = signal.measured_at
                and signal.kind = 'reliable_deterioration'
            where least(worse, round(worse, 6)) > threshold
                or (
                    threshold_rule = '>='
                    and least(worse, round(worse, 6)) >= threshold
                )
            """,
            CRITICAL,
            why="A patient who is getting worse would go unseen, and that is what we must prevent.",
        ),
        no_row(
            "no_reliable_improvement_is_true",
            """
            select 1
            from signal
            inner join yardstick as scale
                on signal.clinic_id = scale.clinic_id
                and signal.instrument = scale.instrument
                and signal.scale = scale.scale
                and scale.method = 'JT'
            cross join lateral (
                select scale.direction * (signal.score - signal.baseline_score) as points
            ) as better
            cross join lateral (
                select least(better.points, round(better.points, 6)) as points
            ) as at_least
            where signal.kind = 'no_reliable_improvement'
                and (
                    scale.threshold is null
                    or at_least.points > scale.threshold
                    or (
                        scale.threshold_rule = '>='
                        and at_least.points >= scale.threshold
                    )
                )
            """,
            "conformance",
            WARNING,
            why="A therapist would be asked about a lack of progress that is not there.",
        ),
        no_row(
            "no_reliable_improvement_turns_amber_in_time",
            """
            select 1
            from signal
            cross join (
                select
                    max(cast(value as integer)) filter (where name = 'no_improvement_info_session')
                        as info_from,
                    max(cast(value as integer)) filter (where name = 'no_improvement_amber_session')
                        as amber_from
                from setting
                where section = 'signals' and name like 'no_improvement_%'
            ) as rule
            where signal.kind = 'no_reliable_improvement'
                and (
                    coalesce(signal.session_no, signal.assessment_no) < rule.info_from
                    or (
                        signal.level in ('info', 'amber')
                        and (signal.level = 'amber')
                        <> (coalesce(signal.session_no, signal.assessment_no) >= rule.amber_from)
                    )
                )
            """,
            "conformance",
            WARNING,
            why="Late responders would be alarmed about too early, or slow courses too late.",
        ),
        no_row(
            "low_alliance_is_below_the_line",
            """
            select 1
            from signal
            inner join instrument_scale as scale
                on signal.instrument = scale.instrument and signal.scale = scale.scale
            where signal.kind = 'low_alliance'
                and not coalesce(signal.score < scale.low_alliance_below, false)
            """,
            "conformance",
            WARNING,
            why="A talk about the relationship would be asked for without ground.",
        ),
        no_row(
            "off_course_is_beyond_its_bound",
            """
            select 1
            from signal
            anti join course
                on signal.clinic_id = course.clinic_id
                and signal.patient_id = course.patient_id
                and signal.episode_id = course.episode_id
                and signal.instrument = course.instrument
                and signal.scale = course.scale
                and signal.measured_at = course.measured_at
                and signal.score = course.score
                and not course.is_baseline
                and (course.score > course.upper68 or course.score < course.lower68)
            where signal.kind = 'off_course'
            """,
            "conformance",
            CRITICAL,
            why="A therapist would be called to a patient who is doing as expected.",
        ),
        no_row(
            "predicted_risk_has_an_owner",
            """
            select 1
            from signal
            where kind = 'high_predicted_risk'
                and not exists (
                    select 1
                    from setting
                    where section = 'signals' and name = 'predicted_risk_owner' and value <> ''
                )
            """,
            "conformance",
            CRITICAL,
            why="A prediction would reach people although nobody in the clinic answers for it.",
        ),
        no_row(
            "review_is_due",
            """
            select 1
            from signal
            inner join episode
                on signal.clinic_id = episode.clinic_id
                and signal.patient_id = episode.patient_id
                and signal.episode_id = episode.episode_id
            where signal.kind = 'treatment_review'
                and not coalesce(signal.session_no >= episode.planned_sessions, false)
            """,
            "conformance",
            WARNING,
            why="A treatment would be called into question before it was given.",
        ),
        no_row(
            "drop_out_is_told_of_a_course_that_went_on",
            """
            select 1
            from signal
            inner join episode
                on signal.clinic_id = episode.clinic_id
                and signal.patient_id = episode.patient_id
                and signal.episode_id = episode.episode_id
            where signal.kind = 'drop_out_risk'
                and cast(episode.ended_at as date) < cast(signal.measured_at as date)
            """,
            "conformance",
            WARNING,
            why="A patient who ended treatment would be called after.",
        ),
        no_row(
            "ending_is_not_raised_beside_a_risk",
            """
            select 1
            from signal
            inner join critical
                on signal.clinic_id = critical.clinic_id
                and signal.patient_id = critical.patient_id
                and cast(signal.measured_at as date) = cast(critical.measured_at as date)
            where signal.kind = 'functional_twice'
            """,
            "conformance",
            CRITICAL,
            why="Ending would be proposed to a patient who reported a risk the same day.",
        ),
        no_row(
            "reason_is_about_this_kind",
            """
            select 1
            from signal
            where not json_valid(reason)
                or json_extract_string(if(json_valid(reason), reason, null), '$.key')
                is distinct from kind
            """,
            "conformance",
            CRITICAL,
            why="The alert would be explained with another rule's words and numbers.",
        ),
    )
