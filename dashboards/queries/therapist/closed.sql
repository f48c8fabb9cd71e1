-- parameters: $instrument, $scale
-- reads: closed_course
-- why: own closed episodes on one scale, the last first; of each how it was expected to end.
select
    patient_id,
    episode_id,
    started_on,
    ended_on,
    n_sessions,
    baseline,
    last,
    case when not isnan(expected_last) then expected_last end as expected_last,
    case when not isnan(distance) then distance end as distance,
    class,
    share
from closed_course
where instrument = $instrument and scale = $scale
order by ended_on desc, patient_id, episode_id
