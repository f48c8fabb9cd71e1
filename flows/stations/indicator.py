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
    names = rule_names(choices)
    parts = [
        _limits(points, Kind(chart), choices, _segments(tables, inputs.events, points, periods))
        for chart in ("pp", "xmr")
        for points in _points(tables, chart, periods)
    ]
    tables.write_columns(limits, _joined(parts), kind="step")
    tables.write_select(target, _with_limits(names, periods, limits))


def rule_names(choices: ControlCharts) -> tuple[str, ...]:
    """The rules of the set in force, in the order in which they are told."""
    return ("R1", "R2", "R3", "R4") if choices.rules == "nhs" else ("sigma", "run", "crossings")


def _points(tables: StationTables, chart: str, periods: str) -> Iterator[Columns]:
    """The points of one kind of chart, by series and in order of time, one period kind at once."""
    for period_kind in ("week", "month", "quarter"):
        points = tables.read_columns(f"""
            select rowid::bigint as point,
                dense_rank() over (order by unit_kind, unit, indicator) - 1 as series,
                row_number() over (partition by unit_kind, unit, indicator order by period) - 1
                    as place,
                date_diff('day', date '1970-01-01', period) as day,
                numerator, denominator, value, is_complete
            from {periods}
            where chart = '{chart}' and period_kind = '{period_kind}'
            order by series, place
        """)
        if len(points["point"]):
            yield points | {"period_kind": np.array([period_kind])}


def _segments(
    tables: StationTables, events: Iterable[JournalEvent], points: Columns, periods: str
) -> dict[int, list[int]]:
    """By series the days from which limits start anew, ascending; mostly none at all."""
    days = rebased(events)
    if not days:
        return {}
    found = tables.read(f"""
        select distinct unit_kind, unit, indicator, chart
        from {periods}
        where period_kind = '{points["period_kind"][0]}'
        order by unit_kind, unit, indicator
    """)
    chart = "pp" if not np.isnan(points["numerator"]).all() else "xmr"
    keys = [
        (row["unit_kind"], row["unit"], row["indicator"]) for row in found if row["chart"] == chart
    ]
    return {series: days[key] for series, key in enumerate(keys) if key in days}


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
    series, place = points["series"].astype(np.int64), points["place"].astype(np.int64)
    shape = (int(series.max()) + 1, int(place.max()) + 1)
    is_known = points["is_complete"].astype(bool) & ~np.isnan(points["value"].astype(float))
    parts = _parts(points, shape, segments)
    design = Design(
        kind=kind,
        rules=RuleSet(choices.rules),
        freeze=choices.baseline_points or None,
        is_screened=choices.screen if kind is Kind.XMR else None,
    )
    share = kind is Kind.P_PRIME
    values = _spread(points["numerator" if share else "value"], is_known, series, place, shape)
    sizes = _spread(points["denominator"], is_known, series, place, shape) if share else None
    chart = control_chart(design, values, sizes, parts)
    return {"point": points["point"]} | _told(chart, series, place)


def _spread(
    values: Array, is_known: Array, series: Array, place: Array, shape: tuple[int, int]
) -> NDArray[np.float64]:
    grid = np.full(shape, np.nan)
    grid[series, place] = np.where(is_known, values.astype(float), np.nan)
    return grid


def _parts(
    points: Columns, shape: tuple[int, int], segments: Mapping[int, list[int]]
) -> NDArray[np.int64]:
    """The segment of each period; two reasons within one period make one."""
    parts = np.zeros(shape, dtype=np.int64)
    for series, days in segments.items():
        mine = points["series"] == series
        so_far = np.searchsorted(days, points["day"][mine], side="right")
        steps = np.minimum(np.diff(so_far, prepend=so_far[:1]), 1)
        number = np.cumsum(steps)
        parts[series, : len(number)] = number
        parts[series, len(number) :] = number[-1]
    return parts


def _told(chart: Chart, series: Array, place: Array) -> Columns:
    trial = {(part.series, part.number) for part in chart.told if part.is_trial}
    is_trial = np.zeros(chart.parts.shape, dtype=bool)
    for row, number in trial:
        is_trial[row] |= chart.parts[row] == number
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
    return {name: grid[series, place] for name, grid in grids.items()}


KINDS = {
    "point": np.int64,
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
            limits.segment::integer as segment,
            point.is_complete
        from {periods} as point
        left join {limits} as limits on point.rowid = limits.point
        order by point.unit_kind, point.unit, point.indicator, point.period_kind, point.period
    """
