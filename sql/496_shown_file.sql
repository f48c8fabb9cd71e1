-- grain: landed or held-back file x clinic
-- reads: file_history
-- why: from which source and clinic a doubt about the data came, without small counts. What was
--   rejected is told as a band, since counts of files would give away those of weeks and clinics;
--   of a file with fewer than 500 records only whether anything was, so that no band is of fewer
--   than 5 records. The name of a file is not told: it may hold that of a person.
select
    sha256,
    source,
    clinic_id,
    landed_at,
    is_held_back,
    case when records >= 5 then records end as records,
    case
        when is_held_back then 'held_back'
        when rejected = 0 then 'none'
        when records < 500 then 'some'
        when rejected_share < 0.01 then 'under_1'
        when rejected_share < 0.05 then 'under_5'
        else 'over_5'
    end as rejected,
    volume_drift,
    mean_shift,
    mean_shift_instrument,
    checks,
    failed_checks,
    failed
from file_history
