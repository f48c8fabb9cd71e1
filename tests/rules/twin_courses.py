"""Which course of treatment a form belongs to, and at which session: the twin's own reading.

Slow and in plain Python, written from the text of DESIGN (episode, baseline)
and of the settings. Nothing of sql/ is used here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from flows.settings import Episodes

Person = tuple[str, str]
Course = tuple[str, str, str]


@dataclass(frozen=True)
class Form:
    """One filled-in questionnaire, placed in an episode and numbered there."""

    clinic: str
    patient: str
    exported: str | None
    at: datetime
    respondent: str | None
    instrument: str
    session: int | None = field(compare=False)
    answers: Mapping[str, Decimal] = field(compare=False)
    episode: str = ""
    number: int = 0
    is_follow_up: bool = False

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def person(self) -> Person:
        return self.clinic, self.patient

    @property
    def course(self) -> Course:
        return self.clinic, self.patient, self.episode

    def is_like(self, other: "Form") -> bool:
        """The same questionnaire of the same moment."""
        mine, yours = self, other
        return (mine.at, mine.instrument, mine.respondent) == (
            yours.at,
            yours.instrument,
            yours.respondent,
        )


@dataclass(frozen=True)
class Recorded:
    """An episode as the clinic's own system knows it."""

    clinic: str
    patient: str
    episode: str
    start: date | None
    end: date | None

    @property
    def course(self) -> Course:
        return self.clinic, self.patient, self.episode


@dataclass(frozen=True)
class Appointment:
    """`attended` is None where nobody says whether the patient came."""

    clinic: str
    patient: str
    episode: str | None
    at: datetime
    attended: bool | None

    @property
    def person(self) -> Person:
        return self.clinic, self.patient


