"""460_indicator: each series of figures with its control limits and the rules that fired.

Limits are those of complete periods; a period that can still change has its value
and no limits. A recorded reason (`chart_rebased` in the journal) starts a new segment.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.journal import JournalEvent
from flows.settings import ControlCharts
from flows.station import Inputs, StationTables
from flows.statistics.control_chart import Chart, Design, Kind, RuleSet, control_chart

READS = ("indicator_period",)
WRITES = ("indicator", "indicator_limit")
REBASED = "chart_rebased"
EPOCH = date(1970, 1, 1)

Array = NDArray[Any]
Columns = dict[str, Array]
Series = tuple[str, str, str]
"""Unit kind, unit, indicator."""


def make(tables: StationTables, inputs: Inputs) -> None:
    """Write `indicator`; its limits are worked out for all series of one chart at once."""
    write_charted(tables, inputs, "indicator_period", "indicator_limit", "indicator")


def write_charted(
    tables: StationTables, inputs: Inputs, periods: str, limits: str, target: str
) -> None:
    """Write the table `target`: the rows of `periods` with limits, those as the step `limits`."""
    choices = inputs.settings.control_charts
    segments = _segments(tables, inputs.events, periods)
    points = _points(tables, periods)
    parts = [
        _without_limits(part) if kind is None else _limits(part, kind, choices, segments)
        for kind, part in _of_one_kind(points)
    ]
    tables.write_columns(limits, _joined(parts), kind="step")
    tables.write_select(target, _with_limits(rule_names(choices), periods, limits))


def rule_names(choices: ControlCharts) -> tuple[str, ...]:
    """The rules of the set in force, in the order in which they are told."""
    return ("R1", "R2", "R3", "R4") if choices.rules == "nhs" else ("sigma", "run", "crossings")


CHARTS = (None, Kind.P_PRIME, Kind.XMR)
"""By `chart_no` of a point; None where no chart is drawn."""


def _numbered(periods: str) -> str:
    """The select of every series of one length of period and its number, in order of name."""
    return f"""
        select unit_kind, unit, indicator, period_kind,
            row_number() over (order by unit_kind, unit, indicator, period_kind) - 1 as series
        from (select distinct unit_kind, unit, indicator, period_kind from {periods})
    """


def _points(tables: StationTables, periods: str) -> Columns:
    """All points, by series and in order of time; `place` counts those of a series from 0.

    Names are compared once, to number the series: a million points are quick to sort by number.
    """
    points = tables.read_columns(f"""
        select point.rowid::bigint as point, numbered.series,
            list_position(['week', 'month', 'quarter'], point.period_kind) as length,
            coalesce(list_position(['pp', 'xmr'], point.chart), 0) as chart_no,
            date_diff('day', date '1970-01-01', point.period) as day,
            point.numerator, point.denominator, point.value, point.is_complete
        from {periods} as point
        inner join ({_numbered(periods)}) as numbered
            using (unit_kind, unit, indicator, period_kind)
    """)
    order = np.lexsort((points["day"], points["series"]))
    points = {name: column[order] for name, column in points.items()}
    series = points["series"]
    is_first = np.diff(series, prepend=-1) != 0
    return points | {"place": np.arange(len(series)) - np.flatnonzero(is_first)[series]}


def _of_one_kind(points: Columns) -> Iterator[tuple[Kind | None, Columns]]:
    """The points of each kind of chart and length of period; `row` numbers their series from 0."""
    for number, kind in enumerate(CHARTS):
        for length in (1, 2, 3):
            is_of_kind = (points["chart_no"] == number) & (points["length"] == length)
            if is_of_kind.any():
                part = {name: column[is_of_kind] for name, column in points.items()}
                yield kind, part | {"row": np.unique(part["series"], return_inverse=True)[1]}


def _segments(
    tables: StationTables, events: Iterable[JournalEvent], periods: str
) -> Mapping[int, list[int]]:
    """By series the days from which limits start anew, ascending; mostly none at all."""
    days = rebased(events)
    if not days:
        return {}
    found = tables.read(f"select unit_kind, unit, indicator, series from ({_numbered(periods)})")
    keys = {row["series"]: (row["unit_kind"], row["unit"], row["indicator"]) for row in found}
    return {series: days[key] for series, key in keys.items() if key in days}


def rebased(events: Iterable[JournalEvent]) -> Mapping[Series, list[int]]:
    """The days (since 1970) from which a series was rebased, as the journal tells."""
    found: dict[Series, set[int]] = {}
    for event in events:
        if event.kind == REBASED:
            told = event.payload
            key = (str(told["unit_kind"]), str(told["unit"]), str(told["indicator"]))
            day = (date.fromisoformat(str(told["from"])) - EPOCH).days
            found.setdefault(key, set()).add(day)
    return {key: sorted(days) for key, days in found.items()}


def _limits(
    points: Columns, kind: Kind, choices: ControlCharts, segments: Mapping[int, list[int]]
) -> Columns:
    """Centre, limits, rules (bits), trial and segment of each point, as `point` names it."""
    row, place = points["row"], points["place"]
    shape = (int(row.max()) + 1, int(place.max()) + 1)
    is_known = points["is_complete"].astype(bool) & ~np.isnan(points["value"].astype(float))
    parts = _parts(points, shape, segments)
    design = Design(
        kind=kind,
        rules=RuleSet(choices.rules),
        freeze=choices.baseline_points or None,
        is_screened=choices.screen if kind is Kind.XMR else None,
    )
    share = kind is Kind.P_PRIME
    values = _spread(points["numerator" if share else "value"], is_known, row, place, shape)
    sizes = _spread(points["denominator"], is_known, row, place, shape) if share else None
    chart = control_chart(design, values, sizes, parts)
    return {name: points[name] for name in ("point", "series")} | _told(chart, row, place)


def _without_limits(points: Columns) -> Columns:
    """Such points as they stand in the table of limits; a segment of 0 is none."""
    n = len(points["point"])
    lines = {name: np.full(n, np.nan) for name in ("centre", "lower", "upper")}
    nothing = {name: np.zeros(n) for name in ("bits", "is_trial", "segment")}
    return {name: points[name] for name in ("point", "series")} | lines | nothing


def _spread(
    values: Array, is_known: Array, row: Array, place: Array, shape: tuple[int, int]
) -> NDArray[np.float64]:
    grid = np.full(shape, np.nan)
    grid[row, place] = np.where(is_known, values.astype(float), np.nan)
    return grid


def _parts(
    points: Columns, shape: tuple[int, int], segments: Mapping[int, list[int]]
) -> NDArray[np.int64]:
    """The segment of each period; two reasons within one period make one."""
    parts = np.zeros(shape, dtype=np.int64)
    for series, days in segments.items():
        mine = points["series"] == series
        if not mine.any():
            continue
        row = points["row"][mine][0]
        so_far = np.searchsorted(days, points["day"][mine], side="right")
        steps = np.minimum(np.diff(so_far, prepend=so_far[:1]), 1)
        number = np.cumsum(steps)
        parts[row, : len(number)] = number
        parts[row, len(number) :] = number[-1]
    return parts


def _told(chart: Chart, row: Array, place: Array) -> Columns:
    trial = {(part.series, part.number) for part in chart.told if part.is_trial}
    is_trial = np.zeros(chart.parts.shape, dtype=bool)
    for series, number in trial:
        is_trial[series] |= chart.parts[series] == number
    bits = sum(
        (fired.astype(np.int64) << n for n, fired in enumerate(chart.fired.values())),
        np.zeros(chart.parts.shape, dtype=np.int64),
    )
    grids = {
        "centre": chart.centre,
        "lower": chart.lower,
        "upper": chart.upper,
        "bits": bits,
        "is_trial": is_trial,
        "segment": chart.parts + 1,
    }
    return {name: grid[row, place] for name, grid in grids.items()}


KINDS = {
    "point": np.int64,
    "series": np.int64,
    "centre": np.float64,
    "lower": np.float64,
    "upper": np.float64,
    "bits": np.int64,
    "is_trial": np.bool_,
    "segment": np.int64,
}


def _joined(parts: list[Columns]) -> Columns:
    return {
        name: np.concatenate([part[name] for part in parts] or [np.empty(0)]).astype(kind)
        for name, kind in KINDS.items()
    }


def _with_limits(names: tuple[str, ...], periods: str, limits: str) -> str:
    """The select of `indicator`; a series without a chart has no limits and no rules."""
    told = ", ".join(
        f"case when limits.bits & {1 << n} > 0 then '{name}' end" for n, name in enumerate(names)
    )
    return f"""
        select
            point.unit_kind, point.unit, point.clinic_id, point.team_id, point.period_kind,
            point.period, point.indicator, point.is_primary, point.better, point.chart,
            point.numerator, point.denominator, point.value,
            case when point.is_complete then limits.centre end as centre,
            case when point.is_complete then limits.lower end as lower,
            case when point.is_complete then limits.upper end as upper,
            case
                when point.is_complete and point.value is not null
                    and limits.lower is not null
                    then concat_ws(' ', {told})
            end as rules,
            case
                when point.is_complete and limits.lower is not null
                    then limits.is_trial
            end as is_trial,
            nullif(limits.segment, 0)::integer as segment,
            point.is_complete
        from {periods} as point
        inner join {limits} as limits on point.rowid = limits.point
        order by limits.series, point.period
    """
