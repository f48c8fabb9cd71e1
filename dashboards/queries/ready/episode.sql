-- grain: one episode
-- reads: episode
-- why: laid by patient, as pages ask for it
select
    clinic_id,
    patient_id,
    episode_id,
    therapist_id,
    started_at,
    last_measured_at,
    is_closed,
    ended_at
from episode
order by clinic_id, patient_id
