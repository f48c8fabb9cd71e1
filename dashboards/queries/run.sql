-- grain: the one run that made this snapshot
-- why: the age of the data and the simulated banner stand on every page
select run_id, as_of, known_at, contract_version, simulated, service_name
from run
