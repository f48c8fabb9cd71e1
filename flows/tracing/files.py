"""Landed files with records that share the keys of a row, such as those of one patient."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb

from flows.landing import archive
from flows.landing.entities import ENTITIES
from flows.landing.sql_text import file_literal, identifier
from flows.lineage import LANDED, stations_behind
from flows.settings import Settings
from flows.tracing.opened import CRITICAL, sql_value
from flows.tracing.traced import FileLines, Row
from flows.tracing.way import BETWEEN, Start


def files_sharing(settings: Settings, start: Start, known_at: datetime) -> Iterator[FileLines]:
    """The newest first; none for a number that no station leads back to the archive."""
    landed = {read for station in stations_behind(start.table) for read in station.reads}
    if not any(read.startswith(LANDED) for read in landed):
        return
    with duckdb.connect() as connection:
        for receipt in _receipts(settings, known_at):
            if start.keys.get("sha256", receipt["sha256"]) == receipt["sha256"]:
                found = _lines(connection, settings, receipt, start)
                if found is not None:
                    yield found


def files_of_source(settings: Settings, source: str, known_at: datetime) -> Iterator[FileLines]:
    """All files of one source, without lines."""
    for receipt in _receipts(settings, known_at):
        if receipt["source"] == source:
            yield FileLines(receipt, receipt["rows_in"], ())


def _receipts(settings: Settings, known_at: datetime) -> list[Row]:
    """What the run knew of, held back or not, the newest first."""
    folder = settings.archive
    known = (*archive.receipts(folder), *archive.held_back(folder))
    told = [each.model_dump() for each in known if each.landed_at <= known_at]
    return sorted(told, key=lambda each: each["landed_at"], reverse=True)


def _lines(
    connection: duckdb.DuckDBPyConnection, settings: Settings, receipt: Row, start: Start
) -> FileLines | None:
    folder = settings.archive / receipt["sha256"]
    # The critical lane alone reads what was set aside.
    names = ("responses", *(["set_aside"] if start.table == CRITICAL else ENTITIES))
    files = [folder / f"{name}.parquet" for name in names]
    for file in (each for each in files if each.exists()):
        counted = _records(connection, file, start)
        if counted is not None:
            return FileLines(receipt, *counted)
    return None


def _records(
    connection: duckdb.DuckDBPyConnection, file: Path, start: Start
) -> tuple[int, tuple[int, ...]] | None:
    relation = f"read_parquet({file_literal(file)})"
    described = connection.execute(f"describe select * from {relation}").fetchall()
    columns = {name for name, *_ in described}
    conditions = [
        f"{identifier(column)} = {sql_value(value)}"
        for column, value in start.keys.items()
        # Which episode a record is of, a station decides.
        if column in columns and column not in ("episode_id", "source")
    ]
    row = start.row
    if start.table in BETWEEN and "measured_at" in columns and row["last_signal_at"] is not None:
        _, first, last = BETWEEN[start.table]
        conditions.append(f"measured_at between {sql_value(row[first])} and {sql_value(row[last])}")
    found = connection.execute(
        f"select count(*), list(distinct source_line order by source_line) from {relation}"
        f" where {' and '.join(['true', *conditions])}"
    ).fetchone()
    assert found is not None
    return (found[0], tuple(found[1])) if found[0] else None
