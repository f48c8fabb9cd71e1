"""470_funnel: clinics and teams beside each other, with what chance and their spread explain.

Never therapists, and only units that are large enough (450_quality_unit). Quarters that
are complete, and the last four of them together as one year.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np

from flows.station import Inputs, StationTables
from flows.statistics.funnel import Funnel, Measure, funnel

READS = ("indicator",)
WRITES = ("funnel",)

FEWEST_UNITS = 3
"""Of two units each tells of the other, and of a spread between them nothing is known. [D]"""

COLUMNS = {
    "unit_kind": "VARCHAR",
    "unit": "VARCHAR",
    "clinic_id": "VARCHAR",
    "team_id": "VARCHAR",
    "period_kind": "VARCHAR",
    "period": "DATE",
    "indicator": "VARCHAR",
    "better": "VARCHAR",
    "numerator": "DOUBLE",
    "denominator": "DOUBLE",
    "value": "DOUBLE",
    "target": "DOUBLE",
    "z": "DOUBLE",
    "adjusted_z": "DOUBLE",
    "phi": "DOUBLE",
    "tau2": "DOUBLE",
    "lower95": "DOUBLE",
    "upper95": "DOUBLE",
    "lower998": "DOUBLE",
    "upper998": "DOUBLE",
    "is_outside95": "BOOLEAN",
    "is_outside998": "BOOLEAN",
}
GROUP = ("unit_kind", "indicator", "period_kind", "period")

Row = dict[str, Any]


def make(tables: StationTables, inputs: Inputs) -> None:
    """One row per unit, period and share that is drawn as a funnel."""
    told = tables.read(_COUNTS)
    rows = [
        row
        for _, units in groupby(told, key=itemgetter(*GROUP))
        for row in funnel_rows(list(units))
    ]
    tables.write("funnel", COLUMNS, rows)


def funnel_rows(units: list[Row]) -> Iterator[Row]:
    """The units of one funnel with their limits; none of fewer than FEWEST_UNITS."""
    if len(units) < FEWEST_UNITS:
        return
    found = funnel(
        np.array([unit["numerator"] for unit in units]),
        np.array([unit["denominator"] for unit in units]),
        Measure.PROPORTION,
    )
    for place, unit in enumerate(units):
        yield unit | _row(found, place)


def _row(found: Funnel, place: int) -> Row:
    limits = ("lower95", "upper95", "lower998", "upper998")
    return {
        "value": float(found.value[place]),
        "target": found.target,
        "z": _known(found.z[place]),
        "adjusted_z": _known(found.adjusted_z[place]),
        "phi": _known(found.phi),
        "tau2": _known(found.tau2),
        **{name: _known(getattr(found.limits, name)[place]) for name in limits},
        "is_outside95": bool(found.is_outside95[place]),
        "is_outside998": bool(found.is_outside998[place]),
    }


def _known(value: float) -> float | None:
    """None where nothing can be said: everybody at 0 or 1 leaves no spread."""
    return float(value) if np.isfinite(value) else None


_COUNTS = """
    with
    complete as (
        select *
        from indicator
        where
            period_kind = 'quarter'
            and is_complete
            and chart = 'pp'
            and unit_kind in ('clinic', 'team')
            and indicator in (
                'response_rate', 'alerts_answered', 'reliable_improvement', 'deterioration',
                'drop_out', 'recovery', 'reliable_recovery', 'back_on_course', 'baseline_in_time'
            )
    ),
    last as (
        select indicator, max(period) as last_quarter
        from complete
        group by indicator
    ),
    counted as (
        select unit_kind, unit, clinic_id, team_id, period_kind, period, indicator, better,
            numerator, denominator
        from complete
        where denominator > 0
        union all
        select complete.unit_kind, complete.unit, complete.clinic_id, complete.team_id,
            'year' as period_kind, (last.last_quarter - interval 9 month)::date as period,
            complete.indicator, any_value(complete.better) as better,
            sum(complete.numerator) as numerator, sum(complete.denominator) as denominator
        from complete
        inner join last using (indicator)
        where
            complete.denominator > 0
            and complete.period >= last.last_quarter - interval 9 month
        group by all
    )
    select * from counted
    order by unit_kind, indicator, period_kind, period, unit
"""
