-- grain: assessment x scale
-- reads: assessment, recomputed_score, baseline
-- why: the contract table that everything about change, signals and drawings reads.
select
    assessment.assessment_id,
    assessment.clinic_id,
    assessment.patient_id,
    assessment.therapist_id,
    assessment.episode_id,
    assessment.group_id,
    assessment.session_no,
    assessment.assessment_no,
    assessment.measured_at,
    assessment.respondent,
    assessment.instrument,
    recomputed_score.scale,
    recomputed_score.score,
    recomputed_score.items_answered,
    recomputed_score.items_missing,
    recomputed_score.prorated,
    recomputed_score.no_score_reason,
    recomputed_score.reported_score,
    baseline.baseline_score,
    assessment.has_artificial_date,
    assessment.source_file,
    assessment.source_line
from recomputed_score
inner join assessment using (assessment_id)
left join baseline
    on assessment.clinic_id = baseline.clinic_id
    and assessment.patient_id = baseline.patient_id
    and assessment.episode_id = baseline.episode_id
    and assessment.instrument = baseline.instrument
    and recomputed_score.scale = baseline.scale
