-- grain: one appointment of one patient after the day of the data
-- reads: landed_appointment, run
-- why: the list of patients says when somebody comes next, so that what needs attention can be
--   looked at before that session. Of one moment the file landed last counts; what is withdrawn
--   or said not to take place is not planned.
with

agenda as (
    select *
    from landed_appointment
    qualify row_number() over (
        partition by clinic_id, patient_id, starts_at
        order by landed_at desc, source_file desc, sha256 desc, source_line desc
    ) = 1
)

select
    agenda.clinic_id,
    agenda.patient_id,
    agenda.therapist_id,
    agenda.starts_at
from agenda
cross join run
where
    not agenda.is_withdrawn
    and agenda.attended is distinct from false
    and agenda.starts_at >= run.as_of + interval 1 day
