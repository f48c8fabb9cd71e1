"""Every indicator in a list, and one of them with all that is known about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from dashboards.access import ViewerRequest
from dashboards.drawing.funnel import NARROW, WIDE, funnel_rows, funnel_svg
from dashboards.drawing.periods import Period, period_name
from dashboards.drawing.quality_series import (
    FEWEST_UNITS,
    MOST_GAPS,
    Row,
    funnel_curve,
    funnel_units,
    withheld_share,
)
from dashboards.drawing.quality_words import SMALL, reason_in_words
from dashboards.pages.quality import change_of
from dashboards.pages.quality_points import (
    Definition,
    Unit,
    count_said,
    definitions,
    drawn,
    figure_rows,
    language,
    rows_of,
    unit_asked,
    units,
    value_said,
)
from dashboards.pages.quality_trace import CELL, Traced, points_traced, traced


@dataclass(frozen=True)
class Listed:
    """An indicator in the list: its last complete period, or why there is none."""

    definition: Definition
    period: str
    numerator: str
    denominator: str
    value: str
    reason: str
    trace: Traced | None = None


@dataclass(frozen=True)
class FunnelDrawn:
    """Clinics or teams beside each other, and the table beside it."""

    kind: str
    period: str
    wide: SafeString
    narrow: SafeString
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    traces: Sequence[Traced]


@dataclass(frozen=True)
class Outcome:
    """A rate beside what it could be with those whom nobody measured, all as texts."""

    period: str
    episodes: str
    missing: str
    paired: str
    last: str
    could_be: str
    imputed: str
    trace: Traced


def indicator_list(request: ViewerRequest) -> HttpResponse:
    """The page `quality_indicators`."""
    known = units(request)
    unit = unit_asked(request, known)
    listed = list(_listed(request, unit))
    page = {
        "units": known,
        "unit": unit,
        "listed": listed,
        "traces": [row.trace for row in listed if row.trace],
    }
    return render(request, "quality_indicators.html", page)


def _listed(request: ViewerRequest, unit: Unit) -> Iterator[Listed]:
    last = {
        (row["indicator"], row["period_kind"]): row
        for row in rows_of(request, "quality_last", unit=unit.key)
    }
    absent = _absent(request, unit)
    words = language()
    for name, definition in definitions(request).items():
        row = last.get((name, "quarter"))
        if row is None:
            told = absent.get(name) or _("No quarter is complete yet.")
            yield Listed(definition, "", "", "", "", told)
        else:
            yield Listed(
                definition,
                period_name(row["period"], Period.QUARTER, words),
                count_said(row["numerator"], is_withheld=row["is_withheld"]),
                count_said(row["denominator"], is_withheld=row["is_withheld"]),
                value_said(row["value"], definition, is_withheld=row["is_withheld"]),
                "",
                _listed_traced(row, definition, unit),
            )


def _absent(request: ViewerRequest, unit: Unit) -> dict[str, str]:
    """Indicator to why the exports of a unit cannot tell it, in words."""
    found = rows_of(request, "quality_absent", unit=unit.key)
    return {row["indicator"]: reason_in_words(row["reason"], language()) for row in found}


def _listed_traced(row: Row, definition: Definition, unit: Unit) -> Traced:
    key = {
        "unit_kind": unit.kind,
        "unit": unit.name,
        "period_kind": row["period_kind"],
        "period": row["period"],
        "indicator": definition.indicator,
    }
    return traced(definition.title, "shown_indicator", key, CELL)


# ---------- one of them


def indicator_page(request: ViewerRequest, indicator: str) -> HttpResponse:
    """The page `quality_indicator`, by the period and of the unit that the address names."""
    definition = definitions(request).get(indicator)
    if definition is None:
        raise Http404
    known = units(request)
    unit = unit_asked(request, known)
    quarters = _series(request, indicator, "quarter").get(unit.key, [])
    period_kind = _period_asked(request, definition, unit)
    series = _series(request, indicator, period_kind)
    rows = series.get(unit.key, [])
    others = [each for each in known if each.key != unit.key and each.key in series]
    page = {
        "definition": definition,
        "units": [each for each in known if each.key in series],
        "unit": unit,
        "period_kind": period_kind,
        "change": change_of(definition, quarters),
        "drawn": drawn(rows, definition, unit) if rows else None,
        "absent": _absent(request, unit).get(indicator, ""),
        "figures": list(figure_rows(rows, definition)) if rows else [],
        "traces": list(points_traced(rows, language())),
        "others": [drawn(series[each.key], definition, each, only_narrow=True) for each in others],
        "others_traces": [trace for each in others for trace in _last(series[each.key], each)],
        "funnels": list(_funnels(request, definition)),
        "outcomes": list(_outcomes(request, definition, unit)) if definition.is_outcome else [],
    }
    return render(request, "quality_indicator.html", page)


def _period_asked(request: ViewerRequest, definition: Definition, unit: Unit) -> str:
    """The length of period that the address names, else months with few gaps, else quarters."""
    asked = request.GET.get("period", "")
    if asked in definition.periods:
        return asked
    months = _series(request, definition.indicator, "month").get(unit.key, [])
    return "month" if months and withheld_share(months) <= MOST_GAPS else "quarter"


def _series(
    request: ViewerRequest, indicator: str, period_kind: str
) -> dict[str, list[dict[str, Any]]]:
    """The rows of each unit, by its key."""
    rows = rows_of(
        request,
        "quality_points",
        period_kind=period_kind,
        indicator=indicator,
        unit=None,
        only_primary=False,
    )
    return {
        f"{kind}:{unit}": list(own)
        for (kind, unit), own in groupby(rows, itemgetter("unit_kind", "unit"))
    }


def _last(rows: Sequence[Row], unit: Unit) -> Iterator[Traced]:
    """The last point of another unit's chart; the others stand on the page of that unit."""
    for point in islice(points_traced(rows, language()), 1):
        yield Traced(f"{unit.in_words}, {point.of}", point.command)


