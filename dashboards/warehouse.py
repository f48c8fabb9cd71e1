"""The only door to the published snapshot: read-only, shut in, reopened after a swap."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

# duckdb is imported where it is used, after the server forked (see serving.py).
if TYPE_CHECKING:
    import duckdb

CONTRACT_VERSION = 1
QUERIES = Path(__file__).parent / "queries"
_INCLUDE = re.compile(r"^ *-- include: (\w+)\.sql$", re.MULTILINE)

# No files, no network, no Python variables: a query reads the snapshot's tables and nothing else.
_SHUT_IN: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
}


class WarehouseError(Exception):
    """The published tables cannot be shown now; the subclass says why. Carries no values."""


class NothingPublishedError(WarehouseError):
    """No run has published a snapshot in this home yet."""


class OtherContractError(WarehouseError):
    """The snapshot was made for another version of these pages."""


class UnreadableSnapshotError(WarehouseError):
    """The snapshot is damaged, or misses a table or column."""


@dataclass(frozen=True)
class Run:
    """The run that made the snapshot. `known_at` is in the service's own time."""

    run_id: str
    as_of: date
    known_at: datetime
    contract_version: int
    simulated: bool
    service_name: str


@dataclass(frozen=True)
class Snapshot:
    """One opened snapshot; `file` is the versioned name, which never changes its contents."""

    file: Path
    connection: "duckdb.DuckDBPyConnection"
    run: Run

    def rows(self, query: str, /, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of `queries/<query>.sql`, each as column name to value.

        Raises UnreadableSnapshotError when a table or column is missing or damaged.
        """
        return _rows(self.connection, statement_of(query), parameters)


@cache
def statement_of(query: str) -> str:
    """The text of `queries/<query>.sql`, with the queries in it that a line names to include."""
    text = (QUERIES / f"{query}.sql").read_text("utf-8")
    return _INCLUDE.sub(lambda line: statement_of(line[1]), text)


_lock = threading.Lock()
_opened: Snapshot | None = None


def published_snapshot() -> Snapshot:
    """The snapshot now in force.

    Raises NothingPublishedError, OtherContractError or UnreadableSnapshotError. A thread that
    still reads the former snapshot keeps its own reference to it.
    """
    global _opened
    file = _file_in_force()
    with _lock:
        if _opened is None or _opened.file != file:
            _opened = None
            _opened = _open(file)
        return _opened


def _file_in_force() -> Path:
    try:
        return Path(settings.OPKOERS.snapshot).resolve(strict=True)
    except OSError:
        raise NothingPublishedError from None


def _open(file: Path) -> Snapshot:
    import duckdb

    try:
        connection = duckdb.connect(str(file), read_only=True, config=_SHUT_IN)
    except duckdb.Error:
        raise UnreadableSnapshotError from None
    version = _rows(connection, "select contract_version from run", {})
    if not version or version[0]["contract_version"] != CONTRACT_VERSION:
        raise OtherContractError
    run = _rows(connection, statement_of("run"), {})
    return Snapshot(file=file, connection=connection, run=Run(**run[0]))


def _rows(
    connection: "duckdb.DuckDBPyConnection", sql: str, parameters: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Each call has its own cursor, because threads may not share one."""
    import duckdb

    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, dict(parameters))
            columns = [column[0] for column in cursor.description or []]
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    except duckdb.Error:
        raise UnreadableSnapshotError from None
