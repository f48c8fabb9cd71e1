-- grain: one running episode without a recent measurement that $viewer may see
-- reads: overdue, visible_patient
with

visible_patient as (
    -- include: visible_patient.sql
)

select
    clinic_id,
    patient_id,
    therapist_id,
    last_measured_at,
    days_since,
    has_open_alert
from overdue
where
    clinic_id = $viewer.clinic_id
    and (
        $viewer.scope = 'clinic'
        or patient_id in (select patient_id from visible_patient)
    )
order by days_since desc, patient_id
