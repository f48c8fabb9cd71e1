-- grain: one unit in the last funnel of an indicator, by kind of unit
-- reads: shown_funnel
-- why: the year where there is one, else the last quarter
select
    unit_kind,
    unit,
    indicator,
    period_kind,
    period,
    numerator,
    denominator,
    value,
    target,
    lower95,
    upper95,
    lower998,
    upper998,
    is_outside95,
    is_outside998
from shown_funnel
where $viewer.scope = 'aggregates' and indicator = $indicator and lower95 is not null
qualify dense_rank() over (
    partition by unit_kind order by (period_kind = 'year') desc, period desc
) = 1
order by unit_kind, unit
