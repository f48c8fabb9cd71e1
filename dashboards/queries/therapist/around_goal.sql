-- parameters: $instrument, $scale, $days
-- reads: closed_course
-- why: own episodes that ended before each of $days and from it on: how many ended more favourably
--   than expected, and the 95 % interval of that share (Wilson 1927, J Am Stat Assoc 22:209-212)
--   [K]. Each is counted whole by who held half of its sessions or more.
with

days as (
    select distinct unnest(cast($days as date[])) as since
),

counted as (
    select
        days.since,
        closed_course.ended_on >= days.since as is_after,
        count(*) as n,
        count(*) filter (where closed_course.distance > 0) as favourable
    from closed_course
    cross join days
    where
        closed_course.instrument = $instrument
        and closed_course.scale = $scale
        and not isnan(closed_course.distance)
        and closed_course.share >= 0.5
    group by days.since, closed_course.ended_on >= days.since
),

shares as (
    select
        *,
        favourable / n as p,
        1.959963984540054 as z
    from counted
),

-- Wilson's interval is middle - half to middle + half.
ends as (
    select
        *,
        (p + z * z / (2 * n)) / (1 + z * z / n) as middle,
        z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n) as half
    from shares
)

select
    since,
    is_after,
    n::integer as n,
    favourable::integer as favourable,
    greatest(middle - half, 0) as lower,
    least(middle + half, 1) as upper
from ends
order by since, is_after
