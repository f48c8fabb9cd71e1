"""assessment: one filled-in questionnaire, placed in an episode and numbered there."""

from great_expectations import ExpectationSuite

from expectations.guard import (
    CRITICAL,
    INFO,
    WARNING,
    at_least,
    has_columns,
    never_null,
    no_row,
    nothing_missing,
    one_row_per,
    suite_of,
)

COLUMNS = {
    "assessment_id": "VARCHAR",
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "group_id": "VARCHAR",
    "session_no": "INTEGER",
    "assessment_no": "INTEGER",
    "measured_at": "TIMESTAMP",
    "respondent": "VARCHAR",
    "instrument": "VARCHAR",
    "is_follow_up": "BOOLEAN",
    "has_artificial_date": "BOOLEAN",
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "assessment",
        has_columns(
            "assessment",
            COLUMNS,
            why="Stations and exports that read a missing column stop working.",
        ),
        never_null("assessment_id", CRITICAL, why="Its scores could not be found again."),
        never_null("clinic_id", CRITICAL, why="The form would be in no clinic's report."),
        never_null("patient_id", CRITICAL, why="The form would belong to nobody."),
        never_null("episode_id", CRITICAL, why="The form would be compared with no baseline."),
        never_null("instrument", CRITICAL, why="The form could never be scored."),
        never_null("measured_at", CRITICAL, why="The form would have no place in the course."),
        never_null("assessment_no", CRITICAL, why="Rules that count measurements would skip it."),
        never_null("is_follow_up", CRITICAL, why="It would be neither watched nor evaluated."),
        never_null("has_artificial_date", WARNING, why="Made-up dates could pass for real ones."),
        one_row_per(
            "assessment",
            ("assessment_id",),
            CRITICAL,
            why="Scores would be mixed up between forms.",
        ),
        at_least("session_no", 0, WARNING, why="Rules that wait for a session would misfire."),
        no_row(
            "one_form_per_moment",
            """
            select 1
            from assessment
            where patient_id is not null
            group by hash(clinic_id, patient_id, episode_id, instrument, respondent, measured_at)
            having count(*) > 1
            """,
            "conformance",
            CRITICAL,
            why="The same form counted twice moves every count of measurements by one.",
        ),
        no_row(
            "numbered_in_order_of_time",
            """
            with placed as (
                select
                    assessment.assessment_no,
                    row_number() over (
                        partition by
                            assessment.clinic_id, assessment.patient_id, assessment.episode_id,
                            assessment.instrument,
                            coalesce(assessment.respondent, instrument.respondent)
                        order by assessment.measured_at, assessment.assessment_no
                    ) as place
                from assessment
                left join instrument on assessment.instrument = instrument.instrument
                where assessment.assessment_no is not null
            )
            select 1
            from placed
            where assessment_no <> place
            """,
            "conformance",
            CRITICAL,
            why="Rules that start at the n-th measurement would start too early or too late.",
        ),
        no_row(
            "sessions_in_order_of_time",
            """
            with following as (
                select
                    session_no,
                    max(session_no) over earlier_ones as highest_before
                from assessment
                where session_no is not null
                window earlier_ones as (
                    partition by clinic_id, patient_id, episode_id, instrument, respondent
                    order by measured_at, session_no
                    rows between unbounded preceding and 1 preceding
                )
            )
            select 1
            from following
            where session_no < highest_before
            """,
            "plausibility",
            WARNING,
            why="A session number that goes back shows a wrong date or a wrong number.",
        ),
        no_row(
            "follow_up_comes_after_the_recorded_end",
            """
            select 1
            from assessment
            left join exported_episode
                on assessment.clinic_id = exported_episode.clinic_id
                and assessment.patient_id = exported_episode.patient_id
                and assessment.episode_id = exported_episode.episode_id
            where assessment.is_follow_up <> coalesce(
                cast(assessment.measured_at as date) > exported_episode.ended_on, false
            )
            """,
            "conformance",
            CRITICAL,
            why="A form taken for a follow-up is watched by no rule, and one that is not, is.",
        ),
        no_row(
            "measured_from_six_years_on",
            # RULES: nobody is measured before the age of six.
            """
            select 1
            from assessment
            inner join patient
                on assessment.clinic_id = patient.clinic_id
                and assessment.patient_id = patient.patient_id
                and year(assessment.measured_at) < patient.birth_year + 6
            """,
            "plausibility",
            WARNING,
            why="A form from before somebody could fill one in has a wrong date or patient.",
        ),
        no_row(
            "belongs_to_an_episode",
            """
            select 1
            from assessment
            anti join episode
                on assessment.clinic_id = episode.clinic_id
                and assessment.patient_id = episode.patient_id
                and assessment.episode_id = episode.episode_id
            where assessment.clinic_id is not null
                and assessment.patient_id is not null
                and assessment.episode_id is not null
            """,
            "conformance",
            CRITICAL,
            why="Without an episode a course of treatment has forms but no beginning.",
        ),
        nothing_missing(
            "every_answered_form_is_here",
            """
            with answered as (
                select distinct
                    hash(clinic_id, patient_id, instrument, respondent, measured_at) as form
                from response
                where instrument in (select instrument from instrument_scale)
            )
            select 1
            from answered
            where form not in (
                select hash(clinic_id, patient_id, instrument, respondent, measured_at)
                from assessment
            )
            """,
            CRITICAL,
            why="A form that gets lost here is never scored, and its patient never watched.",
        ),
        no_row(
            "measured_not_after_as_of",
            """
            select 1
            from assessment
            where cast(measured_at as date) > (select max(as_of) from run)
            """,
            "conformance",
            CRITICAL,
            why="The report would hold what was not yet known on its own date.",
        ),
        no_row(
            "one_form_a_day",
            # The same list twice on one day (RULES: duplicates). Both are kept, the later counts.
            """
            select 1
            from assessment
            where not has_artificial_date
            group by hash(
                clinic_id, patient_id, instrument, respondent, cast(measured_at as date)
            )
            having min(measured_at) <> max(measured_at)
            """,
            "plausibility",
            INFO,
            why="Two forms of one day are more often one form that was exported twice.",
        ),
        no_row(
            "one_therapist_a_day",
            # One row per patient and day. Patients with one therapist need no further look.
            """
            with shared as (
                select hash(clinic_id, patient_id) as patient
                from assessment
                where not has_artificial_date
                group by hash(clinic_id, patient_id)
                having min(therapist_id) <> max(therapist_id)
            )
            select 1
            from assessment
            where not has_artificial_date
                and hash(clinic_id, patient_id) in (select patient from shared)
            group by clinic_id, patient_id, cast(measured_at as date)
            having min(therapist_id) <> max(therapist_id)
            """,
            "plausibility",
            INFO,
            why="Where two therapists stand at one day, somebody's patients go to another's list.",
        ),
        no_row(
            "inside_its_episode",
            # Judged where the clinic's own system told when the episode was.
            """
            select 1
            from assessment
            inner join exported_episode
                on assessment.clinic_id = exported_episode.clinic_id
                and assessment.patient_id = exported_episode.patient_id
                and assessment.episode_id = exported_episode.episode_id
            cross join quality_limit
            where not assessment.has_artificial_date
                and (
                    cast(assessment.measured_at as date)
                    < exported_episode.started_on
                        - cast(quality_limit.days_before_episode as integer)
                    or cast(assessment.measured_at as date)
                    > exported_episode.ended_on
                        + cast(quality_limit.days_after_episode as integer)
                )
            """,
            "plausibility",
            WARNING,
            why="A measurement far outside its treatment has a wrong date or a wrong episode.",
        ),
        no_row(
            "weekly_volume_is_steady",
            # One row per clinic whose last full week lies more than three standard deviations
            # from its twelve weeks before (RULES: drift, volume +-3 sigma). Weeks without forms
            # count as 0; judged from 10 forms a week on, so that small practices are left in peace.
            """
            with day as (
                select clinic_id, measured_at
                from assessment
                where not has_artificial_date
            ),
            ago as (
                select
                    clinic_id,
                    date_diff('day', cast(measured_at as date), run.as_of) // 7 as weeks
                from day
                cross join run
            ),
            started as (
                select clinic_id from ago group by clinic_id having max(weeks) >= 13
            ),
            counted as (
                select started.clinic_id, week.weeks, count(ago.weeks) as forms
                from started
                cross join range(1, 14) as week (weeks)
                left join ago on started.clinic_id = ago.clinic_id and week.weeks = ago.weeks
                group by started.clinic_id, week.weeks
            )
            select clinic_id
            from counted
            group by clinic_id
            having avg(forms) filter (where weeks > 1) >= 10
                and abs(
                    any_value(forms) filter (where weeks = 1) - avg(forms) filter (where weeks > 1)
                ) > 3 * stddev_samp(forms) filter (where weeks > 1)
            """,
            "plausibility",
            INFO,
            why="A sudden fall or rise is more often a missing or doubled export than a busy week.",
        ),
    )
