"""Rows of a published snapshot that a report prints, by clinic; nothing is worked out here."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from flows.errors import ExitCode, OpKoersError
from flows.publishing.report_rows import (
    Accuracy,
    Alert,
    Alliance,
    Check,
    Clinic,
    ComputedLimit,
    Constant,
    Course,
    CriticalItem,
    Figure,
    FileFinding,
    FileQuality,
    FrequentKind,
    Group,
    Information,
    InformationCount,
    LastWeek,
    Measured,
    Outcome,
    Overdue,
    OwnInstrument,
    ReportData,
    Run,
    Scale,
    Setting,
)

Row = TypeVar("Row")

RUN = """
select run_id, as_of, known_at, code_version, contract_version, journal_seq, journal_seal,
    journal_head, simulated, service_name
from run
"""

CLINICS = """
select clinic_id from clinic_figure
union select clinic_id from episode
union select clinic_id from data_quality
union select clinic_id from alert_list
order by clinic_id
"""

ALERTS = """
select l.clinic_id, l.alert_id, l.patient_id, l.therapist_id, l.episode_id, l.kind,
    l.domain, l.level, l.section, l.instrument, l.scale, l.opened_at, l.last_signal_at,
    l.days_open, l.landed_at, l.escalated_at, l.escalated_to,
    cast(l.reason as varchar) as reason, l.next_step, l.disagreement, a.answered_at,
    a.action, a.closed_at, a.closed_reason
from alert_list as l
left join alert as a on a.alert_id = l.alert_id
where l.clinic_id in (select unnest($clinics))
order by l.clinic_id, l.sort_order, l.alert_id
"""

COURSES = """
select l.clinic_id, l.alert_id,
    list(s.measured_at order by s.measured_at, s.assessment_no) as measured_at,
    list(s.score order by s.measured_at, s.assessment_no) as scores,
    any_value(b.baseline_score) as baseline,
    list(d.kind is not null order by s.measured_at, s.assessment_no) as sudden
from alert_list as l
join score as s
    on s.clinic_id = l.clinic_id and s.patient_id = l.patient_id
    and s.episode_id = l.episode_id and s.instrument = l.instrument and s.scale = l.scale
left join sudden_change as d
    on d.clinic_id = s.clinic_id and d.patient_id = s.patient_id
    and d.episode_id = s.episode_id and d.instrument = s.instrument and d.scale = s.scale
    and d.measured_at = s.measured_at and d.score = s.score
left join baseline as b
    on b.clinic_id = l.clinic_id and b.patient_id = l.patient_id
    and b.episode_id = l.episode_id and b.instrument = l.instrument and b.scale = l.scale
where l.section in ('new', 'open') and s.score is not null
    and l.clinic_id in (select unnest($clinics)) and s.clinic_id in (select unnest($clinics))
group by l.clinic_id, l.alert_id
order by l.alert_id
"""

INFORMATION = """
select clinic_id, patient_id, therapist_id, kind, measured_at, cast(reason as varchar) as reason
from information
where clinic_id in (select unnest($clinics))
order by clinic_id, kind, measured_at desc, patient_id
"""

FREQUENT = """
select clinic_id, kind, episodes, alarmed
from alert_rate
where is_frequent and clinic_id in (select unnest($clinics))
order by clinic_id, alarmed desc, kind
"""

OVERDUE = """
select clinic_id, patient_id, therapist_id, last_measured_at, days_since, has_open_alert
from overdue
where clinic_id in (select unnest($clinics))
order by clinic_id, has_open_alert desc, days_since desc, patient_id, episode_id
"""

FIGURES = """
select clinic_id, figure, numerator, denominator
from clinic_figure
where clinic_id in (select unnest($clinics))
order by all
"""

FILES = """
select clinic_id, source_file, landed_at, rows_in, landed, duplicate, rejected, cells_rejected,
    rejected_error, rejected_conflict, rejected_by_rule, held_back, note, conflict_rule, codings
from data_quality
where clinic_id in (select unnest($clinics))
order by clinic_id, landed_at desc, source_file
"""

FINDINGS = """
select clinic.clinic_id, f.source_file, f.landed_at, f.expectation, i.short_name, f.scale,
    f.checked, f.failed, f.value, f.lower, f.upper
from file_check as f
cross join lateral (select unnest(f.clinics) as clinic_id) as clinic
left join instrument as i on i.instrument = f.instrument
where f.outcome = 'fail' and clinic.clinic_id in (select unnest($clinics))
order by clinic.clinic_id, f.landed_at desc, f.source_file, f.instrument nulls first, f.scale,
    f.expectation
"""

CHECKS = """
select "table", expectation, category, severity, outcome, checked, failed, why
from quality_check
where outcome in ('fail', 'error')
order by severity = 'critical' desc, severity = 'warning' desc, "table", expectation
"""

SCALES = """
select null as clinic_id, s.instrument, s.scale, i.short_name, s.minimum, s.maximum, s.direction,
    s.cutoff, s.reliable_change_rule
