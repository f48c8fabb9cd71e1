-- grain: one primary indicator of a unit on which a rule fired in its last complete period
-- reads: shown_indicator_alert, indicator_definition
select
    shown_indicator_alert.unit_kind,
    shown_indicator_alert.unit,
    shown_indicator_alert.indicator,
    indicator_definition.title,
    shown_indicator_alert.period_kind,
    shown_indicator_alert.period,
    shown_indicator_alert.rules,
    shown_indicator_alert.is_better
from shown_indicator_alert
inner join indicator_definition
    on shown_indicator_alert.indicator = indicator_definition.indicator
where $viewer.scope = 'aggregates'
order by
    case shown_indicator_alert.unit_kind when 'service' then 1 when 'clinic' then 2 else 3 end,
    shown_indicator_alert.unit,
    indicator_definition.sort_order
