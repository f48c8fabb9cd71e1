-- grain: one score of the scale that an alert is about, in its episode, that $viewer may see
-- reads: score, alert_list
-- why: the small course beside an alert; the alert's own therapist decides who may see it,
--      so that a new therapist also sees what was measured under the former one
select
    score.session_no,
    score.measured_at,
    score.score
from score
inner join alert_list
    on
        score.clinic_id = alert_list.clinic_id
        and score.episode_id = alert_list.episode_id
        and score.patient_id = alert_list.patient_id
        and score.instrument = alert_list.instrument
        and score.scale = coalesce(alert_list.scale, 'total')
where
    alert_list.alert_id = $alert_id
    and alert_list.clinic_id = $viewer.clinic_id
    and (
        $viewer.scope = 'clinic'
        or ($viewer.scope = 'own_patients' and alert_list.therapist_id = $viewer.therapist_id)
    )
    and score.score is not null
order by score.measured_at, score.assessment_no
