-- grain: one period of one indicator of one unit
-- reads: shown_indicator
-- why: every indicator where none is asked for, and every unit likewise
select
    unit_kind,
    unit,
    indicator,
    period_kind,
    period,
    better,
    chart,
    numerator,
    denominator,
    value,
    centre,
    lower,
    upper,
    rules,
    is_trial,
    segment,
    is_complete,
    is_withheld
from shown_indicator
where $viewer.scope = 'aggregates'
    and period_kind = $period_kind
    and ($indicator is null or indicator = $indicator)
    and ($unit is null or unit_kind || ':' || unit = $unit)
    and (is_primary or not $only_primary)
order by
    indicator,
    case unit_kind when 'service' then 1 when 'clinic' then 2 else 3 end,
    unit,
    period
