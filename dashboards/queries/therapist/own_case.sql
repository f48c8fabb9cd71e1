-- parameters: $instrument
-- reads: closed_course
-- why: own closed episodes, once each, for the list of intervision: on the scale that the page
--   opens with where there is one, else on the first.
select
    patient_id,
    episode_id,
    instrument,
    scale,
    started_on,
    ended_on,
    n_sessions,
    baseline,
    last,
    case when not isnan(expected_last) then expected_last end as expected_last,
    case when not isnan(distance) then distance end as distance
from closed_course
qualify row_number() over (
    partition by patient_id, episode_id order by instrument <> $instrument, instrument, scale
) = 1
order by patient_id, episode_id
