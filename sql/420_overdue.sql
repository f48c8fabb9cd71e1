-- grain: one running episode without a recent measurement
-- reads: episode, alert, run, setting_value
-- why: no measurement is no feedback, and a patient who stopped answering may be one who stops
--   coming.
with

silent as (
    select
        episode.*,
        date_diff('day', episode.last_measured_at, run.as_of)::integer as days_since
    from episode
    cross join run
    where not episode.is_closed
)

select
    silent.clinic_id,
    silent.patient_id,
    silent.therapist_id,
    silent.episode_id,
    silent.last_measured_at,
    silent.days_since,
    exists(
        select 1
        from alert
        where
            alert.clinic_id = silent.clinic_id
            and alert.patient_id = silent.patient_id
            and alert.episode_id = silent.episode_id
            and alert.closed_at is null
    ) as has_open_alert
from silent
cross join setting_value
where silent.days_since > setting_value.overdue_after_days
