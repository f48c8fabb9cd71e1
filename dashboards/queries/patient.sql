-- grain: one episode of the patient $patient_id, if $viewer may see the patient
-- reads: episode, visible_patient
-- why: no row means that there is nothing here for this viewer; the newest episode comes first
with

visible_patient as (
    -- include: visible_patient.sql
)

select
    episode.clinic_id,
    episode.patient_id,
    episode.episode_id,
    episode.therapist_id,
    visible_patient.relation,
    episode.started_at,
    episode.last_measured_at,
    episode.is_closed,
    episode.ended_at
from episode
inner join visible_patient on episode.patient_id = visible_patient.patient_id
where episode.clinic_id = $viewer.clinic_id and episode.patient_id = $patient_id
order by episode.is_closed, episode.started_at desc, episode.episode_id desc
