-- grain: one landed answer to a critical item at or above its threshold, per domain
-- kind: view
-- lane: critical
-- reads: landed_item, landed_file, critical_item, instrument, instrument_missing_code, run
-- why: self-harm items must reach a person whatever else is wrong, so this reads answers alone,
--   also of held-back, incomplete and disputed records. Without a usable date an answer counts
--   from the moment its file was landed. A code for "not answered" is no answer.
with

answers as (
    select
        landed_item.* exclude (clinic_id, measured_at),
        -- A held-back file was known before it was accepted.
        coalesce(landed_file.held_back_at, landed_file.landed_at) as landed_at,
        coalesce(landed_item.clinic_id, landed_file.clinics[1]) as clinic_id,
        landed_item.measured_at as said_at,
        case when landed_file.is_held_back then 'held_back' else landed_item.kept_as end
            as record_status
    from landed_item
    inner join landed_file using (sha256)
),

dated as (
    select
        answers.* exclude (said_at),
        case
            when said_at is null then landed_at
            -- A date in the future is a mistyped one: nobody should wait for it to come.
            when kept_as = 'set_aside' and said_at::date > landed_at::date then landed_at
            else said_at
        end as measured_at
    from answers
),

reached as (
    select
        dated.*,
        critical_item.domain,
        instrument.short_name,
        coalesce(dated.patient_id, concat_ws('|', dated.sha256, dated.source_line)) as subject
    from dated
    inner join critical_item
        on dated.instrument = critical_item.instrument
        and dated.item = critical_item.item
        and dated.value >= critical_item.threshold
    inner join instrument on dated.instrument = instrument.instrument
    anti join instrument_missing_code
        on dated.instrument = instrument_missing_code.instrument
        and dated.value = instrument_missing_code.value
    where
        dated.clinic_id is not null
        and dated.measured_at < (select run.as_of + interval 1 day from run)
)

select
    subject,
    clinic_id,
    patient_id,
    therapist_id,
    episode_id,
    group_id,
    session_no,
    measured_at,
    instrument,
    item,
    domain,
    value,
    record_status,
    landed_at,
    -- Of equal values the one that was taken in, and of those the one landed last.
    row_number() over (
        partition by clinic_id, subject, domain, instrument, item, measured_at
        order by
            value desc,
            record_status = 'landed' desc,
            landed_order desc,
            landed_at desc,
            source_file desc,
            sha256 desc,
            source_line desc
    ) as place,
    json_object(
        'key', 'critical_item', 'instrument', short_name, 'item', item,
        'domain', domain, 'value', value, 'record_status', record_status
    )::varchar as reason,
    source_file,
    source_line
from reached
