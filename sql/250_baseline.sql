-- grain: episode x instrument x scale
-- reads: assessment, recomputed_score, instrument, placed_appointment, setting_value
-- why: change is counted from one fixed starting point. The last valid score from 14 days before
--   up to the first session that was attended (its day included), else the first within 14 days
--   after it, else none; where no export knows sessions, the first valid score of the episode.
--   It never moves. Scores of several respondents are never compared: the series is that of the
--   respondent whom the instrument is made for, else of the one who began it.
with

valid as (
    select
        assessment.clinic_id,
        assessment.patient_id,
        assessment.episode_id,
        assessment.instrument,
        coalesce(assessment.respondent, instrument.respondent) as respondent,
        assessment.measured_at,
        recomputed_score.scale,
        recomputed_score.score,
        recomputed_score.is_clinical,
        assessment.respondent is null as is_unnamed,
        instrument.respondent as made_for
    from recomputed_score
    inner join assessment using (assessment_id)
    inner join instrument on assessment.instrument = instrument.instrument
    where recomputed_score.score is not null and not assessment.is_follow_up
),

series as (
    select
        *,
        first_value(respondent) over (
            partition by clinic_id, patient_id, episode_id, instrument, scale
            order by respondent = made_for desc, measured_at, respondent
        ) as series_respondent
    from valid
),

-- Where an export says who came, the first who came was the first session.
attendance as (
    select
        clinic_id,
        patient_id,
        episode_id,
        min(starts_at) filter (where attended) as first_session_at
    from placed_appointment
    where attended is not null
    group by clinic_id, patient_id, episode_id
),

numbered as (
    select
        clinic_id,
        patient_id,
        episode_id,
        min(measured_at) filter (where session_no >= 1) as first_session_at
    from assessment
    where not is_follow_up
    group by clinic_id, patient_id, episode_id
),

first_session as (
    select
        numbered.clinic_id,
        numbered.patient_id,
        numbered.episode_id,
        case
            when attendance.episode_id is null then numbered.first_session_at
            else attendance.first_session_at
        end as first_session_at,
        attendance.episode_id is not null or numbered.first_session_at is not null
            as knows_sessions
    from numbered
    left join attendance
        on numbered.clinic_id = attendance.clinic_id
        and numbered.patient_id = attendance.patient_id
        and numbered.episode_id = attendance.episode_id
),

placed as (
    select
        series.*,
        first_session.first_session_at,
        first_session.knows_sessions,
        date_diff('day', first_session.first_session_at, series.measured_at) as days_after
    from series
    inner join first_session using (clinic_id, patient_id, episode_id)
    where series.respondent = series.series_respondent
),

candidates as (
    select
        placed.*,
        coalesce(placed.measured_at <= placed.first_session_at, false) as is_before,
        case
            when not placed.knows_sessions then 'first_valid_assessment'
            when placed.days_after between -setting_value.baseline_before_days and 0
                then 'before_first_session'
            when placed.days_after between 1 and setting_value.baseline_after_days
                then 'after_first_session'
        end as rule
    from placed
    cross join setting_value
)

select
    clinic_id,
    patient_id,
    episode_id,
    instrument,
    scale,
    score as baseline_score,
    measured_at as baseline_at,
    rule,
    respondent,
    is_clinical
from candidates
where rule is not null
qualify row_number() over (
    partition by clinic_id, patient_id, episode_id, instrument, scale
    order by
        is_before desc,
        case when is_before then measured_at end desc,
        measured_at,
        is_unnamed desc
) = 1
