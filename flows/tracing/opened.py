"""A published file opened beside an empty memory, in which steps can be made again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from flows.errors import ExitCode, OpKoersError
from flows.explaining import Published, snapshot_of
from flows.landing.sql_text import literal
from flows.settings import Settings
from flows.warehouse import MEMORY_LIMIT

CRITICAL = "critical"
PUBLISHED = "published"
"""Under which name the published file is attached; nothing is ever written to it."""


@contextmanager
def opened(settings: Settings, table: str) -> Iterator[Published]:
    """The file in which a table is published; what is made beside it is gone at the end.

    Raises OpKoersError where nothing was published yet.
    """
    file = _file(settings, table)
    with TemporaryDirectory(prefix="opkoers-trace-") as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": spill,
            "autoinstall_known_extensions": "false",
            "python_enable_replacements": "false",
        }
        with duckdb.connect(config=config) as connection:
            connection.execute(f"attach {literal(str(file))} as {PUBLISHED} (read_only)")
            connection.execute(f"set search_path = 'memory.main,{PUBLISHED}.main'")
            yield Published(connection)


def _file(settings: Settings, table: str) -> Path:
    if table == CRITICAL:
        file = settings.published / "current.critical"
        if file.exists():
            return file.resolve()
    return snapshot_of(settings)


def tables_in(published: Published) -> frozenset[str]:
    """Names of the published tables."""
    found = published.rows(
        f"select table_name from duckdb_tables() where database_name = '{PUBLISHED}'"
    )
    return frozenset(each["table_name"] for each in found)


def columns_of(published: Published, table: str) -> dict[str, str]:
    """Columns of a published table and their types, in order. Raises OpKoersError for no table."""
    found = published.rows(
        "select column_name, data_type from duckdb_columns()"
        f" where database_name = '{PUBLISHED}' and table_name = ? order by column_index",
        table,
    )
    if not found:
        raise unknown_table(published, table)
    return {each["column_name"]: each["data_type"] for each in found}


def unknown_table(published: Published, table: str) -> OpKoersError:
    """The error of a table that is not published."""
    return OpKoersError(
        f"there is no published table '{table}'",
        next_step=f"Take one of: {', '.join(sorted(tables_in(published)))}",
        exit_code=ExitCode.UNKNOWN_TABLE,
    )


def sql_value(value: Any) -> str:
    """A value of a row as SQL writes it; nothing is null."""
    if value is None:
        return "null"
    if isinstance(value, bool | int | float):
        return str(value)
    return literal(str(value))
