-- grain: assessment x followed scale, from the baseline on
-- reads: progress, followed_course, growth_model, prediction
-- why: each score beside what was to be expected of it: the course of the service's own closed
--   episodes with this baseline (or the clinic's own), with a band that 80 % and one that 68 % of
--   them lie in. The baseline is given, so the band starts as a point. Bands are cut to the range
--   of the scale for drawing; `off_course` is judged by the band as it is. The probabilities are
--   those of the end of treatment, from the patient's own course so far; the calibrated one is
--   corrected by closed episodes. A scale without an expected course has no rows here; one
--   without reliable change no probabilities. Rows lie by patient, as pages read them.
with

courses as (
    select
        followed_course.*,
        growth_model.model,
        growth_model.population,
        growth_model.fitted_until
    from followed_course
    inner join growth_model
        on followed_course.clinic_id = growth_model.clinic_id
        and followed_course.instrument = growth_model.instrument
        and followed_course.scale = growth_model.scale
        and growth_model.refused is null
),

placed as (
    select
        progress.*,
        prediction.* exclude (form_no)
    from progress
    left join prediction using (form_no)
)

select
    placed.assessment_id,
    courses.clinic_id,
    courses.patient_id,
    placed.therapist_id,
    courses.episode_id,
    placed.group_id,
    courses.instrument,
    courses.scale,
    placed.session_no,
    placed.session as counted_session,
    placed.measured_at,
    placed.score,
    courses.baseline_score,
    placed.is_baseline,
    case when placed.is_baseline then placed.score else placed.expected end as expected,
    case
        when placed.is_baseline then placed.score
        else greatest(least(placed.lower, courses.maximum), courses.minimum)
    end as lower,
    case
        when placed.is_baseline then placed.score
        else greatest(least(placed.upper, courses.maximum), courses.minimum)
    end as upper,
    case
        when placed.is_baseline then placed.score
        else greatest(least(placed.lower68, courses.maximum), courses.minimum)
    end as lower68,
    case
        when placed.is_baseline then placed.score
        else greatest(least(placed.upper68, courses.maximum), courses.minimum)
    end as upper68,
    placed.standard_score,
    case placed.off_course when 1 then 'amber' when 2 then 'red' end as off_course,
    coalesce(placed.is_beyond_fit, false) as is_beyond_fit,
    placed.end_mean as predicted_end,
    placed.end_sd as predicted_end_sd,
    placed.p_deterioration,
    placed.p_deterioration_calibrated,
    placed.p_improvement,
    courses.model,
    courses.population,
    courses.fitted_until
from placed
inner join courses using (course_no)
order by courses.clinic_id, courses.patient_id
