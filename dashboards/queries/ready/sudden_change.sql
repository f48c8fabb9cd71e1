-- grain: one sudden gain or loss
-- reads: sudden_change
-- why: laid by patient, as pages ask for it
select
    clinic_id,
    patient_id,
    episode_id,
    instrument,
    scale,
    measured_at,
    score,
    kind
from sudden_change
order by clinic_id, patient_id
