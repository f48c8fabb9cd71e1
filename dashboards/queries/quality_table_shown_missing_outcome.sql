-- grain: one row of shown_missing_outcome, for a file
-- reads: shown_missing_outcome
select shown_missing_outcome.*
from shown_missing_outcome
where $viewer.scope = 'aggregates'