from instrument_scale as s
join instrument as i on i.instrument = s.instrument
union all
select y.clinic_id, s.instrument, s.scale, i.short_name, s.minimum, s.maximum, s.direction,
    y.cutoff, y.threshold_rule
from yardstick as y
join instrument_scale as s on s.instrument = y.instrument and s.scale = y.scale
join instrument as i on i.instrument = s.instrument
where y.method = 'JT' and y.clinic_id in (select unnest($clinics))
order by all
"""

# Local ones, and those that an instrument file leaves to the formula.
COMPUTED_LIMITS = """
select y.clinic_id, y.instrument, i.short_name, y.scale, limits.constant, limits.value,
    limits.rule, limits.lower, limits.upper, y.scope, y.intakes
from yardstick as y
join instrument_scale as s on s.instrument = y.instrument and s.scale = y.scale
join instrument as i on i.instrument = s.instrument and i.measures <> 'alliance'
cross join lateral (
    values
    (
        'reliable_change', y.threshold, y.threshold_rule, y.threshold_lower, y.threshold_upper,
        s.reliable_change_points is null and y.threshold is not null
    ),
    (
        'cutoff', y.cutoff, y.cutoff_rule, y.cutoff_lower, y.cutoff_upper,
        y.cutoff_kind <> 'published'
    )
) as limits (constant, value, rule, lower, upper, is_computed)
where y.method = 'JT' and (y.scope = 'local' or limits.is_computed)
    and y.clinic_id in (select unnest($clinics))
order by y.clinic_id, i.short_name, y.scale, limits.constant desc
"""

ITEM_RANGES = """
select distinct instrument, item, minimum, maximum from instrument_item order by all
"""

CONSTANTS = """
select c.instrument, i.short_name, c.scale, c.constant, c.value, c.source, c.population,
    c.evidence, c.note
from instrument_constant as c
join instrument as i on i.instrument = c.instrument
order by c.instrument, c.scale, c.constant, c.value
"""

CRITICAL_ITEMS = """
select c.instrument, i.short_name, c.item, c.domain, c.threshold
from critical_item as c
join instrument as i on i.instrument = c.instrument
order by c.instrument, try_cast(c.item as integer), c.item
"""

OWN_INSTRUMENTS = """
select i.instrument, i.short_name, r.scale, r.norm, r.what, r.shipped, r.own
from instrument as i
left join instrument_replaced as r on r.instrument = i.instrument
where i.origin = 'home'
order by i.instrument, r.scale, r.norm nulls first, r.what
"""

SETTINGS = "select section, name, value, source from setting order by section, name"

MEASURED = """
select clinic_id, max(measured_at) as last_measured_at,
    bool_or(has_artificial_date) as has_artificial_date,
    list(distinct instrument order by instrument) as instruments
from assessment
where clinic_id in (select unnest($clinics))
group by clinic_id
order by clinic_id
"""

INFORMATION_COUNTS = """
select clinic_id, kind, count(*) as patients
from information
where clinic_id in (select unnest($clinics))
group by clinic_id, kind
order by clinic_id, kind
"""

LAST_WEEK = """
select clinic_id, kind, alerts, answered, acted_on, back_on_course,
    closed_otherwise, still_open
from last_week_alert
where clinic_id in (select unnest($clinics))
order by clinic_id, alerts desc, kind
"""

ALLIANCE = """
select clinic_id, forms, patients, low, dropped, restored, missing_after_low, open_alerts
from alliance_figure
where clinic_id in (select unnest($clinics))
order by clinic_id
"""

GROUPS = """
select clinic_id, group_id, name, members, measured_this_week, attended, appointments,
    alliance_instrument, alliance_mean
from group_figure
where clinic_id in (select unnest($clinics))
order by clinic_id, group_id
"""

OUTCOMES = """
select o.clinic_id, i.short_name, o.scale, o."class", o.counted, o.numerator, o.denominator,
    o.value, o.lower, o.upper
from outcome as o
join instrument as i on i.instrument = o.instrument
where o.clinic_id in (select unnest($clinics))
order by o.clinic_id, i.short_name, o.scale, o."class", o.counted
"""

ACCURACY = """
select i.short_name, a.instrument, a.rule, a.n, a.events, a.sensitivity, a.specificity, a.ppv,
    a.median_lead_sessions, a.is_withheld, a.trained_until
from signal_accuracy as a
join instrument as i on i.instrument = a.instrument
where a.sessions = 'all' and a.population = 'all' and a.cohort = 'all' and a.scale = 'total'
order by i.short_name, a.rule
"""

RECEIVED_UNTIL = """
select max(moment) from (
    select max(landed_at) as moment from data_quality
    union all
    select max(answered_at) as moment from alert
)
"""

# Who has patients in treatment or something to read; a report of one's own says how many.
THERAPISTS = """
select distinct clinic_id, therapist_id
from (
    select clinic_id, therapist_id from episode where not is_closed
    union all
    select clinic_id, therapist_id from alert_list
)
where therapist_id is not null and clinic_id in (select unnest($clinics))
order by clinic_id, therapist_id
"""


def opened(snapshot: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection that can reach nothing else; OpKoersError when there is no file."""
    if not snapshot.exists():
        raise OpKoersError(
            "nothing has been published here yet",
            where=snapshot,
            next_step="Run `opkoers run` first",
            exit_code=ExitCode.NOTHING_PUBLISHED,
        )
    return duckdb.connect(
        str(snapshot.resolve()),
        read_only=True,
        config={
            "enable_external_access": "false",
            "python_enable_replacements": "false",
            "autoinstall_known_extensions": "false",
        },
    )


