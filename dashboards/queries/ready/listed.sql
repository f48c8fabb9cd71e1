-- grain: one alert of the list
-- reads: alert_list, alert, run
-- why: with what a page asks beside it. `is_closed`: it stands in the list although its history
--      says it is closed; an alert is never hidden because its history is missing. Where a
--      critical item of the patient waits for an answer, every other answer begins with it
--      (`risk_domain`)
with

open_risk as (
    select
        clinic_id,
        patient_id,
        arg_min(domain, (domain <> 'self_harm', domain)) as domain
    from alert_list
    where kind = 'critical_item' and patient_id is not null
    group by clinic_id, patient_id
),

closed as (
    select distinct alert_id
    from alert
    where
        closed_at is not null
        and alert_id in (select alert_id from alert_list)
)

select
    alert_list.alert_id,
    alert_list.clinic_id,
    alert_list.patient_id,
    alert_list.therapist_id,
    alert_list.episode_id,
    alert_list.kind,
    alert_list.domain,
    coalesce(alert_list.domain, open_risk.domain) as risk_domain,
    alert_list.level,
    alert_list.section,
    alert_list.instrument,
    alert_list.scale,
    alert_list.opened_at,
    alert_list.last_signal_at,
    alert_list.days_open,
    alert_list.last_landed_at,
    alert_list.escalated_at,
    alert_list.escalated_to,
    run.known_at,
    alert_list.reason,
    alert_list.next_step,
    alert_list.disagreement,
    closed.alert_id is not null as is_closed,
    alert_list.sort_order
from alert_list
left join open_risk
    on alert_list.clinic_id = open_risk.clinic_id
    and alert_list.patient_id = open_risk.patient_id
left join closed on alert_list.alert_id = closed.alert_id
cross join run
order by alert_list.clinic_id, alert_list.patient_id
