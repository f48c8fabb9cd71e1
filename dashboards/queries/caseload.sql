-- grain: one running episode of a patient whom $viewer may see
-- reads: episode, overdue, change, instrument, instrument_scale, planned_appointment,
--   visible_patient
-- why: the list from which a therapist begins: how long ago somebody was measured, and start and
--      latest score of the questionnaire that was measured last, symptoms first; and when they
--      come next, from $today on
with

visible_patient as (
    -- include: visible_patient.sql
),

running as (
    select
        episode.patient_id,
        episode.episode_id,
        episode.therapist_id,
        episode.started_at,
        episode.last_measured_at,
        visible_patient.relation
    from episode
    inner join visible_patient on episode.patient_id = visible_patient.patient_id
    where episode.clinic_id = $viewer.clinic_id and not episode.is_closed
),

progress as (
    select
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
        on change.patient_id = running.patient_id
        and change.episode_id = running.episode_id
    inner join instrument
        on change.instrument = instrument.instrument
        and instrument.measures <> 'alliance'
    inner join instrument_scale
        on change.instrument = instrument_scale.instrument
        and change.scale = instrument_scale.scale
        and instrument_scale.is_main
    where change.clinic_id = $viewer.clinic_id and change.method = 'JT'
    qualify row_number() over (
        partition by change.patient_id, change.episode_id
        order by
            change.latest_at desc nulls last, instrument.measures <> 'symptoms', change.instrument
    ) = 1
),

next_visit as (
    select
        planned_appointment.patient_id,
        min(planned_appointment.starts_at) as next_at
    from planned_appointment
    inner join visible_patient on planned_appointment.patient_id = visible_patient.patient_id
    where
        planned_appointment.clinic_id = $viewer.clinic_id
        and planned_appointment.starts_at >= cast($today as date)
    group by planned_appointment.patient_id
)

select
    running.patient_id,
    running.episode_id,
    running.therapist_id,
    running.relation,
    running.started_at,
    running.last_measured_at,
    overdue.days_since as overdue_days,
    progress.instrument as instrument_id,
    progress.scale,
    progress.short_name as instrument,
    progress.baseline,
    progress.latest,
    progress.verdict,
    next_visit.next_at
from running
left join overdue
    on running.patient_id = overdue.patient_id
    and running.episode_id = overdue.episode_id
    and overdue.clinic_id = $viewer.clinic_id
left join progress
    on running.patient_id = progress.patient_id
    and running.episode_id = progress.episode_id
left join next_visit on running.patient_id = next_visit.patient_id
order by running.patient_id, running.started_at
