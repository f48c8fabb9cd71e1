-- grain: one scale of the episode $episode_id of a patient whom $viewer may see, with its change
-- reads: change, visible_patient
-- why: whether the difference with the start is more than chance is a published judgement
with

visible_patient as (
    -- include: visible_patient.sql
)

select
    change.instrument,
    change.scale,
    change.class as verdict
from change
inner join visible_patient on change.patient_id = visible_patient.patient_id
where
    change.clinic_id = $viewer.clinic_id
    and change.patient_id = $patient_id
    and change.episode_id = $episode_id
    and change.method = 'JT'
