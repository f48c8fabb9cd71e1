"""What the audit report prints, as rows: the data classes that its queries fill.

Every count comes from a table without small counts (`shown_*`), as on the quality pages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flows.publishing.audit_quarter import Quarter
from flows.publishing.report_rows import Run


@dataclass(frozen=True, order=True)
class Unit:
    """The service, a clinic or a team."""

    kind: str
    name: str


SERVICE = Unit("service", "service")


@dataclass(frozen=True)
class Definition:
    """What an indicator counts; texts in English, as the table has them."""

    indicator: str
    title: str
    numerator: str
    denominator: str
    source: str
    better: str | None
    kind: str
    finest: str
    lag_days: int
    is_primary: bool
    is_outcome: bool
    is_historical: bool

    @property
    def is_share(self) -> bool:
        return self.kind == "share"


@dataclass(frozen=True)
class Figure:
    """A row of `shown_indicator`; `rules` are keys of control_chart.RULES between spaces."""

    unit_kind: str
    unit: str
    indicator: str
    period_kind: str
    period: date
    better: str | None
    numerator: float | None
    denominator: float | None
    value: float | None
    centre: float | None
    lower: float | None
    upper: float | None
    rules: str | None
    is_trial: bool | None
    segment: int | None
    is_complete: bool
    is_withheld: bool

    @property
    def of(self) -> Unit:
        return Unit(self.unit_kind, self.unit)

    @property
    def fired(self) -> tuple[str, ...]:
        return tuple((self.rules or "").split())


@dataclass(frozen=True)
class FunnelRow:
    """A row of `shown_funnel` that has limits."""

    unit_kind: str
    unit: str
    indicator: str
    period_kind: str
    period: date
    numerator: float
    denominator: float
    value: float
    target: float
    lower95: float
    upper95: float
    lower998: float
    upper998: float
    is_outside95: bool
    is_outside998: bool


@dataclass(frozen=True)
class MissingOutcome:
    """A row of `shown_missing_outcome`; every figure is None where it is withheld."""

    unit_kind: str
    unit: str
    indicator: str
    quarter: date
    is_withheld: bool
    episodes: int | None
    paired: int | None
    missing: int | None
    not_imputed: int | None
    paired_value: float | None
    last_value: float | None
    lowest_value: float | None
    highest_value: float | None
    imputed_value: float | None
    imputed_lower: float | None
    imputed_upper: float | None

    @property
    def of(self) -> Unit:
        return Unit(self.unit_kind, self.unit)


@dataclass(frozen=True)
class AuditedAlerts:
    """A row of `shown_loop_audit`: alerts of one kind and rule; None for a count of 1 to 4."""

    unit_kind: str
    unit: str
    kind: str
    rule: str
    alerts: int | None
    seen: int | None
    answered: int | None
    answered_in_time: int | None
    acted_on: int | None
    hours_to_answer_lower: float | None
    hours_to_answer: float | None
    hours_to_answer_upper: float | None
    answered_known: int | None
    answered_back: int | None
    comparable_known: int | None
    expected_back: float | None
    caution: str

    @property
    def of(self) -> Unit:
        return Unit(self.unit_kind, self.unit)


@dataclass(frozen=True)
class AuditedFile:
    """A file of `shown_file`, without its name; `rejected` is a key of quality_words.REJECTED."""

    source: str
    clinics: str
    landed_at: datetime
    is_held_back: bool
    records: int | None
    rejected: str
    volume_drift: float | None
    mean_shift: float | None
    mean_shift_instrument: str | None
    failed_checks: int


@dataclass(frozen=True)
class Delivery:
    """A row of `source_delivery`."""

    source: str
    clinic_id: str
    deliveries: int
    last_on: date
    usual_days: float | None
    days_since: int
    has_stopped: bool


@dataclass(frozen=True)
class FailedCheck:
    """A check of this run that did not hold; `failed` is None for 1 to 4 rows."""

    table: str
    expectation: str
    severity: str
    outcome: str
    why: str
    failed: int | None


@dataclass(frozen=True)
class CheckHistory:
    """A check that did not hold in some run; `failing_since` None where it holds again."""

    table: str
    expectation: str
    severity: str
    runs_failed: int
    runs: int
    failing_since: date | None


@dataclass(frozen=True)
class Question:
    """An open question about the data, without its words: these are for the page alone."""

    asked_on: date
    about: str
    owner: str
    due_on: date


@dataclass(frozen=True)
class AuditData:
    """All that one audit report tells.

    `quarters` are those of the report and the one before, of every unit; `service_series` all
    periods up to then of the primary indicators of the service, by (indicator, period kind), and
    `unit_series` those of clinics and teams with a signal, by (unit, indicator); `months` are
    those in the quarter on which a rule fired; `cohorts` six months of the service. `complete` is
    the last complete quarter of each indicator of the service that this one is too early for.
    """

    quarter: Quarter
    run: Run
    definitions: Mapping[str, Definition]
    quarters: Sequence[Figure]
    service_series: Mapping[tuple[str, str], Sequence[Figure]]
    unit_series: Mapping[tuple[Unit, str], Sequence[Figure]]
    months: Sequence[Figure]
    cohorts: Sequence[Figure]
    complete: Mapping[str, Figure]
    absent: Mapping[str, str]
    funnels: Sequence[FunnelRow]
    missing: Sequence[MissingOutcome]
    loop: Sequence[AuditedAlerts]
    files: Sequence[AuditedFile]
    deliveries: Sequence[Delivery]
    checks: int
    checks_held: int
    failed_checks: Sequence[FailedCheck]
    check_history: Sequence[CheckHistory]
    runs_checked: int
    questions: Sequence[Question]
    received_until: datetime | None

    def figures(self, quarter: Quarter, unit: Unit) -> Mapping[str, Figure]:
        """The figures of a unit in a quarter, by indicator."""
        return {
            each.indicator: each
            for each in self.quarters
            if each.of == unit and each.period == quarter.first_day
        }

    @property
    def primary(self) -> Sequence[Definition]:
        return [each for each in self.definitions.values() if each.is_primary]

    @property
    def others(self) -> Sequence[Definition]:
        return [each for each in self.definitions.values() if not each.is_primary]

    @property
    def units(self) -> Sequence[Unit]:
        """Clinics and teams of which anything of the quarter stands there, clinics first."""
        found = {each.of for each in self.quarters} - {SERVICE}
        return sorted(found)
