"""A journal at one moment as files, and back: for backups, without tools beside our own.

A file of SQLite is copied by SQLite itself, while pages go on writing. Of PostgreSQL all tables
are copied as text, in one transaction that sees one moment; their shape comes from the
migrations that had been applied, which the copy names.
"""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.errors import ExitCode, OpKoersError
from flows.journal import Server, opened

FOLDER = "journal"
_COLUMNS = """
    select table_name, column_name
    from information_schema.columns
    inner join information_schema.tables using (table_schema, table_name)
    where table_schema = 'public' and table_type = 'BASE TABLE' and is_generated = 'NEVER'
    order by table_name, ordinal_position
"""
_NUMBERED = """
    select table_name, column_name
    from information_schema.columns
    where table_schema = 'public' and is_identity = 'YES'
"""


@dataclass(frozen=True)
class Shape:
    """Tables of a copy with their columns, and of each app the last migration applied."""

    tables: Mapping[str, tuple[str, ...]]
    migrations: Mapping[str, str]


Migrate = Callable[[str, str], object]
"""Bring one app of the pages, in an empty database, to the migration of that name."""


def copy_file(source: Path, target: Path) -> None:
    """A file of SQLite as it was at one moment, written by others or not."""
    target.parent.mkdir(parents=True, exist_ok=True)
    address = f"{source.absolute().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=20)) as there,
        closing(sqlite3.connect(target)) as here,
    ):
        there.backup(here)


def copy_tables(server: Server, folder: Path) -> Shape:
    """One file for each table of the database, named as it, all of one moment.

    Raises OpKoersError when the server cannot be reached.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with opened(server) as journal:
        assert journal is not None
        journal.connection.isolation_level = _one_moment()
        tables: dict[str, tuple[str, ...]] = {}
        for table, column in journal.rows(_COLUMNS):
            tables[table] = (*tables.get(table, ()), column)
        for table, columns in tables.items():
            _copy_out(journal.connection, table, columns, folder / table)
        return Shape(tables, _migrations(journal.connection, tables))


def load_tables(server: Server, folder: Path, shape: Shape, migrate: Migrate) -> None:
    """The files of `copy_tables` into an empty database, whole or not at all.

    Raises OpKoersError when it is not empty or cannot be reached.
    """
    _refuse_filled(server)
    for app, name in shape.migrations.items():
        migrate(app, name)
    with opened(server, to_write=True) as journal:
        assert journal is not None
        connection = journal.connection
        for table, columns in shape.tables.items():
            # What the migrations themselves wrote comes back from the copy.
            if journal.rows(f'select exists (select 1 from "{table}")').__next__()[0]:
                connection.execute(f'delete from "{table}"')
            _copy_in(connection, table, columns, folder / table)
        for table, column in list(journal.rows(_NUMBERED)):
            _count_on(connection, table, column)
        connection.commit()


def _one_moment() -> Any:
    from psycopg import IsolationLevel

    return IsolationLevel.REPEATABLE_READ


def _refuse_filled(server: Server) -> None:
    with opened(server) as journal:
        assert journal is not None
        if any(journal.rows(_COLUMNS)):
            raise OpKoersError(
                "the journal's database is not empty",
                where="opkoers.toml, [journal] database",
                next_step="Make an empty database for what comes back, and name that one",
                exit_code=ExitCode.BACKUP,
            )


def _migrations(connection: Any, tables: Mapping[str, object]) -> Mapping[str, str]:
    if "django_migrations" not in tables:
        return {}
    applied = connection.execute("select app, name from django_migrations order by id")
    return dict(applied.fetchall())


def _columns(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _copy_out(connection: Any, table: str, columns: tuple[str, ...], target: Path) -> None:
    statement = f'copy "{table}" ({_columns(columns)}) to stdout'
    with target.open("wb") as stream, connection.cursor().copy(statement) as rows:
        for part in rows:
            stream.write(part)


def _copy_in(connection: Any, table: str, columns: tuple[str, ...], source: Path) -> None:
    statement = f'copy "{table}" ({_columns(columns)}) from stdin'
    with source.open("rb") as stream, connection.cursor().copy(statement) as rows:
        while part := stream.read(1 << 20):
            rows.write(part)


def _count_on(connection: Any, table: str, column: str) -> None:
    """New rows go on numbering after the last that came back."""
    connection.execute(
        f'select setval(pg_get_serial_sequence(%s, %s), coalesce(max("{column}"), 1),'
        f' max("{column}") is not null) from "{table}"',
        (f'"{table}"', column),
    )
