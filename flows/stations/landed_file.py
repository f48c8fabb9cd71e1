"""108_landed_file: the files of the archive that were known, and their answers as views."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flows.landing.archive import Receipt
from flows.landing.sql_text import literal
from flows.station import Inputs, StationTables

WRITES = ("landed_file", "landed_response", "landed_item")

LANDED_FILE = {
    "sha256": "VARCHAR",
    "source": "VARCHAR",
    "name": "VARCHAR",
    "rows_in": "BIGINT",
    "landed": "BIGINT",
    "duplicate": "BIGINT",
    "rejected": "BIGINT",
    "cells_rejected": "BIGINT",
    "rejected_error": "BIGINT",
    "rejected_conflict": "BIGINT",
    "rejected_by_rule": "BIGINT",
    "landed_at": "TIMESTAMP",
    "clinics": "VARCHAR[]",
    "instruments": "VARCHAR[]",
    "measured_from": "TIMESTAMP",
    "measured_to": "TIMESTAMP",
    "has_artificial_dates": "BOOLEAN",
    "critical_items_not_watched": "VARCHAR[]",
    "conflict_rule": "VARCHAR",
    "is_held_back": "BOOLEAN",
}

NO_ANSWERS = """
    select null::VARCHAR as clinic_id, null::VARCHAR as patient_id,
        null::VARCHAR as therapist_id, null::VARCHAR as episode_id, null::VARCHAR as group_id,
        null::INTEGER as session_no, null::TIMESTAMP as measured_at,
        null::VARCHAR as respondent, null::VARCHAR as instrument, null::VARCHAR as item,
        null::DOUBLE as value, null::VARCHAR as source_file, null::BIGINT as source_line,
        null::VARCHAR as sha256
    where false
"""


def make(tables: StationTables, inputs: Inputs) -> None:
    """`landed_response`: answers of accepted files; `landed_item`: all readable answers.

    `landed_item` adds those of held-back files and those set aside, for the
    critical lane, with `kept_as` and `landed_order`.
    """
    rows = [_row(r, False) for r in inputs.receipts] + [_row(r, True) for r in inputs.held_back]
    tables.write("landed_file", LANDED_FILE, rows)
    archive = inputs.settings.archive
    landed = [archive / r.sha256 / "responses.parquet" for r in inputs.receipts]
    held = [archive / r.sha256 / "responses.parquet" for r in inputs.held_back]
    every = (*inputs.receipts, *inputs.held_back)
    aside = [archive / r.sha256 / "set_aside.parquet" for r in every]
    tables.write_select("landed_response", _answers(landed), is_view=True)
    tables.write_select(
        "landed_item",
        f"""
        select *, 'landed' as kept_as, 1 as landed_order from ({_answers([*landed, *held])})
        union all
        select *, 'set_aside' as kept_as, 0 as landed_order from ({_answers(aside)})
        """,
        is_view=True,
    )


def _row(receipt: Receipt, is_held_back: bool) -> dict[str, Any]:
    row = receipt.model_dump() | {"is_held_back": is_held_back}
    return {
        name: list(row[name]) if kind.endswith("[]") else row[name]
        for name, kind in LANDED_FILE.items()
    }


def _answers(files: Sequence[Path]) -> str:
    if not files:
        return NO_ANSWERS
    names = ", ".join(literal(str(file)) for file in files)
    return f"""
        select clinic_id, patient_id, therapist_id, episode_id, group_id, session_no,
            measured_at, respondent, instrument, item, value, source_file, source_line, sha256
        from read_parquet([{names}])
    """
