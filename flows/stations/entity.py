"""109_entity: what landed of patients, episodes, appointments and others, as views."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from flows.landing.archive import Receipt
from flows.landing.entities import ENTITIES, Entity
from flows.landing.sql_text import in_list, literal
from flows.station import Inputs, StationTables

WRITES = tuple(entity.view for entity in ENTITIES.values())

OF_FILE = {
    "is_withdrawn": "BOOLEAN",
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
    "sha256": "VARCHAR",
    "landed_at": "TIMESTAMP",
}


def make(tables: StationTables, inputs: Inputs) -> None:
    """One view for each table that an export can hold, with all rows of all accepted files.

    Where no file has such a table, the view has its columns and no row.
    """
    for entity in ENTITIES.values():
        receipts = [receipt for receipt in inputs.receipts if receipt.table == entity.table]
        selects = [*_selects(inputs.settings.archive, entity, receipts), _nothing(entity)]
        tables.write_select(entity.view, " union all ".join(selects), kind="view")


def _selects(archive: Path, entity: Entity, receipts: Sequence[Receipt]) -> Iterator[str]:
    """A SELECT for each file; of a clinic told anew by a complete export only that one counts."""
    told_later: dict[str, set[str]] = {}
    columns = ", ".join((*entity.archived, "is_withdrawn", "source_file", "source_line"))
    for receipt in sorted(receipts, key=lambda r: (r.landed_at, r.name, r.sha256), reverse=True):
        later = told_later.setdefault(receipt.source, set())
        told_anew = sorted(later & set(receipt.clinics))
        file = literal(str(archive / receipt.sha256 / f"{entity.table}.parquet"))
        yield f"""
            select {columns}, {literal(receipt.sha256)} as sha256,
                {literal(str(receipt.landed_at))}::TIMESTAMP as landed_at
            from read_parquet({file})
            {f"where clinic_id not in ({in_list(told_anew)})" if told_anew else ""}
        """
        if receipt.exports == "complete":
            later |= set(receipt.clinics)


def _nothing(entity: Entity) -> str:
    columns = entity.archived | OF_FILE
    nothing = ", ".join(f"null::{kind} as {name}" for name, kind in columns.items())
    return f"select {nothing} where false"
