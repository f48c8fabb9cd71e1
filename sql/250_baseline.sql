-- grain: episode x instrument x scale
-- reads: assessment, recomputed_score, setting_value
-- why: change is counted from one fixed starting point. The last valid score from 14 days before up to the first session, else the first within 14 days after it, else none; where an export knows no sessions, the first valid score of the episode. It never moves.
with

valid as (
    select
        assessment.clinic_id,
        assessment.patient_id,
        assessment.episode_id,
        assessment.instrument,
        assessment.respondent,
        assessment.session_no,
        assessment.measured_at,
        recomputed_score.scale,
        recomputed_score.score
    from recomputed_score
    inner join assessment using (assessment_id)
    where recomputed_score.score is not null
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
        valid.*,
        first_session.first_session_at,
        date_diff('day', first_session.first_session_at, valid.measured_at) as days_after,
        setting_value.baseline_before_days,
        setting_value.baseline_after_days
    from valid
    inner join first_session using (clinic_id, patient_id, episode_id)
    cross join setting_value
),

candidates as (
    select
        *,
        case
            when first_session_at is null then 'first_valid_assessment'
            when measured_at <= first_session_at and -days_after <= baseline_before_days
                then 'before_first_session'
            when measured_at > first_session_at and days_after <= baseline_after_days
                then 'after_first_session'
        end as rule
    from placed
)

select
    clinic_id,
    patient_id,
    episode_id,
    instrument,
    scale,
    score as baseline_score,
    measured_at as baseline_at,
    rule
from candidates
where rule is not null
qualify row_number() over (
    partition by clinic_id, patient_id, episode_id, instrument, scale
    order by
        rule = 'before_first_session' desc,
        case when rule = 'before_first_session' then measured_at end desc,
        measured_at,
        respondent nulls first
) = 1
