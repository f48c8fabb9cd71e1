"""Fit and score every course of such a database with the stations of a run, each timed."""

import json
import shutil
import sys
import tempfile
from datetime import date, datetime
from pathlib import Path

from flows.settings import Settings
from flows.station import Inputs
from flows.warehouse import all_stations, run_stations

STATIONS = (
    "followed_course",
    "progress",
    "growth_fit",
    "calibration_fit",
    "prediction",
    "course",
)
AS_OF = date(2026, 1, 5)


def main(courses: Path) -> None:
    """Print the seconds of each station."""
    with tempfile.TemporaryDirectory(dir=courses.parent) as folder:
        database = Path(folder) / "built.duckdb"
        shutil.copyfile(courses, database)
        stations = [station for station in all_stations() if station.name in STATIONS]
        done = run_stations(database, stations, _inputs(Path(folder)))
    assert done[-1].rows, "nothing was scored"
    print(json.dumps({each.title: each.seconds for each in done}))


def _inputs(home: Path) -> Inputs:
    return Inputs(
        run_id="bench",
        as_of=AS_OF,
        known_at=datetime(2026, 1, 5),
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
