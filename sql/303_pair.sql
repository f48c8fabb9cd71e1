-- grain: episode x instrument x scale with a baseline and a later valid score
-- kind: view
-- reads: score, baseline, episode
-- why: what every judgement of change starts from: the last score so far in treatment beside the
--   baseline. A follow-up is no result of treatment. Of two forms of one moment the one without
--   a named respondent counts.
with

latest as (
    select
        clinic_id,
        patient_id,
        episode_id,
        instrument,
        scale,
        arg_max(score, (measured_at, respondent is null)) as latest,
        max(measured_at) as latest_at
    from score
    where score is not null and baseline_score is not null and not is_follow_up
    group by clinic_id, patient_id, episode_id, instrument, scale
)

select
    latest.clinic_id,
    latest.patient_id,
    latest.episode_id,
    latest.instrument,
    latest.scale,
    baseline.baseline_score as baseline,
    latest.latest,
    baseline.baseline_at,
    latest.latest_at,
    episode.is_closed
from latest
inner join baseline using (clinic_id, patient_id, episode_id, instrument, scale)
inner join episode using (clinic_id, patient_id, episode_id)
where latest.latest_at > baseline.baseline_at
