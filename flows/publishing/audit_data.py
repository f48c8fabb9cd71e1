"""The rows of an audit report, read from the published snapshot.

Only tables that the quality pages read too: `shown_*`, which hold no small count and nothing from
which one could be worked out, and tables about definitions, deliveries and checks.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import duckdb

from flows.publishing.audit_quarter import Quarter, quarter_of
from flows.publishing.audit_rows import (
    SERVICE,
    AuditData,
    AuditedAlerts,
    AuditedFile,
    CheckHistory,
    Definition,
    Delivery,
    FailedCheck,
    Figure,
    FunnelRow,
    MissingOutcome,
    Question,
    Unit,
)
from flows.publishing.report_data import RUN
from flows.publishing.report_rows import Run

Row = TypeVar("Row")

QUARTERS_KNOWN = """
select distinct period
from shown_indicator
where period_kind = 'quarter' and unit_kind = 'service'
order by period
"""

DEFINITIONS = "from indicator_definition order by sort_order"

FIGURES = """
from shown_indicator
where period_kind = 'quarter' and period in ($first_day, $before)
order by unit_kind, unit, indicator, period
"""

# By month where an indicator is counted so.
MONTHS = """
from shown_indicator
where is_primary and period_kind = 'month' and is_complete and rules <> ''
    and period >= $first_day and period < $after
order by unit_kind, unit, indicator, period
"""

SERIES = """
from shown_indicator
where is_primary and period_kind in ('quarter', 'month') and period < $after
    and unit_kind = $unit_kind and unit = $unit
order by indicator, period_kind, period
"""

COHORTS = """
from shown_indicator
where unit_kind = 'service' and period_kind = 'month' and is_complete
    and period >= $before and period < $after
    and indicator in (
        'response_rate', 'sbg_completer', 'sbg_drop_out', 'sbg_non_starter', 'sbg_non_responder'
    )
order by indicator, period
"""

LAST_COMPLETE = """
from shown_indicator
where unit_kind = 'service' and period_kind = 'quarter' and is_complete and period < $first_day
    and (denominator > 0 or is_withheld or value is not null)
qualify row_number() over (partition by indicator order by period desc) = 1
order by indicator
"""

ABSENT = """
select indicator, reason from indicator_absence where unit_kind = 'service' order by indicator
"""

# The year that ends with the quarter where there is one, else the quarter.
FUNNELS = """
from shown_funnel
where lower95 is not null and lower998 is not null and (
    (period_kind = 'year' and period = $year_from)
    or (period_kind = 'quarter' and period = $first_day)
)
qualify dense_rank() over (
    partition by indicator, unit_kind order by period_kind = 'year' desc
) = 1
order by indicator, unit_kind, unit
"""

MISSING = """
from shown_missing_outcome
where quarter in ($first_day, $before)
order by unit_kind, unit, indicator, quarter desc
"""

LOOP = "from shown_loop_audit order by unit_kind, unit, kind, rule"

FILES = """
select source, string_agg(clinic_id, ', ' order by clinic_id) as clinics, landed_at, is_held_back,
    any_value(records) as records, any_value(rejected) as rejected,
    any_value(volume_drift) as volume_drift, any_value(mean_shift) as mean_shift,
    any_value(mean_shift_instrument) as mean_shift_instrument,
    any_value(failed_checks) as failed_checks
from shown_file
where landed_at >= $first_day
group by sha256, source, landed_at, is_held_back
order by landed_at desc, source, sha256
"""

DELIVERIES = "from source_delivery order by has_stopped desc, source, clinic_id"

CHECKS = """
select count(*) filter (where outcome <> 'not applicable'),
    count(*) filter (where outcome = 'pass')
from quality_check
"""

FAILED_CHECKS = """
select "table", expectation, severity, outcome, why,
    case when not failed between 1 and 4 then failed end as failed
from quality_check
where outcome in ('fail', 'error')
order by case severity when 'critical' then 1 when 'warning' then 2 else 3 end, "table",
    expectation
"""

CHECK_HISTORY = """
select "table", expectation, severity,
    count(*) filter (where outcome in ('fail', 'error')) as runs_failed, count(*) as runs,
    arg_max(failing_since, known_at) as failing_since
