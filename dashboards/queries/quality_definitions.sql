-- grain: one indicator: what it counts, and where that comes from
-- reads: indicator_definition
select
    indicator,
    title,
    numerator,
    denominator,
    source,
    better,
    kind,
    chart,
    finest,
    is_primary,
    is_outcome,
    is_historical
from indicator_definition
where $viewer.scope = 'aggregates'
order by sort_order
