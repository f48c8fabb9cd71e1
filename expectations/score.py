"""score: one scale of one filled-in questionnaire, or why it has no score."""

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
    "scale": "VARCHAR",
    "score": "DOUBLE",
    "score_source": "VARCHAR",
    "items_answered": "INTEGER",
    "items_missing": "INTEGER",
    "prorated": "BOOLEAN",
    "no_score_reason": "VARCHAR",
    "reported_score": "DOUBLE",
    "t_score": "DOUBLE",
    "t_population": "VARCHAR",
    "baseline_score": "DOUBLE",
    "is_follow_up": "BOOLEAN",
    "has_artificial_date": "BOOLEAN",
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "score",
        has_columns(
            "score", COLUMNS, why="Stations and exports that read a missing column stop working."
        ),
        never_null("assessment_id", CRITICAL, why="The score could not be traced to its form."),
        never_null("clinic_id", CRITICAL, why="The score would be in no clinic's report."),
        never_null("patient_id", CRITICAL, why="The score would belong to nobody."),
        never_null("episode_id", CRITICAL, why="The score would be compared with no baseline."),
        never_null("instrument", CRITICAL, why="No cut-off or reliable change would apply."),
        never_null("scale", CRITICAL, why="No cut-off or reliable change would apply."),
        never_null("measured_at", CRITICAL, why="The score would have no place in the course."),
        never_null("is_follow_up", CRITICAL, why="It would be neither watched nor evaluated."),
        never_null("prorated", WARNING, why="An estimated score could pass for a complete one."),
        one_row_per(
            "score",
            ("assessment_id", "scale"),
            CRITICAL,
            why="A score that counts twice can fire twice.",
        ),
        at_least("items_answered", 0, CRITICAL, why="Completeness would be computed wrongly."),
        at_least("items_missing", 0, CRITICAL, why="Completeness would be computed wrongly."),
        no_row(
            "score_between_scale_bounds",
            """
            select 1
            from score
            inner join instrument_scale
                on score.instrument = instrument_scale.instrument
                and score.scale = instrument_scale.scale
            where score.score not between instrument_scale.minimum and instrument_scale.maximum
            """,
            "conformance",
            CRITICAL,
            why="A score outside its scale is compared with cut-offs that do not fit it.",
        ),
        no_row(
            "scale_is_known",
            """
            select 1
            from score
            anti join instrument_scale
                on score.instrument = instrument_scale.instrument
                and score.scale = instrument_scale.scale
            where score.instrument is not null and score.scale is not null
            """,
            "conformance",
            CRITICAL,
            why="A score on an unknown scale is watched by no rule, without anybody noticing.",
        ),
        no_row(
            "score_or_a_reason_why_not",
            """
            select 1
            from score
            where (score is null) <> (no_score_reason is not null)
            """,
            "conformance",
            CRITICAL,
            why="A missing score must be told apart from one that was forgotten.",
        ),
        no_row(
            "score_says_where_it_came_from",
            """
            select 1
            from score
            where case score_source
                when 'recomputed' then score is null or items_answered is null
                when 'reported' then score is null or score is distinct from reported_score
                else score is not null
            end
            """,
            "conformance",
            CRITICAL,
            why="A sender's own total could pass for one that was recomputed from answers.",
        ),
        no_row(
            "items_add_up_to_the_scale",
            """
            select 1
            from score
            inner join instrument_scale
                on score.instrument = instrument_scale.instrument
                and score.scale = instrument_scale.scale
            where score.items_answered + score.items_missing <> instrument_scale.items
            """,
            "conformance",
            CRITICAL,
            why="Items would be counted twice or not at all in the score.",
        ),
        no_row(
            "enough_items_for_a_score",
            """
            select 1
            from score
            inner join instrument_scale
                on score.instrument = instrument_scale.instrument
                and score.scale = instrument_scale.scale
            where score.score_source = 'recomputed'
                and score.items_answered + score.items_missing = instrument_scale.items
                and score.items_missing > instrument_scale.allowed_missing
            """,
            "conformance",
            CRITICAL,
            why="An alert must never rest on a score with too many answers missing.",
        ),
        no_row(
            "prorated_says_whether_items_are_missing",
            """
            select 1
            from score
            where case
                when score_source = 'recomputed'
                    then items_missing >= 0 and prorated <> (items_missing > 0)
                else prorated
            end
            """,
            "conformance",
            WARNING,
            why="An estimated score would be read as a complete one, or the reverse.",
        ),
        no_row(
            "score_follows_from_its_answers",
            # Complete forms only. Up to 50,000 scores all of them, above that those of one patient
            # in so many, always the same ones, so that the check stays cheap at any size.
            """
            with sampled as (
                select *
                from score
                where score_source = 'recomputed'
                    and items_missing = 0
                    and items_answered > 0
                    and hash(patient_id) % (
                        select cast(greatest(1, count(*) // 50000) as ubigint) from score
                    ) = 0
            ),
            answered as (
                select *
                from response
                where hash(patient_id) % (
                    select cast(greatest(1, count(*) // 50000) as ubigint) from score
                ) = 0
            ),
            recomputed as (
                select
                    sampled.assessment_id,
                    sampled.scale,
                    any_value(sampled.score) as score,
                    any_value(sampled.items_answered) as items_answered,
                    count(*) as answers,
                    sum(
                        case
                            when instrument_item.is_reversed
                                then instrument_item.minimum + instrument_item.maximum
                                    - answered.value
                            else answered.value
                        end
                    ) as total
                from sampled
                inner join instrument_item
                    on sampled.instrument = instrument_item.instrument
                    and sampled.scale = instrument_item.scale
                inner join answered
                    on sampled.clinic_id = answered.clinic_id
                    and sampled.patient_id = answered.patient_id
                    and sampled.measured_at = answered.measured_at
                    and sampled.instrument = answered.instrument
                    and sampled.respondent is not distinct from answered.respondent
                    and instrument_item.item = answered.item
                group by sampled.assessment_id, sampled.scale, sampled.instrument
            )
            select 1
            from recomputed
            inner join sampled using (assessment_id, scale)
            inner join instrument_scale
                on sampled.instrument = instrument_scale.instrument
                and sampled.scale = instrument_scale.scale
            where recomputed.answers = recomputed.items_answered
                and abs(
                    recomputed.score
                    - recomputed.total * instrument_scale.multiplier
                    / if(instrument_scale.aggregation = 'mean', instrument_scale.items, 1)
                ) > 1e-6
            """,
            "conformance",
            CRITICAL,
            why="A score that its answers do not add up to misleads therapist and patient.",
        ),
        no_row(
            "reported_score_agrees",
            # Half a unit of the last decimal that exports print (one decimal). Where too few items
            # are there to recompute it, a total that none of the absent answers could give.
            """
            select 1
            from score
            where not prorated
                and (
                    abs(score - reported_score) > 0.05 + 1e-9
                    or no_score_reason = 'reported_total_impossible'
                )
            """,
            "plausibility",
            WARNING,
            why="The sender scores differently: another version, or items in another order.",
        ),
        no_row(
            "t_score_follows_from_its_population",
            """
            select 1
            from score
            inner join instrument_scale
                on score.instrument = instrument_scale.instrument
                and score.scale = instrument_scale.scale
            where score.t_population is distinct from case
                    when score.score is not null then instrument_scale.reference_population
                end
                or (score.t_score is null) <> (score.t_population is null)
                or abs(
                    (score.t_score - 50) / 10 * instrument_scale.reference_sd
                    - (score.score - instrument_scale.reference_mean)
                ) > 1e-5 * instrument_scale.reference_sd
            """,
            "conformance",
            CRITICAL,
            why="T-scores of two populations would be compared as if they were of one.",
        ),
        no_row(
            "baseline_is_the_series_baseline",
            """
            select 1
            from score
            left join instrument on score.instrument = instrument.instrument
            left join baseline
                on score.clinic_id = baseline.clinic_id
                and score.patient_id = baseline.patient_id
                and score.episode_id = baseline.episode_id
                and score.instrument = baseline.instrument
                and score.scale = baseline.scale
                and coalesce(score.respondent, instrument.respondent) = baseline.respondent
            where score.clinic_id is not null
                and score.patient_id is not null
                and score.episode_id is not null
                and score.instrument is not null
                and score.scale is not null
                and score.baseline_score is distinct from baseline.baseline_score
                and (score.baseline_score is not null or score.measured_at >= baseline.baseline_at)
            """,
            "conformance",
            CRITICAL,
            why="A baseline that moves within a series can raise or hide an alert.",
        ),
        no_row(
            "comes_from_an_assessment",
            """
            select 1
            from score
            anti join assessment
                on score.assessment_id = assessment.assessment_id
                and score.patient_id = assessment.patient_id
                and score.episode_id = assessment.episode_id
            where score.assessment_id is not null
                and score.patient_id is not null
                and score.episode_id is not null
            """,
            "conformance",
            CRITICAL,
            why="The score would stand in another patient's or episode's course.",
        ),
        nothing_missing(
            "every_assessment_is_scored",
            """
            with unscored as (
                select assessment.*, instrument_scale.scale
                from assessment
                inner join instrument_scale on assessment.instrument = instrument_scale.instrument
                anti join score
                    on assessment.assessment_id = score.assessment_id
                    and instrument_scale.scale = score.scale
            ),
            asked as (
                select instrument, scale, item from instrument_item
                union all
                select instrument, scale, scale as item from instrument_scale
            )
            select 1
            from unscored
            inner join asked
                on unscored.instrument = asked.instrument and unscored.scale = asked.scale
            semi join response
                on unscored.clinic_id = response.clinic_id
                and unscored.patient_id = response.patient_id
                and unscored.measured_at = response.measured_at
                and unscored.instrument = response.instrument
                and unscored.respondent is not distinct from response.respondent
                and asked.item = response.item
            group by unscored.assessment_id, unscored.scale
            """,
            CRITICAL,
            why="A form that drops out between here and there is watched by no rule.",
        ),
        no_row(
            "most_forms_can_be_scored",
            # One row per clinic and scale, from 20 forms on. Own choice. [D] A scale of which an
            # export holds nothing does not count, unless it holds nothing of any other.
            """
            with filled_in as (
                select *
                from score
                where no_score_reason is distinct from 'no_answer'
            ),
            blank as (
                select *
                from score
                anti join filled_in on score.assessment_id = filled_in.assessment_id
                where score.no_score_reason = 'no_answer'
            )
            select 1
            from (select * from filled_in union all select * from blank) as form
            group by clinic_id, instrument, scale
            having count(*) >= 20 and count(score) < 0.8 * count(*)
            """,
            "completeness",
            WARNING,
            why="Where a fifth of the forms has no score, figures speak for the others only.",
        ),
        no_row(
            "few_scores_are_prorated",
            # One row per clinic and instrument, from 20 scores on. Own choice. [D]
            """
            select 1
            from score
            where score is not null
            group by clinic_id, instrument
            having count(*) >= 20 and avg(cast(prorated as integer)) > 0.1
            """,
            "completeness",
            INFO,
            why="Where one score in ten is estimated, an item is probably not exported.",
        ),
        no_row(
            "alliance_is_not_always_perfect",
            # One row per clinic and instrument, from 20 scores on. Own choice. [D]
            """
            select 1
            from score
            inner join instrument
                on score.instrument = instrument.instrument and instrument.measures = 'alliance'
            inner join instrument_scale
                on score.instrument = instrument_scale.instrument
                and score.scale = instrument_scale.scale
            where score.score is not null
            group by score.clinic_id, score.instrument
            having count(*) >= 20
                and avg(cast(score.score = instrument_scale.maximum as integer)) > 0.5
            """,
            "plausibility",
            INFO,
            why="Where most alliance scores are perfect, a low-alliance rule sees too little.",
        ),
        no_row(
            "wellbeing_is_seldom_at_an_extreme",
            # One row per clinic and instrument, from 20 scores on (RULES B2.4: 0 or the maximum
            # is a hint of doubtful validity; the share is our own choice). [D]
            """
            select 1
            from score
            inner join instrument
                on score.instrument = instrument.instrument and instrument.measures = 'wellbeing'
            inner join instrument_scale
                on score.instrument = instrument_scale.instrument
                and score.scale = instrument_scale.scale
            where score.score is not null
            group by score.clinic_id, score.instrument
            having count(*) >= 20
                and avg(
                    cast(
                        score.score in (instrument_scale.minimum, instrument_scale.maximum)
                        as integer
                    )
                ) > 0.05
            """,
            "plausibility",
            INFO,
            why="Sliders left at an end say that the form was not filled in seriously.",
        ),
    )
