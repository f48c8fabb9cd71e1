"""What a station is: one numbered step of the warehouse that names what it reads.

A station in SQL is a file `sql/NNN_name.sql` with one SELECT; a station in
Python is a function of StationTables. Both are held to what they declare.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import duckdb
import numpy as np
import pyarrow.lib as arrow
from numpy.typing import NDArray

from flows.instruments import Instrument
from flows.journal import JournalEvent
from flows.landing.archive import Receipt
from flows.quality_history import CheckedRun
from flows.released import Released
from flows.settings import Settings

SQL_FOLDER = Path(__file__).parent.parent / "sql"

_HEADER = re.compile(r"^-- (grain|kind|lane|reads|why): (.+(?:\n--   .+)*)$", re.MULTILINE)
_FILE_NAME = re.compile(r"^(\d{3})_([a-z][a-z0-9_]*)\.sql$")

CONTRACT_VERSION = 1

END_OF_CORE = 299
"""The core is checked before anything is concluded from it; then the file is opened anew."""

Kind = Literal["table", "view", "step"]
"""What a station leaves: a step is gone when its layer is done, and is never written to the file.

Compressing the sums of a million forms into the file took as long as adding them up.
"""

Lane = Literal["main", "critical", "therapists"]
"""In which file a station writes: `therapists` into one of its own, which no export can reach."""

_CREATE: Mapping[Kind, str] = {"table": "table", "view": "view", "step": "temp table"}


class StationError(Exception):
    """A station that breaks the rules of the house: for its author, not for users."""


@dataclass(frozen=True)
class Inputs:
    """All that a published snapshot is a function of (times are UTC without zone)."""

    run_id: str
    as_of: date
    known_at: datetime
    code_version: str
    settings: Settings
    instruments: Mapping[str, Instrument]
    receipts: tuple[Receipt, ...]
    held_back: tuple[Receipt, ...]
    events: tuple[JournalEvent, ...]
    journal_seq: int
    journal_seal: int | None = None
    journal_head: str | None = None
    history: tuple[CheckedRun, ...] = ()
    released: Released = field(default_factory=dict)


@dataclass(frozen=True)
class Station:
    """`number` orders; `reads` and `writes` are table names; `make` fills the written ones."""

    number: int
    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    make: Callable[["StationTables", Inputs], None]
    lane: Lane = "main"
    kind: Kind = "table"

    @property
    def title(self) -> str:
        return f"{self.number}_{self.name}"

    @property
    def is_view(self) -> bool:
        return self.kind == "view"


@dataclass
class StationTables:
    """The door of one station to the database: it opens for what the station declared."""

    connection: duckdb.DuckDBPyConnection
    station: Station

    def read(self, query: str) -> list[dict[str, Any]]:
        """Rows of a SELECT as dictionaries. Raises StationError for an undeclared table."""
        self._may_read(query)
        result: list[dict[str, Any]] = self.connection.execute(query).to_arrow_table().to_pylist()
        return result

    def read_tuples(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a SELECT as tuples, for a million rows; raises as `read` does."""
        self._may_read(query)
        return self.connection.execute(query).fetchall()

    def read_columns(self, query: str) -> dict[str, NDArray[Any]]:
        """Columns of a SELECT as arrays, for a fit; NaN stands in numbers that are not there."""
        self._may_read(query)
        columns = self.connection.execute(query).fetchnumpy()
        return {
            name: np.ma.filled(column, np.nan) if column.dtype.kind == "f" else np.asarray(column)
            for name, column in columns.items()
        }

    def _may_read(self, query: str) -> None:
        declared = {*self.station.reads, *self.station.writes}
        undeclared = tables_read(self.connection, query) - declared
        if undeclared:
            raise StationError(f"{self.station.title} reads {sorted(undeclared)} undeclared")

    def write(
        self, table: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Create `table` with the columns (name: DuckDB type) and fill it."""
        self._may_write(table)
        definition = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        self.connection.execute(f"create table {table} ({definition})")
        if rows:
            arrays = {name: arrow.array([row[name] for row in rows]) for name in columns}
            self.connection.register("rows_of_station", arrow.table(arrays))
            casts = ", ".join(f'cast("{name}" as {kind})' for name, kind in columns.items())
            self.connection.execute(f"insert into {table} select {casts} from rows_of_station")
            self.connection.unregister("rows_of_station")

    def write_columns(
        self, table: str, columns: Mapping[str, NDArray[Any]], *, kind: Kind = "table"
    ) -> None:
        """Create `table` (or a step) from arrays of one length; NaN becomes null."""
        self._may_write(table)
        arrays = {name: arrow.array(column, from_pandas=True) for name, column in columns.items()}
        self.connection.register("columns_of_station", arrow.table(arrays))
        self.connection.execute(f"create {_CREATE[kind]} {table} as from columns_of_station")
        self.connection.unregister("columns_of_station")

    def write_select(self, table: str, select: str, *, kind: Kind = "table") -> None:
        """Create `table` (or a view, or a step) from a SELECT."""
        self._may_write(table)
        self.connection.execute(f"create {_CREATE[kind]} {table} as {select}")

    def _may_write(self, table: str) -> None:
        if table not in self.station.writes:
            raise StationError(f"{self.station.title} writes {table} undeclared")


def sql_stations(folder: Path = SQL_FOLDER) -> tuple[Station, ...]:
    """The stations of the SQL files, in order. Raises StationError for a file out of form."""
    return tuple(_sql_station(file) for file in sorted(folder.glob("*.sql")))


def _sql_station(file: Path) -> Station:
    named = _FILE_NAME.match(file.name)
    if named is None:
        raise StationError(f"sql/{file.name}: name it NNN_table.sql")
    text = file.read_text(encoding="utf-8")
    header = {name: said.replace("\n--  ", "") for name, said in _HEADER.findall(text)}
    if not {"grain", "reads", "why"} <= set(header):
        raise StationError(f"sql/{file.name}: its head must say grain, reads and why")
    reads = tuple(name.strip() for name in header["reads"].split(","))
    table = named.group(2)
    kind = _kind(file, header.get("kind", "table"))

    def make(tables: StationTables, inputs: Inputs) -> None:
        found = tables_read(tables.connection, text)
        if found != set(reads):
            raise StationError(
                f"sql/{file.name}: head and text differ in what is read:"
                f" {sorted(found ^ set(reads))}"
            )
        tables.write_select(table, text, kind=kind)

    lane = _lane(file, header.get("lane", "main"))
    return Station(int(named.group(1)), table, reads, (table,), make, lane, kind)


def _lane(file: Path, said: str) -> Lane:
    for lane in get_args(Lane):
        if said == lane:
            return lane  # type: ignore[no-any-return]
    raise StationError(f"sql/{file.name}: its lane must be one of {get_args(Lane)}")


def _kind(file: Path, said: str) -> Kind:
    for kind in get_args(Kind):
        if said == kind:
            return kind  # type: ignore[no-any-return]
    raise StationError(f"sql/{file.name}: its kind must be one of {get_args(Kind)}")


def tables_read(connection: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    """The tables that a SELECT reads, its own WITH names left out, by DuckDB's own parser."""
    row = connection.execute("select json_serialize_sql(?::VARCHAR)", [query]).fetchone()
    assert row is not None
    tree = json.loads(row[0])
    if tree.get("error") or len(tree["statements"]) != 1:
        raise StationError("a query is not one SELECT that DuckDB can parse")
    named: set[str] = set()
    own: set[str] = set()
    _walk(tree, named, own)
    return named - own


def _walk(node: Any, named: set[str], own: set[str]) -> None:
    if isinstance(node, list):
        for part in node:
            _walk(part, named, own)
    elif isinstance(node, dict):
        if node.get("type") == "BASE_TABLE":
            named.add(node["table_name"])
        for entry in node.get("cte_map", {}).get("map", []):
            own.add(entry["key"])
        for part in node.values():
            _walk(part, named, own)


def prove_order(stations: Sequence[Station]) -> None:
    """Raises StationError unless every station reads only what a lower number wrote.

    A step of the core is gone when the meaning of its tables is worked out.
    """
    written: dict[str, int] = {}
    steps = {table for each in stations if each.kind == "step" for table in each.writes}
    for station in sorted(stations, key=lambda each: each.number):
        for table in station.reads:
            if written.get(table, station.number) >= station.number:
                raise StationError(f"{station.title} reads {table}, which no lower number writes")
            if table in steps and written[table] <= END_OF_CORE < station.number:
                raise StationError(f"{station.title} reads {table}, a step that is gone by then")
        for table in station.writes:
            if table in written:
                raise StationError(f"{station.title} writes {table}, which {written[table]} writes")
            written[table] = station.number
