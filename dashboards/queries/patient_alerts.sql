-- grain: one alert of the episode $episode_id of a patient whom $viewer may see
-- reads: alert, ready.listed, run
-- why: what stood on the course and what became of it; `is_listed` where it has a page of its own
select
    alert.alert_id,
    alert.kind,
    alert.domain,
    alert.level,
    alert.instrument,
    alert.opened_at,
    alert.last_signal_at,
    alert.closed_at,
    alert.closed_reason,
    alert.answered_at,
    alert.action,
    alert.last_landed_at,
    run.known_at,
    alert.reason,
    alert.alert_id in (
        select alert_id
        from ready.listed
        where clinic_id = $viewer.clinic_id and patient_id = $patient_id
    ) as is_listed
from alert
cross join run
where
    $relation is not null
    and alert.clinic_id = $viewer.clinic_id
    and alert.patient_id = $patient_id
    and alert.episode_id = $episode_id
    and not alert.withdrawn
order by
    alert.closed_at is not null,
    alert.opened_at desc,
    alert.level <> 'red',
    alert.level <> 'amber',
    alert.alert_id
