"""From the archive's Parquet to `score` and `change` (JT), with the stations of a run.

Only the stations that these two tables need: no profile of files, no signals, no report.
"""

import json
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from flows.instruments import load_instruments
from flows.landing.archive import receipts
from flows.settings import Change, Settings
from flows.station import Inputs, Station
from flows.warehouse import all_stations, run_stations
from tests.bench.long_archive import LANDED_AT

WANTED = ("score", "change")


def main(home: Path) -> None:
    """Print the seconds of each station."""
    inputs = Inputs(
        run_id="bench",
        as_of=date(2025, 9, 1),
        known_at=LANDED_AT + timedelta(days=1),
        code_version="bench",
        settings=Settings(home=home, change=Change(methods=())),
        instruments=load_instruments(),
        receipts=receipts(home / "archive"),
        held_back=(),
        events=(),
        journal_seq=0,
    )
    with tempfile.TemporaryDirectory(dir=home) as folder:
        began = time.perf_counter()
        done = run_stations(Path(folder) / "built.duckdb", _needed(), inputs)
        parts = {station.title: station.seconds for station in done}
        parts["checkpoint"] = time.perf_counter() - began - sum(parts.values())
    print(json.dumps(parts))


def _needed() -> tuple[Station, ...]:
    """The stations that lead to the wanted tables, in order."""
    stations = all_stations()
    writer = {table: station for station in stations for table in station.writes}
    needed: set[str] = set()
    waiting = list(WANTED)
    while waiting:
        station = writer[waiting.pop()]
        if station.name not in needed:
            needed.add(station.name)
            waiting += station.reads
    return tuple(station for station in stations if station.name in needed)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
