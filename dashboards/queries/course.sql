-- grain: one score of the scale that an alert is about, in its episode, that $viewer may see
-- reads: score, alert_list, instrument_scale
-- why: the small course beside an alert; the alert's own therapist decides who may see it,
--      so that a new therapist also sees what was measured under the former one
select
    score.session_no,
    score.measured_at,
    score.score,
    score.baseline_score,
    score.has_artificial_date,
    instrument_scale.minimum,
    instrument_scale.maximum,
    instrument_scale.direction,
    instrument_scale.cutoff
from alert_list
inner join score
    on
        alert_list.clinic_id = score.clinic_id
        and alert_list.patient_id = score.patient_id
        and alert_list.episode_id = score.episode_id
        and alert_list.instrument = score.instrument
        and coalesce(alert_list.scale, 'total') = score.scale
inner join instrument_scale
    on
        score.instrument = instrument_scale.instrument
        and score.scale = instrument_scale.scale
where
    alert_list.alert_id = $alert_id
    and alert_list.clinic_id = $viewer.clinic_id
    and (
        $viewer.scope = 'clinic'
        or ($viewer.scope = 'own_patients' and alert_list.therapist_id = $viewer.therapist_id)
    )
    and score.score is not null
order by score.measured_at, score.assessment_no
