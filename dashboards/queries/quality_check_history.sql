-- grain: one check that did not hold in some run
-- reads: check_history
-- why: of fewer than five rows the number is null
select
    "table" as table_name,
    expectation,
    severity,
    count(*) filter (where outcome in ('fail', 'error')) as runs_failed,
    count(*) as runs,
    arg_max(outcome, known_at) as last_outcome,
    arg_max(failing_since, known_at) as failing_since,
    arg_max(run_id, known_at) as last_run
from check_history
where $viewer.scope = 'aggregates'
group by "table", expectation, severity
having count(*) filter (where outcome in ('fail', 'error')) > 0
order by failing_since desc nulls last, "table", expectation
