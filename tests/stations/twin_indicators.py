"""The six primary indicators once more, slow and in plain Python, from what was drawn.

Written from the words of `indicator_definition` and of the settings; nothing of sql/ is used.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

MARGIN_DAYS, ANSWER_DAYS = 90, 14
FEWEST_THERAPISTS = 5
OUTCOMES = ("reliable_improvement", "deterioration", "drop_out")

Counts = tuple[float, float]
Cell = tuple[str, str, date, str]
"""Unit, period kind, period, indicator."""


@dataclass(frozen=True)
class Treatment:
    """`scores` are (day, PHQ-9) before the end; team and therapist None where nobody knows."""

    clinic: str
    team: str | None
    therapist: str | None
    patient: str
    start: date
    end: date | None
    reason: str | None
    scores: tuple[tuple[date, int], ...]
    file: str


@dataclass(frozen=True)
class Warned:
    """An alert about a treatment."""

    about: Treatment
    opened: datetime
    answered: datetime | None
    closed: datetime | None


@dataclass(frozen=True)
class Landed:
    """A file of one clinic."""

    clinic: str
    name: str
    at: datetime
    records: int
    lost: int
    is_held_back: bool


@dataclass(frozen=True)
class Twin:
    """A service on a day; `counts` says what the table `indicator` should hold."""

    treatments: tuple[Treatment, ...]
    alerts: tuple[Warned, ...]
    files: tuple[Landed, ...]
    today: date

    def counts(self) -> dict[Cell, Counts]:
        """Every cell with a denominator, of units that are large enough."""
        sums: dict[Cell, list[float]] = defaultdict(lambda: [0, 0])
        for units, day, indicator, hit, of in self._facts():
            for unit in units:
                for kind, period in _periods(day, indicator):
                    cell = sums[unit, kind, period, indicator]
                    cell[0] += hit
                    cell[1] += of
        return {
            cell: (hit, of)
            for cell, (hit, of) in sums.items()
            if of > 0 and (cell[3] == "data_rejected" or self._is_shown(cell[0], cell[2]))
        }

    def _facts(self) -> Iterator[tuple[list[str], date, str, float, float]]:
        """Units, day, indicator, and what it adds to numerator and denominator."""
        for treatment in self.treatments:
            if treatment.end is not None:
                for indicator, hit in _ended(treatment):
                    yield units(treatment), treatment.end, indicator, hit, 1
        for alert in self.alerts:
            shown = self._shown_at(alert)
            if shown.date() <= self.today and (alert.closed is None or alert.closed >= shown):
                hit = alert.answered is not None and (
                    alert.answered.date() - shown.date() <= timedelta(days=ANSWER_DAYS)
                )
                yield units(alert.about), shown.date(), "alerts_answered", hit, 1
        for file in self.files:
            lost = file.records if file.is_held_back else file.lost
            yield ["service", file.clinic], file.at.date(), "data_rejected", lost, file.records

    def _shown_at(self, alert: Warned) -> datetime:
        """Not before the file with the form came, nor before the first one of the clinic."""
        landed = [file for file in self.files if not file.is_held_back]
        own = [file.at for file in landed if file.name == alert.about.file]
        its = min((at for at in own if at >= alert.opened), default=alert.opened)
        first = min((file.at for file in landed if file.clinic == alert.about.clinic), default=its)
        return max(alert.opened, its, first)

    def _is_shown(self, unit: str, period: date) -> bool:
        """Five therapists in the year up to the end of the quarter, none above half."""
        quarter = quarter_of(period)
        first = date(quarter.year - 1, quarter.month, 1) + timedelta(days=93)
        since = quarter_of(first.replace(day=1))
        people = Counter(
            (treatment.clinic, treatment.therapist)
            for treatment in self.treatments
            if unit in units(treatment)
            and treatment.start <= self.today
            and quarter_of(treatment.start) <= quarter
            and quarter_of(treatment.end or self.today) >= since
        )
        known = [therapist for _, therapist in people if therapist is not None]
        return len(known) >= FEWEST_THERAPISTS and 2 * max(people.values()) <= people.total()


def _ended(treatment: Treatment) -> Iterable[tuple[str, bool]]:
    """What the end of a treatment counts for, and whether it hits."""
    yield "response_rate", len(treatment.scores) > 1
    if treatment.reason not in (None, "unknown"):
        yield "drop_out", treatment.reason == "patient_unilateral"
    assert treatment.end is not None
    if len(treatment.scores) > 1:
        (_, before), (last_on, after) = treatment.scores[0], treatment.scores[-1]
        if abs((treatment.end - last_on).days) <= MARGIN_DAYS:
            yield "reliable_improvement", before - after >= 6
            yield "deterioration", after - before >= 6


def units(treatment: Treatment) -> list[str]:
    """The names of the units that a treatment counts for."""
    team = [f"{treatment.clinic}/{treatment.team}"] if treatment.team else []
    return ["service", treatment.clinic, *team]


def quarter_of(day: date) -> date:
    """The first day of its quarter."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def _periods(day: date, indicator: str) -> Iterator[tuple[str, date]]:
    yield "quarter", quarter_of(day)
    if indicator not in OUTCOMES:
        yield "month", day.replace(day=1)
    if indicator in ("alerts_answered", "data_rejected"):
        yield "week", day - timedelta(days=day.weekday())


def as_cells(rows: Iterable[tuple[str, str, date, str, float, float]]) -> Mapping[Cell, Counts]:
    """Rows of the table `indicator` in the same form."""
    return {(unit, kind, period, name): (hit, of) for unit, kind, period, name, hit, of in rows}
