"""Single stations on tables made by hand, for many small services in a short time."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import duckdb

from flows.station import StationTables, sql_stations
from flows.stations.change_method import COLUMNS
from flows.stations.yardstick import PLACE

STATIONS = {station.name: station for station in sql_stations()}

PAIR = {
    **dict.fromkeys(("clinic_id", "patient_id", "episode_id", "instrument", "scale"), "VARCHAR"),
    "baseline": "DOUBLE",
    "latest": "DOUBLE",
    "baseline_at": "TIMESTAMP",
    "latest_at": "TIMESTAMP",
    "is_closed": "BOOLEAN",
}
YARDSTICK = PLACE | COLUMNS

Row = Mapping[str, Any]


def made(station: str, **tables: tuple[Mapping[str, str], Iterable[Row]]) -> list[dict[str, Any]]:
    """The rows that a station of sql/ makes of tables, each (columns with types, rows)."""
    with duckdb.connect() as connection:
        for table, (columns, rows) in tables.items():
            fill(connection, table, columns, list(rows))
        STATIONS[station].make(StationTables(connection, STATIONS[station]), None)  # type: ignore[arg-type]
        found: list[dict[str, Any]] = (
            connection.execute(f"from {station}").to_arrow_table().to_pylist()
        )
        return found


def fill(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[Row],
) -> None:
    kinds = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(f"create table {table} ({kinds})")
    if rows:
        places = ", ".join("?" for _ in columns)
        values = [[row.get(name) for name in columns] for row in rows]
        connection.executemany(f"insert into {table} values ({places})", values)


def changes(pairs: Iterable[Row], yardsticks: Iterable[Row]) -> list[dict[str, Any]]:
    """The table `change` of pairs of scores, as station 310 makes it."""
    return made("change", pair=(PAIR, pairs), yardstick=(YARDSTICK, yardsticks))
