"""The work of `opkoers chart`: file and options -> control chart -> what is printed."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flows.charting.asked import contradiction
from flows.charting.chart_telling import ToldChart, chart_as_json, chart_as_table
from flows.charting.series import Series, series_of
from flows.errors import OpKoersError
from flows.fitting.columns import open_table
from flows.statistics.control_chart import (
    FEWEST_FOR_LIMITS,
    FEWEST_TO_LOCK,
    Assurance,
    Chart,
    Design,
    Kind,
    RuleSet,
    assurances,
    control_chart,
)

DIRECTIONS = {"higher": 1, "lower": -1, None: 0}


@dataclass(frozen=True)
class ChartRequest:
    """What is asked; `screen` is None for the way of the rules, `better` higher, lower or None."""

    file: Path
    kind: str
    rules: str
    x: str
    y: str
    n: str | None = None
    freeze: int | None = None
    rebase: tuple[str, ...] = ()
    target: float | None = None
    better: str | None = None
    screen: bool | None = None
    is_json: bool = False


def chart_file(request: ChartRequest) -> Iterator[str]:
    """Lines to print. Raises OpKoersError for options, a file or data without a chart."""
    design = Design(Kind(request.kind), RuleSet(request.rules), request.freeze, request.screen)
    _refuse_contradiction(request, design)
    series = series_of(
        open_table(request.file),
        request.x,
        request.y,
        request.n,
        kind=design.kind,
        rules=design.rules,
    )
    chart = control_chart(
        design,
        series.values[None],
        None if series.sizes is None else series.sizes[None],
        _parts(request, series)[None],
    )
    better = DIRECTIONS[request.better]
    told = ToldChart(
        design=design,
        series=series,
        chart=chart,
        target=request.target,
        better=better,
        assurance=_assurance(chart, request.target, better),
        notes=(*series.notes, *_notes(design, chart, series)),
    )
    if request.is_json:
        yield chart_as_json(told)
    else:
        yield from chart_as_table(told, request.file.name)


def _refuse_contradiction(request: ChartRequest, design: Design) -> None:
    """Raises OpKoersError for options that do not go together."""
    if design.kind.is_of_shares and request.n is None:
        raise contradiction(
            f"--kind {request.kind} counts out of a denominator", "Name its column after --n"
        )
    if design.freeze is not None:
        _refuse_baseline(design.freeze, design.rules)
    if request.target is not None and not isfinite(request.target):
        raise contradiction("a target is a number", "Give it as 12.5")
    if design.kind.is_of_shares and request.target is not None and not 0 <= request.target <= 1:
        raise contradiction("the target of a share lies between 0 and 1", "Give 0.5 for 50 %")


def _refuse_baseline(freeze: int, rules: RuleSet) -> None:
    if freeze < 1:
        raise contradiction("--freeze takes a number of points", "Give 1 or more")
    if rules is RuleSet.NHS and freeze < FEWEST_TO_LOCK:
        raise contradiction(
            f"NHS rules lock a baseline of {FEWEST_TO_LOCK} points or more",
            f"Give --freeze {FEWEST_TO_LOCK} or more, or --rules anhoej",
        )


def _parts(request: ChartRequest, series: Series) -> NDArray[np.int64]:
    """The part of each point: a new one starts with the first point at or after each rebase."""
    starts = sorted({_start(text, series) for text in request.rebase})
    return np.unique(
        np.searchsorted(np.array(starts), series.places, side="right"), return_inverse=True
    )[1].astype(np.int64)


def _start(text: str, series: Series) -> float:
    place = series.order.place_of(text, series.texts)
    if place is None:
        raise _no_rebase(text, f"is no {series.order.form} of this chart")
    if place > series.places[-1]:
        raise _no_rebase(text, "lies after the last point")
    return place


def _no_rebase(text: str, what: str) -> OpKoersError:
    return contradiction(f"--rebase {text} {what}", "Write it as in the column of --x")


def _assurance(chart: Chart, target: float | None, better: int) -> Assurance | None:
    return None if target is None else assurances(chart, np.array([target]), better)[0]


def _notes(design: Design, chart: Chart, series: Series) -> Iterator[str]:
    """What a reader must know about the limits and the points."""
    missing = int(np.isnan(chart.values).sum())
    if missing:
        yield f"Missing points: {missing:,} of {len(series.texts):,}; not drawn, not counted."
    if design.freeze is not None and design.rules is RuleSet.ANHOEJ and len(chart.told) > 1:
        yield "--freeze was left out: with --rules anhoej each part is its own baseline."
    if design.kind is Kind.RUN:
        return
    for part in chart.told:
        has_limits = bool((~np.isnan(chart.upper[0, chart.parts[0] == part.number])).any())
        name = f"Part {part.number + 1}"
        if design.rules is RuleSet.NHS and part.n_baseline < FEWEST_FOR_LIMITS:
            yield f"{name}: no limits, its baseline has fewer than {FEWEST_FOR_LIMITS} points."
        elif not has_limits:
            yield f"{name}: no limits, for its baseline does not vary."
        elif design.rules is RuleSet.NHS and part.is_trial:
            yield f"{name}: trial limits, its baseline has fewer than {FEWEST_TO_LOCK} points."
