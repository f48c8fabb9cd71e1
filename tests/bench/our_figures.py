"""Count every indicator of such a database with the stations of a run, each timed."""

import json
import sys
from datetime import date, datetime
from pathlib import Path

import duckdb

from flows.settings import Settings
from flows.station import Inputs, StationTables
from flows.stations import run as run_station
from flows.warehouse import all_stations, run_stations
from tests.bench.many_figures import AS_OF

FIRST, LAST = 446, 461


def main(figures: Path) -> None:
    """Print the seconds of each station; its tables are taken away again before and after."""
    _clear(figures)
    inputs = _inputs(figures.parent)
    _write_settings(figures, inputs)
    stations = [each for each in all_stations() if FIRST <= each.number <= LAST]
    done = run_stations(figures, stations, inputs)
    rows = {each.title: each.rows for each in done}
    assert rows["460_indicator"] > 100_000, "not every clinic and week was counted"
    _clear(figures)
    print(json.dumps({each.title: each.seconds for each in done}))


def _write_settings(figures: Path, inputs: Inputs) -> None:
    """The settings in force, as the first station of a run writes them."""
    station = next(each for each in all_stations() if each.number == 100)
    with duckdb.connect(str(figures)) as connection:
        connection.execute("drop table run")
        run_station.make(StationTables(connection, station), inputs)


def _clear(figures: Path) -> None:
    made = {
        table for each in all_stations() if FIRST <= each.number <= LAST for table in each.writes
    }
    with duckdb.connect(str(figures)) as connection:
        for table in (*made, "setting", "setting_value", "quality_limit"):
            connection.execute(f"drop table if exists {table}")


def _inputs(home: Path) -> Inputs:
    return Inputs(
        run_id="bench",
        as_of=date.fromisoformat(AS_OF),
        known_at=datetime.fromisoformat(f"{AS_OF} 05:00"),
        code_version="bench",
        settings=Settings(home=home),
        instruments={},
        receipts=(),
        held_back=(),
        events=(),
        journal_seq=0,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
