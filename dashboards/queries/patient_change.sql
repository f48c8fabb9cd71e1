-- grain: one scale of the episode $episode_id of a patient whom $viewer may see, with its change
-- reads: change
-- why: whether the difference with the start is more than chance is a published judgement
select
    change.instrument,
    change.scale,
    change.class as verdict
from change
where
    $relation is not null
    and change.clinic_id = $viewer.clinic_id
    and change.patient_id = $patient_id
    and change.episode_id = $episode_id
    and change.method = 'JT'