from check_history
where as_of >= $first_day
group by "table", expectation, severity
having count(*) filter (where outcome in ('fail', 'error')) > 0
order by failing_since desc nulls last, "table", expectation
"""

RUNS_CHECKED = "select count(distinct run_id) from check_history where as_of >= $first_day"

RECEIVED_UNTIL = "select max(landed_at) from shown_file"


def read_run(connection: duckdb.DuckDBPyConnection) -> Run:
    """The run that the snapshot is of."""
    return Run(*connection.execute(RUN).fetchall()[0])


def quarters_known(connection: duckdb.DuckDBPyConnection) -> Sequence[Quarter]:
    """The quarters that the snapshot tells anything of, the oldest first."""
    return [quarter_of(day) for (day,) in connection.execute(QUARTERS_KNOWN).fetchall()]


def read_audit(
    connection: duckdb.DuckDBPyConnection, quarter: Quarter, questions: Sequence[Question]
) -> AuditData:
    """All that the report of a quarter tells. `questions` are those open at that moment."""
    asked = _Asked(connection, quarter)
    months = asked.rows(MONTHS, Figure)
    quarters = asked.rows(FIGURES, Figure)
    ((checks, held),) = connection.execute(CHECKS).fetchall()
    return AuditData(
        quarter=quarter,
        run=read_run(connection),
        definitions={each.indicator: each for each in asked.rows(DEFINITIONS, Definition)},
        quarters=quarters,
        service_series=asked.series(SERVICE),
        unit_series=_with_signals(asked, quarters, months),
        months=months,
        cohorts=asked.rows(COHORTS, Figure),
        complete={each.indicator: each for each in asked.rows(LAST_COMPLETE, Figure)},
        absent=dict(connection.execute(ABSENT).fetchall()),
        funnels=asked.rows(FUNNELS, FunnelRow),
        missing=asked.rows(MISSING, MissingOutcome),
        loop=asked.rows(LOOP, AuditedAlerts),
        files=asked.rows(FILES, AuditedFile),
        deliveries=asked.rows(DELIVERIES, Delivery),
        checks=checks,
        checks_held=held,
        failed_checks=asked.rows(FAILED_CHECKS, FailedCheck),
        check_history=asked.rows(CHECK_HISTORY, CheckHistory),
        runs_checked=asked.one(RUNS_CHECKED),
        questions=questions,
        received_until=asked.one(RECEIVED_UNTIL),
    )


def signals(
    quarters: Sequence[Figure], months: Sequence[Figure], quarter: Quarter, primary: Sequence[str]
) -> Sequence[tuple[Unit, str]]:
    """Clinics and teams with a primary indicator on which a rule fired in the quarter.

    The rule fired on the quarter itself or on one of its months; clinics come first.
    """
    here = [each for each in quarters if each.period == quarter.first_day and each.is_complete]
    fired = {
        (each.of, each.indicator)
        for each in (*here, *months)
        if each.fired and each.of != SERVICE and each.indicator in primary
    }
    return sorted(fired, key=lambda each: (each[0], primary.index(each[1])))


def _with_signals(
    asked: "_Asked", quarters: Sequence[Figure], months: Sequence[Figure]
) -> Mapping[tuple[Unit, str], Sequence[Figure]]:
    """The series of clinics and teams with a signal: by month where it is one of months."""
    primary = [each.indicator for each in asked.rows(DEFINITIONS, Definition) if each.is_primary]
    by_month = {(each.of, each.indicator) for each in months}
    fired = signals(quarters, months, asked.quarter, primary)
    series = {unit: asked.series(unit) for unit in dict.fromkeys(unit for unit, _ in fired)}
    return {
        (unit, name): series[unit].get(
            (name, "month" if (unit, name) in by_month else "quarter"), ()
        )
        for unit, name in fired
    }


@dataclass(frozen=True)
class _Asked:
    """A snapshot, and the quarter that is asked for."""

    connection: duckdb.DuckDBPyConnection
    quarter: Quarter

    def rows(self, query: str, kind: type[Row], **more: object) -> list[Row]:
        """Rows of a query; one that begins with `from` gives the columns that `kind` has."""
        if query.lstrip().startswith("from"):
            query = f"select {', '.join(_columns(kind))} {query}"
        found = self.connection.execute(query, self._parameters(query, more))
        return [kind(*row) for row in found.fetchall()]

    def series(self, unit: Unit) -> dict[tuple[str, str], Sequence[Figure]]:
        """By indicator and kind of period."""
        grouped: defaultdict[tuple[str, str], list[Figure]] = defaultdict(list)
        for each in self.rows(SERIES, Figure, unit_kind=unit.kind, unit=unit.name):
            grouped[each.indicator, each.period_kind].append(each)
        return dict(grouped)

    def one(self, query: str) -> Any:
        ((found,),) = self.connection.execute(query, self._parameters(query, {})).fetchall()
        return found

    def _parameters(self, query: str, more: Mapping[str, object]) -> Mapping[str, object]:
        quarter = self.quarter
        known: dict[str, object] = {
            "first_day": quarter.first_day,
            "before": quarter.before.first_day,
            "after": quarter.after.first_day,
            "year_from": quarter.year_from,
            **more,
        }
        return {name: value for name, value in known.items() if f"${name}" in query}


def _columns(kind: type[Any]) -> list[str]:
    return [f'"{field.name}"' for field in fields(kind)]
