-- grain: one row of shown_indicator, for a file
-- reads: shown_indicator
select shown_indicator.*
from shown_indicator
where $viewer.scope = 'aggregates'
