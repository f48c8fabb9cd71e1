-- grain: one running episode
-- reads: episode, overdue, change, score, instrument, instrument_scale, yardstick,
--   planned_appointment
-- why: what the list of patients says of each: how long ago somebody was measured; start, latest
--      and all scores of the questionnaire that was measured last, symptoms first, with the
--      cut-off in force in that clinic; and when they come next (`visits`, of which the earliest
--      counts from the day on which one looks)
with

running as (
    select
        clinic_id,
        patient_id,
        episode_id,
        therapist_id,
        started_at,
        last_measured_at
    from episode
    where not is_closed
),

progress as (
    select
        change.clinic_id,
        change.patient_id,
        change.episode_id,
        change.instrument,
        change.scale,
        instrument.short_name,
        change.baseline,
        change.latest,
        change.class as verdict
    from change
    inner join running
        on change.clinic_id = running.clinic_id
        and change.patient_id = running.patient_id
        and change.episode_id = running.episode_id
    inner join instrument
        on change.instrument = instrument.instrument
        and instrument.measures <> 'alliance'
    inner join instrument_scale
        on change.instrument = instrument_scale.instrument
        and change.scale = instrument_scale.scale
        and instrument_scale.is_main
    where change.method = 'JT'
    qualify row_number() over (
        partition by change.clinic_id, change.patient_id, change.episode_id
        order by
            change.latest_at desc nulls last, instrument.measures <> 'symptoms', change.instrument
    ) = 1
),

line as (
    select
        score.clinic_id,
        score.patient_id,
        score.episode_id,
        list(score.measured_at order by score.measured_at, score.assessment_no) as measured_at,
        list(score.score order by score.measured_at, score.assessment_no) as scores,
        arg_max_null(score.baseline_score, (score.measured_at, score.assessment_no))
            as baseline_score
    from score
    inner join progress
        on score.clinic_id = progress.clinic_id
        and score.patient_id = progress.patient_id
        and score.episode_id = progress.episode_id
        and score.instrument = progress.instrument
        and score.scale = progress.scale
    where score.score is not null
    group by score.clinic_id, score.patient_id, score.episode_id
),

visit as (
    select
        clinic_id,
        patient_id,
        list(starts_at) as visits
    from planned_appointment
    group by clinic_id, patient_id
)

select
    running.clinic_id,
    running.patient_id,
    running.episode_id,
    running.therapist_id,
    running.started_at,
    running.last_measured_at,
    overdue.days_since as overdue_days,
    progress.instrument as instrument_id,
    progress.scale,
    progress.short_name as instrument,
    progress.baseline,
    progress.latest,
    progress.verdict,
    line.measured_at,
    line.scores,
    line.baseline_score,
    instrument_scale.minimum,
    instrument_scale.maximum,
    instrument_scale.direction,
    yardstick.cutoff,
    visit.visits
from running
left join overdue
    on running.clinic_id = overdue.clinic_id
    and running.patient_id = overdue.patient_id
    and running.episode_id = overdue.episode_id
left join progress
    on running.clinic_id = progress.clinic_id
    and running.patient_id = progress.patient_id
    and running.episode_id = progress.episode_id
left join line
    on running.clinic_id = line.clinic_id
    and running.patient_id = line.patient_id
    and running.episode_id = line.episode_id
left join instrument_scale
    on progress.instrument = instrument_scale.instrument
    and progress.scale = instrument_scale.scale
left join yardstick
    on progress.clinic_id = yardstick.clinic_id
    and progress.instrument = yardstick.instrument
    and progress.scale = yardstick.scale
    and yardstick.method = 'JT'
left join visit
    on running.clinic_id = visit.clinic_id
    and running.patient_id = visit.patient_id
order by running.clinic_id, running.patient_id
