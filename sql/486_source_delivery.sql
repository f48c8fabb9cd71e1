-- grain: source x clinic
-- reads: landed_file, run, setting_value
-- why: a source that stopped delivering looks like a clinic in which nothing happens. Its usual
--   interval is the median number of days between the days on which it delivered; it has stopped
--   once the next file is so many of them away. One delivery alone has no interval to judge by.
with

deliveries as (
    select distinct
        source,
        unnest(clinics) as clinic_id,
        landed_at::date as landed_on
    from landed_file
    where not is_held_back
),

intervals as (
    select
        *,
        date_diff(
            'day',
            lag(landed_on) over (partition by source, clinic_id order by landed_on),
            landed_on
        ) as days
    from deliveries
),

sources as (
    select
        source,
        clinic_id,
        count(*) as deliveries,
        min(landed_on) as first_on,
        max(landed_on) as last_on,
        median(days) as usual_days
    from intervals
    group by source, clinic_id
)

select
    sources.source,
    sources.clinic_id,
    sources.deliveries,
    sources.first_on,
    sources.last_on,
    sources.usual_days,
    date_diff('day', sources.last_on, run.known_at::date) as days_since,
    coalesce(
        date_diff('day', sources.last_on, run.known_at::date)
        > setting_value.stopped_after_intervals * sources.usual_days,
        false
    ) as has_stopped
from sources
cross join run
cross join setting_value
