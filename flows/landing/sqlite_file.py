"""A foreign SQLite file, opened so that nothing in it can do harm.

Such a file can hold views, triggers, virtual tables, values of a gigabyte and
pages that point at themselves. Only plain tables are read, no function is
called, no other file is opened, and reading that takes more steps than the
size of the file can justify is ended.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flows.errors import OpKoersError
from flows.landing.reading import LARGEST_CELL, empty, too_large, unreadable

MAGIC = b"SQLite format 3\0"
# Reading and sorting take tens of steps a row, and a row takes tens of bytes. [D]
STEPS_PER_BYTE = 100
LEAST_STEPS = 100_000_000
STEPS_BETWEEN_LOOKS = 1_000_000
ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ}
NEXT_STEP = "Export it again"

Values = tuple[Any, ...]


class Database:
    """The plain tables of an open file."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self.name = name
        told = connection.execute("select name, type, sql from sqlite_master").fetchall()
        self._plain = {
            str(table).lower(): str(table)
            for table, kind, sql in told
            if kind == "table" and str(sql).upper().lstrip().startswith("CREATE TABLE")
        }

    def columns(self, table: str) -> frozenset[str]:
        """The names of a table's columns in lower case; none where there is no plain table.

        A table with columns that are computed is not plain: a small one could hold gigabytes.
        """
        if table not in self._plain:
            return frozenset()
        told = list(self.select(f'pragma table_xinfo("{self._plain[table]}")'))
        if any(hidden for *_, hidden in told):
            return frozenset()
        return frozenset(str(name).lower() for _, name, *_ in told)

    def select(self, query: str) -> Iterator[Values]:
        """Rows of a query, one at a time."""
        yield from self._connection.execute(query)


@contextmanager
def open_database(file: Path) -> Iterator[Database]:
    """The tables of a file, for as long as the block lasts.

    Raises OpKoersError, also for what goes wrong inside the block: empty, no
    SQLite, damaged, a cell too long, no end to its reading.
    """
    _prove_kind(file)
    try:
        with closing(_connected(file)) as connection:
            yield Database(connection, file.name)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _told(error, file.name) from None


def _prove_kind(file: Path) -> None:
    with file.open("rb") as stream:
        start = stream.read(len(MAGIC))
    if not start:
        raise empty(file.name, "the file is empty")
    if start != MAGIC:
        raise unreadable(file.name, "this is no SQLite database, or it is encrypted", NEXT_STEP)


def _connected(file: Path) -> sqlite3.Connection:
    """A connection that can do nothing but read. Raises sqlite3.Error when a page is damaged."""
    connection = sqlite3.connect(
        f"file:{quote(str(file.absolute()))}?mode=ro&immutable=1", uri=True, isolation_level=None
    )
    try:
        connection.text_factory = _text
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_CELL)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.set_progress_handler(_Steps(file.stat().st_size), STEPS_BETWEEN_LOOKS)
        for pragma in ("trusted_schema = off", "query_only = on", "cell_size_check = on",
                       "ignore_check_constraints = on", "mmap_size = 0"):  # fmt: skip
            connection.execute(f"pragma {pragma}")
        if connection.execute("pragma quick_check(1)").fetchall() != [("ok",)]:
            raise sqlite3.DatabaseError
        connection.set_authorizer(_may)
    except BaseException:
        connection.close()
        raise
    return connection


def _text(told: bytes) -> str:
    return told.decode("utf-8", "replace")


def _may(action: int, about: str | None, *_more: str | None) -> int:
    is_description = action == sqlite3.SQLITE_PRAGMA and about == "table_xinfo"
    is_allowed = action in ALLOWED or is_description
    return sqlite3.SQLITE_OK if is_allowed else sqlite3.SQLITE_DENY


class _Steps:
    """Counts steps of the database; true, which ends them, when there are too many."""

    def __init__(self, size: int) -> None:
        self._left = max(LEAST_STEPS, STEPS_PER_BYTE * size)

    def __call__(self) -> bool:
        self._left -= STEPS_BETWEEN_LOOKS
        return self._left < 0


def _told(error: Exception, name: str) -> OpKoersError:
    """What went wrong in a sentence of ours: the words of the database may name what is in it."""
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_INTERRUPT:
        return too_large(name, "reading this database takes longer than its size can explain")
    if code == sqlite3.SQLITE_TOOBIG:
        return too_large(name, f"a cell is longer than {LARGEST_CELL:,} bytes")
    return unreadable(name, "this SQLite database is damaged or cut off", NEXT_STEP)
