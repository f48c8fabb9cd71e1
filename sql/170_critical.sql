-- grain: one critical item at or above its threshold, per patient and moment
-- lane: critical
-- reads: landed_item, landed_file, critical_item, instrument, run
-- why: self-harm items must reach a person whatever else is wrong, so this reads answers alone,
--   also of held-back, incomplete and disputed records; of two values for one moment the higher
--   counts. Without a usable date an answer counts from the moment its file was landed.
with

answers as (
    select
        landed_item.* exclude (clinic_id, measured_at),
        landed_file.landed_at,
        coalesce(landed_item.clinic_id, landed_file.clinics[1]) as clinic_id,
        case
            when landed_item.measured_at is null then landed_file.landed_at
            -- A date in the future is a mistyped one: nobody should wait for it to come.
            when
                landed_item.kept_as = 'set_aside'
                and landed_item.measured_at::date > landed_file.landed_at::date
                then landed_file.landed_at
            else landed_item.measured_at
        end as measured_at,
        case when landed_file.is_held_back then 'held_back' else landed_item.kept_as end
            as record_status
    from landed_item
    inner join landed_file using (sha256)
),

reached as (
    select
        answers.*,
        critical_item.domain,
        instrument.short_name,
        coalesce(answers.patient_id, concat_ws('|', answers.sha256, answers.source_line))
            as subject
    from answers
    inner join critical_item
        on answers.instrument = critical_item.instrument
        and answers.item = critical_item.item
        and answers.value >= critical_item.threshold
    inner join instrument on answers.instrument = instrument.instrument
    where
        answers.clinic_id is not null
        and answers.measured_at < (select run.as_of + interval 1 day from run)
),

highest as (
    select *
    from reached
    qualify row_number() over (
        partition by clinic_id, subject, instrument, item, measured_at
        order by
            value desc,
            record_status = 'landed' desc,
            landed_order desc,
            landed_at desc,
            source_file desc,
            sha256 desc,
            source_line desc
    ) = 1
)

select
    md5(concat_ws('|', 'critical_item', clinic_id, subject, instrument, item, measured_at))
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
    json_object(
        'key', 'critical_item', 'instrument', short_name, 'item', item,
        'domain', domain, 'value', value, 'record_status', record_status
    )::varchar as reason,
    domain,
    item,
    value,
    record_status,
    source_file,
    source_line
from highest
