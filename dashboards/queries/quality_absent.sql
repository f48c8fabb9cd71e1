-- grain: one indicator that a unit has no figures of
-- reads: indicator_absence
select
    indicator,
    reason
from indicator_absence
where $viewer.scope = 'aggregates' and unit_kind || ':' || unit = $unit
order by indicator
