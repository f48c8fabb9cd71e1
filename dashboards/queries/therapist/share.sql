-- parameters: $instrument, $scale
-- reads: therapist_share
-- why: how much of all differences in outcome goes with who treats, at three severities;
--   `between_sd` is the model's spread, nobody's figure.
select
    severity,
    share,
    lower,
    upper,
    between_sd,
    n_episodes,
    n_shared,
    clinics,
    halves_correlation,
    halves_lower,
    halves_upper
from therapist_share
where instrument = $instrument and scale = $scale
order by severity
