"""Build beside, run the stations in order, swap."""

import os
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from flows.landing.sql_text import identifier, literal
from flows.station import Inputs, Station, StationTables, prove_order, sql_stations
from flows.stations import (
    alert,
    calibration_fit,
    check_history,
    entity,
    funnel,
    growth_fit,
    indicator,
    indicator_definition,
    instrument,
    landed_file,
    missing_outcome,
    prediction,
    run,
    shown_indicator,
    signal_accuracy,
    therapist_effect,
    yardstick,
)

MEMORY_LIMIT = "1200MB"

PYTHON_STATIONS = (
    Station(100, "run", (), run.WRITES, run.make),
    Station(105, "instrument", (), instrument.WRITES, instrument.make),
    Station(108, "landed_file", (), landed_file.WRITES, landed_file.make),
    Station(109, "entity", (), entity.WRITES, entity.make),
    Station(305, "yardstick", yardstick.READS, yardstick.WRITES, yardstick.make),
    Station(320, "growth_fit", growth_fit.READS, growth_fit.WRITES, growth_fit.make),
    Station(
        322, "calibration_fit", calibration_fit.READS, calibration_fit.WRITES, calibration_fit.make
    ),
    Station(325, "prediction", prediction.READS, prediction.WRITES, prediction.make, kind="step"),
    Station(
        344,
        "therapist_effect",
        therapist_effect.READS,
        therapist_effect.WRITES,
        therapist_effect.make,
        lane="therapists",
    ),
    Station(
        360, "signal_accuracy", signal_accuracy.READS, signal_accuracy.WRITES, signal_accuracy.make
    ),
    Station(380, "alert", alert.READS, alert.WRITES, alert.make),
    Station(
        446,
        "indicator_definition",
        (),
        indicator_definition.WRITES,
        indicator_definition.make,
    ),
    Station(460, "indicator", indicator.READS, indicator.WRITES, indicator.make),
    Station(470, "funnel", funnel.READS, funnel.WRITES, funnel.make),
    Station(
        475, "missing_outcome", missing_outcome.READS, missing_outcome.WRITES, missing_outcome.make
    ),
    Station(490, "check_history", check_history.READS, check_history.WRITES, check_history.make),
    Station(
        492, "shown_indicator", shown_indicator.READS, shown_indicator.WRITES, shown_indicator.make
    ),
)

CRITICAL_LANE = (100, 105, 108, 165, 170)

# What serves nobody outside.
UNPUBLISHED = (
    "landed_file",
    "setting_value",
    "quality_limit",
    "file_form",
    "back_test",
    "outcome_order",
    "shown_count",
    "shown_period",
    "shown_series",
)
CRITICAL_UNPUBLISHED = (
    "landed_file",
    "setting",
    "setting_value",
    "quality_limit",
    "instrument_scale",
    "instrument_item",
    "instrument_constant",
    "instrument_norm",
    "instrument_band",
    "instrument_coding",
    "instrument_missing_code",
    "instrument_replaced",
)


@dataclass(frozen=True)
class StationDone:
    """What one station took: rows of its (first) table, seconds."""

    title: str
    rows: int
    seconds: float


def all_stations() -> tuple[Station, ...]:
    """Every station in order of number, proven to read only lower ones."""
    stations = tuple(sorted((*PYTHON_STATIONS, *sql_stations()), key=lambda each: each.number))
    prove_order(stations)
    return stations


def main_lane(first: int, last: int) -> tuple[Station, ...]:
    """The stations numbered `first` to `last` inclusive, without those about therapists."""
    return tuple(
        station
        for station in all_stations()
        if first <= station.number <= last and station.lane != "therapists"
    )


def therapist_lane() -> tuple[Station, ...]:
    """What is computed about therapists, from the tables of the main lane."""
    return tuple(station for station in all_stations() if station.lane == "therapists")


def critical_lane() -> tuple[Station, ...]:
    """The few stations that need landed answers alone."""
    return tuple(station for station in all_stations() if station.number in CRITICAL_LANE)


def run_stations(
    database: Path,
    stations: Sequence[Station],
    inputs: Inputs,
    told: Callable[[StationDone], None] = lambda done: None,
    *,
    beside: Path | None = None,
) -> tuple[StationDone, ...]:
    """Run stations in order on a database that nobody else has open.

    Tables of the finished database `beside` can be read too; nothing is written there.
    """
    done = []
    with duckdb.connect(str(database), config=_config(database)) as connection:
        if beside is not None:
            _attach(connection, beside)
        for place, station in enumerate(stations):
            started = time.perf_counter()
            station.make(StationTables(connection, station), inputs)
            rows = _rows(connection, station.writes[0])
            for step in _read_for_the_last_time(stations, place):
                connection.execute(f"drop table {identifier(step)}")
            done.append(StationDone(station.title, rows, time.perf_counter() - started))
            told(done[-1])
        connection.execute("checkpoint")
    return tuple(done)


def _attach(connection: duckdb.DuckDBPyConnection, beside: Path) -> None:
    """Its tables are found by their names after the connection's own."""
    row = connection.execute("select current_database()").fetchone()
    assert row is not None
    connection.execute(f"attach {literal(str(beside))} as beside (read_only)")
    connection.execute(f"set search_path = {literal(f'{row[0]}.main,beside.main')}")


def _read_for_the_last_time(stations: Sequence[Station], place: int) -> set[str]:
    """Steps that nothing after `place` reads, nor a view: sums of all forms fill the memory."""
    steps = {table for each in stations if each.kind == "step" for table in each.writes}
    later = [each for each in stations if each.is_view] + [*stations[place + 1 :]]
    still_read = {table for each in later for table in each.reads}
    return steps & {*stations[place].reads} - still_read


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Rows of a table; a view is not counted, since that would be to compute it."""
    found = connection.execute(
        "select estimated_size from duckdb_tables() where table_name = ?", [table]
    ).fetchone()
    return int(found[0]) if found else 0


def _config(database: Path) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(database.with_suffix(".spill")),
        "autoinstall_known_extensions": "false",
        "python_enable_replacements": "false",
    }


def tables_of(database: Path) -> tuple[str, ...]:
    """Names of the tables (not views) of a database, in alphabetical order."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return _tables(connection)


def _tables(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    rows = connection.execute("select table_name from duckdb_tables() order by table_name")
    return tuple(name for (name,) in rows.fetchall())


def leave_published(built: Path, target: Path, left_out: Collection[str]) -> tuple[str, ...]:
    """Turn a built database into a publishable file; the names of its tables.

    The file itself is renamed: copying a million scores into a new one took as
    long as computing them. Views, which lead to answers in the archive, go.
    """
    with duckdb.connect(str(built), config=_config(built)) as connection:
        views = connection.execute("select view_name from duckdb_views() where not internal")
        for (view,) in views.fetchall():
            connection.execute(f"drop view {identifier(view)}")
        for table in set(_tables(connection)) & set(left_out):
            connection.execute(f"drop table {identifier(table)}")
        connection.execute("checkpoint")
        tables = _tables(connection)
    built.rename(target)
    return tables


def swap(target: Path, link: Path) -> None:
    """Point `link` at `target` in one step; readers see the old file or the new one."""
    with target.open("rb") as written:
        os.fsync(written.fileno())
    beside = link.with_name(f".{link.name}.new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target.name)
    beside.replace(link)
