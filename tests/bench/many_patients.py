"""A published snapshot of a large service: a demo of 3,000 patients, repeated under other ids.

What a page has to search grows with the service, so every row about a patient stands there
once for each copy, with ids of its own; clinics stay the same, and grow. Where the run put the
rows of one patient together they lie so here too; all others are scattered over their table.
"""

import json
from pathlib import Path

import duckdb

from flows.cli import main as opkoers

DEMO_PATIENTS = 3_000
OWN_IDS = (
    "patient_id",
    "therapist_id",
    "episode_id",
    "exported_episode_id",
    "group_id",
    "assessment_id",
    "signal_id",
    "alert_id",
)


def many_patients(folder: Path, patients: int) -> Path:
    """The home with the snapshot; made once and kept in `folder`."""
    home = folder / f"pages_{patients}"
    if not (home / "copies.json").exists():
        print(f"Making a demo of {DEMO_PATIENTS:,} patients and repeating it to {patients:,}")
        _made(home, patients)
    return home


def _made(home: Path, patients: int) -> None:
    if not (home / "published" / "current").exists():
        told = ["demo", "--direct", "--home", str(home), "--patients", str(DEMO_PATIENTS)]
        if opkoers(told) != 0:
            raise SystemExit("the demo could not be made")
    current = home / "published" / "current"
    single = current.resolve()
    copies = max(1, patients // DEMO_PATIENTS)
    many = single.with_name(f"{single.stem}.many.duckdb")
    many.unlink(missing_ok=True)
    _repeat(single, many, copies)
    current.unlink()
    current.symlink_to(many.name)
    (home / "copies.json").write_text(json.dumps({"copies": copies}), "utf-8")


def _repeat(single: Path, many: Path, copies: int) -> None:
    with duckdb.connect(str(many)) as connection:
        connection.execute(f"attach '{single}' as one (read_only)")
        tables = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'one' order by all"
        ).fetchall()
        for (table,) in tables:
            connection.execute(_copy_of(connection, table, copies))
        connection.execute("detach one")
        connection.execute("checkpoint")
    many.chmod(0o600)


def _copy_of(connection: duckdb.DuckDBPyConnection, table: str, copies: int) -> str:
    """The statement that makes a table of all copies."""
    columns = [
        name
        for (name,) in connection.execute(
            "select column_name from duckdb_columns()"
            " where database_name = 'one' and table_name = ? order by column_index",
            [table],
        ).fetchall()
    ]
    if not {"patient_id", "therapist_id", "group_id"} & {*columns}:
        return f'create table "{table}" as from one."{table}"'
    chosen = ", ".join(
        f'"{name}" || \'-\' || copy as "{name}"' if name in OWN_IDS else f'"{name}"'
        for name in columns
    )
    lies_by_patient = "patient_id" in columns and _lies_by_patient(connection, table)
    scattered = f'hash(copy, one."{table}".rowid)'
    order = "clinic_id, patient_id || '-' || copy" if lies_by_patient else scattered
    return (
        f'create table "{table}" as select {chosen} from one."{table}"'
        f" cross join range({copies}) as copies(copy) order by {order}"
    )


def _lies_by_patient(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether the rows of the single table lie in the order of clinic and patient."""
    found = connection.execute(
        f"""
        select coalesce(bool_and(place >= before), true)
        from (
            select
                (clinic_id, patient_id) as place,
                lag((clinic_id, patient_id), 1, (clinic_id, patient_id)) over (order by rowid)
                    as before
            from one."{table}"
        )
        """
    ).fetchone()
    return bool(found and found[0])