# ---------- units beside each other


def _funnels(request: ViewerRequest, definition: Definition) -> Iterator[FunnelDrawn]:
    rows = rows_of(request, "quality_funnel", indicator=definition.indicator)
    for kind, own in groupby(rows, key=itemgetter("unit_kind")):
        found = list(own)
        if len(found) >= FEWEST_UNITS:
            yield _funnel(kind, found, definition)


def _funnel(kind: str, rows: Sequence[Row], definition: Definition) -> FunnelDrawn:
    marks = funnel_units(rows)
    size = _("number counted")
    head, *table = funnel_rows(marks, size_in_words=size, is_share=True, language=language())
    wide, narrow = (
        funnel_svg(
            marks,
            funnel_curve(rows),
            target=rows[0]["target"],
            is_share=True,
            size_in_words=size,
            width=width,
            title=definition.title,
            language=language(),
        )
        for width in (WIDE, NARROW)
    )
    # Our own drawing, which escapes every text that it is given.
    pictures = (mark_safe(wide), mark_safe(narrow))  # noqa: S308
    traces = [traced(row["unit"], "shown_funnel", row, CELL) for row in rows]
    return FunnelDrawn(kind, _span(rows[0]), *pictures, head, table, traces)


def _span(row: Row) -> str:
    told = period_name(row["period"], Period.QUARTER, language())
    return (
        _("the year from {quarter}").format(quarter=told) if row["period_kind"] == "year" else told
    )


# ---------- those whom nobody measured


def _outcomes(request: ViewerRequest, definition: Definition, unit: Unit) -> Iterator[Outcome]:
    rows = rows_of(request, "quality_missing", indicator=definition.indicator, unit=unit.key)
    for row in rows:
        is_withheld = row["is_withheld"]

        def value(name: str, row: Row = row, *, is_withheld: bool = is_withheld) -> str:
            return value_said(row[name], definition, is_withheld=is_withheld)

        interval = _("{value} ({lower} to {upper})").format(
            value=value("imputed_value"), lower=value("imputed_lower"), upper=value("imputed_upper")
        )
        could_be = _("{lower} to {upper}").format(
            lower=value("lowest_value"), upper=value("highest_value")
        )
        yield Outcome(
            period_name(row["quarter"], Period.QUARTER, language()),
            count_said(row["episodes"], is_withheld=is_withheld),
            count_said(row["missing"], is_withheld=is_withheld),
            value("paired_value"),
            value("last_value"),
            SMALL if is_withheld else could_be,
            value("imputed_value") if row["imputed_lower"] is None else interval,
            _outcome_traced(row, definition, unit),
        )


def _outcome_traced(row: Row, definition: Definition, unit: Unit) -> Traced:
    key = {
        "unit_kind": unit.kind,
        "unit": unit.name,
        "quarter": row["quarter"],
        "indicator": definition.indicator,
    }
    of = period_name(row["quarter"], Period.QUARTER, language())
    return traced(of, "shown_missing_outcome", key, tuple(key))
