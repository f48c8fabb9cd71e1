-- grain: one unit of which anything is shown
-- reads: shown_indicator
select distinct
    unit_kind,
    unit,
    case unit_kind when 'service' then 1 when 'clinic' then 2 else 3 end as place
from shown_indicator
where $viewer.scope = 'aggregates'
order by place, unit
