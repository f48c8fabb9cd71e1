"""108_landed_file: the files of the archive that were known, and their answers as views."""

from collections.abc import Mapping, Sequence
from itertools import combinations
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

ANSWER = {
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "group_id": "VARCHAR",
    "session_no": "INTEGER",
    "measured_at": "TIMESTAMP",
    "respondent": "VARCHAR",
    "instrument": "VARCHAR",
    "item": "VARCHAR",
    "value": "DOUBLE",
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
}


def make(tables: StationTables, inputs: Inputs) -> None:
    """`landed_response`: answers of accepted files; `landed_item`: all readable answers.

    What holds for a whole file stands in `landed_response` as a constant of that file's
    branch, so that DuckDB neither joins nor compares it for every answer: over nine million
    answers a join on sha256 cost more than reading them. `landed_item` adds answers of
    held-back files and those set aside, for the critical lane, with `kept_as` and
    `landed_order`.
    """
    rows = [_row(r, False) for r in inputs.receipts] + [_row(r, True) for r in inputs.held_back]
    tables.write("landed_file", LANDED_FILE, rows)
    archive = inputs.settings.archive
    contested = _contested(inputs.receipts)
    tables.write_select(
        "landed_response",
        _union([_responses(archive, r, r in contested) for r in inputs.receipts], RESPONSE),
        is_view=True,
    )
    landed = [_kept(archive, r, "responses", "landed", 1) for r in inputs.receipts]
    held = [_kept(archive, r, "responses", "landed", 1) for r in inputs.held_back]
    every = (*inputs.receipts, *inputs.held_back)
    aside = [_kept(archive, r, "set_aside", "set_aside", 0) for r in every]
    tables.write_select("landed_item", _union([*landed, *held, *aside], ITEM), is_view=True)


RESPONSE = ANSWER | {
    "sha256": "VARCHAR",
    "landed_at": "TIMESTAMP",
    "has_artificial_date": "BOOLEAN",
    "is_contested": "BOOLEAN",
}
ITEM = ANSWER | {"sha256": "VARCHAR", "kept_as": "VARCHAR", "landed_order": "INTEGER"}


def _contested(receipts: Sequence[Receipt]) -> set[Receipt]:
    """Files that can hold an answer of another one: same clinic, instrument and time."""
    return {
        each
        for one, other in combinations(receipts, 2)
        if set(one.clinics) & set(other.clinics)
        and set(one.instruments) & set(other.instruments)
        and _meet(one, other)
        for each in (one, other)
    }


def _meet(one: Receipt, other: Receipt) -> bool:
    times = (one.measured_from, one.measured_to, other.measured_from, other.measured_to)
    if None in times:
        return False
    return one.measured_from <= other.measured_to and other.measured_from <= one.measured_to  # type: ignore[operator]


def _responses(archive: Path, receipt: Receipt, is_contested: bool) -> str:
    return f"""
        select {", ".join(ANSWER)}, {literal(receipt.sha256)} as sha256,
            {literal(str(receipt.landed_at))}::TIMESTAMP as landed_at,
            {receipt.has_artificial_dates} as has_artificial_date,
            {is_contested} as is_contested
        from read_parquet({_file(archive, receipt, "responses")})
    """


def _kept(archive: Path, receipt: Receipt, file: str, kept_as: str, order: int) -> str:
    return f"""
        select {", ".join(ANSWER)}, {literal(receipt.sha256)} as sha256,
            {literal(kept_as)} as kept_as, {order} as landed_order
        from read_parquet({_file(archive, receipt, file)})
    """


def _file(archive: Path, receipt: Receipt, name: str) -> str:
    return literal(str(archive / receipt.sha256 / f"{name}.parquet"))


def _union(selects: Sequence[str], columns: Mapping[str, str]) -> str:
    """All rows of all selects; without any, the columns and no row."""
    nothing = ", ".join(f"null::{kind} as {name}" for name, kind in columns.items())
    return " union all ".join(selects) or f"select {nothing} where false"


def _row(receipt: Receipt, is_held_back: bool) -> dict[str, Any]:
    row = receipt.model_dump() | {"is_held_back": is_held_back}
    return {
        name: list(row[name]) if kind.endswith("[]") else row[name]
        for name, kind in LANDED_FILE.items()
    }
