-- grain: one score of a main scale in the episode $episode_id of a patient whom $viewer may see
-- reads: score, course, yardstick, ready.main_scale, ready.sudden_change
-- why: the courses that a patient's page draws, each with what was to be expected where a model
--      says so. The cut-off is the one in force in this clinic
with

scores as (
    select
        assessment_id,
        instrument,
        scale,
        session_no,
        assessment_no,
        measured_at,
        score,
        baseline_score,
        has_artificial_date
    from score
    where
        $relation is not null
        and clinic_id = $viewer.clinic_id
        and patient_id = $patient_id
        and episode_id = $episode_id
        and score is not null
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
),

sudden as (
    select
        instrument,
        scale,
        measured_at,
        score,
        kind
    from ready.sudden_change
    where
        clinic_id = $viewer.clinic_id
        and patient_id = $patient_id
        and episode_id = $episode_id
),

in_force as (
    select
        instrument,
        scale,
        cutoff
    from yardstick
    where clinic_id = $viewer.clinic_id and method = 'JT'
)

select
    scores.instrument,
    scores.scale,
    main_scale.short_name,
    main_scale.measures,
    scores.session_no,
    scores.measured_at,
    scores.score,
    scores.baseline_score,
    scores.has_artificial_date,
    main_scale.minimum,
    main_scale.maximum,
    main_scale.direction,
    in_force.cutoff,
    sudden.kind as sudden,
    expected.expected,
    expected.lower,
    expected.upper,
    expected.lower68,
    expected.upper68
from scores
inner join ready.main_scale
    on scores.instrument = main_scale.instrument
    and scores.scale = main_scale.scale
left join in_force
    on scores.instrument = in_force.instrument
    and scores.scale = in_force.scale
left join sudden
    on scores.instrument = sudden.instrument
    and scores.scale = sudden.scale
    and scores.measured_at = sudden.measured_at
    and scores.score = sudden.score
left join expected
    on scores.assessment_id = expected.assessment_id
    and scores.scale = expected.scale
order by
    main_scale.measures = 'alliance',
    main_scale.measures <> 'symptoms',
    scores.instrument,
    scores.measured_at,
    scores.assessment_no
