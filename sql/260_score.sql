-- grain: assessment x scale
-- reads: assessment, recomputed_score, instrument, baseline
-- why: the contract table that everything about change, signals and drawings reads. The baseline
--   stands with scores of its own respondent only. `score_source` says whether a score was
--   recomputed from items or is the total that the export reported. T-scores of different scales
--   may be compared only where `t_population` is the same. Rows lie by patient: a page then reads
--   one block and not the whole table.
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
    recomputed_score.score_source,
    recomputed_score.items_answered,
    recomputed_score.items_missing,
    recomputed_score.prorated,
    recomputed_score.no_score_reason,
    recomputed_score.reported_score,
    recomputed_score.is_clinical,
    recomputed_score.t_score,
    recomputed_score.t_population,
    baseline.baseline_score,
    assessment.is_follow_up,
    assessment.has_artificial_date,
    assessment.source_file,
    assessment.source_line
from recomputed_score
inner join assessment using (assessment_id)
inner join instrument on assessment.instrument = instrument.instrument
left join baseline
    on assessment.clinic_id = baseline.clinic_id
    and assessment.patient_id = baseline.patient_id
    and assessment.episode_id = baseline.episode_id
    and assessment.instrument = baseline.instrument
    and coalesce(assessment.respondent, instrument.respondent) = baseline.respondent
    and recomputed_score.scale = baseline.scale
order by assessment.clinic_id, assessment.patient_id
