-- grain: clinic x week x month in which files were landed
-- kind: step
-- reads: landed_file, file_form, instrument_item, clinic_unit
-- why: what came in and could not be used, by day of landing: records with an error that the sender
--   must mend, and whole files held back. A file of several clinics counts for each of them, since
--   its account is of the file. Forms that are the same all the way down are counted by the day of
--   measuring, once each, of the patients and recent files that are looked at (212).
with

answers as (
    select
        unnest(clinics) as clinic_id,
        landed_at::date as day,
        rows_in,
        case when is_held_back then rows_in else rejected_error end as lost
    from landed_file
),

landed as (
    select
        clinic_id,
        day,
        sum(rows_in) as records,
        sum(lost) as records_lost,
        null::bigint as forms_looked_at,
        null::bigint as straight_forms
    from answers
    group by clinic_id, day
),

item_range as (
    select
        instrument,
        scale,
        min(minimum) as lowest,
        bool_or(is_reversed) as has_reversed_item
    from instrument_item
    group by instrument, scale
),

forms as (
    select distinct
        file_form.clinic_id,
        file_form.patient_id,
        file_form.measured_at,
        file_form.instrument,
        file_form.scale,
        file_form.lowest_answer = file_form.highest_answer
        and (item_range.has_reversed_item or file_form.lowest_answer > item_range.lowest)
            as is_straight
    from file_form
    inner join item_range
        on file_form.instrument = item_range.instrument
        and file_form.scale = item_range.scale
    where file_form.items_answered >= 5
),

straight as (
    select
        clinic_id,
        measured_at::date as day,
        null::bigint as records,
        null::bigint as records_lost,
        count(*) as forms_looked_at,
        count(*) filter (where is_straight) as straight_forms
    from forms
    group by clinic_id, measured_at::date
),

days as (
    select
        clinic_id,
        day,
        records,
        records_lost,
        forms_looked_at,
        straight_forms
    from landed
    union all
    select
        clinic_id,
        day,
        records,
        records_lost,
        forms_looked_at,
        straight_forms
    from straight
)

select
    clinic_unit.unit_clinic_id,
    date_trunc('week', days.day)::date as week,
    date_trunc('month', days.day)::date as month,
    sum(days.records) as records,
    sum(days.records_lost) as records_lost,
    sum(days.forms_looked_at) as forms_looked_at,
    sum(days.straight_forms) as straight_forms
from days
inner join clinic_unit on days.clinic_id = clinic_unit.clinic_id
group by all
