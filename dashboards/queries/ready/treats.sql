-- grain: one patient of a clinic and one therapist of it who treats the patient, and how
-- reads: episode, alert_list, placed_appointment, therapy_group
-- why: a patient is that of the therapist of the running episodes (of the last one where none
--      runs), and of whom an open alert is addressed to. A co-therapist treats the patient in a
--      running episode, by appointments or as leader of the group. Who may see whom because of
--      this is for visible_patient.sql to say
with

current_episode as (
    select
        clinic_id,
        patient_id,
        episode_id,
        therapist_id,
        group_id,
        is_closed
    from episode
    qualify
        not is_closed
        or row_number() over (
            partition by clinic_id, patient_id
            order by is_closed, started_at desc, episode_id desc
        ) = 1
),

owned as (
    select
        clinic_id,
        therapist_id,
        patient_id,
        true as is_own
    from current_episode
    union all
    select
        clinic_id,
        therapist_id,
        patient_id,
        true as is_own
    from alert_list
    where patient_id is not null
),

co_treated as (
    select
        current_episode.clinic_id,
        placed_appointment.therapist_id,
        current_episode.patient_id,
        false as is_own
    from current_episode
    inner join placed_appointment
        on current_episode.clinic_id = placed_appointment.clinic_id
        and current_episode.patient_id = placed_appointment.patient_id
        and current_episode.episode_id = placed_appointment.episode_id
        and placed_appointment.attended is not false
    where not current_episode.is_closed
    union all
    select
        current_episode.clinic_id,
        therapy_group.therapist_id,
        current_episode.patient_id,
        false as is_own
    from current_episode
    inner join therapy_group
        on current_episode.clinic_id = therapy_group.clinic_id
        and current_episode.group_id = therapy_group.group_id
        and therapy_group.ended_on is null
    where not current_episode.is_closed
),

related as (
    select * from owned
    union all
    select * from co_treated
)

select
    clinic_id,
    therapist_id,
    patient_id,
    case when bool_or(is_own) then 'own' else 'co_therapist' end as relation
from related
where therapist_id is not null
group by clinic_id, therapist_id, patient_id
order by clinic_id, therapist_id
