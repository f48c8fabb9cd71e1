-- grain: one episode that a clinic's own system knows, measured or not
-- reads: landed_episode, run, setting_value
-- why: the clinic's record of a course of treatment decides where an episode starts and ends.
--   The file landed last counts. An end after the day of the data has not happened yet; an
--   episode that is about to start is there already, since its first measurement can be.
with

newest as (
    select *
    from landed_episode
    qualify row_number() over (
        partition by clinic_id, patient_id, episode_id
        order by landed_at desc, source_file desc, sha256 desc, source_line desc
    ) = 1
)

select
    newest.clinic_id,
    newest.patient_id,
    newest.episode_id,
    newest.therapist_id,
    newest.group_id,
    newest.started_on,
    case when newest.ended_on <= run.as_of then newest.ended_on end as ended_on,
    case
        when newest.ended_on is null or newest.ended_on <= run.as_of then newest.end_reason
    end as end_reason,
    newest.track,
    newest.format,
    newest.indicated_treatment,
    newest.given_treatment,
    newest.planned_sessions,
    newest.waiting_days,
    newest.goals_agreed,
    newest.source_file,
    newest.source_line
from newest
cross join run
cross join setting_value
where
    not newest.is_withdrawn
    and (
        newest.started_on is null
        or newest.started_on <= run.as_of + setting_value.before_start_days
    )
