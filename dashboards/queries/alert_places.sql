-- grain: one alert that $viewer may see, with what says where it stands in the list
-- reads: ready.listed, visible_patient
-- why: a list of thousands is counted, filtered and cut into pages by this; only the alerts of
--      one page are then read whole (alerts.sql, which says who may see what in the same words)
with

visible_patient as (
    -- include: visible_patient.sql
)

select
    listed.alert_id,
    listed.clinic_id,
    listed.patient_id,
    listed.episode_id,
    listed.kind,
    listed.domain,
    listed.section,
    listed.opened_at,
    listed.last_signal_at,
    listed.last_landed_at,
    listed.days_open,
    listed.known_at,
    listed.is_closed
from ready.listed
left join visible_patient
    on listed.patient_id = visible_patient.patient_id
    and listed.clinic_id = $viewer.clinic_id
where
    (
        listed.clinic_id = $viewer.clinic_id
        and ($viewer.scope = 'clinic' or visible_patient.patient_id is not null)
    )
    or (listed.escalated_at is not null and listed.escalated_to = $viewer.actor)
order by listed.sort_order, listed.clinic_id, listed.alert_id
