-- grain: one score of a main scale in the episode $episode_id of a patient whom $viewer may see
-- reads: score, course, instrument, instrument_scale, yardstick, sudden_change, visible_patient
-- why: the courses that a patient's page draws, each with what was to be expected where a model
--      says so. The cut-off is the one in force in this clinic
with

visible_patient as (
    -- include: visible_patient.sql
),

scores as (
    select *
    from score
    where
        clinic_id = $viewer.clinic_id
        and patient_id = $patient_id
        and episode_id = $episode_id
        and score is not null
        and patient_id in (select patient_id from visible_patient)
),

expected as (
    select
        assessment_id,
        scale,
        expected,
        lower,
        upper,
        lower68,
        upper68
    from course
    where clinic_id = $viewer.clinic_id and patient_id = $patient_id
)

select
    scores.instrument,
    scores.scale,
    instrument.short_name,
    instrument.measures,
    scores.session_no,
    scores.measured_at,
    scores.score,
    scores.baseline_score,
    scores.has_artificial_date,
    instrument_scale.minimum,
    instrument_scale.maximum,
    instrument_scale.direction,
    yardstick.cutoff,
    sudden_change.kind as sudden,
    expected.expected,
    expected.lower,
    expected.upper,
    expected.lower68,
    expected.upper68
from scores
inner join instrument on scores.instrument = instrument.instrument
inner join instrument_scale
    on scores.instrument = instrument_scale.instrument
    and scores.scale = instrument_scale.scale
    and instrument_scale.is_main
left join yardstick
    on scores.clinic_id = yardstick.clinic_id
    and scores.instrument = yardstick.instrument
    and scores.scale = yardstick.scale
    and yardstick.method = 'JT'
left join sudden_change
    on scores.clinic_id = sudden_change.clinic_id
    and scores.patient_id = sudden_change.patient_id
    and scores.episode_id = sudden_change.episode_id
    and scores.instrument = sudden_change.instrument
    and scores.scale = sudden_change.scale
    and scores.measured_at = sudden_change.measured_at
    and scores.score = sudden_change.score
left join expected
    on scores.assessment_id = expected.assessment_id
    and scores.scale = expected.scale
order by
    instrument.measures = 'alliance',
    instrument.measures <> 'symptoms',
    scores.instrument,
    scores.measured_at,
    scores.assessment_no
