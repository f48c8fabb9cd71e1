-- grain: one alert that $viewer may see, with what says where it stands in the list
-- reads: alert_list, run, visible_patient
-- why: a list of thousands is counted, filtered and cut into pages by this; only the alerts of
--      one page are then read whole (alerts.sql, which says who may see what in the same words)
with

visible_patient as (
    -- include: visible_patient.sql
)

select
    alert_list.alert_id,
    alert_list.clinic_id,
    alert_list.patient_id,
    alert_list.episode_id,
    alert_list.kind,
    alert_list.domain,
    alert_list.section,
    alert_list.opened_at,
    alert_list.last_signal_at,
    alert_list.last_landed_at,
    alert_list.days_open,
    run.known_at
from alert_list
left join visible_patient
    on alert_list.patient_id = visible_patient.patient_id
    and alert_list.clinic_id = $viewer.clinic_id
cross join run
where
    (
        alert_list.clinic_id = $viewer.clinic_id
        and ($viewer.scope = 'clinic' or visible_patient.patient_id is not null)
    )
    or (alert_list.escalated_at is not null and alert_list.escalated_to = $viewer.actor)
order by alert_list.sort_order, alert_list.clinic_id, alert_list.alert_id
