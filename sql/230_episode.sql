-- grain: one episode (course of treatment) of one patient
-- reads: assessment, exported_episode, run, setting_value
-- why: what is still running decides what is open, overdue or finished. The clinic's own record
--   says when an episode started and ended, where there is one. Else it started with its first
--   measurement, and has ended once another began after its last one, or nothing was measured
--   for longer than the gap. Follow-up measurements after a recorded end change nothing here.
with

spans as (
    select
        clinic_id,
        patient_id,
        episode_id,
        arg_max(therapist_id, { 'at': measured_at, 'id': therapist_id }) filter (
            where not is_follow_up
        ) as therapist_id,
        arg_max(group_id, { 'at': measured_at, 'id': group_id }) filter (
            where not is_follow_up
        ) as group_id,
        min(measured_at) as first_measured_at,
        max(measured_at) filter (where not is_follow_up) as last_measured_at,
        count(*) filter (where not is_follow_up)::integer as assessments,
        count(*) filter (where is_follow_up)::integer as follow_ups,
        bool_or(exported_episode_id is not null) as is_named
    from assessment
    group by clinic_id, patient_id, episode_id
),

courses as (
    select
        clinic_id,
        patient_id,
        episode_id,
        coalesce(spans.therapist_id, exported_episode.therapist_id) as therapist_id,
        coalesce(spans.group_id, exported_episode.group_id) as group_id,
        coalesce(exported_episode.started_on::timestamp, spans.first_measured_at) as started_at,
        spans.last_measured_at,
        coalesce(spans.assessments, 0) as assessments,
        coalesce(spans.follow_ups, 0) as follow_ups,
        exported_episode.ended_on,
        case
            when exported_episode.source_file is not null or spans.is_named then 'export'
            else 'gap'
        end as origin,
        exported_episode.end_reason,
        exported_episode.track,
        exported_episode.format,
        exported_episode.indicated_treatment,
        exported_episode.given_treatment,
        exported_episode.planned_sessions,
        exported_episode.waiting_days,
        exported_episode.goals_agreed
    from spans
    full join exported_episode using (clinic_id, patient_id, episode_id)
),

-- A recorded episode that nobody was measured in counts from its start.
begun as (
    select
        courses.*,
        coalesce(courses.last_measured_at, courses.started_at) as last_known_at
    from courses
    cross join run
    where
        courses.started_at < run.as_of + interval 1 day
        or courses.assessments > 0
),

starts as (
    select
        begun.clinic_id,
        begun.patient_id,
        begun.started_at
    from begun
    cross join run
    where begun.started_at < run.as_of + interval 1 day
),

followed as (
    select
        begun.*,
        later.started_at as next_started_at
    from begun
    asof left join starts as later
        on begun.clinic_id = later.clinic_id
        and begun.patient_id = later.patient_id
        and begun.last_known_at < later.started_at
),

ended as (
    select
        followed.*,
        case
            when followed.ended_on is not null
                then greatest(followed.ended_on::timestamp, followed.last_measured_at)
            else least(
                followed.next_started_at,
                case
                    when
                        date_diff('day', followed.last_known_at, run.as_of)
                        > setting_value.gap_days
                        then followed.last_known_at + to_days(setting_value.gap_days)
                end
            )
        end as ended_at
    from followed
    cross join run
    cross join setting_value
)

select
    clinic_id,
    patient_id,
    episode_id,
    therapist_id,
    group_id,
    started_at,
    last_measured_at,
    assessments,
    follow_ups,
    ended_at is not null as is_closed,
    ended_at,
    end_reason,
    track,
    format,
    indicated_treatment,
    given_treatment,
    planned_sessions,
    waiting_days,
    goals_agreed,
    origin
from ended
