-- grain: one appointment of one patient, up to the day of the data
-- reads: landed_appointment, run
-- why: sessions are appointments that were attended. Of one moment of one patient the file landed
--   last counts; whether somebody came is unknown (null) until an export says so.
with

newest as (
    select *
    from landed_appointment
    qualify row_number() over (
        partition by clinic_id, patient_id, starts_at
        order by landed_at desc, source_file desc, sha256 desc, source_line desc
    ) = 1
)

select
    newest.clinic_id,
    newest.patient_id,
    newest.episode_id,
    newest.therapist_id,
    newest.group_id,
    newest.starts_at,
    newest.attended,
    newest.minutes,
    newest.source_file,
    newest.source_line
from newest
cross join run
where
    not newest.is_withdrawn
    and newest.starts_at < run.as_of + interval 1 day
