-- grain: one landed or held-back file, without its name
-- reads: shown_file
select
    sha256,
    source,
    string_agg(clinic_id, ', ' order by clinic_id) as clinics,
    list(clinic_id order by clinic_id) as clinic_ids,
    landed_at,
    is_held_back,
    any_value(records) as records,
    any_value(rejected) as rejected,
    any_value(volume_drift) as volume_drift,
    any_value(mean_shift) as mean_shift,
    any_value(mean_shift_instrument) as mean_shift_instrument,
    any_value(failed_checks) as failed_checks
from shown_file
where $viewer.scope = 'aggregates'
group by sha256, source, landed_at, is_held_back
order by landed_at desc, source, sha256
limit 50
