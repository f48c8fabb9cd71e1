-- parameters: $instrument, $scale
-- reads: case_mix
-- why: what was known at the start and allowed for, and in how many episodes it was lacking.
select
    covariate,
    used,
    episodes,
    missing,
    why
from case_mix
where instrument = $instrument and scale = $scale
order by covariate
