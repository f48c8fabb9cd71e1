-- grain: one running episode without a recent measurement that $viewer may see
-- reads: overdue
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
        or ($viewer.scope = 'own_patients' and therapist_id = $viewer.therapist_id)
    )
order by days_since desc, patient_id
