-- grain: one day on which a patient came, in an episode
-- kind: step
-- reads: placed_appointment, assessment, episode, landed_appointment, run, setting_value
-- why: whether a patient is still coming. An attended appointment is a contact; where no export
--   says who came, the day of a measurement that names its session stands for it (a form every
--   quarter would not do). Provisional drop-out (own choice,
--   RULES B6): no contact for so many days, nothing planned, no end recorded, and the planned
--   number of sessions not reached. It is due the day after; a later contact, an end or a
--   plan within those days takes it away.
with

attended as (
    select
        clinic_id,
        patient_id,
        episode_id,
        max(therapist_id) as therapist_id,
        max(group_id) as group_id,
        starts_at::date as day,
        max(starts_at) as came_at,
        max(sessions_so_far) as sessions,
        'appointment' as known_from
    from placed_appointment
    where attended
    group by clinic_id, patient_id, episode_id, starts_at::date
),

registered as (
    select distinct
        clinic_id,
        patient_id,
        episode_id
    from placed_appointment
    where attended is not null
),

measured as (
    select
        assessment.clinic_id,
        assessment.patient_id,
        assessment.episode_id,
        max(assessment.therapist_id) as therapist_id,
        max(assessment.group_id) as group_id,
        assessment.measured_at::date as day,
        max(assessment.measured_at) as came_at,
        max(assessment.session_no) as sessions,
        'measurement' as known_from
    from assessment
    anti join registered
        on assessment.clinic_id = registered.clinic_id
        and assessment.patient_id = registered.patient_id
        and assessment.episode_id = registered.episode_id
    where not assessment.is_follow_up and assessment.session_no >= 1
    group by
        assessment.clinic_id,
        assessment.patient_id,
        assessment.episode_id,
        assessment.measured_at::date
),

contacts as (
    select * from attended
    union all
    select * from measured
),

-- What stands in the agenda after the day of the data; the file landed last counts.
agenda as (
    select *
    from landed_appointment
    qualify row_number() over (
        partition by clinic_id, patient_id, starts_at
        order by landed_at desc, source_file desc, sha256 desc, source_line desc
    ) = 1
),

planned as (
    select distinct
        agenda.clinic_id,
        agenda.patient_id
    from agenda
    cross join run
    where not agenda.is_withdrawn and agenda.starts_at::date >= run.as_of
),

followed as (
    select
        contacts.*,
        lead(contacts.day) over (
            partition by contacts.clinic_id, contacts.patient_id, contacts.episode_id
            order by contacts.day
        ) as next_day,
        contacts.day + setting_value.drop_out_after_days + 1 as due_on
    from contacts
    cross join setting_value
)

select
    followed.clinic_id,
    followed.patient_id,
    followed.therapist_id,
    followed.episode_id,
    followed.group_id,
    followed.came_at,
    followed.sessions,
    episode.planned_sessions,
    followed.known_from,
    case
        when
            followed.due_on <= run.as_of
            and followed.due_on <= coalesce(followed.next_day, run.as_of)
            and followed.due_on <= coalesce(episode.ended_at::date, run.as_of)
            and (followed.next_day is not null or planned.patient_id is null)
            and coalesce(followed.sessions < episode.planned_sessions, true)
            then followed.due_on::timestamp
    end as drop_out_due_at
from followed
inner join episode
    on followed.clinic_id = episode.clinic_id
    and followed.patient_id = episode.patient_id
    and followed.episode_id = episode.episode_id
left join planned
    on followed.clinic_id = planned.clinic_id
    and followed.patient_id = planned.patient_id
cross join run
