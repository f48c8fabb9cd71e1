"""What comes from what: the stations behind a table, as they themselves declare it."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from inspect import getdoc, getmodule

from flows.station import SQL_FOLDER, Station
from flows.warehouse import all_stations

LANDED = "landed_"
"""How the tables begin that lead to the archive."""

POOLING = frozenset({"alliance_drop"})
"""Stations whose rows are of one patient and whose figures rest on others as well."""

_HEADER = re.compile(r"^-- (grain|why): (.+(?:\n--   .+)*)$", re.MULTILINE)


@dataclass(frozen=True)
class Origin:
    """One station in words: what a row of it is, what it reads, why it is there."""

    station: Station
    grain: str
    why: str


@cache
def writers() -> dict[str, Station]:
    """Each table, and the station that writes it."""
    return {table: station for station in all_stations() for table in station.writes}


def stations_behind(table: str) -> tuple[Station, ...]:
    """The station that writes a table and all it rests on, the last one first.

    Empty for a table that no station writes, such as that of the checks.
    """
    found: dict[str, Station] = {}
    waiting = [table]
    while waiting:
        station = writers().get(waiting.pop())
        if station is not None and station.title not in found:
            found[station.title] = station
            waiting += station.reads
    return tuple(sorted(found.values(), key=lambda each: -each.number))


def origin(station: Station) -> Origin:
    """Grain and reason of a station, from its SQL file or from its module."""
    file = SQL_FOLDER / f"{station.title}.sql"
    if file.exists():
        head = {n: _one_line(text) for n, text in _HEADER.findall(file.read_text("utf-8"))}
        return Origin(station, head["grain"], head["why"])
    module = getmodule(station.make)
    told = (getdoc(module) or "").split("\n\n")[0]
    return Origin(station, ", ".join(station.writes), " ".join(told.split()))


def _one_line(text: str) -> str:
    return re.sub(r"\n-- +", " ", text)


def pooled_tables(with_patients: Collection[str]) -> frozenset[str]:
    """Tables that change for everybody when one patient is no longer there.

    `with_patients` are those that have a column patient_id. A table without one that is made of
    patients (counts, models) is pooled, and so is all that reads it. What a run drops on its
    way (a step or a view) is taken for rows of patients, unless POOLING names it.
    """
    pooled: set[str] = set()
    of_patients = set(with_patients)
    for station in all_stations():
        if not _rests_on_patients(station.reads, of_patients, pooled):
            continue
        reads_pooled = bool(pooled & {*station.reads}) or station.name in POOLING
        dropped = station.kind != "table"
        for table in station.writes:
            if reads_pooled or not (dropped or table in with_patients):
                pooled.add(table)
            else:
                of_patients.add(table)
    return frozenset(pooled)


def _rests_on_patients(
    reads: Sequence[str], of_patients: Collection[str], pooled: Collection[str]
) -> bool:
    return any(t.startswith(LANDED) or t in of_patients or t in pooled for t in reads)
