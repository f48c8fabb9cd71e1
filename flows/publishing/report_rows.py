"""What a report prints, as rows: the data classes that queries fill and pages word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

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

    clinic_id: str
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
class LastWeek:
    """What became of the alerts of one kind that were open a week ago."""

    clinic_id: str
    kind: str
    alerts: int
    answered: int
    acted_on: int
    back_on_course: int
    closed_otherwise: int
    still_open: int


@dataclass(frozen=True)
class Alliance:
    """The week of working together in one clinic; forms, else patients."""

    clinic_id: str
    forms: int
    patients: int
    low: int
    dropped: int
    restored: int
    missing_after_low: int
    open_alerts: int


@dataclass(frozen=True)
class Group:
    """A therapy group; the mean alliance only from five members on."""

    clinic_id: str
    group_id: str
    name: str | None
    members: int
    measured_this_week: int
    attended: int
    appointments: int
    alliance_instrument: str | None
    alliance_mean: float | None


@dataclass(frozen=True)
class Outcome:
    """A share (0 to 1) of finished treatments, counted in one of four ways."""

    clinic_id: str
    short_name: str
    scale: str
    outcome_class: str
    counted: str
    numerator: int
    denominator: int
    value: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Accuracy:
    """How right a rule was on closed episodes of the service; None where it is withheld."""

    short_name: str
    instrument: str
    rule: str
    n: int
    events: int | None
    sensitivity: float | None
    specificity: float | None
    ppv: float | None
    median_lead_sessions: float | None
    is_withheld: bool
    trained_until: date | None


@dataclass(frozen=True)
class InformationCount:
    clinic_id: str
    kind: str
    patients: int


@dataclass(frozen=True)
class Clinic:
    """All that the reports of one clinic print; courses by alert, scales as they hold there."""

    clinic_id: str
    alerts: Sequence[Alert]
    courses: Mapping[str, Course]
    information: Sequence[Information]
    information_counts: Sequence[InformationCount]
    frequent: Sequence[FrequentKind]
    overdue: Sequence[Overdue]
    last_week: Sequence[LastWeek]
    alliance: Alliance | None
    groups: Sequence[Group]
    outcomes: Sequence[Outcome]
    figures: Mapping[str, Figure]
    files: Sequence[FileQuality]
    findings: Sequence[FileFinding]
    measured: Measured | None
    computed_limits: Sequence[ComputedLimit]
    scales: Mapping[tuple[str, str], Scale]
    therapists: Sequence[str]

    def scale(self, instrument: str | None, scale: str | None) -> Scale | None:
        """The scale as it is in force in this clinic."""
        return self.scales.get((instrument or "", scale or ""))


@dataclass(frozen=True)
class ReportData:
    """What the reports of all clinics share; item ranges by (instrument, item).

    `received_until` is the moment of the last file or answer that this run knew of:
    unlike the moment of the run itself it is the same whenever the run is done again.
    """

    run: Run
    clinic_ids: Sequence[str]
    received_until: datetime | None
    checks: Sequence[Check]
    item_ranges: Mapping[tuple[str, str], tuple[float, float]]
    constants: Sequence[Constant]
    critical_items: Sequence[CriticalItem]
    own_instruments: Sequence[OwnInstrument]
    settings: Sequence[Setting]
    accuracy: Sequence[Accuracy]

    def setting(self, section: str, name: str) -> str:
        """Its value as it was published; "" where it was not."""
        found = (s.value for s in self.settings if (s.section, s.name) == (section, name))
        return next(found, "")

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
