-- parameters: none of its own
-- reads: therapist_effect
-- why: the one primary estimate per instrument, that of the page's own instrument first.
select
    instrument,
    scale,
    period,
    is_primary,
    is_trainee,
    supervisor_id,
    n_episodes,
    n_shared,
    weighed_episodes,
    estimate,
    lower,
    upper,
    estimate_sd,
    lower_sd,
    upper_sd,
    distinguishable,
    shown,
    reason,
    simulated
from therapist_effect
order by is_primary desc, instrument
