-- grain: one alert that $viewer may see
-- reads: alert_list, alert
-- why: the list that a coordinator or therapist works through; `is_closed` as of the run
--      (a left join: an alert is never hidden because its history is missing)
select
    alert_list.alert_id,
    alert_list.clinic_id,
    alert_list.patient_id,
    alert_list.therapist_id,
    alert_list.episode_id,
    alert_list.kind,
    alert_list.level,
    alert_list.section,
    alert_list.instrument,
    alert_list.scale,
    alert_list.opened_at,
    alert_list.last_signal_at,
    alert_list.days_open,
    alert_list.reason,
    alert_list.next_step,
    alert_list.disagreement,
    alert.closed_at is not null as is_closed
from alert_list
left join alert on alert_list.alert_id = alert.alert_id
where
    alert_list.clinic_id = $viewer.clinic_id
    and (
        $viewer.scope = 'clinic'
        or ($viewer.scope = 'own_patients' and alert_list.therapist_id = $viewer.therapist_id)
    )
    and ($alert_id is null or alert_list.alert_id = $alert_id)
order by alert_list.sort_order, alert_list.alert_id
