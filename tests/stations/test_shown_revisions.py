"""492 over several runs with late records: nobody who keeps them all works out a small count.

The runs are the station itself on random services, what they released goes through the files of
`flows/released.py`; tests/stations/small_count_audit.py attacks what was shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from flows.released import Released, keep_released, released_before
from flows.settings import Settings
from flows.station import Inputs, StationTables
from flows.stations.funnel import COLUMNS as FUNNEL
from flows.warehouse import all_stations
from tests.rules.stations import fill
from tests.stations.small_count_audit import (
    DENOMINATORS,
    NUMERATORS,
    UNKNOWN,
    Atom,
    Cell,
    Shown,
    found_out,
)

MONTHS = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))
SEEDS = range(3)
START = datetime(2026, 6, 1, 5)

Counts = dict[Atom, dict[str, int]]
Truth = dict[Cell, float]

COLUMNS = {
    "indicator": {
        **dict.fromkeys(("unit_kind", "unit", "clinic_id", "team_id", "period_kind"), "VARCHAR"),
        "period": "DATE",
        **dict.fromkeys(("indicator", "better", "chart"), "VARCHAR"),
        "is_primary": "BOOLEAN",
        **dict.fromkeys(("numerator", "denominator", "value"), "DOUBLE"),
        "is_complete": "BOOLEAN",
    },
    "indicator_definition": {"indicator": "VARCHAR", "kind": "VARCHAR"},
    "indicator_count": {
        **dict.fromkeys(("unit_clinic_id", "team_id", "indicator"), "VARCHAR"),
        **dict.fromkeys(("month", "week"), "DATE"),
        **dict.fromkeys(("numerator", "denominator"), "DOUBLE"),
    },
    "funnel": FUNNEL,
}


def first_counts(rng: np.random.Generator) -> Counts:
    """Three clinics of which one has two teams and some who are of none."""
    units = [("noord", "n1"), ("noord", "n2"), ("noord", None), ("oost", None), ("west", None)]
    size = rng.uniform(2, 9)
    return {(*unit, month): people(rng, rng.poisson(size)) for unit in units for month in range(3)}


def people(rng: np.random.Generator, ended: int) -> dict[str, int]:
    """So many who ended, by what is known of them."""
    measured = int(rng.binomial(ended, 0.8))
    better, worse, same, not_paired = rng.multinomial(ended, [0.4, 0.1, 0.3, 0.2])
    counts = (measured, ended - measured, better, worse, same, not_paired)
    return dict(zip(UNKNOWN, map(int, counts), strict=True))


def with_late_ones(rng: np.random.Generator, counts: Counts) -> Counts:
    """Some more who ended, in some clinics and months: one by one, or a file full."""
    many = {atom: int(rng.choice([0, 0, 0, 1, 2, 6, 12])) for atom in counts}
    return {
        atom: {name: told[name] + more for name, more in people(rng, many[atom]).items()}
        for atom, told in counts.items()
    }


def cells(counts: Counts) -> Iterator[Cell]:
    """Every figure that the tables hold; outcomes are counted by the quarter."""
    clinics = sorted({atom[0] for atom in counts})
    teams = sorted({f"{atom[0]}/{atom[1]}" for atom in counts if atom[1] is not None})
    units = [("service", "service")]
    units += [*(("clinic", clinic) for clinic in clinics), *(("team", team) for team in teams)]
    for indicator in NUMERATORS:
        months = (None, 0, 1, 2) if indicator == "response_rate" else (None,)
        for kind, unit in units:
            for month in months:
                for is_numerator in (False, True):
                    yield Cell(indicator, kind, unit, month, is_numerator)


def truth_of(counts: Counts) -> Truth:
    return {
        cell: float(
            sum(
                told[part]
                for atom, told in counts.items()
                if cell.holds(atom)
                for part in cell.parts
            )
        )
        for cell in cells(counts)
    }


def shown_by_station(counts: Counts, released: Released, file: Path) -> Shown:
    """What 492 lets through of those counts; its tables stand in `file`."""
    with duckdb.connect(str(file)) as connection:
        for name, rows in _tables(counts).items():
            fill(connection, name, COLUMNS[name], rows)
        station = next(each for each in all_stations() if each.number == 492)
        station.make(StationTables(connection, station), _inputs(released))
        told = connection.execute(
            "select indicator, unit_kind, unit, period_kind, period, numerator, denominator"
            " from shown_indicator"
        ).fetchall()
    found: dict[Cell, float | None] = {}
    for indicator, kind, unit, period_kind, period, numerator, denominator in told:
        month = MONTHS.index(period) if period_kind == "month" else None
        found[Cell(indicator, kind, unit, month, True)] = numerator
        found[Cell(indicator, kind, unit, month, False)] = denominator
    return found


def _tables(counts: Counts) -> dict[str, list[dict[str, Any]]]:
    truth = truth_of(counts)
    wholes = [cell for cell in truth if not cell.is_numerator]
    return {
        "indicator": [_row(cell, truth) for cell in wholes],
        "indicator_definition": [{"indicator": each, "kind": "share"} for each in NUMERATORS],
        "indicator_count": [
            {
                "unit_clinic_id": atom[0],
                "team_id": atom[1],
                "indicator": each,
                "month": MONTHS[atom[2]],
                "week": None,
                "numerator": sum(told[part] for part in NUMERATORS[each]),
                "denominator": sum(told[part] for part in DENOMINATORS[each]),
            }
            for atom, told in counts.items()
            for each in NUMERATORS
        ],
        "funnel": [],
    }


def _row(cell: Cell, truth: Truth) -> dict[str, Any]:
    above = truth[Cell(cell.indicator, cell.unit_kind, cell.unit, cell.month, True)]
    clinic, _, team = cell.unit.partition("/")
    return {
        "unit_kind": cell.unit_kind,
        "unit": cell.unit,
        "clinic_id": None if cell.unit_kind == "service" else clinic,
        "team_id": team or None,
        "period_kind": "quarter" if cell.month is None else "month",
        "period": MONTHS[cell.month or 0],
        "indicator": cell.indicator,
        "better": "higher",
        "chart": "pp",
        "is_primary": True,
        "numerator": above,
        "denominator": truth[cell],
        "value": above / truth[cell] if truth[cell] else None,
        "is_complete": True,
    }


def _inputs(released: Released) -> Inputs:
    return Inputs(
        run_id="test",
        as_of=START.date(),
        known_at=START,
        code_version="test",
        settings=Settings(home=Path("home")),
        instruments={},
        receipts=(),
        held_back=(),
        events=(),
        journal_seq=0,
        released=released,
    )


def runs_of(home: Path, services: Sequence[Counts], *, remembers: bool = True) -> list[Shown]:
    """What each run shows, those before it known to it by the files that they left."""
    found = []
    for week, counts in enumerate(services):
        moment, file = START + timedelta(days=7 * week), home / f"{week}.duckdb"
        before = released_before(home, moment)
        found.append(shown_by_station(counts, before if remembers else {}, file))
        keep_released(home, f"run-{week}", moment, file, before)
    return found


def services_of(seed: int, runs: int) -> list[Counts]:
    rng = np.random.default_rng(seed)
    services = [first_counts(rng)]
    while len(services) < runs:
        services.append(with_late_ones(rng, services[-1]))
    return services


def leaks(services: Sequence[Counts], shown: Sequence[Shown]) -> list[Any]:
    return found_out([*services[0]], shown, [truth_of(counts) for counts in services])


@pytest.mark.parametrize("seed", SEEDS)
def test_three_runs_with_late_records_give_no_small_count_away(seed: int, tmp_path: Path) -> None:
    services = services_of(seed, 3)

    shown = runs_of(tmp_path, services)

    assert leaks(services, shown) == []


def test_the_attack_finds_what_a_run_without_a_memory_gives_away(tmp_path: Path) -> None:
    services = services_of(0, 2)

    shown = runs_of(tmp_path, services, remembers=False)

    assert leaks(services, shown) != []


def test_the_attack_finds_a_figure_that_should_have_been_left_out_with_a_small_one(
    tmp_path: Path,
) -> None:
    [counts] = services_of(1, 1)
    [shown] = runs_of(tmp_path, [counts])
    truth = truth_of(counts)
    small = {cell for cell in truth if 0 < truth[cell] < 5}

    planted: Mapping[Cell, float | None] = {
        cell: None if cell in small else truth[cell] for cell in shown
    }

    assert leaks([counts], [planted]) != []
