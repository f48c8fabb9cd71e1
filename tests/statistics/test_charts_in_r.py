"""`opkoers chart` and `opkoers funnel` on drawn files against both of them once more in R.

Gaps, denominators of 0 and 1, ties on the centre line, records of one moment, files out of order,
short parts, equal values, units that are small, equal, alone or empty.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, isfinite
from pathlib import Path
from random import Random
from typing import Any

import pytest

from flows.charting import ChartRequest, FunnelRequest, chart_file, funnel_file
from tests.statistics.charts_in_r import CHARTS_IN_R
from tests.statistics.funnels_in_r import FUNNELS_IN_R
from tests.statistics.in_r import r_says

LINES = ("value", "centre", "lower", "upper")
RUNS = ("n_useful", "longest_run", "longest_run_max", "n_crossings", "n_crossings_min")
LIMITS = ("lower95", "upper95", "lower998", "upper998")
OF_UNIT = ("value", "z", "z_trimmed", "z_adjusted", *LIMITS, *(f"unadjusted_{x}" for x in LIMITS))

Record = tuple[object, ...]


@dataclass(frozen=True)
class DrawnChart:
    """`breaks` are the first x of each new part."""

    kind: str
    rules: str
    freeze: int
    breaks: tuple[int, ...]
    screened: bool
    records: tuple[Record, ...]


def drawn_chart(chance: Random) -> DrawnChart:
    rules = chance.choice(("nhs", "anhoej"))
    kind = "xmr" if rules == "nhs" else chance.choice(("xmr", "run", "p", "pp"))
    points = chance.choice((1, 2, 3, 5, 6, 7, 8, 12, 13, 20, 30, 60))
    places = list(range(1, points + 1))
    if rules == "anhoej" and chance.random() < 0.3:  # several records of one moment
        places = sorted(chance.choices(places, k=points))
    of_shares = kind in ("p", "pp")
    records = [
        (place, *cells)
        for place, cells in zip(
            places,
            shares(chance, points) if of_shares else levels(chance, points),
            strict=True,
        )
    ]
    if chance.random() < 0.5:
        chance.shuffle(records)
    most = min(chance.choice((0, 0, 1, 2, 3)), points - 1)
    may_screen = rules == "nhs" or kind in ("xmr", "pp")
    return DrawnChart(
        kind=kind,
        rules=rules,
        freeze=chance.choice((0, 0, 12, 20) if rules == "nhs" else (0, 0, 1, 2, 5, 12)),
        breaks=tuple(sorted(chance.sample(range(1, places[-1] + 1), min(most, places[-1])))),
        screened=may_screen and chance.random() < (0.7 if rules == "nhs" else 0.2),
        records=tuple(records),
    )


def levels(chance: Random, points: int) -> Iterator[Record]:
    """Noise, drift, a saw that rises and falls by turns, or one value; some missing."""
    way = chance.choice(("noise", "noise", "drift", "saw", "equal"))
    level, digits = chance.choice((5, 20)), chance.choice((0, 0, 1, 2))
    yield (level,)  # one value at least
    for at in range(1, points):
        level += chance.choice((1, 1, 1, 1, 1, -3)) if way == "drift" else 0
        saw = abs(at % 16 - 8) if way == "saw" else 0
        noise = {"noise": 2, "drift": 0.3}.get(way, 0)
        value = round(level + saw + chance.gauss(0, noise), digits)
        yield ("" if chance.random() < 0.06 else value,)


def shares(chance: Random, points: int) -> Iterator[Record]:
    """Counts out of few and many, some of nothing, none or all of them."""
    middle = chance.choice((0.3, 0.3, 0.5, 0.0, 1.0))
    yield round(20 * middle), 20
    for _ in range(1, points):
        n = chance.choice((0, 1, 5, 10, 20, 20, 20, 40, 100))
        count = round(n * min(max(middle + chance.gauss(0, 0.05) * (0 < middle < 1), 0), 1))
        yield "" if chance.random() < 0.06 else count, "" if chance.random() < 0.04 else n


def write(file: Path, head: Record, records: list[Record] | tuple[Record, ...]) -> None:
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([head, *records])


def same(ours: float | None, theirs: str) -> bool:
    """Whether both are missing, or both are the same number."""
    number = float(theirs) if theirs != "NA" else float("nan")
    if ours is None or not isfinite(number):
        return ours is None and not isfinite(number)
    return ours == pytest.approx(number, rel=1e-10, abs=1e-10)


def by_file(said: Iterator[list[str]]) -> dict[str, list[list[str]]]:
    gathered = defaultdict[str, list[list[str]]](list)
    for file, *fields in said:
        gathered[file].append(fields)
    return gathered


def test_charts(tmp_path: Path) -> None:
    chance = Random(20261122)
    charts = {f"{number}.csv": drawn_chart(chance) for number in range(150)}
    asked: list[Record] = []
    for file, chart in charts.items():
        head = ("x", "y", "n")[: len(chart.records[0])]
        write(tmp_path / file, head, chart.records)
        breaks = " ".join(map(str, chart.breaks))
        screened = "T" if chart.screened else "F"
        asked.append((file, chart.kind, chart.rules, chart.freeze, breaks, screened))
    write(tmp_path / "asked.csv", ("file", "kind", "rules", "freeze", "breaks", "screened"), asked)
    theirs = by_file(r_says(CHARTS_IN_R, tmp_path))
    for file, chart in charts.items():
        compare_chart(ours_of(tmp_path / file, chart), theirs[file], chart)


def ours_of(file: Path, chart: DrawnChart) -> dict[str, Any]:
    request = ChartRequest(
        file=file,
        kind=chart.kind,
        rules=chart.rules,
        x="x",
        y="y",
        n="n" if len(chart.records[0]) == 3 else None,
        freeze=chart.freeze or None,
        rebase=tuple(map(str, chart.breaks)),
        screen=chart.screened,
        is_json=True,
    )
    told: dict[str, Any] = json.loads("\n".join(chart_file(request)))
    return told


def compare_chart(ours: dict[str, Any], theirs: list[list[str]], chart: DrawnChart) -> None:
    for point, (numbers, fired, told) in zip(ours["points"], theirs, strict=True):
        x, *lines = numbers.split()
        assert float(x) == point["x"]
        for name, line in zip(LINES, lines, strict=True):
            assert same(point[name], line), (chart, point, name, line)
        assert " ".join(("-", *point["rules"])) == fired, (chart, point)
        if chart.rules == "nhs":
            assert point["label"] == told, (chart, point)
        else:
            part = ours["parts"][point["part"] - 1]
            assert " ".join(str(part[name]) for name in RUNS) == told, (chart, point)


# ---------- funnels


def drawn_units(chance: Random, kind: str) -> list[Record]:
    units = chance.choice((1, 2, 3, 5, 9, 10, 11, 19, 20, 40))
    are_equal, are_small = chance.random() < 0.1, chance.random() < 0.3
    spread = chance.choice((0, 0.02, 0.2))
    records: list[Record] = [("u00", 3, 10)]
    for unit in range(units):
        share = min(max(chance.choice((0.3, 0.3, 0.3, 0.02, 0.97)) + chance.gauss(0, spread), 0), 1)
        for _ in range(chance.choice((1, 1, 3))):
            if kind == "pr":
                n: float = chance.choice((0, 1, 2, 5) if are_small else (10, 50, 200))
                over = sum(chance.random() < share for _ in range(int(n)))
            else:
                n = round(chance.uniform(0.5, 3) if are_small else chance.uniform(5, 400), 5)
                over = max(1, round(n * exp(chance.gauss(0, spread)) + chance.gauss(0, n**0.5)))
            if are_equal:
                n, over = 100, 20
            records.append((f"u{unit:02d}", over, "" if chance.random() < 0.03 else n))
    return records


def test_funnels(tmp_path: Path) -> None:
    chance = Random(20261122)
    asked: list[tuple[str, str, str, str]] = []
    for number in range(60):
        kind, method = chance.choice(("pr", "sr")), chance.choice(("shmi", "cqc"))
        file = f"{number}.csv"
        write(tmp_path / file, ("unit", "over", "under"), drawn_units(chance, kind))
        asked.append((file, kind, method, "T" if chance.random() < 0.75 else "F"))
    write(tmp_path / "asked.csv", ("file", "kind", "method", "adjusted"), [*asked])
    theirs = by_file(r_says(FUNNELS_IN_R, tmp_path))
    for file, kind, method, adjusted in asked:
        request = FunnelRequest(
            tmp_path / file, kind, "over", "under", "unit", method, adjusted == "T", is_json=True
        )
        compare_funnel(json.loads("\n".join(funnel_file(request))), theirs[file])


def compare_funnel(ours: dict[str, Any], theirs: list[list[str]]) -> None:
    (_, about), *units = theirs
    for name, number in zip(("target", "phi", "tau2"), about.split(), strict=True):
        assert same(ours[name], number), (name, number)
    for point, (unit, numbers) in zip(ours["points"], units, strict=True):
        assert point["unit"] == unit
        for name, number in zip(OF_UNIT, numbers.split(), strict=True):
            assert same(point[name], number), (point, name, number)
