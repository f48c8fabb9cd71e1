-- grain: one episode (course of treatment) of one patient
-- reads: assessment, run, setting_value
-- why: what is still running decides what is open, overdue or finished. Until exports of episodes are landed, an episode is closed once nothing was measured for the gap, or a later episode began.
with

spans as (
    select
        clinic_id,
        patient_id,
        episode_id,
        arg_max(therapist_id, measured_at) as therapist_id,
        arg_max(group_id, measured_at) as group_id,
        min(measured_at) as started_at,
        max(measured_at) as last_measured_at,
        count(distinct assessment_id)::integer as assessments,
        case when bool_or(exported_episode_id is not null) then 'export' else 'gap' end
            as origin
    from assessment
    group by clinic_id, patient_id, episode_id
),

followed as (
    select
        *,
        lead(started_at) over (
            partition by clinic_id, patient_id
            order by started_at, episode_id
        ) as next_started_at
    from spans
)

select
    followed.clinic_id,
    followed.patient_id,
    followed.episode_id,
    followed.therapist_id,
    followed.group_id,
    followed.started_at,
    followed.last_measured_at,
    followed.assessments,
    coalesce(followed.next_started_at > followed.last_measured_at, false)
    or date_diff('day', followed.last_measured_at, run.as_of) > setting_value.gap_days
        as is_closed,
    followed.origin
from followed
cross join run
cross join setting_value
