"""Rows of a published snapshot that a report prints, by clinic; nothing is worked out here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from flows.errors import ExitCode, OpKoersError
from flows.settings import Critical

HOURS = Critical().unanswered_after_hours  # of a snapshot that does not say


@dataclass(frozen=True)
class Run:
    run_id: str
    as_of: date
    known_at: datetime
    code_version: str
    contract_version: int
    journal_seq: int
    journal_seal: int | None
    journal_head: str | None
    simulated: bool
    service_name: str


@dataclass(frozen=True)
class Alert:
    """A row of `alert_list` with what became of the alert (`alert`)."""

    clinic_id: str
    alert_id: str
    patient_id: str | None
    therapist_id: str | None
    episode_id: str | None
    kind: str
    domain: str | None
    level: str
    section: str
    instrument: str | None
    scale: str | None
    opened_at: datetime
    last_signal_at: datetime
    days_open: int | None
    landed_at: datetime | None
    escalated_at: datetime | None
    escalated_to: str | None
    reason: str
    next_step: str
    disagreement: str | None
    answered_at: datetime | None
    action: str | None
    closed_at: datetime | None
    closed_reason: str | None


@dataclass(frozen=True)
class Course:
    """Scores of one alert's instrument and scale within its episode, oldest first.

    `sudden` is true where a sudden gain or loss ends.
    """

    alert_id: str
    measured_at: Sequence[datetime]
    scores: Sequence[float]
    baseline: float | None
    sudden: Sequence[bool]


@dataclass(frozen=True)
class Information:
    """What was seen of a patient in the last week and asks for no answer."""

    clinic_id: str
    patient_id: str
    therapist_id: str | None
    kind: str
    measured_at: datetime
    reason: str


@dataclass(frozen=True)
class FrequentKind:
    """A kind that is red or amber in so many running episodes that it must be said."""

    clinic_id: str
    kind: str
    episodes: int
    alarmed: int


@dataclass(frozen=True)
class Overdue:
    clinic_id: str
    patient_id: str
    therapist_id: str | None
    last_measured_at: datetime
    days_since: int
    has_open_alert: bool


@dataclass(frozen=True)
class Figure:
    clinic_id: str
    figure: str
    numerator: int
    denominator: int | None


@dataclass(frozen=True)
class FileQuality:
    clinic_id: str
    source_file: str
    landed_at: datetime | None
    rows_in: int
    landed: int
    duplicate: int
    rejected: int
    cells_rejected: int
    rejected_error: int
    rejected_conflict: int
    rejected_by_rule: int
    held_back: bool
    note: str | None
    conflict_rule: str
    codings: Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class FileFinding:
    """What stands out in a recent file: counts, or a value beside its limits."""

    clinic_id: str
    source_file: str
    landed_at: datetime
    expectation: str
    short_name: str | None
    scale: str | None
    checked: int | None
    failed: int | None
    value: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Check:
    """A check on the whole data set that did not pass, and is no reason to stop."""

    table: str
    expectation: str
    category: str
    severity: str
    outcome: str
    checked: int | None
    failed: int | None
    why: str


@dataclass(frozen=True)
class Scale:
    """A scale with the cut-off and the rule in force, in a clinic or (None) anywhere else."""

    clinic_id: str | None
    instrument: str
    scale: str
    short_name: str
    minimum: float
    maximum: float
    direction: int
    cutoff: float | None
    reliable_change_rule: str | None


@dataclass(frozen=True)
class ComputedLimit:
    """A threshold that was computed for a clinic; no `value` where it could not be."""

    clinic_id: str
    instrument: str
    short_name: str
    scale: str
    constant: str
    value: float | None
    rule: str | None
    lower: float | None
    upper: float | None
    scope: str
    intakes: int | None


@dataclass(frozen=True)
class Constant:
    instrument: str
    short_name: str
    scale: str | None
    constant: str
    value: str
    source: str
    population: str | None
    evidence: str
    note: str | None


@dataclass(frozen=True)
class CriticalItem:
    instrument: str
    short_name: str
    item: str
    domain: str
    threshold: float


@dataclass(frozen=True)
class OwnInstrument:
    """A questionnaire by a file of the service itself, and one thing that it decides otherwise
    than the shipped one (`what` is None where there is none)."""

    instrument: str
    short_name: str
    scale: str | None
    norm: str | None
    what: str | None
    shipped: str | None
    own: str | None


@dataclass(frozen=True)
class Setting:
    section: str
    name: str
    value: str
    source: str


@dataclass(frozen=True)
class Measured:
    """When a clinic was last measured, with what, and whether its dates are artificial."""

    clinic_id: str
    last_measured_at: datetime
    has_artificial_date: bool
    instruments: Sequence[str]


@dataclass(frozen=True)
class Clinic:
    clinic_id: str
    alerts: Sequence[Alert]
    information: Sequence[Information]
    frequent: Sequence[FrequentKind]
    overdue: Sequence[Overdue]
    figures: Mapping[str, Figure]
    files: Sequence[FileQuality]
    findings: Sequence[FileFinding]
    measured: Measured | None


@dataclass(frozen=True)
class ReportData:
    """Everything that the reports of one snapshot print; item ranges by (instrument, item)."""

    run: Run
    clinics: Sequence[Clinic]
    courses: Mapping[str, Course]
    checks: Sequence[Check]
    scales: Mapping[tuple[str | None, str, str], Scale]
    item_ranges: Mapping[tuple[str, str], tuple[float, float]]
    constants: Sequence[Constant]
    computed_limits: Sequence[ComputedLimit]
    critical_items: Sequence[CriticalItem]
    own_instruments: Sequence[OwnInstrument]
    settings: Sequence[Setting]

    def scale(self, clinic_id: str, instrument: str | None, scale: str | None) -> Scale | None:
        """The scale as it is in force in a clinic."""
        place = (instrument or "", scale or "")
        return self.scales.get((clinic_id, *place)) or self.scales.get((None, *place))

    @property
    def duty(self) -> Critical:
        """Who answers for critical items, as it was set when this was published."""
        said = {s.name: s.value for s in self.settings if s.section == "critical" and s.value}
        deputies = {
            name.removeprefix("deputies."): value
            for name, value in said.items()
            if name.startswith("deputies.")
        }
        first = said.get("alerts_from")
        return Critical(
            unanswered_after_hours=int(said.get("unanswered_after_hours", HOURS)),
            deputy=said.get("deputy", ""),
            deputies=deputies,
            protocol=said.get("protocol", ""),
            alerts_from=date.fromisoformat(first) if first else None,
        )

    @property
    def has_local_values(self) -> bool:
        """Whether thresholds come from the clinics' own intake, and none from elsewhere."""
        return any(
            (setting.section, setting.name, setting.value) == ("change", "values", "local")
            for setting in self.settings
        )


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
order by l.clinic_id, l.sort_order, l.alert_id
"""

COURSES = """
select l.alert_id,
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
group by l.alert_id
order by l.alert_id
"""

INFORMATION = """
select clinic_id, patient_id, therapist_id, kind, measured_at, cast(reason as varchar) as reason
from information
order by clinic_id, kind, measured_at desc, patient_id
"""

FREQUENT = """
select clinic_id, kind, episodes, alarmed
from alert_rate
where is_frequent
order by clinic_id, alarmed desc, kind
"""

OVERDUE = """
select clinic_id, patient_id, therapist_id, last_measured_at, days_since, has_open_alert
from overdue
order by clinic_id, has_open_alert desc, days_since desc, patient_id, episode_id
"""

FIGURES = "select clinic_id, figure, numerator, denominator from clinic_figure order by all"

FILES = """
select clinic_id, source_file, landed_at, rows_in, landed, duplicate, rejected, cells_rejected,
    rejected_error, rejected_conflict, rejected_by_rule, held_back, note, conflict_rule, codings
