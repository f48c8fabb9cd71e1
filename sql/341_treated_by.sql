-- grain: episode x therapist who held sessions of it
-- kind: step
-- lane: therapists
-- reads: episode, placed_appointment, assessment
-- why: an episode that several therapists treated is each one's own by the share of the sessions
--   that were attended. Where no export says who came, days of measurement at a session stand
--   for them, else all days of measurement; where nobody is named there, the episode's own
--   therapist has it whole. A supervisor or co-therapist who is not in the export has no share.
with

attended as (
    select
        clinic_id,
        patient_id,
        episode_id,
        therapist_id,
        count(distinct starts_at::date) as sessions
    from placed_appointment
    where attended and therapist_id is not null
    group by clinic_id, patient_id, episode_id, therapist_id
),

numbered as (
    select
        clinic_id,
        patient_id,
        episode_id,
        bool_or(coalesce(session_no >= 1, false)) as knows_sessions
    from assessment
    where not is_follow_up and therapist_id is not null
    group by clinic_id, patient_id, episode_id
),

measured as (
    select
        assessment.clinic_id,
        assessment.patient_id,
        assessment.episode_id,
        assessment.therapist_id,
        count(distinct assessment.measured_at::date) as sessions
    from assessment
    inner join numbered
        on assessment.clinic_id = numbered.clinic_id
        and assessment.patient_id = numbered.patient_id
        and assessment.episode_id = numbered.episode_id
    anti join attended
        on assessment.clinic_id = attended.clinic_id
        and assessment.patient_id = attended.patient_id
        and assessment.episode_id = attended.episode_id
    where
        not assessment.is_follow_up
        and assessment.therapist_id is not null
        and (not numbered.knows_sessions or coalesce(assessment.session_no >= 1, false))
    group by
        assessment.clinic_id,
        assessment.patient_id,
        assessment.episode_id,
        assessment.therapist_id
),

known as (
    select * from attended
    union all
    select * from measured
),

told as (
    select
        clinic_id,
        patient_id,
        episode_id,
        therapist_id,
        sessions
    from known
    union all
    select
        episode.clinic_id,
        episode.patient_id,
        episode.episode_id,
        episode.therapist_id,
        1 as sessions
    from episode
    anti join known
        on episode.clinic_id = known.clinic_id
        and episode.patient_id = known.patient_id
        and episode.episode_id = known.episode_id
    where episode.therapist_id is not null
)

select
    clinic_id,
    patient_id,
    episode_id,
    therapist_id,
    dense_rank() over (order by clinic_id, therapist_id)::integer as therapist_no,
    sessions / sum(sessions) over (partition by clinic_id, patient_id, episode_id) as share
from told
