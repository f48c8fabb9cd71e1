"""Which counts were shown before, kept with the home so that a later table does not give them away.

Whoever read an earlier table still has it. Each run that looks at today leaves what it shows for
the first time, with other counts or no longer, in `released/<run>.json.gz`: counts of units and
periods, none of them small; a backup holds them. A run that looks back (`--known-at`) leaves none,
and a run is a function of those that knew less than it does, so that a past made again gives the
same.
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import duckdb

from flows.errors import ExitCode, OpKoersError

FOLDER = "released"
ENDING = ".json.gz"

_SHOWN = """
    select unit_kind, unit, period_kind, period, indicator, numerator, denominator
    from shown_count
    where denominator is not null
    order by all
"""


class Place(NamedTuple):
    """Where a count stands: of which unit, period and indicator."""

    unit_kind: str
    unit: str
    period_kind: str
    period: date
    indicator: str


class Counts(NamedTuple):
    """What a run, by its place in time, showed first: None where a count was left out."""

    numerator: float | None
    denominator: float | None
    run: int

    @property
    def shown(self) -> "Shown":
        """The counts alone."""
        return self.numerator, self.denominator


Shown = tuple[float | None, float | None]
"""Numerator and denominator."""

Released = Mapping[Place, tuple[Counts, ...]]
"""What runs showed of each place, where it was not what the run before showed; in order of time."""


def released_before(home: Path, known_at: datetime) -> Released:
    """Everything that runs showed which knew less than one of that moment (UTC without zone).

    Raises OpKoersError where one of the files is damaged.
    """
    found: dict[Place, list[Counts]] = {}
    for run, file in enumerate(sorted((home / FOLDER).glob(f"*{ENDING}"))):
        for place, shown in _read(file, known_at):
            found.setdefault(place, []).append(Counts(*shown, run))
    return {place: tuple(counts) for place, counts in found.items()}


def keep_released(
    home: Path, run_id: str, known_at: datetime, snapshot: Path, before: Released
) -> None:
    """Write what a snapshot shows other than the last run did, whole or not at all.

    What it no longer shows is written without counts: from then on it may be something else.
    """
    shown = dict(shown_by(snapshot))
    last = {place: counts[-1].shown for place, counts in before.items()}
    left_out: dict[Place, Shown] = dict.fromkeys(last.keys() - shown.keys(), (None, None))
    told = shown | left_out
    rows = [
        (*place._replace(period=place.period.isoformat()), *counts)  # type: ignore[arg-type]
        for place, counts in sorted(told.items(), key=itemgetter(0))
        if counts != last.get(place)
    ]
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{run_id}{ENDING}"
    beside = target.with_name(f".{target.name}.new")
    file = {"run_id": run_id, "known_at": known_at.isoformat(), "cells": rows}
    beside.write_bytes(gzip.compress(json.dumps(file).encode(), mtime=0))
    beside.replace(target)


def shown_by(snapshot: Path) -> Iterable[tuple[Place, Shown]]:
    """The counts that a snapshot shows."""
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        return [
            (Place(*row[:5]), (row[5], row[6])) for row in connection.execute(_SHOWN).fetchall()
        ]


def _read(file: Path, known_at: datetime) -> list[tuple[Place, Shown]]:
    """The cells of one file; none where its run knew as much."""
    try:
        told = json.loads(gzip.decompress(file.read_bytes()))
        if datetime.fromisoformat(told["known_at"]) >= known_at:
            return []
        return [
            (Place(kind, unit, span, date.fromisoformat(day), indicator), (numerator, denominator))
            for kind, unit, span, day, indicator, numerator, denominator in told["cells"]
        ]
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        raise OpKoersError(
            "what an earlier run showed of the figures of quality cannot be read",
            where=file,
            next_step="Put it back from a backup: without it small counts could be worked out",
            exit_code=ExitCode.UNREADABLE_FILE,
        ) from None
