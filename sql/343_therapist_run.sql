-- grain: the run, one row
-- lane: therapists
-- reads: run
-- why: the file about therapists says itself of which run it is, and whether all in it is invented.
select
    run_id,
    as_of,
    known_at,
    contract_version,
    simulated
from run
