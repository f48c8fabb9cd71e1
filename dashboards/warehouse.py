"""The only door to the published snapshot: read-only, shut in, reopened after a swap."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from dashboards.kept_rows import Found, KeptRows, Made
from dashboards.ready_tables import ATTACH, USE, ReadyTables

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
# These shut the door behind us: the snapshot and the memory beside it are attached before.
_SHUT_LAST = ("enable_external_access", "lock_configuration")


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
    ready: ReadyTables
    kept: KeptRows = field(default_factory=KeptRows, repr=False)

    def rows(self, query: str, /, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of `queries/<query>.sql`, each as column name to value.

        Raises UnreadableSnapshotError when a table or column is missing or damaged.
        """
        return self._kept(query, parameters).as_dicts()

    def made(self, make: Callable[..., Made], query: str, /, **parameters: Any) -> tuple[Made, ...]:
        """`make(**row)` for each row; the same objects for whoever asks the same again.

        Raises as `rows` does. `make` must give what nobody can change.
        """
        return self._kept(query, parameters).made(make)

    def lay_ready(self) -> None:
        """Make all tables that pages are quick with, as whoever asks first would have to.

        Raises UnreadableSnapshotError.
        """
        with _errors_of_ours():
            self.ready.lay_all()

    def _kept(self, query: str, parameters: Mapping[str, Any]) -> Found:
        return self.kept.of(query, parameters, lambda: self._read(query, parameters))

    def _read(self, query: str, parameters: Mapping[str, Any]) -> Found:
        sql = statement_of(query)
        with _errors_of_ours():
            self.ready.lay(sql)
        return _found(self.connection, sql, {**parameters, **self._given(sql, parameters)})

    def _given(self, sql: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Whom the viewer may see (`$visible`), or how the viewer sees `$patient_id`: `$relation`,
        which is null for somebody who is not there or of somebody else."""
        if "$visible" not in sql and "$relation" not in sql:
            return {}
        visible = self.rows(VISIBLE, viewer=parameters["viewer"])
        if "$visible" in sql:
            return {"visible": visible}
        whose = {row["patient_id"]: row["relation"] for row in visible}
        return {"relation": whose.get(parameters["patient_id"])}


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
    with _errors_of_ours():
        connection = _connected(file)
    version = _found(connection, "select contract_version from run", {}).as_dicts()
    if not version or version[0]["contract_version"] != CONTRACT_VERSION:
        raise OtherContractError
    run = _found(connection, statement_of("run"), {}).as_dicts()
    return Snapshot(file, connection, Run(**run[0]), ReadyTables(connection))


def _connected(file: Path) -> "duckdb.DuckDBPyConnection":
    """A database in memory with the snapshot attached, which nothing can write to."""
    import duckdb

    before = {name: value for name, value in SHUT_IN.items() if name not in _SHUT_LAST}
    connection = duckdb.connect(":memory:", config=before)
    address = str(file).replace("'", "''")
    connection.execute(f"attach '{address}' as snapshot (read_only)")
    connection.execute(ATTACH)
    connection.execute(USE)
    for name in _SHUT_LAST:
        connection.execute(f"set {name} = {SHUT_IN[name]}")
    return connection


def _found(
    connection: "duckdb.DuckDBPyConnection", sql: str, parameters: Mapping[str, Any]
) -> Found:
    """Each call has its own cursor, because threads may not share one."""
    with _errors_of_ours(), connection.cursor() as cursor:
        cursor.execute(USE)
        cursor.execute(sql, dict(parameters))
        columns = tuple(column[0] for column in cursor.description or [])
        return Found(columns, tuple(cursor.fetchall()))


@contextmanager
def _errors_of_ours() -> Iterator[None]:
    """Raises UnreadableSnapshotError for what DuckDB says, which may hold values."""
    import duckdb

    try:
        yield
    except duckdb.Error:
        raise UnreadableSnapshotError from None
