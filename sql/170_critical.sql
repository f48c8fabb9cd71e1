-- grain: one critical item at or above its threshold, per patient, domain and moment
-- lane: critical
-- reads: critical_answer
-- why: what must reach a person today. Of two values for one moment the higher counts; when it
--   was first landed is when somebody could have known.
with

highest as (
    select *
    from critical_answer
    qualify
        max(value) over (
            partition by clinic_id, subject, domain, instrument, item, measured_at
        ) = value
),

standing as (
    select
        * exclude (landed_at),
        min(landed_at) over (
            partition by clinic_id, subject, domain, instrument, item, measured_at
        ) as landed_at
    from highest
)

select
    md5(concat_ws('|', 'critical_item', clinic_id, subject, domain, instrument, item, measured_at))
        as signal_id,
    clinic_id,
    patient_id,
    therapist_id,
    episode_id,
    group_id,
    'critical_item' as kind,
    'red' as level,
    instrument,
    'total' as scale,
    session_no,
    null::integer as assessment_no,
    measured_at,
    null::double as score,
    null::double as baseline_score,
    reason,
    domain,
    item,
    value,
    record_status,
    landed_at,
    source_file,
    source_line
from standing
where place = 1