def read_report_data(connection: duckdb.DuckDBPyConnection) -> ReportData:
    """What all reports of a snapshot share."""
    (received_until,) = connection.execute(RECEIVED_UNTIL).fetchall()[0]
    return ReportData(
        run=_rows(connection, RUN, Run)[0],
        clinic_ids=[clinic_id for (clinic_id,) in connection.execute(CLINICS).fetchall()],
        received_until=received_until,
        checks=_rows(connection, CHECKS, Check),
        item_ranges=_item_ranges(connection),
        constants=_rows(connection, CONSTANTS, Constant),
        critical_items=_rows(connection, CRITICAL_ITEMS, CriticalItem),
        own_instruments=_rows(connection, OWN_INSTRUMENTS, OwnInstrument),
        settings=_rows(connection, SETTINGS, Setting),
        accuracy=_rows(connection, ACCURACY, Accuracy),
    )


def read_clinics(
    connection: duckdb.DuckDBPyConnection, clinic_ids: Sequence[str]
) -> Sequence[Clinic]:
    """The rows of these clinics, and of no other: memory does not grow with the service."""
    part = _Part(connection, clinic_ids)
    per_clinic: dict[str, Any] = {
        "alerts": part.rows(ALERTS, Alert),
        "information": part.rows(INFORMATION, Information),
        "information_counts": part.rows(INFORMATION_COUNTS, InformationCount),
        "frequent": part.rows(FREQUENT, FrequentKind),
        "overdue": part.rows(OVERDUE, Overdue),
        "last_week": part.rows(LAST_WEEK, LastWeek),
        "groups": part.rows(GROUPS, Group),
        "outcomes": part.rows(OUTCOMES, Outcome),
        "files": part.rows(FILES, FileQuality),
        "findings": part.rows(FINDINGS, FileFinding),
        "computed_limits": part.rows(COMPUTED_LIMITS, ComputedLimit),
    }
    keyed = _keyed(part)
    return [
        Clinic(
            clinic_id=clinic_id,
            **{name: rows[clinic_id] for name, rows in per_clinic.items()},
            **{name: of_clinic(clinic_id) for name, of_clinic in keyed.items()},
        )
        for clinic_id in clinic_ids
    ]


def _keyed(part: "_Part") -> Mapping[str, Callable[[str], Any]]:
    """Rows of a clinic that are looked up by a key, or of which there is one."""
    courses, figures = part.rows(COURSES, Course), part.rows(FIGURES, Figure)
    alliance, measured = part.rows(ALLIANCE, Alliance), part.rows(MEASURED, Measured)
    therapists, scales = part.rows(THERAPISTS, _Therapist), part.rows(SCALES, Scale)
    anywhere = {(s.instrument, s.scale): s for s in scales[None]}
    return {
        "courses": lambda clinic: {c.alert_id: c for c in courses[clinic]},
        "figures": lambda clinic: {f.figure: f for f in figures[clinic]},
        "alliance": lambda clinic: next(iter(alliance[clinic]), None),
        "measured": lambda clinic: next(iter(measured[clinic]), None),
        "therapists": lambda clinic: [t.therapist_id for t in therapists[clinic]],
        "scales": lambda clinic: anywhere | {(s.instrument, s.scale): s for s in scales[clinic]},
    }


@dataclass(frozen=True)
class _Therapist:
    clinic_id: str
    therapist_id: str


@dataclass(frozen=True)
class _Part:
    """Some clinics of a snapshot."""

    connection: duckdb.DuckDBPyConnection
    clinic_ids: Sequence[str]

    def rows(self, query: str, kind: type[Row]) -> defaultdict[str | None, list[Any]]:
        """The rows of `query` by clinic; None for those that hold for every clinic."""
        found = self.connection.execute(query, {"clinics": list(self.clinic_ids)})
        grouped: defaultdict[str | None, list[Any]] = defaultdict(list)
        for row in found.fetchall():
            grouped[row[0]].append(kind(*row))
        return grouped


def _item_ranges(
    connection: duckdb.DuckDBPyConnection,
) -> dict[tuple[str, str], tuple[float, float]]:
    rows = connection.execute(ITEM_RANGES).fetchall()
    return {(instrument, item): (minimum, maximum) for instrument, item, minimum, maximum in rows}


def _rows(connection: duckdb.DuckDBPyConnection, query: str, kind: type[Row]) -> list[Row]:
    return [kind(*row) for row in connection.execute(query).fetchall()]
