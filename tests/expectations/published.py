"""Small published databases for these tests, made from good.sql."""

import shutil
from pathlib import Path

import duckdb

from flows.running.layers import CORE, CRITICAL, MEANING, THERAPISTS

TABLES = (*CRITICAL, *CORE, *MEANING, *THERAPISTS)
"""All that a run checks."""


def good_database(folder: Path) -> Path:
    """A database in which every expectation passes; in small blocks, to be copied often."""
    file = folder / "good.duckdb"
    sql = Path(__file__).with_name("good.sql").read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as good (block_size 16384)")
        connection.execute(f"use good; {sql}")
    return file


def changed_copy(database: Path, *statements: str) -> Path:
    """A copy of `database` to which the SQL statements were applied."""
    copy = database.with_name("changed.duckdb")
    shutil.copyfile(database, copy)
    with duckdb.connect(str(copy)) as connection:
        for statement in statements:
            connection.execute(statement)
    return copy
