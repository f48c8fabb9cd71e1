"""492_shown_indicator: the indicators and funnels as they may be read, without small counts.

Fewer than five (numerator, denominator, or what is between them) is left out, and so is what
would give such a count away over clinics and teams, over weeks, months and quarters, between
indicators of the same people, and beside what earlier runs showed. Periods that can still
change are not shown, and medians are shown without their counts. Limits and rules are worked out
anew from what is shown, since a mean over all points tells of those left out.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from flows.station import Inputs, StationTables
from flows.stations.count_family import chains_of, splits_of
from flows.stations.funnel import COLUMNS as FUNNEL_COLUMNS
from flows.stations.funnel import GROUP, funnel_rows
from flows.stations.indicator import write_charted
from flows.stations.shown_cells import (
    LEAST,
    Atom,
    Decided,
    Series,
    Where,
    decide_denominators,
    decide_numerators,
    places_of,
)

READS = ("indicator", "indicator_definition", "indicator_count", "funnel")
WRITES = (
    "shown_indicator",
    "shown_funnel",
    "shown_count",
    "shown_period",
    "shown_limit",
    "shown_series",
)

Row = dict[str, Any]

MOST_GAPS = 0.25
"""A series of which more than this share is left out has no limits and no rules. [D]"""

PERIODS = {
    "unit_kind": "VARCHAR",
    "unit": "VARCHAR",
    "clinic_id": "VARCHAR",
    "team_id": "VARCHAR",
    "period_kind": "VARCHAR",
    "period": "DATE",
    "indicator": "VARCHAR",
    "is_primary": "BOOLEAN",
    "better": "VARCHAR",
    "chart": "VARCHAR",
    "drawn_as": "VARCHAR",
    "numerator": "DOUBLE",
    "denominator": "DOUBLE",
    "value": "DOUBLE",
    "is_complete": "BOOLEAN",
    "is_withheld": "BOOLEAN",
}
COUNTS = {
    "unit_kind": "VARCHAR",
    "unit": "VARCHAR",
    "period_kind": "VARCHAR",
    "period": "DATE",
    "indicator": "VARCHAR",
    "numerator": "DOUBLE",
    "denominator": "DOUBLE",
}


def make(tables: StationTables, inputs: Inputs) -> None:
    """Write `shown_indicator`, `shown_funnel`, and `shown_count` for the runs that follow."""
    rows = tables.read(_ROWS)
    funnels = tables.read(_FUNNEL)
    series = _series(tables, rows, funnels)
    decided = Decided()
    for chain in chains_of([*series]):
        decide_denominators(chain, series, inputs.released, decided)
    shares = [name for name, each in series.items() if each.is_share]
    for split in splits_of(shares):
        decide_numerators(split, series, inputs.released, decided)
    told = _without_gappy_charts([_told(row, decided) for row in rows])
    shown_funnels = list(_funnels(funnels, decided))
    tables.write("shown_period", PERIODS, told)
    write_charted(tables, inputs, "shown_period", "shown_limit", "shown_series")
    tables.write_select("shown_indicator", _SHOWN)
    tables.write("shown_funnel", FUNNEL_COLUMNS, shown_funnels)
    years = [row for row in shown_funnels if row["period_kind"] == "year"]
    known = [row for row in (*told, *years) if row["denominator"]]
    tables.write("shown_count", COUNTS, known)


# ---------- what there is


def _series(tables: StationTables, rows: list[Row], funnels: list[Row]) -> dict[str, Series]:
    """Each indicator that is counted (medians are not), with its counts and its cells."""
    counts: dict[str, tuple[dict[Atom, float], dict[Atom, float]]] = {}
    for clinic, team, month, week, name, numerator, denominator in tables.read_tuples(_COUNTED):
        numerators, denominators = counts.setdefault(name, ({}, {}))
        atom = Atom(clinic, team, month, week)
        numerators[atom], denominators[atom] = numerator, denominator
    found = {}
    rows_of = {name: list(own) for name, own in groupby(rows, key=itemgetter("indicator"))}
    for name, (numerators, denominators) in counts.items():
        own = rows_of.get(name, [])
        if own:
            shown, hidden = _cells(own, denominators)
            years = _years(name, funnels)
            found[name] = Series(
                name,
                numerators,
                denominators,
                shown | years,
                hidden,
                is_share=own[0]["kind"] == "share",
            )
    return found


def _cells(
    rows: list[Row], denominators: dict[Atom, float]
) -> tuple[frozenset[Where], frozenset[Where]]:
    """The complete cells that are shown, and those of units that the unit rule hides."""
    complete = {(row["period_kind"], row["period"]): row["is_complete"] for row in rows}
    counted: dict[Where, float] = {}
    for atom, count in denominators.items():
        for where in places_of(atom):
            if complete.get((where.period_kind, where.period)):
                counted[where] = counted.get(where, 0.0) + count
    told = {_where(row): row["denominator"] or 0.0 for row in rows if row["is_complete"]}
    shown = {where for where, count in told.items() if count or not counted.get(where)}
    hidden = {where for where, count in counted.items() if count and where not in shown}
    return frozenset(shown), frozenset(hidden)


def _where(row: Row) -> Where:
    return Where(row["unit_kind"], row["unit"], row["period_kind"], row["period"])


def _years(indicator: str, funnels: list[Row]) -> frozenset[Where]:
    """The cells of funnels of a year; quarters that the unit rule hides are not part of them."""
    return frozenset(
        _where(row)
        for row in funnels
        if row["indicator"] == indicator and row["period_kind"] == "year"
    )


# ---------- what may be read of it


def _told(row: Row, decided: Decided) -> Row:
    """The row as it is shown; `is_withheld` where a complete figure was left out."""
    where = (row["indicator"], _where(row))
    told = row | {"is_withheld": False}
    if not row["is_complete"]:
        return told | {"numerator": None, "denominator": None, "value": None}
    if row["kind"] == "median":
        is_few = (row["denominator"] or 0) < LEAST or (row["numerator"] or 0) < LEAST
        told |= {"numerator": None, "denominator": None, "is_withheld": bool(row["denominator"])}
        return told | ({"value": None} if is_few else {"is_withheld": False})
    if where in decided.cells:
        hidden = {"numerator": None, "denominator": None, "value": None}
        return told | hidden | {"is_withheld": True}
    if where in decided.numerators:
        return told | {"numerator": None, "value": None, "is_withheld": True}
    return told


def _without_gappy_charts(rows: list[Row]) -> list[Row]:
    """`drawn_as` is the chart of the indicator; a series with too many gaps has no limits.

    What is left out is not left out by chance: months with few that were not measured, say. A
    mean of the others would be that of the bad months.
    """
    key = itemgetter("unit_kind", "unit", "indicator", "period_kind")
    told = []
    for _, group in groupby(rows, key=key):
        series = [row | {"drawn_as": row["chart"]} for row in group]
        complete = sum(row["is_complete"] for row in series)
        gaps = sum(row["is_withheld"] for row in series)
        if gaps > MOST_GAPS * complete:
            series = [row | {"chart": "none"} for row in series]
        told += series
    return told


def _funnels(funnels: list[Row], decided: Decided) -> Iterator[Row]:
    """Funnels of the units whose figures are shown, with limits worked out from those alone."""
    shown = [row for row in funnels if _is_shown(row, decided)]
    for _, units in groupby(shown, key=itemgetter(*GROUP)):
        yield from funnel_rows(list(units))


def _is_shown(row: Row, decided: Decided) -> bool:
    place = (row["indicator"], _where(row))
    return place not in decided.cells and place not in decided.numerators


_ROWS = """
    select indicator.unit_kind, indicator.unit, indicator.clinic_id, indicator.team_id,
        indicator.period_kind, indicator.period, indicator.indicator, indicator.is_primary,
        indicator.better, indicator.chart, indicator.numerator, indicator.denominator,
        indicator.value, indicator.is_complete, indicator_definition.kind
    from indicator
    inner join indicator_definition using (indicator)
    order by indicator.indicator, indicator.unit_kind, indicator.unit, indicator.period_kind,
        indicator.period
"""
_COUNTED = """
    select unit_clinic_id, team_id, month, week, indicator,
        sum(numerator) as numerator, sum(denominator) as denominator
    from indicator_count
    group by all
    order by all
"""
_FUNNEL = """
    select *
    from funnel
    order by unit_kind, indicator, period_kind, period, unit
"""
_SHOWN = """
    select shown_series.* replace (shown_period.drawn_as as chart), shown_period.is_withheld
    from shown_series
    inner join shown_period using (unit_kind, unit, indicator, period_kind, period)
    order by unit_kind, unit, indicator, period_kind, period
"""
