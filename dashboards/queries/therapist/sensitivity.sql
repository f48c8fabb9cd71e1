-- parameters: $instrument, $scale
-- reads: therapist_effect_sensitivity
-- why: what other choices would have made of the comparison as a whole, for nobody by name.
select
    model,
    share_at_mean,
    correlation_with_primary
from therapist_effect_sensitivity
where instrument = $instrument and scale = $scale and model <> 'primary'
order by model
