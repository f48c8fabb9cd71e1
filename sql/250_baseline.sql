-- grain: episode x instrument x scale
-- reads: assessment, recomputed_score, instrument, setting_value
-- why: change is counted from one fixed starting point. The last valid score from 14 days before
--   up to the first session (its day included), else the first within 14 days after it, else
--   none; where an export knows no sessions, the first valid score of the episode. It never
--   moves. Scores of several respondents are never compared: the series is that of the
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
    where recomputed_score.score is not null
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

first_session as (
    select
        clinic_id,
        patient_id,
        episode_id,
        min(measured_at) filter (where session_no >= 1) as first_session_at
    from assessment
    group by clinic_id, patient_id, episode_id
),

placed as (
    select
        series.*,
        first_session.first_session_at,
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
            when placed.first_session_at is null then 'first_valid_assessment'
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
