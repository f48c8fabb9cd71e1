"""course: every score beside what was to be expected of it."""

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
    "assessment_id": "VARCHAR",
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "group_id": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "session_no": "INTEGER",
    "measured_at": "TIMESTAMP",
    "score": "DOUBLE",
    "expected": "DOUBLE",
    "lower": "DOUBLE",
    "upper": "DOUBLE",
    "lower68": "DOUBLE",
    "upper68": "DOUBLE",
    "standard_score": "DOUBLE",
    "off_course": "VARCHAR",
    "is_beyond_fit": "BOOLEAN",
    "p_deterioration": "DOUBLE",
    "p_deterioration_calibrated": "DOUBLE",
    "p_improvement": "DOUBLE",
    "model": "VARCHAR",
    "fitted_until": "DATE",
}


def suite() -> ExpectationSuite:
    return suite_of(
        "course",
        has_columns("course", COLUMNS, why="No score could be compared with what is expected."),
        never_null("clinic_id", CRITICAL, why="A patient could be shown to another clinic."),
        never_null("patient_id", CRITICAL, why="Nobody could say whose course this is."),
        never_null("measured_at", WARNING, why="The score would have no place on the course."),
        never_null("expected", WARNING, why="The course could not be drawn."),
        in_set("off_course", ("amber", "red"), CRITICAL, why="A rule would not see it."),
        one_row_per(
            "course",
            ("assessment_id", "scale"),
            CRITICAL,
            why="One score would be on course and off course at once.",
        ),
        no_row(
            "bands_lie_within_each_other_and_the_scale",
            """
            select 1
            from course
            inner join instrument_scale as scale
                on course.instrument = scale.instrument and course.scale = scale.scale
            where not (
                scale.minimum <= course.lower
                and course.lower <= course.lower68
                and course.lower68 <= course.upper68
                and course.upper68 <= course.upper
                and course.upper <= scale.maximum
            )
            """,
            "conformance",
            WARNING,
            why="The band that is drawn would not be the one that is meant.",
        ),
        no_row(
            "off_course_is_beyond_the_band_on_the_worse_side",
            """
            select 1
            from course
            inner join instrument_scale as scale
                on course.instrument = scale.instrument and course.scale = scale.scale
            where case
                when course.off_course is null then
                    not course.is_baseline
                    and case
                        when scale.direction > 0 then course.score < course.lower68 - 1e-6
                        else course.score > course.upper68 + 1e-6
                    end
                when scale.direction > 0 then not course.score
                    < case course.off_course when 'red' then course.lower else course.lower68 end
                else not course.score
                    > case course.off_course when 'red' then course.upper else course.upper68 end
            end
            """,
            "conformance",
            CRITICAL,
            why="A patient off course would be missed, or one on course be called off it.",
        ),
        no_row(
            "probabilities_are_shares",
            """
            select 1
            from course
            where not (
                p_deterioration between 0 and 1
                and p_deterioration_calibrated between 0 and 1
                and p_improvement between 0 and 1
            )
            """,
            "conformance",
            WARNING,
            why="A risk would be shown that cannot be.",
        ),
        no_row(
            "fitted_to_the_past_alone",
            """
            select 1
            from course
            cross join run
            where course.fitted_until >= run.as_of
            """,
            "conformance",
            WARNING,
            why="The course would learn from those it is to judge.",
        ),
        nothing_missing(
            "every_score_has_its_place",
            """
            select 1
            from score
            inner join baseline
                on score.clinic_id = baseline.clinic_id
                and score.patient_id = baseline.patient_id
                and score.episode_id = baseline.episode_id
                and score.instrument = baseline.instrument
                and score.scale = baseline.scale
                and score.measured_at >= baseline.baseline_at
            inner join growth_model
                on score.clinic_id = growth_model.clinic_id
                and score.instrument = growth_model.instrument
                and score.scale = growth_model.scale
                and growth_model.refused is null
            anti join course
                on score.assessment_id = course.assessment_id
                and score.scale = course.scale
                and score.score = course.score
            where score.score is not null
                and score.baseline_score is not null
                and not score.is_follow_up
            """,
            WARNING,
            why="A score would not be compared with what is expected, and nobody would notice.",
        ),
    )
