"""What a quality officer sees first: what to look at, and the six primary indicators.

Everything comes from tables without small counts, `shown_*` (flows/stations/shown_indicator.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from dashboards.access import ViewerRequest
from dashboards.drawing.periods import Period, period_name
from dashboards.drawing.quality_series import MOST_GAPS, Row, quarter_figure, withheld_share
from dashboards.drawing.quality_words import Change, change_in_words, rules_in_words
from dashboards.drawing.translation import said
from dashboards.pages.quality_points import (
    Definition,
    Drawn,
    Unit,
    definitions,
    drawn,
    language,
    rows_of,
    unit_asked,
    units,
)
from dashboards.pages.quality_report import audit_reports
from dashboards.pages.quality_trace import Traced, points_traced, traced


@dataclass(frozen=True)
class Watched:
    """A primary indicator on which a rule fired in its last complete period."""

    unit: Unit
    indicator: str
    title: str
    period: str
    rules: str
    is_better: bool | None
    trace: Traced


@dataclass(frozen=True)
class Primary:
    """One of the six: what changed since the quarter before, in words, and its chart."""

    definition: Definition
    change: str
    drawn: Drawn | None
    traces: Sequence[Traced]


def quality_page(request: ViewerRequest) -> HttpResponse:
    """The page `quality`, of the whole service or of the unit that the address names."""
    known = units(request)
    unit = unit_asked(request, known)
    page = {
        "units": known,
        "unit": unit,
        "watched": list(_watched(request)),
        "primary": list(_primary(request, unit)),
        "reports": audit_reports(),
    }
    return render(request, "quality.html", page)


def _watched(request: ViewerRequest) -> Iterator[Watched]:
    words = language()
    for row in rows_of(request, "quality_alerts"):
        yield Watched(
            Unit(row["unit_kind"], row["unit"]),
            row["indicator"],
            said(row["title"], words),
            period_name(row["period"], Period(row["period_kind"]), words),
            rules_in_words(tuple(row["rules"].split()), words),
            row["is_better"],
            _watched_traced(row, said(row["title"], words)),
        )


def _watched_traced(row: Row, title: str) -> Traced:
    unit = Unit(row["unit_kind"], row["unit"])
    of = f"{title}, {unit.in_words}"
    return traced(of, "shown_indicator_alert", row, ("unit_kind", "unit", "indicator"))


def _primary(request: ViewerRequest, unit: Unit) -> Iterator[Primary]:
    found = {
        period_kind: _by_indicator(request, unit, period_kind)
        for period_kind in ("quarter", "month")
    }
    for definition in definitions(request).values():
        if definition.is_primary:
            quarters = found["quarter"].get(definition.indicator, [])
            months = found["month"].get(definition.indicator, [])
            is_whole = months and withheld_share(months) <= MOST_GAPS
            rows = months if is_whole else quarters
            picture = drawn(rows, definition, unit, only_narrow=True) if rows else None
            traces = tuple(_told_and_drawn(quarters, rows))
            yield Primary(definition, change_of(definition, quarters), picture, traces)


def _told_and_drawn(quarters: Sequence[Row], rows: Sequence[Row]) -> Iterator[Traced]:
    """The two quarters of the sentence, and the last point of a chart that is not of quarters."""
    yield from islice(points_traced(quarters, language()), 2)
    if rows is not quarters:
        yield from islice(points_traced(rows, language()), 1)


def _by_indicator(
    request: ViewerRequest, unit: Unit, period_kind: str
) -> dict[str, list[dict[str, Any]]]:
    rows = rows_of(
        request,
        "quality_points",
        period_kind=period_kind,
        indicator=None,
        unit=unit.key,
        only_primary=True,
    )
    return {name: list(own) for name, own in groupby(rows, key=itemgetter("indicator"))}


def change_of(definition: Definition, quarters: Sequence[Row]) -> str:
    """The last complete quarter beside the one before, in words; "" where there is none."""
    complete = [row for row in quarters if row["is_complete"]]
    if not complete:
        return ""
    now = quarter_figure(complete[-1])
    before = quarter_figure(complete[-2]) if len(complete) > 1 else None
    is_share = definition.kind == "share"
    return change_in_words(Change(definition.title, is_share, now, before), language())
