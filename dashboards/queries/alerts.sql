-- grain: one alert that $viewer may see
-- reads: ready.listed, visible_patient
-- why: the list that a coordinator or therapist works through, or the alerts of it that $wanted
--      names. What went to a deputy is also seen by the account of that name. With whom a patient
--      is only shared, may look and not answer
with

visible_patient as (
    -- include: visible_patient.sql
)

select
    listed.alert_id,
    listed.clinic_id,
    listed.patient_id,
    listed.therapist_id,
    listed.episode_id,
    listed.kind,
    listed.domain,
    listed.risk_domain,
    listed.level,
    listed.section,
    listed.instrument,
    listed.scale,
    listed.opened_at,
    listed.last_signal_at,
    listed.days_open,
    listed.last_landed_at,
    listed.escalated_at,
    listed.escalated_to,
    listed.known_at,
    listed.reason,
    listed.next_step,
    listed.disagreement,
    listed.is_closed,
    visible_patient.patient_id is not null as is_own,
    (
        $viewer.scope = 'clinic'
        or visible_patient.relation in ('own', 'co_therapist', 'deputy')
        or (listed.escalated_at is not null and listed.escalated_to = $viewer.actor)
    ) as may_answer
from ready.listed
left join visible_patient
    on listed.patient_id = visible_patient.patient_id
    and listed.clinic_id = $viewer.clinic_id
where
    (
        (
            listed.clinic_id = $viewer.clinic_id
            and ($viewer.scope = 'clinic' or visible_patient.patient_id is not null)
        )
        or (listed.escalated_at is not null and listed.escalated_to = $viewer.actor)
    )
    and ($wanted is null or listed.alert_id in (select unnest(cast($wanted as varchar[]))))
order by listed.sort_order, listed.clinic_id, listed.alert_id
