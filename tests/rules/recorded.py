"""What a clinic's own system exports beside answers, drawn as tables: episodes, appointments, ...

    patient | episode | started_on | ended_on      patient | starts_at | attended
    p1      | E1      | 0          | 90            p1      | 7 10:00   | yes

Columns are those of flows/landing/entities.py; dates are days from 1 January
2026, `-` is nothing, `file` names the export where there is more than one.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from flows.landing.archive import Receipt
from flows.landing.entities import ENTITIES, Entity

SHORT = {f"{name}_id": name for name in ("clinic", "patient", "therapist", "episode", "group")}
OF_FILE = {"is_withdrawn": "BOOLEAN", "source_file": "VARCHAR", "source_line": "BIGINT"}

Row = dict[str, str]
Moment = Callable[[str], datetime]


def archived_entities(
    archive: Path, table: str, drawn: Iterable[Row], landed: Mapping[str, str], moment: Moment
) -> Iterator[Receipt]:
    """The receipts of the files in a drawn table, each landed on its day of `landed`."""
    lines = [(line, row) for line, row in enumerate(drawn, start=2)]
    for file in dict.fromkeys(row.get("file", f"{table}.csv") for _, row in lines):
        mine = [
            _record(ENTITIES[table], row, moment) | {"source_file": file, "source_line": line}
            for line, row in lines
            if row.get("file", f"{table}.csv") == file
        ]
        key = sha256(f"{table} {file} {mine}".encode()).hexdigest()
        _write(ENTITIES[table], mine, archive / key)
        clinics = {record["clinic_id"] for record in mine}
        yield _receipt(key, file, table, len(mine), clinics, moment(f"{landed[file]} 05:00"))


def _record(entity: Entity, row: Row, moment: Moment) -> dict[str, Any]:
    unknown = {*row} - {"file", "withdrawn", *SHORT.values(), *entity.archived}
    assert not unknown, f"{entity.table} have no column {unknown}"
    told = {name: row.get(SHORT.get(name, name), "-") for name in entity.archived}
    cells: dict[str, Any] = {"clinic_id": "c"}
    cells |= {name: cell for name, cell in told.items() if cell != "-"}
    for name, kind in entity.archived.items():
        if name in cells and kind in ("DATE", "TIMESTAMP"):
            cells[name] = str(moment(cells[name]))
        elif name in cells and kind == "BOOLEAN":
            cells[name] = {"yes": True, "no": False}[cells[name]]
    return cells | {"is_withdrawn": row.get("withdrawn") == "yes"}


def _write(entity: Entity, records: list[dict[str, Any]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = folder / "records.json"
    lines.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    kinds = entity.archived | OF_FILE
    texts = dict.fromkeys(kinds, "VARCHAR")
    read = f"read_json('{lines}', format = 'newline_delimited', columns = {texts})"
    columns = ", ".join(
        f"{name}::TIMESTAMP::DATE as {name}" if kind == "DATE" else f"{name}::{kind} as {name}"
        for name, kind in kinds.items()
    )
    target = folder / f"{entity.table}.parquet"
    duckdb.sql(f"copy (select {columns} from {read}) to '{target}' (format parquet)")


def _receipt(
    key: str, file: str, table: str, records: int, clinics: set[str], landed_at: datetime
) -> Receipt:
    return Receipt(
        sha256=key,
        source="test",
        name=file,
        table=table,
        rows_in=records,
        landed=records,
        duplicate=0,
        rejected=0,
        cells_rejected=0,
        rejected_error=0,
        rejected_conflict=0,
        rejected_by_rule=0,
        landed_at=landed_at,
        clinics=tuple(sorted(clinics)),
        instruments=(),
        measured_from=None,
        measured_to=None,
        has_artificial_dates=False,
        critical_items_not_watched=(),
        conflict_rule="later line",
        read_with="test",
    )
