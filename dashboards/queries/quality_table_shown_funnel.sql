-- grain: one row of shown_funnel, for a file
-- reads: shown_funnel
select shown_funnel.*
from shown_funnel
where $viewer.scope = 'aggregates'
