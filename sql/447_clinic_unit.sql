-- grain: clinic of the exports
-- kind: step
-- reads: episode, alert, landed_file, setting
-- why: under which name the figures of a clinic are counted. A clinic that goes on under another
--   name would look like one that stops and one that starts; `renamed_clinics` makes them one.
with

clinics as (
    select clinic_id from episode
    union
    select clinic_id from alert
    union
    select unnest(clinics) as clinic_id from landed_file
),

renamed as (
    select
        substr(name, len('renamed_clinics.') + 1) as clinic_id,
        value as renamed_to
    from setting
    where section = 'indicators' and starts_with(name, 'renamed_clinics.')
)

select
    clinics.clinic_id,
    coalesce(renamed.renamed_to, clinics.clinic_id) as unit_clinic_id
from clinics
left join renamed on clinics.clinic_id = renamed.clinic_id
where clinics.clinic_id is not null
