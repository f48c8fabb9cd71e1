"""Rows of the shown indicators as points of a chart, units of a funnel, figures of a quarter.

A row has the columns of `shown_indicator` or `shown_funnel` (flows/stations/shown_indicator.py).
"""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from dashboards.drawing.control_chart import ChartKind, ChartPoint
from dashboards.drawing.funnel import FunnelCurve, FunnelUnit
from dashboards.drawing.periods import Period
from dashboards.drawing.quality_words import QuarterFigure

Row = Mapping[str, Any]

BETTER = {"higher": 1, "lower": -1, None: 0}
# More points than this cannot be told apart, and a page of them would be slow. [D]
MOST_POINTS = {"week": 52, "month": 36, "quarter": 20}
# What is left out is not left out by chance, so that a picture of the rest would mislead. [D]
MOST_GAPS = 0.25
# Two units lie on either side of their middle whatever they do. [D]
FEWEST_UNITS = 3


def latest(rows: Sequence[Row]) -> Sequence[Row]:
    """The complete periods at the end of a series, as many as a chart can hold."""
    complete = [row for row in rows if row["is_complete"]]
    return complete[-MOST_POINTS[rows[0]["period_kind"]] :] if rows else []


def withheld_share(rows: Sequence[Row]) -> float:
    """How much of a series is left out, of its complete periods that would be drawn."""
    shown = latest(rows)
    return sum(row["is_withheld"] for row in shown) / len(shown) if shown else 0.0


def chart_points(rows: Sequence[Row]) -> list[ChartPoint]:
    """The points to draw; none where too much is left out, or no figure is shown."""
    points = [_point(row) for row in latest(rows)]
    if withheld_share(rows) > MOST_GAPS or all(point.value is None for point in points):
        return []
    return points


def chart_kind(period_kind: str, kind: str, better: str | None) -> ChartKind:
    """How points of an indicator are read: `kind` and `better` as its definition has them."""
    return ChartKind(Period(period_kind), is_share=kind == "share", better=BETTER[better])


def _point(row: Row) -> ChartPoint:
    return ChartPoint(
        row["period"],
        row["value"],
        row["centre"],
        row["lower"],
        row["upper"],
        tuple((row["rules"] or "").split()),
        part=(row["segment"] or 1) - 1,
        is_trial=bool(row["is_trial"]),
    )


def quarter_figure(row: Row) -> QuarterFigure:
    """A quarter of a series, with which way it is from its centre line."""
    value, centre, better = row["value"], row["centre"], row["better"]
    is_better = None
    if value is not None and centre is not None and better and value != centre:
        is_better = (value > centre) == (better == "higher")
    return QuarterFigure(
        row["period"],
        value,
        tuple((row["rules"] or "").split()),
        has_limits=row["lower"] is not None,
        is_trial=bool(row["is_trial"]),
        is_better=is_better,
    )


def funnel_units(rows: Sequence[Row]) -> list[FunnelUnit]:
    """The marks of a funnel."""
    return [
        FunnelUnit(
            row["unit"],
            row["denominator"],
            row["value"],
            "99.8" if row["is_outside998"] else "95" if row["is_outside95"] else "",
        )
        for row in rows
    ]


def funnel_curve(rows: Sequence[Row]) -> FunnelCurve:
    """Limits at the sizes of the units themselves, rising."""
    rising = sorted(rows, key=itemgetter("denominator"))
    limits = ("lower95", "upper95", "lower998", "upper998")
    sizes = [row["denominator"] for row in rising]
    return FunnelCurve(sizes, *([row[name] for row in rising] for name in limits))
