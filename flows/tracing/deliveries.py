"""The numbers of files and sources, counted again from the receipts and the checks of files."""

from dataclasses import replace

from flows.explaining import Published
from flows.tracing.counting import Number
from flows.tracing.figures import FILES, Facts
from flows.tracing.opened import sql_value
from flows.tracing.traced import Row
from flows.tracing.units import Asked, same

_CHECKED = """
    select sha256, unnest(clinics) as clinic_id, expectation, instrument, scale, outcome,
        checked, failed
    from file_check
"""


def file_asked(published: Published, row: Row) -> Asked:
    """Of one file: its records, those that were lost, and the judgements about it."""
    keys = ("sha256", "clinic_id")
    (source,) = published.rows(f"select * from file_history where {same(row, keys)}")
    of_file = f"select count(*) from file_check where sha256 = {sql_value(row['sha256'])}"
    numbers = (
        Number("records", source["records"], "rows_in"),
        Number("rejected", source["rejected"], "lost"),
        _judged("checks", source, f"({of_file} and outcome in ('pass', 'fail'))"),
        _judged("failed_checks", source, f"({of_file} and outcome = 'fail')"),
    )
    return Asked("file_history", source, FILES, same(row, keys), numbers)


def _judged(name: str, source: Row, found: str) -> Number:
    return Number(name, source[name], found)


def delivery_asked(published: Published, row: Row) -> Asked:
    """Of a source and a clinic: the days on which a file came that was not held back."""
    keys = ("source", "clinic_id")
    facts: Facts = replace(FILES, keys=("landed_at", "sha256"))
    days = "count(distinct landed_at::date)"
    numbers = (Number("deliveries", row["deliveries"], "1", whole=days),)
    where = f"{same(row, keys)} and not is_held_back"
    return Asked("source_delivery", row, facts, where, numbers)
