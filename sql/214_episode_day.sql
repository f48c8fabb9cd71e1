-- grain: one day of one patient on which something names no episode but an exported one is near
-- kind: step
-- reads: scale_sum, appointment, exported_episode, setting_value
-- why: where a clinic's own record says when an episode starts and ends, that decides what a
--   measurement or an appointment belongs to: the episode that runs that day, else the one that
--   starts soon, else, as a follow-up, the one that ended last. One rule for both.
with

days as (
    select
        scale_sum.clinic_id,
        scale_sum.patient_id,
        scale_sum.measured_at::date as day
    from scale_sum
    semi join exported_episode
        on scale_sum.clinic_id = exported_episode.clinic_id
        and scale_sum.patient_id = exported_episode.patient_id
    where scale_sum.exported_episode_id is null
    union
    select
        clinic_id,
        patient_id,
        starts_at::date as day
    from appointment
    where episode_id is null
),

near as (
    select
        days.clinic_id,
        days.patient_id,
        days.day,
        exported_episode.episode_id,
        exported_episode.started_on,
        exported_episode.ended_on,
        case
            when days.day < exported_episode.started_on then 2
            when days.day > exported_episode.ended_on then 3
            else 1
        end as choice
    from days
    inner join exported_episode
        on days.clinic_id = exported_episode.clinic_id
        and days.patient_id = exported_episode.patient_id
    cross join setting_value
    where
        days.day >= exported_episode.started_on - setting_value.before_start_days
        and days.day
        <= coalesce(exported_episode.ended_on, days.day) + setting_value.follow_up_days
)

select
    clinic_id,
    patient_id,
    day,
    episode_id,
    choice = 3 as is_follow_up
from near
qualify row_number() over (
    partition by clinic_id, patient_id, day
    order by
        choice,
        case when choice = 2 then started_on end,
        case when choice = 3 then ended_on end desc,
        started_on desc,
        episode_id desc
) = 1
