-- grain: assessment x followed scale, from the baseline on
-- kind: step
-- reads: score, followed_course, instrument, instrument_scale, setting
-- why: where on its course each form stands, as the setting `time` says: at its session, or at
--   1 + the weeks since the baseline. Sessions are those of the export where every form after
--   the baseline has one from 1 on; else forms are counted. The newest form about the alliance
--   stands beside it, as a share of its range. `form_no` is the row of `score`.
with

forms as (
    select
        score.rowid as form_no,
        followed_course.course_no,
        followed_course.planned_sessions,
        score.assessment_id,
        score.therapist_id,
        score.group_id,
        score.session_no,
        score.assessment_no,
        score.measured_at,
        score.score,
        score.respondent is null as is_unnamed,
        score.measured_at = followed_course.baseline_at as is_baseline,
        date_diff('day', followed_course.baseline_at, score.measured_at) as days
    from score
    inner join followed_course
        on score.clinic_id = followed_course.clinic_id
        and score.patient_id = followed_course.patient_id
        and score.episode_id = followed_course.episode_id
        and score.instrument = followed_course.instrument
        and score.scale = followed_course.scale
        and score.measured_at >= followed_course.baseline_at
    where
        score.score is not null
        and score.baseline_score is not null
        and not score.is_follow_up
),

counted as (
    select
        course_no,
        bool_and(is_baseline or coalesce(session_no >= 1, false)) as knows_sessions,
        min(assessment_no) as baseline_no
    from forms
    group by course_no
),

alliances as (
    select
        followed_course.course_no,
        score.measured_at,
        avg(
            case
                when instrument_scale.direction > 0 then score.score - instrument_scale.minimum
                else instrument_scale.maximum - score.score
            end / (instrument_scale.maximum - instrument_scale.minimum)
        ) as alliance
    from score
    inner join instrument_scale
        on score.instrument = instrument_scale.instrument
        and score.scale = instrument_scale.scale
        and instrument_scale.is_main
    inner join followed_course
        on score.clinic_id = followed_course.clinic_id
        and score.patient_id = followed_course.patient_id
        and score.episode_id = followed_course.episode_id
    semi join instrument
        on score.instrument = instrument.instrument
        and instrument.measures = 'alliance'
    where score.score is not null and not score.is_follow_up
    group by followed_course.course_no, score.measured_at
),

placed as (
    select
        forms.*,
        counted.knows_sessions,
        case
            when not counted.knows_sessions
                then forms.assessment_no - counted.baseline_no + 1
            when forms.is_baseline then greatest(coalesce(forms.session_no, 1), 1)
            else forms.session_no
        end as session,
        alliances.alliance
    from forms
    inner join counted using (course_no)
    asof left join alliances
        on forms.course_no = alliances.course_no
        and forms.measured_at >= alliances.measured_at
),

timed as (
    select
        placed.*,
        setting.value = 'weeks' as is_in_weeks
    from placed
    cross join setting
    where setting.section = 'course' and setting.name = 'time'
)

select
    form_no,
    course_no,
    assessment_id,
    therapist_id,
    group_id,
    session_no,
    measured_at,
    score,
    is_baseline,
    is_unnamed,
    session::integer as session,
    case when is_in_weeks then 1 + days / 7 else session end::double as place,
    case when knows_sessions and not is_in_weeks then planned_sessions end as planned_sessions,
    alliance
from timed
