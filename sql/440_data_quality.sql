-- grain: clinic x landed or held-back file
-- reads: landed_file, instrument
-- why: a clinic reads what was not taken in, what cannot be watched and how answers were read that
--   exports write in several ways, in the same report as its alerts.
--   Records that were erased when a patient was forgotten are in no count here.
with

by_clinic as (
    select
        unnest(clinics) as clinic_id,
        landed_file.*
    from landed_file
),

coded as (
    select
        sha256,
        unnest(codings, recursive := true)
    from landed_file
),

read_as as (
    select
        coded.sha256,
        list(
            { 'short_name': instrument.short_name, 'coding': coded.coding, 'how': coded.how }
            order by coded.instrument, coded.coding
        ) as codings
    from coded
    inner join instrument on coded.instrument = instrument.instrument
    group by coded.sha256
)

select
    by_clinic.clinic_id,
    by_clinic.name as source_file,
    by_clinic.landed_at,
    by_clinic.rows_in - by_clinic.erased as rows_in,
    by_clinic.landed,
    by_clinic.duplicate,
    by_clinic.rejected,
    by_clinic.cells_rejected,
    by_clinic.rejected_error,
    by_clinic.rejected_conflict,
    by_clinic.rejected_by_rule,
    by_clinic.is_held_back as held_back,
    case
        when len(by_clinic.critical_items_not_watched) > 0 then 'critical_items_not_watched'
    end as note,
    by_clinic.measured_from,
    by_clinic.measured_to,
    by_clinic.conflict_rule,
    coalesce(read_as.codings, []) as codings
from by_clinic
left join read_as on by_clinic.sha256 = read_as.sha256
