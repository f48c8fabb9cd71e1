-- grain: clinic x landed or held-back file
-- reads: landed_file
-- why: a clinic reads what was not taken in, and what cannot be watched, in the same report as
--   its alerts.
with

by_clinic as (
    select
        unnest(clinics) as clinic_id,
        landed_file.*
    from landed_file
)

select
    clinic_id,
    name as source_file,
    landed_at,
    rows_in,
    landed,
    duplicate,
    rejected,
    cells_rejected,
    rejected_error,
    rejected_conflict,
    rejected_by_rule,
    is_held_back as held_back,
    case
        when len(critical_items_not_watched) > 0 then 'critical_items_not_watched'
    end as note,
    measured_from,
    measured_to,
    conflict_rule
from by_clinic
