-- grain: one look of an alarming rule at one scale, per clinic, patient, episode, kind and moment
-- kind: view
-- reads: signal, score, baseline, instrument, yardstick, critical, critical_item,
--   landed_item, landed_file, assessment, episode
-- why: an alert stays open until the rule that fired has looked again and found nothing, so the
--   looks that found nothing (level is null) stand beside those that fired. A questionnaire that
--   the rule cannot judge is no look: no valid score, no baseline, an alliance scale, a critical
--   item left blank. Critical items of unknown patients have no course and are left out.
with

fired as (
    select
        clinic_id,
        patient_id,
        episode_id,
        kind,
        instrument,
        scale,
        measured_at,
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
        score.clinic_id,
        score.patient_id,
        score.episode_id,
        score.instrument,
        score.scale,
        score.measured_at,
        score.therapist_id
    from score
    inner join instrument
        on score.instrument = instrument.instrument
        and instrument.measures <> 'alliance'
    inner join yardstick
        on score.clinic_id = yardstick.clinic_id
        and score.instrument = yardstick.instrument
        and score.scale = yardstick.scale
        and yardstick.method = 'JT'
        and yardstick.threshold is not null
    inner join baseline
        on score.clinic_id = baseline.clinic_id
        and score.patient_id = baseline.patient_id
        and score.episode_id = baseline.episode_id
        and score.instrument = baseline.instrument
        and score.scale = baseline.scale
        and score.measured_at > baseline.baseline_at
    where
        score.score is not null
        and score.baseline_score is not null
        and not score.is_follow_up
),

looks_at_change as (
    select
        alarmed.clinic_id,
        alarmed.patient_id,
        alarmed.episode_id,
        alarmed.kind,
        judged.instrument,
        judged.scale,
        judged.measured_at,
        judged.therapist_id,
        fired.level,
        fired.urgency,
        fired.reason
    from alarmed
    inner join judged
        on alarmed.clinic_id = judged.clinic_id
        and alarmed.patient_id = judged.patient_id
        and alarmed.episode_id = judged.episode_id
        and alarmed.first_fired_at <= judged.measured_at
    left join fired
        on alarmed.clinic_id = fired.clinic_id
        and alarmed.patient_id = fired.patient_id
        and alarmed.episode_id = fired.episode_id
        and alarmed.kind = fired.kind
        and judged.instrument = fired.instrument
        and judged.scale = fired.scale
        and judged.measured_at = fired.measured_at
),

at_risk as (
    select distinct clinic_id, patient_id
    from critical
    where patient_id is not null
),

questionnaires as (
    select
        assessment.clinic_id,
        assessment.patient_id,
        assessment.instrument,
        assessment.measured_at,
        min(assessment.episode_id) as episode_id,
        max(assessment.therapist_id) as therapist_id
    from assessment
    semi join at_risk
        on assessment.clinic_id = at_risk.clinic_id
        and assessment.patient_id = at_risk.patient_id
    group by
        assessment.clinic_id,
        assessment.patient_id,
        assessment.instrument,
        assessment.measured_at
),

beginnings as (
    select
        clinic_id,
        patient_id,
        started_at,
        min(episode_id) as episode_id,
        max(therapist_id) as therapist_id,
        max(coalesce(ended_at, 'infinity'::timestamp)) as ended_at
    from episode
    group by clinic_id, patient_id, started_at
),

-- An answer that no assessment holds (held back, set aside) belongs to the episode then running.
critical_looks as (
    select
        critical.clinic_id,
        critical.patient_id,
        coalesce(
            questionnaires.episode_id,
            critical.episode_id,
            case
                when beginnings.ended_at::date >= critical.measured_at::date
                    then beginnings.episode_id
            end
        ) as episode_id,
        critical.kind,
        critical.instrument,
        critical.scale,
        critical.measured_at,
        coalesce(
            questionnaires.therapist_id, critical.therapist_id, beginnings.therapist_id
        ) as therapist_id,
        critical.level,
        -critical.value as urgency,
        critical.reason
    from critical
    left join questionnaires
        on critical.clinic_id = questionnaires.clinic_id
        and critical.patient_id = questionnaires.patient_id
        and critical.instrument = questionnaires.instrument
        and critical.measured_at = questionnaires.measured_at
    asof left join beginnings
        on critical.clinic_id = beginnings.clinic_id
        and critical.patient_id = beginnings.patient_id
        and critical.measured_at >= beginnings.started_at
    where critical.patient_id is not null
),

below_threshold as (
    select distinct
        landed_item.clinic_id,
        landed_item.patient_id,
        landed_item.instrument,
        landed_item.measured_at
    from landed_item
    inner join critical_item
        on landed_item.instrument = critical_item.instrument
        and landed_item.item = critical_item.item
        and landed_item.value < critical_item.threshold
    inner join landed_file
        on landed_item.sha256 = landed_file.sha256
        and not landed_file.is_held_back
    where landed_item.kept_as = 'landed'
),

reassuring_looks as (
    select
        questionnaires.clinic_id,
        questionnaires.patient_id,
        questionnaires.episode_id,
        'critical_item' as kind,
        questionnaires.instrument,
        'total' as scale,
        questionnaires.measured_at,
        questionnaires.therapist_id,
        null::varchar as level,
        null::double as urgency,
        null::varchar as reason
    from questionnaires
    semi join below_threshold
        on questionnaires.clinic_id = below_threshold.clinic_id
        and questionnaires.patient_id = below_threshold.patient_id
        and questionnaires.instrument = below_threshold.instrument
        and questionnaires.measured_at = below_threshold.measured_at
    anti join critical
        on questionnaires.clinic_id = critical.clinic_id
        and questionnaires.patient_id = critical.patient_id
        and questionnaires.instrument = critical.instrument
        and questionnaires.measured_at = critical.measured_at
),

looks as (
    select * from looks_at_change
    union all
    select * from critical_looks
    union all
    select * from reassuring_looks
)

select
    clinic_id,
    patient_id,
    episode_id,
    kind,
    instrument,
    scale,
    measured_at,
    therapist_id,
    level,
    urgency,
    reason
from looks
