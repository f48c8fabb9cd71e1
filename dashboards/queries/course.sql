-- grain: one score of the scale that an alert is about, in its episode, that $viewer may see
-- reads: score, alert_list, instrument_scale, yardstick, sudden_change, visible_patient
-- why: the small course beside an alert; who may see the alert may see it, so that a new
--      therapist also sees what was measured under the former one. The cut-off is the one in
--      force in this clinic; a sudden gain or loss is marked where it ends. A named deputy sees
--      it with what nobody answered in time
with

visible_patient as (
    -- include: visible_patient.sql
)

select
    score.session_no,
    score.measured_at,
    score.score,
    score.baseline_score,
    score.has_artificial_date,
    instrument_scale.minimum,
    instrument_scale.maximum,
    instrument_scale.direction,
    yardstick.cutoff,
    sudden_change.kind as sudden
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
left join yardstick
    on
        score.clinic_id = yardstick.clinic_id
        and score.instrument = yardstick.instrument
        and score.scale = yardstick.scale
        and yardstick.method = 'JT'
left join sudden_change
    on
        score.clinic_id = sudden_change.clinic_id
        and score.patient_id = sudden_change.patient_id
        and score.episode_id = sudden_change.episode_id
        and score.instrument = sudden_change.instrument
        and score.scale = sudden_change.scale
        and score.measured_at = sudden_change.measured_at
        and score.score = sudden_change.score
where
    alert_list.alert_id = $alert_id
    and (
        (
            alert_list.clinic_id = $viewer.clinic_id
            and (
                $viewer.scope = 'clinic'
                or alert_list.patient_id in (select patient_id from visible_patient)
            )
        )
        or (alert_list.escalated_at is not null and alert_list.escalated_to = $viewer.actor)
    )
    and score.score is not null
order by score.measured_at, score.assessment_no
