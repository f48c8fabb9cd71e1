"""Which rows of a recorded run were erased since, as digests alone: nobody can be read from it.

Written when a patient is forgotten, from the published file that is about to go. With it a run
that is made again can still be held against what it was.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb
from pydantic import BaseModel, ConfigDict, ValidationError

from flows.landing.forgotten import write_durably
from flows.landing.sql_text import literal
from flows.recorded import (
    ERASED,
    NO_ROWS,
    TableDigest,
    damaged,
    databases_of,
    digest,
    folder_of,
    recorded_runs,
)


class Erased(BaseModel):
    """Rows of one patient, by database and table; `tables` is None where none could be read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tables: dict[str, dict[str, TableDigest]] | None


class Erasures(BaseModel):
    """erased.json: what went of a run, by the mark of each patient."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    patients: dict[str, Erased] = {}

    @property
    def rows(self) -> int:
        """Rows that went, as far as they are known."""
        known = [each.tables for each in self.patients.values() if each.tables is not None]
        return sum(t.rows for tables in known for named in tables.values() for t in named.values())

    def of_table(self, database: str, table: str) -> TableDigest | None:
        """What went of one table; None where that is not known."""
        gone = NO_ROWS
        for each in self.patients.values():
            if each.tables is None:
                return None
            gone = gone.with_more(each.tables.get(database, {}).get(table, NO_ROWS))
        return gone


def read_erasures(published: Path, run_id: str) -> Erasures:
    """What was erased of a run; nothing where no patient was."""
    file = folder_of(published, run_id) / ERASED
    if not file.exists():
        return Erasures()
    try:
        return Erasures.model_validate_json(file.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError):
        raise damaged(file) from None


def note_erasure(published: Path, key: bytes, mark: str, clinic_id: str, patient_id: str) -> int:
    """Write into every recording what goes of it with this patient; rows of published files.

    A second time, after a kill, what was noted stands. Rows of a patient who was forgotten
    before are no longer in a published file, so nothing is taken off twice.
    """
    rows = 0
    for run_id in recorded_runs(published):
        told = read_erasures(published, run_id)
        if mark not in told.patients:
            gone = Erased(tables=_of_run(published, run_id, key, clinic_id, patient_id))
            told = Erasures(patients={**told.patients, mark: gone})
            file = folder_of(published, run_id) / ERASED
            write_durably(file, told.model_dump_json(indent=1) + "\n")
        rows += Erasures(patients={mark: told.patients[mark]}).rows
    return rows


def _of_run(
    published: Path, run_id: str, key: bytes, clinic_id: str, patient_id: str
) -> dict[str, dict[str, TableDigest]] | None:
    files = databases_of(published, run_id)
    if "" not in files:
        return None
    return {name: _of_database(f, key, clinic_id, patient_id) for name, f in files.items()}


def _of_database(file: Path, key: bytes, clinic_id: str, patient_id: str) -> dict[str, TableDigest]:
    where = f"clinic_id = {literal(clinic_id)} and patient_id = {literal(patient_id)}"
    with duckdb.connect(str(file), read_only=True) as connection:
        found = {t: digest(connection, t, key, where) for t in patient_tables(connection)}
    return {table: gone for table, gone in found.items() if gone.rows}


def patient_tables(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Tables of an open database that hold rows of patients of clinics."""
    rows = connection.execute("""
        select table_name from duckdb_columns()
        where column_name in ('clinic_id', 'patient_id')
        group by table_name having count(*) = 2
        order by table_name
    """)
    return tuple(name for (name,) in rows.fetchall())


def databases_with(published: Path, clinic_id: str, patient_id: str) -> Mapping[Path, int]:
    """The published files that hold rows of a patient, and how many."""
    where = f"clinic_id = {literal(clinic_id)} and patient_id = {literal(patient_id)}"
    found = {file: _rows(file, where) for file in sorted(published.glob("*.duckdb"))}
    return {file: rows for file, rows in found.items() if rows}


def _rows(file: Path, where: str) -> int:
    with duckdb.connect(str(file), read_only=True) as connection:
        return sum(
            int(row[0])
            for table in patient_tables(connection)
            if (row := connection.execute(f"select count(*) from {table} where {where}").fetchone())
        )
