-- grain: one episode of the patient $patient_id, if $viewer may see the patient
-- reads: ready.episode
-- why: no row means that there is nothing here for this viewer; the newest episode comes first
select
    episode.clinic_id,
    episode.patient_id,
    episode.episode_id,
    episode.therapist_id,
    $relation as relation,
    episode.started_at,
    episode.last_measured_at,
    episode.is_closed,
    episode.ended_at
from ready.episode
where
    $relation is not null
    and episode.clinic_id = $viewer.clinic_id
    and episode.patient_id = $patient_id
order by episode.is_closed, episode.started_at desc, episode.episode_id desc
