-- grain: one running episode of a patient whom $viewer may see
-- reads: ready.in_treatment, visible_patient
-- why: the list from which a therapist begins. Who comes next, comes from $today on
with

visible_patient as (
    -- include: visible_patient.sql
)

select
    in_treatment.patient_id,
    in_treatment.episode_id,
    in_treatment.therapist_id,
    visible_patient.relation,
    in_treatment.started_at,
    in_treatment.last_measured_at,
    in_treatment.overdue_days,
    in_treatment.instrument_id,
    in_treatment.scale,
    in_treatment.instrument,
    in_treatment.baseline,
    in_treatment.latest,
    in_treatment.verdict,
    in_treatment.measured_at,
    in_treatment.scores,
    in_treatment.baseline_score,
    in_treatment.minimum,
    in_treatment.maximum,
    in_treatment.direction,
    in_treatment.cutoff,
    list_min(
        list_filter(in_treatment.visits, lambda visit: visit >= cast($today as date))
    ) as next_at
from ready.in_treatment
inner join visible_patient on in_treatment.patient_id = visible_patient.patient_id
where in_treatment.clinic_id = $viewer.clinic_id
order by in_treatment.patient_id, in_treatment.started_at
