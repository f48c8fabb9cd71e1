-- grain: one row of shown_loop_audit, for a file
-- reads: shown_loop_audit
select shown_loop_audit.*
from shown_loop_audit
where $viewer.scope = 'aggregates'
