"""490_check_history: what the checks of the runs before this one said, and of its own files.

The checks of this run's own tables are added when it is published.
"""

from flows.quality_history import CheckedRun, check_rows, file_rows
from flows.station import Inputs, StationTables

READS = ("file_check", "run")
WRITES = ("check_history", "file_check_history")

OF_RUN = {
    "run_id": "VARCHAR",
    "as_of": "DATE",
    "known_at": "TIMESTAMP",
    "is_published": "BOOLEAN",
}
CHECKS = OF_RUN | {
    "table": "VARCHAR",
    "expectation": "VARCHAR",
    "category": "VARCHAR",
    "severity": "VARCHAR",
    "outcome": "VARCHAR",
    "checked": "BIGINT",
    "failed": "BIGINT",
    "failing_since": "DATE",
}
FILES = OF_RUN | {
    "source": "VARCHAR",
    "clinic_id": "VARCHAR",
    "source_file": "VARCHAR",
    "expectation": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "checked": "BIGINT",
    "failed": "BIGINT",
    "failing_since": "DATE",
}


def make(tables: StationTables, inputs: Inputs) -> None:
    """Write both tables, in the order of the runs."""
    tables.write("check_history", CHECKS, list(check_rows(inputs.history)))
    runs = (*inputs.history, _this_run(tables, inputs))
    tables.write("file_check_history", FILES, list(file_rows(runs)))


def _this_run(tables: StationTables, inputs: Inputs) -> CheckedRun:
    failed = tables.read_tuples("""
        select source, unnest(clinics) as clinic_id, source_file, expectation, instrument, scale,
            checked, failed
        from file_check
        where outcome = 'fail'
        order by all
    """)
    return CheckedRun(inputs.run_id, inputs.as_of, inputs.known_at, True, (), tuple(failed))
