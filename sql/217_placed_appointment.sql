-- grain: one appointment, in its episode
-- reads: scale_sum, appointment, exported_episode, episode_day, stretch, setting_value
-- why: sessions are appointments that were attended, counted per episode. An appointment belongs
--   to the episode that it names, else to the exported one of its day, else to the course of
--   measurements that runs, starts soon or was the last. What follows an end is no session.
with

named as (
    select distinct
        scale_sum.clinic_id,
        scale_sum.patient_id,
        scale_sum.exported_episode_id as episode_id,
        scale_sum.measured_at
    from scale_sum
    semi join appointment
        on scale_sum.clinic_id = appointment.clinic_id
        and scale_sum.patient_id = appointment.patient_id
    anti join exported_episode
        on scale_sum.clinic_id = exported_episode.clinic_id
        and scale_sum.patient_id = exported_episode.patient_id
        and scale_sum.exported_episode_id = exported_episode.episode_id
        and exported_episode.started_on is not null
    where scale_sum.exported_episode_id is not null
),

-- Courses of which only measurements tell: named episodes without dates, and stretches of
-- measuring in which nothing names an episode.
courses as (
    select
        clinic_id,
        patient_id,
        episode_id,
        min(measured_at)::date as started_on,
        max(measured_at)::date as last_day
    from named
    group by clinic_id, patient_id, episode_id
    union all
    select
        stretch.clinic_id,
        stretch.patient_id,
        stretch.patient_id || '-' || strftime(stretch.started_at, '%Y%m%d') as episode_id,
        stretch.started_at::date as started_on,
        stretch.last_measured_at::date as last_day
    from stretch
    anti join named
        on stretch.clinic_id = named.clinic_id
        and stretch.patient_id = named.patient_id
        and named.measured_at between stretch.started_at and stretch.last_measured_at
),

near as (
    select
        appointment.clinic_id,
        appointment.patient_id,
        appointment.starts_at,
        courses.episode_id,
        courses.started_on,
        case
            when appointment.starts_at::date < courses.started_on then 2
            when appointment.starts_at::date > courses.last_day then 3
            else 1
        end as choice
    from appointment
    inner join courses
        on appointment.clinic_id = courses.clinic_id
        and appointment.patient_id = courses.patient_id
    cross join setting_value
    where appointment.starts_at::date >= courses.started_on - setting_value.before_start_days
),

measured as (
    select *
    from near
    qualify row_number() over (
        partition by clinic_id, patient_id, starts_at
        order by
            choice,
            case when choice = 2 then started_on end,
            started_on desc,
            episode_id desc
    ) = 1
),

placed as (
    select
        appointment.clinic_id,
        appointment.patient_id,
        coalesce(appointment.episode_id, episode_day.episode_id, measured.episode_id)
            as episode_id,
        appointment.therapist_id,
        appointment.group_id,
        appointment.starts_at,
        appointment.attended
    from appointment
    left join episode_day
        on appointment.clinic_id = episode_day.clinic_id
        and appointment.patient_id = episode_day.patient_id
        and appointment.starts_at::date = episode_day.day
    left join measured
        on appointment.clinic_id = measured.clinic_id
        and appointment.patient_id = measured.patient_id
        and appointment.starts_at = measured.starts_at
    where appointment.episode_id is not null or not coalesce(episode_day.is_follow_up, false)
)

select
    clinic_id,
    patient_id,
    episode_id,
    therapist_id,
    group_id,
    starts_at,
    attended,
    (count(*) filter (where attended) over (
        partition by clinic_id, patient_id, episode_id
        order by starts_at::date
    ))::integer as sessions_so_far
from placed
where episode_id is not null
