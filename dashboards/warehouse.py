"""The only door to the published snapshot: read-only, shut in, reopened after a swap."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from dashboards.kept_rows import Found, KeptRows

# duckdb is imported where it is used, after the server forked (see serving.py).
if TYPE_CHECKING:
    import duckdb

CONTRACT_VERSION = 1
QUERIES = Path(__file__).parent / "queries"
_INCLUDE = re.compile(r"^ *-- include: (\w+)\.sql$", re.MULTILINE)

# Whose patient somebody is, is worked out once for a viewer and snapshot; other queries are given
# the answer. Planning it anew in each of them took longer than all that they did themselves.
VISIBLE = "visible_patient"
_GIVEN = """    select
        seen.patient_id,
        seen.relation
    from (
        select
            unnest(
                cast($visible as struct(patient_id varchar, relation varchar)[])
            ) as seen
    )
"""

# No files, no network, no Python variables: a query reads the snapshot's tables and nothing else.
SHUT_IN: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
    # A query is short and there are two processes: a second thread only costs. With more
    # patients than the default of 50, blocks without any of them would be read all the same.
    "threads": 1,
    "dynamic_or_filter_threshold": 1000,
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
    kept: KeptRows = field(default_factory=KeptRows, repr=False)

    def rows(self, query: str, /, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of `queries/<query>.sql`, each as column name to value.

        Raises UnreadableSnapshotError when a table or column is missing or damaged.
        """
        return self.kept.of(query, parameters, lambda: self._read(query, parameters)).as_dicts()

    def _read(self, query: str, parameters: Mapping[str, Any]) -> Found:
        sql = statement_of(query)
        if "$visible" not in sql:
            return _found(self.connection, sql, parameters)
        visible = self.rows(VISIBLE, viewer=parameters["viewer"])
        return _found(self.connection, sql, {**parameters, "visible": visible})


@cache
def statement_of(query: str) -> str:
    """The text of `queries/<query>.sql`, with the queries in it that a line names to include.

    `visible_patient` is not included itself: its rows come as `$visible`.
    """
    text = (QUERIES / f"{query}.sql").read_text("utf-8")
    return _INCLUDE.sub(lambda line: _GIVEN if line[1] == VISIBLE else statement_of(line[1]), text)


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
        connection = duckdb.connect(str(file), read_only=True, config=SHUT_IN)
    except duckdb.Error:
        raise UnreadableSnapshotError from None
    version = _found(connection, "select contract_version from run", {}).as_dicts()
    if not version or version[0]["contract_version"] != CONTRACT_VERSION:
        raise OtherContractError
    run = _found(connection, statement_of("run"), {}).as_dicts()
    return Snapshot(file=file, connection=connection, run=Run(**run[0]))


def _found(
    connection: "duckdb.DuckDBPyConnection", sql: str, parameters: Mapping[str, Any]
) -> Found:
    """Each call has its own cursor, because threads may not share one."""
    import duckdb

    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, dict(parameters))
            columns = tuple(column[0] for column in cursor.description or [])
            return Found(columns, tuple(cursor.fetchall()))
    except duckdb.Error:
        raise UnreadableSnapshotError from None
