-- grain: one check of the last run that did not hold
-- reads: quality_check
-- why: what is wrong with the data, in words; of fewer than five rows the number is null
select
    "table" as table_name,
    expectation,
    category,
    severity,
    outcome,
    why,
    case when not failed between 1 and 4 then failed end as failed
from quality_check
where $viewer.scope = 'aggregates' and outcome in ('fail', 'error')
order by
    case severity when 'critical' then 1 when 'warning' then 2 else 3 end,
    "table",
    expectation
