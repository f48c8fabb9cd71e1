-- grain: one look of an alarming rule, per clinic, patient, episode, kind, scale and moment
-- kind: step
-- reads: signal, judged_score, course, contact
-- why: an alert stays open until the rule that fired has looked again and found nothing, so the
--   looks that found nothing (level is null) stand beside those that fired. A questionnaire that
--   the rule cannot judge is no look: no valid score, no baseline, a subscale; rules of change do
--   not look at the alliance, nor those of the alliance at symptoms; who came again is looked at
--   by the rule about drop-out. Only lines that ever fired red or amber are here, from there on.
--   Critical items are no part of this: nothing that a later form says closes their alerts.
with

fired as (
    select
        clinic_id,
        patient_id,
        episode_id,
        kind,
        coalesce(instrument, '') as instrument,
        coalesce(scale, '') as scale,
        measured_at,
        therapist_id,
        level,
        case level when 'red' then 1 else 2 end as urgency,
        reason
    from signal
    where level in ('red', 'amber')
),

-- What was looked at before the first signal opens and closes nothing.
alarmed as (
    select
        clinic_id,
        patient_id,
        episode_id,
        kind,
        min(measured_at) as first_fired_at
    from fired
    group by clinic_id, patient_id, episode_id, kind
),

judged as (
    select
        clinic_id,
        patient_id,
        episode_id,
        instrument,
        scale,
        measured_at,
        therapist_id
    from judged_score
    where is_followed and points is not null and gain is not null and baseline_score is not null
),

expected as (
    select
        clinic_id,
        patient_id,
        episode_id,
        instrument,
        scale,
        measured_at,
        therapist_id
    from course
    where not is_baseline
),

alliances as (
    select
        judged_score.clinic_id,
        judged_score.patient_id,
        judged_score.episode_id,
        judged_score.instrument,
        judged_score.scale,
        judged_score.measured_at,
        judged_score.therapist_id
    from judged_score
    where judged_score.measures = 'alliance' and judged_score.is_main
),

-- A repair, and what is not (or not any longer) off by so much, is a look that found nothing.
looks as (
    select
        'reliable_deterioration' as kind,
        *
    from judged
    union all
    select
        'no_reliable_improvement' as kind,
        *
    from judged
    union all
    select
        'treatment_review' as kind,
        *
    from judged
    union all
    select
        'off_course' as kind,
        *
    from expected
    union all
    select
        'high_predicted_risk' as kind,
        *
    from expected
    union all
    select
        'alliance_rupture' as kind,
        *
    from alliances
    union all
    select
        'drop_out_risk' as kind,
        clinic_id,
        patient_id,
        episode_id,
        '' as instrument,
        '' as scale,
        came_at as measured_at,
        therapist_id
    from contact
    union all
    select
        kind,
        clinic_id,
        patient_id,
        episode_id,
        instrument,
        scale,
        measured_at,
        therapist_id
    from fired
    where kind = 'drop_out_risk'
)

select
    alarmed.clinic_id,
    alarmed.patient_id,
    alarmed.episode_id,
    alarmed.kind,
    looks.instrument,
    looks.scale,
    looks.measured_at,
    looks.therapist_id,
    fired.level,
    fired.urgency,
    fired.reason
from alarmed
inner join looks
    on alarmed.clinic_id = looks.clinic_id
    and alarmed.patient_id = looks.patient_id
    and alarmed.episode_id = looks.episode_id
    and alarmed.kind = looks.kind
    and alarmed.first_fired_at <= looks.measured_at
left join fired
    on alarmed.clinic_id = fired.clinic_id
    and alarmed.patient_id = fired.patient_id
    and alarmed.episode_id = fired.episode_id
    and alarmed.kind = fired.kind
    and looks.instrument = fired.instrument
    and looks.scale = fired.scale
    and looks.measured_at = fired.measured_at
