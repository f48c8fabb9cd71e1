-- grain: one alert that $viewer may see
-- reads: alert_list, run, visible_patient
-- why: the list that a coordinator or therapist works through, or the alerts of it that $wanted
--      names. What went to a
--      deputy is also seen by the account of that name. With whom a patient is only shared, may
--      look and not answer
with

visible_patient as (
    -- include: visible_patient.sql
),

-- Where a critical item of the patient waits for an answer, every other answer begins with it.
open_risk as (
    select
        clinic_id,
        patient_id,
        arg_min(domain, (domain <> 'self_harm', domain)) as domain
    from alert_list
    where kind = 'critical_item' and patient_id is not null
    group by clinic_id, patient_id
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
    visible_patient.patient_id is not null as is_own,
    (
        $viewer.scope = 'clinic'
        or visible_patient.relation in ('own', 'co_therapist', 'deputy')
        or (alert_list.escalated_at is not null and alert_list.escalated_to = $viewer.actor)
    ) as may_answer
from alert_list
left join open_risk
    on alert_list.clinic_id = open_risk.clinic_id
    and alert_list.patient_id = open_risk.patient_id
left join visible_patient
    on alert_list.patient_id = visible_patient.patient_id
    and alert_list.clinic_id = $viewer.clinic_id
cross join run
where
    (
        (
            alert_list.clinic_id = $viewer.clinic_id
            and ($viewer.scope = 'clinic' or visible_patient.patient_id is not null)
        )
        or (alert_list.escalated_at is not null and alert_list.escalated_to = $viewer.actor)
    )
    and ($wanted is null or alert_list.alert_id in (select unnest(cast($wanted as varchar[]))))
order by alert_list.sort_order, alert_list.clinic_id, alert_list.alert_id