class Courses:
    """The forms of a service, each in its course; `sessions` are those of known attendance."""

    def __init__(
        self,
        forms: list[Form],
        recorded: Iterable[Recorded],
        appointments: Iterable[Appointment],
        rules: Episodes,
        as_of: date,
    ) -> None:
        self.rules, self.as_of = rules, as_of
        self.records = {each.course: each for each in self._known(recorded)}
        people: dict[Person, list[Form]] = defaultdict(list)
        for form in forms:
            people[form.person].append(form)
        self.sessions = self._attended(appointments, people)
        self.forms = [
            self._as_treated(replace(form, episode=form.exported or self._episode_of(form, mine)))
            for mine in people.values()
            for form in mine
        ]

    def _known(self, recorded: Iterable[Recorded]) -> Iterable[Recorded]:
        """An end that is still to come is not known, nor is a start that is far ahead."""
        horizon = self.as_of + timedelta(days=self.rules.before_start_days)
        for each in recorded:
            if each.start is None or each.start <= horizon:
                has_ended = each.end is not None and each.end <= self.as_of
                yield replace(each, end=each.end if has_ended else None)

    def _of_day(self, person: Person, day: date) -> tuple[Recorded, bool] | None:
        """The recorded episode of a day, and whether it had ended."""
        before = timedelta(days=self.rules.before_start_days)
        after = timedelta(days=self.rules.follow_up_days)
        running, soon, ended = [], [], []
        for each in self.records.values():
            if each.course[:2] != person or each.start is None:
                continue
            if each.start - before <= day < each.start:
                soon.append((-each.start.toordinal(), each.episode, each))
            elif each.start <= day and (each.end is None or day <= each.end):
                running.append((each.start.toordinal(), each.episode, each))
            elif each.end is not None and each.end < day <= each.end + after:
                ended.append((each.end, each.start, each.episode, each))
        if running or soon:
            return max(running or soon)[-1], False
        return (max(ended)[-1], True) if ended else None

    def _is_loose(self, form: Form) -> bool:
        """Whether no episode of known dates takes the form."""
        if form.exported is None:
            return self._of_day(form.person, form.day) is None
        record = self.records.get((form.clinic, form.patient, form.exported))
        return record is None or record.start is None

    def _episode_of(self, form: Form, mine: list[Form]) -> str:
        """The episode of a form that names none."""
        loose = [each for each in mine if self._is_loose(each)]
        wanted = self._wanted(form, loose)
        taken = any(each.exported == wanted and each.is_like(form) for each in mine)
        if wanted is not None and not taken:
            return wanted
        around = [s for s in self._courses(loose) if s[0] <= form.at <= s[-1]]
        start = around[0][0] if around else form.at
        return f"{form.patient}-{start:%Y%m%d}"

    def _wanted(self, form: Form, loose: list[Form]) -> str | None:
        """The episode of the day, else that of the last form with a name, else of the next."""
        found = self._of_day(form.person, form.day)
        if found is not None:
            return found[0].episode
        (moments,) = [s for s in self._courses(loose) if form.at in s]
        named = [(e.at, e.exported) for e in loose if e.exported and e.at in moments]
        if up_to := [each for each in named if each[0] <= form.at]:
            return max(up_to)[1]
        return max(named, key=lambda e: (-e[0].timestamp(), e[1] or ""), default=(None, None))[1]

    def _courses(self, loose: list[Form]) -> list[list[datetime]]:
        """Moments cut at the gaps; none where each of them names its episode."""
        if all(form.exported for form in loose):
            return []
        return _stretches(loose, self.rules.gap_days)

    # ---------- appointments

    def _attended(
        self, appointments: Iterable[Appointment], people: Mapping[Person, list[Form]]
    ) -> dict[Course, list[datetime]]:
        sessions: dict[Course, list[datetime]] = defaultdict(list)
        for each in appointments:
            if each.at.date() > self.as_of or each.attended is None:
                continue
            episode = each.episode or self._course_of(each, people.get(each.person, []))
            if episode is not None:
                sessions[(*each.person, episode)] += [each.at] if each.attended else []
        return sessions

    def _course_of(self, appointment: Appointment, mine: list[Form]) -> str | None:
        day, before = appointment.at.date(), timedelta(days=self.rules.before_start_days)
        found = self._of_day(appointment.person, day)
        if found is not None:
            record, has_ended = found
            return None if has_ended else record.episode
        running, soon, over = [], [], []
        for episode, first, last in self._measured(mine):
            if first <= day <= last:
                running.append((first.toordinal(), episode))
            elif first - before <= day < first:
                soon.append((-first.toordinal(), episode))
            elif last < day:
                over.append((first.toordinal(), episode))
        nearest = running or soon or over
        return max(nearest)[1] if nearest else None

    def _measured(self, mine: list[Form]) -> Iterable[tuple[str, date, date]]:
        """(episode, first day, last day) of the courses that only forms tell of."""
        loose = [form for form in mine if self._is_loose(form)]
        named = [form for form in loose if form.exported]
        for episode in {form.exported for form in named}:
            days = [form.day for form in named if form.exported == episode]
            yield str(episode), min(days), max(days)
        for moments in self._courses(loose):
            start, end = moments[0], moments[-1]
            if not any(start <= form.at <= end for form in named):
                yield f"{mine[0].patient}-{start:%Y%m%d}", start.date(), end.date()

    def _as_treated(self, form: Form) -> Form:
        """The form with its session number, or as a follow-up after treatment."""
        record = self.records.get(form.course)
        if record is not None and record.end is not None and form.day > record.end:
            return replace(form, is_follow_up=True)
        held = self.sessions.get(form.course)
        if form.session is not None or held is None:
            return form
        return replace(form, session=sum(at.date() <= form.day for at in held))


def _stretches(forms: list[Form], gap: int) -> list[list[datetime]]:
    """The moments of one patient's forms, cut where nothing was measured for too long."""
    stretches: list[list[datetime]] = []
    for at in sorted({form.at for form in forms}):
        if not stretches or (at.date() - stretches[-1][-1].date()).days > gap:
            stretches.append([])
        stretches[-1].append(at)
    return stretches
