"""108_landed_file: the files of the archive that were known, and their answers as views."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from flows.landing.archive import Receipt
from flows.landing.sql_text import in_list, literal
from flows.station import Inputs, StationTables

WRITES = ("landed_file", "landed_response", "landed_item")

LANDED_FILE = {
    "sha256": "VARCHAR",
    "source": "VARCHAR",
    "name": "VARCHAR",
    "table_name": "VARCHAR",
    "exports": "VARCHAR",
    "rows_in": "BIGINT",
    "landed": "BIGINT",
    "duplicate": "BIGINT",
    "rejected": "BIGINT",
    "erased": "BIGINT",
    "cells_rejected": "BIGINT",
    "rejected_error": "BIGINT",
    "rejected_conflict": "BIGINT",
    "rejected_by_rule": "BIGINT",
    "landed_at": "TIMESTAMP",
    "held_back_at": "TIMESTAMP",
    "clinics": "VARCHAR[]",
    "instruments": "VARCHAR[]",
    "measured_from": "TIMESTAMP",
    "measured_to": "TIMESTAMP",
    "has_artificial_dates": "BOOLEAN",
    "critical_items_not_watched": "VARCHAR[]",
    "codings": "STRUCT(instrument VARCHAR, coding VARCHAR, how VARCHAR)[]",
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
    "record_id": "VARCHAR",
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
    accepted = _of_answers(inputs.receipts)
    held_back = _of_answers(inputs.held_back)
    contested, replaced = _contested(accepted), _replaced_clinics(accepted)
    responses = [_responses(archive, r, r in contested, replaced[r.sha256]) for r in accepted]
    tables.write_select("landed_response", _union(responses, RESPONSE), kind="view")
    every = (*accepted, *held_back)
    landed = [_kept(archive, r, "responses", "landed", 1) for r in every]
    aside = [_kept(archive, r, "set_aside", "set_aside", 0) for r in every]
    tables.write_select("landed_item", _union([*landed, *aside], ITEM), kind="view")


def _of_answers(receipts: Sequence[Receipt]) -> tuple[Receipt, ...]:
    return tuple(receipt for receipt in receipts if receipt.table == "responses")


RESPONSE = ANSWER | {
    "sha256": "VARCHAR",
    "landed_at": "TIMESTAMP",
    "has_artificial_date": "BOOLEAN",
    "source": "VARCHAR",
    "is_withdrawn": "BOOLEAN",
    "is_contested": "BOOLEAN",
}
ITEM = ANSWER | {"sha256": "VARCHAR", "kept_as": "VARCHAR", "landed_order": "INTEGER"}


def _contested(receipts: Sequence[Receipt]) -> set[Receipt]:
    """Files that can hold an answer of another one: same clinic, instrument and time.

    Where a source has record ids, a later file may move a record to another time.
    """
    contested = {
        each
        for one, other in combinations(receipts, 2)
        if set(one.clinics) & set(other.clinics)
        and set(one.instruments) & set(other.instruments)
        and (_meet(one, other) or _share_record_ids(one, other))
        for each in (one, other)
    }
    return contested | {receipt for receipt in receipts if receipt.has_withdrawals}


def _meet(one: Receipt, other: Receipt) -> bool:
    times = (one.measured_from, one.measured_to, other.measured_from, other.measured_to)
    if None in times:
        return False
    return one.measured_from <= other.measured_to and other.measured_from <= one.measured_to  # type: ignore[operator]


def _share_record_ids(one: Receipt, other: Receipt) -> bool:
    return one.source == other.source and one.has_record_ids and other.has_record_ids


def _replaced_clinics(receipts: Sequence[Receipt]) -> dict[str, tuple[str, ...]]:
    """By sha256, the clinics of which a later complete export of the same source tells all."""
    in_order = sorted(receipts, key=lambda each: (each.landed_at, each.name, each.sha256))
    told_later: dict[str, set[str]] = {}
    replaced = {}
    for receipt in reversed(in_order):
        later = told_later.setdefault(receipt.source, set())
        replaced[receipt.sha256] = tuple(sorted(later & set(receipt.clinics)))
        if receipt.exports == "complete":
            later |= set(receipt.clinics)
    return replaced


def _responses(archive: Path, receipt: Receipt, is_contested: bool, replaced: Sequence[str]) -> str:
    is_kept = f"where clinic_id not in ({in_list(replaced)})" if replaced else ""
    return f"""
        select {_answer_columns(receipt)}, {literal(receipt.sha256)} as sha256,
            {literal(str(receipt.landed_at))}::TIMESTAMP as landed_at,
            {receipt.has_artificial_dates} as has_artificial_date,
            {literal(receipt.source)} as source,
            {"is_withdrawn" if receipt.has_withdrawals else "false"} as is_withdrawn,
            {is_contested} as is_contested
        from read_parquet({_file(archive, receipt, "responses")}) {is_kept}
    """


def _kept(archive: Path, receipt: Receipt, file: str, kept_as: str, order: int) -> str:
    return f"""
        select {_answer_columns(receipt)}, {literal(receipt.sha256)} as sha256,
            {literal(kept_as)} as kept_as, {order} as landed_order
        from read_parquet({_file(archive, receipt, file)})
    """


def _answer_columns(receipt: Receipt) -> str:
    """The columns of an answer; homes landed before record ids were kept have none to read."""
    without = {} if receipt.has_record_ids else {"record_id": "null::VARCHAR as record_id"}
    return ", ".join(without.get(name, name) for name in ANSWER)


def _file(archive: Path, receipt: Receipt, name: str) -> str:
    return literal(str(archive / receipt.sha256 / f"{name}.parquet"))


def _union(selects: Sequence[str], columns: Mapping[str, str]) -> str:
    """All rows of all selects; without any, the columns and no row."""
    nothing = ", ".join(f"null::{kind} as {name}" for name, kind in columns.items())
    return " union all ".join(selects) or f"select {nothing} where false"


def _row(receipt: Receipt, is_held_back: bool) -> dict[str, Any]:
    row = receipt.model_dump() | {"is_held_back": is_held_back, "table_name": receipt.table}
    return {
        name: list(row[name]) if kind.endswith("[]") else row[name]
        for name, kind in LANDED_FILE.items()
    }