from data_quality
order by clinic_id, landed_at desc, source_file
"""

FINDINGS = """
select clinic.clinic_id, f.source_file, f.landed_at, f.expectation, i.short_name, f.scale,
    f.checked, f.failed, f.value, f.lower, f.upper
from file_check as f
cross join lateral (select unnest(f.clinics) as clinic_id) as clinic
left join instrument as i on i.instrument = f.instrument
where f.outcome = 'fail'
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
where y.method = 'JT'
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
group by clinic_id
order by clinic_id
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


def read_report_data(snapshot: Path) -> ReportData:
    """All rows that reports print; OpKoersError when the snapshot does not exist."""
    with opened(snapshot) as connection:
        return ReportData(
            run=_rows(connection, RUN, Run)[0],
            clinics=_clinics(connection),
            courses={c.alert_id: c for c in _rows(connection, COURSES, Course)},
            checks=_rows(connection, CHECKS, Check),
            scales={
                (s.clinic_id, s.instrument, s.scale): s for s in _rows(connection, SCALES, Scale)
            },
            item_ranges=_item_ranges(connection),
            constants=_rows(connection, CONSTANTS, Constant),
            computed_limits=_rows(connection, COMPUTED_LIMITS, ComputedLimit),
            critical_items=_rows(connection, CRITICAL_ITEMS, CriticalItem),
            own_instruments=_rows(connection, OWN_INSTRUMENTS, OwnInstrument),
            settings=_rows(connection, SETTINGS, Setting),
        )


def _clinics(connection: duckdb.DuckDBPyConnection) -> list[Clinic]:
    alerts = _by_clinic(_rows(connection, ALERTS, Alert))
    information = _by_clinic(_rows(connection, INFORMATION, Information))
    frequent = _by_clinic(_rows(connection, FREQUENT, FrequentKind))
    overdue = _by_clinic(_rows(connection, OVERDUE, Overdue))
    figures = _by_clinic(_rows(connection, FIGURES, Figure))
    files = _by_clinic(_rows(connection, FILES, FileQuality))
    findings = _by_clinic(_rows(connection, FINDINGS, FileFinding))
    measured = {m.clinic_id: m for m in _rows(connection, MEASURED, Measured)}
    return [
        Clinic(
            clinic_id=clinic_id,
            alerts=alerts[clinic_id],
            information=information[clinic_id],
            frequent=frequent[clinic_id],
            overdue=overdue[clinic_id],
            figures={f.figure: f for f in figures[clinic_id]},
            files=files[clinic_id],
            findings=findings[clinic_id],
            measured=measured.get(clinic_id),
        )
        for (clinic_id,) in connection.execute(CLINICS).fetchall()
    ]


def _item_ranges(
    connection: duckdb.DuckDBPyConnection,
) -> dict[tuple[str, str], tuple[float, float]]:
    rows = connection.execute(ITEM_RANGES).fetchall()
    return {(instrument, item): (minimum, maximum) for instrument, item, minimum, maximum in rows}


Row = TypeVar("Row")


def _rows(connection: duckdb.DuckDBPyConnection, query: str, kind: type[Row]) -> list[Row]:
    return [kind(*row) for row in connection.execute(query).fetchall()]


def _by_clinic(rows: Sequence[Any]) -> defaultdict[str, list[Any]]:
    grouped: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.clinic_id].append(row)
    return grouped
