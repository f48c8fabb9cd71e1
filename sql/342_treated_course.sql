-- grain: episode x instrument, on its main scale, with a baseline and a later score
-- kind: step
-- lane: therapists
-- reads: change, yardstick, episode, treated_by, instrument, instrument_scale, baseline, patient,
--   placed_appointment, score
-- why: what a therapist is judged by: questionnaires that patients fill in themselves about what
--   the treatment is for, never those that a clinician rates, and none about the alliance. Of a
--   questionnaire without a main scale the first counts. An end that nobody recorded is planned
--   if the planned sessions were held, a drop-out (provisional, RULES B6) if they were not, and
--   else unknown.
with

scales as (
    select
        instrument_scale.instrument,
        instrument_scale.scale,
        instrument_scale.direction
    from instrument_scale
    semi join instrument
        on instrument_scale.instrument = instrument.instrument
        and instrument.measures <> 'alliance'
        and instrument.rater = 'self'
    qualify row_number() over (
        partition by instrument_scale.instrument
        order by instrument_scale.is_main desc, instrument_scale.scale_no
    ) = 1
),

attended as (
    select
        clinic_id,
        patient_id,
        episode_id,
        max(sessions_so_far) as sessions
    from placed_appointment
    where attended
    group by clinic_id, patient_id, episode_id
),

courses as (
    select
        change.clinic_id,
        change.patient_id,
        change.episode_id,
        change.instrument,
        change.scale,
        scales.direction,
        change.baseline,
        change.latest,
        change.baseline_at,
        change.class,
        yardstick.threshold as points,
        yardstick.threshold_rule = '>=' as is_inclusive,
        baseline.respondent
    from change
    inner join scales
        on change.instrument = scales.instrument
        and change.scale = scales.scale
    inner join baseline
        on change.clinic_id = baseline.clinic_id
        and change.patient_id = baseline.patient_id
        and change.episode_id = baseline.episode_id
        and change.instrument = baseline.instrument
        and change.scale = baseline.scale
        and baseline.respondent <> 'clinician'
    left join yardstick
        on change.clinic_id = yardstick.clinic_id
        and change.instrument = yardstick.instrument
        and change.scale = yardstick.scale
        and yardstick.method = 'JT'
    where change.method = 'JT'
),

-- The session of each form counts from the baseline where the export numbers none.
forms as (
    select
        courses.clinic_id,
        courses.patient_id,
        courses.episode_id,
        courses.instrument,
        max(coalesce(score.session_no, score.assessment_no)) as sessions,
        min(coalesce(score.session_no, score.assessment_no)) filter (
            where
            score.measured_at > courses.baseline_at
            and case
                when courses.is_inclusive
                    then round(courses.direction * (score.score - courses.baseline), 6)
                        >= courses.points
                else round(courses.direction * (score.score - courses.baseline), 6)
                    > courses.points
            end
        ) as improved_at_session
    from courses
    inner join score
        on courses.clinic_id = score.clinic_id
        and courses.patient_id = score.patient_id
        and courses.episode_id = score.episode_id
        and courses.instrument = score.instrument
        and courses.scale = score.scale
    where score.score is not null and score.baseline_score is not null and not score.is_follow_up
    group by courses.clinic_id, courses.patient_id, courses.episode_id, courses.instrument
),

-- A course of measurements without an end has no session numbers of its own: its forms count.
treated as (
    select
        courses.*,
        coalesce(attended.sessions, forms.sessions) as sessions,
        forms.improved_at_session,
        episode.is_closed,
        episode.started_at,
        episode.ended_at,
        episode.last_measured_at,
        episode.end_reason,
        episode.planned_sessions,
        episode.format,
        patient.sex,
        year(episode.started_at) - patient.birth_year as age
    from courses
    inner join forms using (clinic_id, patient_id, episode_id, instrument)
    inner join episode using (clinic_id, patient_id, episode_id)
    semi join treated_by
        on courses.clinic_id = treated_by.clinic_id
        and courses.patient_id = treated_by.patient_id
        and courses.episode_id = treated_by.episode_id
    left join attended
        on courses.clinic_id = attended.clinic_id
        and courses.patient_id = attended.patient_id
        and courses.episode_id = attended.episode_id
    left join patient
        on courses.clinic_id = patient.clinic_id
        and courses.patient_id = patient.patient_id
),

clinics as (
    select
        clinic_id,
        row_number() over (order by clinic_id)::integer as clinic_no
    from (select distinct clinic_id from treated) as named
)

select
    row_number() over (
        order by
            treated.instrument,
            treated.is_closed desc,
            treated.clinic_id,
            treated.patient_id,
            treated.episode_id
    )::integer as course_no,
    clinics.clinic_no,
    treated.clinic_id,
    treated.patient_id,
    treated.episode_id,
    treated.instrument,
    treated.scale,
    treated.direction,
    treated.baseline,
    treated.latest,
    treated.class,
    treated.sessions,
    treated.improved_at_session,
    treated.is_closed,
    treated.started_at::date as started_on,
    case
        when treated.is_closed then least(treated.ended_at::date, treated.last_measured_at::date)
    end as ended_on,
    case
        when not treated.is_closed then null
        when treated.end_reason = 'planned' then 'planned'
        when treated.end_reason = 'patient_unilateral' then 'drop_out'
        when treated.end_reason in ('referral', 'death', 'admin') then 'other'
        when treated.sessions >= treated.planned_sessions then 'planned'
        when treated.sessions < treated.planned_sessions then 'drop_out'
        else 'unknown'
    end as end_kind,
    treated.format,
    treated.sex,
    treated.age
from treated
inner join clinics using (clinic_id)
