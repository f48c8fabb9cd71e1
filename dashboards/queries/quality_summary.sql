-- grain: one row: how many checks of the last run there are, and how many held
-- reads: quality_check
select
    count(*) filter (where outcome <> 'not applicable') as checks,
    count(*) filter (where outcome = 'pass') as held
from quality_check
where $viewer.scope = 'aggregates'
