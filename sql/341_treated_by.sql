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

measured_days as (
    select
        clinic_id,
        patient_id,
        episode_id,
        therapist_id,
        measured_at::date as measured_on,
        bool_or(coalesce(session_no >= 1, false)) as is_session
    from assessment
    where not is_follow_up and therapist_id is not null
    group by clinic_id, patient_id, episode_id, therapist_id, measured_at::date
),

by_therapist as (
    select
        clinic_id,
        patient_id,
        episode_id,
        therapist_id,
        count(*) filter (where is_session) as sessions,
        count(*) as days
    from measured_days
    group by clinic_id, patient_id, episode_id, therapist_id
),

measured as (
    select
        by_therapist.clinic_id,
        by_therapist.patient_id,
        by_therapist.episode_id,
        by_therapist.therapist_id,
        case
            when
                sum(by_therapist.sessions) over (
                    partition by
                        by_therapist.clinic_id, by_therapist.patient_id, by_therapist.episode_id
                ) > 0
                then by_therapist.sessions
            else by_therapist.days
        end as sessions
    from by_therapist
    anti join attended
        on by_therapist.clinic_id = attended.clinic_id
        and by_therapist.patient_id = attended.patient_id
        and by_therapist.episode_id = attended.episode_id
),

known as (
    select * from attended
    union all
    select * from measured
    where sessions > 0
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
),

therapists as (
    select
        clinic_id,
        therapist_id,
        row_number() over (order by clinic_id, therapist_id)::integer as therapist_no
    from (select distinct clinic_id, therapist_id from told) as named
)

select
    told.clinic_id,
    told.patient_id,
    told.episode_id,
    told.therapist_id,
    therapists.therapist_no,
    told.sessions
    / sum(told.sessions) over (partition by told.clinic_id, told.patient_id, told.episode_id)
        as share
from told
inner join therapists using (clinic_id, therapist_id)
