-- grain: one patient of one clinic
-- reads: landed_patient
-- why: who the patients are, as far as fair comparison between clinics needs it: no name, no day
--   of birth. Of one patient the file landed last counts.
with

newest as (
    select *
    from landed_patient
    qualify row_number() over (
        partition by clinic_id, patient_id
        order by landed_at desc, source_file desc, sha256 desc, source_line desc
    ) = 1
)

select
    clinic_id,
    patient_id,
    birth_year,
    sex,
    source_file,
    source_line
from newest
where not is_withdrawn
