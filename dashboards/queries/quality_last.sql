-- grain: one indicator of one unit: its last complete period of each length
-- reads: shown_indicator
select
    indicator,
    period_kind,
    period,
    numerator,
    denominator,
    value,
    rules,
    is_withheld
from shown_indicator
where $viewer.scope = 'aggregates'
    and unit_kind || ':' || unit = $unit
    and is_complete
    and (denominator > 0 or is_withheld or value is not null)
qualify row_number() over (partition by indicator, period_kind order by period desc) = 1
order by indicator, period_kind
