"""The rules once more, slow and in plain Python, written from the text of DESIGN and RULES.

The stations must give the same, on any service. Nothing of sql/ is used here;
clinical numbers come from the instrument files, days and sessions from the
settings. Scores are exact decimals until they are rounded to 6 places.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

from flows.instruments import Instrument, Scale
from flows.settings import Settings
from tests.instruments import scorer
from tests.rules.twin_courses import Appointment, Course, Courses, Form, Recorded


@dataclass(frozen=True)
class Answer:
    """One landed answer; `order` grows with the file's landing."""

    clinic: str
    patient: str
    exported: str | None
    session: int | None
    at: datetime
    respondent: str | None
    instrument: str
    item: str
    value: Decimal
    order: int


@dataclass(frozen=True)
class Scored:
    """One form on one scale."""

    form: Form
    scale: Scale
    score: Decimal | None
    answered: int | None = None
    missing: int | None = None
    prorated: bool = False
    reason: str | None = None
    source: str | None = None
    baseline: "Scored | None" = None

    @property
    def key(self) -> tuple[Any, ...]:
        return (*self.form.course, self.form.instrument, self.scale.id)

    @property
    def is_clinical(self) -> bool | None:
        cutoff = self.scale.cutoff
        if cutoff is None or self.score is None:
            return None
        is_clinical = {">=": ge, ">": gt, "<": lt, "<=": le}[cutoff.rule or ""]
        return bool(is_clinical(self.score, Decimal(str(cutoff.value))))

    @property
    def gain(self) -> Decimal | None:
        """Points better than at the baseline, where there is one before it."""
        if self.baseline is None or self.baseline.form.at >= self.form.at or self.score is None:
            return None
        assert self.baseline.score is not None
        return self.scale.sign * (self.score - self.baseline.score)

    @property
    def is_reliable(self) -> bool | None:
        change = self.scale.reliable_change
        if change is None or self.gain is None:
            return None
        points = Decimal(str(change.value))
        return abs(self.gain) > points if change.rule == ">" else abs(self.gain) >= points


@dataclass
class Twin:
    """What the stations should have made of these answers."""

    answers: Iterable[Answer]
    instruments: Mapping[str, Instrument]
    settings: Settings
    as_of: date
    recorded: Iterable[Recorded] = ()
    appointments: Iterable[Appointment] = ()

    def __post_init__(self) -> None:
        self.courses = Courses(
            self._forms(), self.recorded, self.appointments, self.settings.episodes, self.as_of
        )
        self.forms = self._numbered(self.courses.forms)
        self.scores = self._with_baselines([s for form in self.forms for s in self._scored(form)])

    # ---------- forms and episodes

    def _by_whom(self, answer: Answer | Form) -> str | None:
        """An answer without a respondent is of whom the instrument is made for."""
        instrument = self.instruments.get(answer.instrument)
        return answer.respondent or (instrument.respondent if instrument else None)

    def _forms(self) -> list[Form]:
        newest: dict[tuple[Any, ...], list[Answer]] = defaultdict(list)
        for answer in self.answers:
            if answer.at.date() <= self.as_of:
                about = (answer.clinic, answer.patient, answer.at, self._by_whom(answer))
                mine = newest[(*about, answer.instrument, answer.item)]
                if mine and answer.order > mine[0].order:
                    mine.clear()
                if not mine or answer.order == mine[0].order:
                    mine.append(answer)
        groups: dict[tuple[Any, ...], list[Answer]] = defaultdict(list)
        for answer in (each for mine in newest.values() for each in mine):
            who = (answer.clinic, answer.patient, answer.exported)
            groups[(*who, answer.at, answer.respondent, answer.instrument)].append(answer)
        return [_form(key, mine) for key, mine in groups.items()]

    def _numbered(self, forms: list[Form]) -> list[Form]:
        seen: dict[tuple[Any, ...], int] = defaultdict(int)
        numbered = []
        for form in sorted(forms, key=lambda f: (f.at, f.respondent is not None)):
            series = (*form.course, form.instrument, self._by_whom(form))
            seen[series] += 1
            numbered.append(replace(form, number=seen[series]))
        return numbered

    def episodes(self) -> dict[Course, tuple[datetime, datetime | None, int, bool]]:
        """(clinic, patient, episode) -> start, last moment, forms, whether it has ended."""
        treated: dict[Course, list[datetime]] = defaultdict(list)
        for form in self.forms:
            treated[form.course] += [] if form.is_follow_up else [form.at]
        starts = {
            course: start
            for course in {*treated, *self.courses.records}
            if (start := self._started(course)) is not None
            and (start.date() <= self.as_of or treated[course])
        }
        return {
            course: (
                start,
                max(treated[course], default=None),
                len(treated[course]),
                self._has_ended(course, max(treated[course], default=start), starts),
            )
            for course, start in starts.items()
        }

    def _started(self, course: Course) -> datetime | None:
        record = self.courses.records.get(course)
        if record is not None and record.start is not None:
            return datetime.combine(record.start, time())
        return min((form.at for form in self.forms if form.course == course), default=None)

    def _has_ended(
        self, course: Course, known: datetime, starts: Mapping[Course, datetime]
    ) -> bool:
        record = self.courses.records.get(course)
        followed = any(
            other[:2] == course[:2] and known < begun and begun.date() <= self.as_of
            for other, begun in starts.items()
        )
        silent = (self.as_of - known.date()).days > self.settings.episodes.gap_days
        return (record is not None and record.end is not None) or followed or silent

    # ---------- scores and baselines

    def _scored(self, form: Form) -> Iterable[Scored]:
        instrument = self.instruments.get(form.instrument)
        for scale in instrument.scale if instrument else ():
            assert instrument is not None
            if scale.items or scale.id in form.answers:
                yield _scored(form, instrument, scale)

    def _with_baselines(self, scores: list[Scored]) -> list[Scored]:
        series: dict[tuple[Any, ...], list[Scored]] = defaultdict(list)
        for scored in scores:
            series[scored.key].append(scored)
        return [each for mine in series.values() for each in self._with_baseline(mine)]

    def _with_baseline(self, series: list[Scored]) -> list[Scored]:
        valid = [s for s in series if s.score is not None and not s.form.is_follow_up]
        if not valid:
            return series
        made_for = self.instruments[series[0].form.instrument].respondent
        first = min(
            valid,
            key=lambda s: (self._by_whom(s.form) != made_for, s.form.at, self._by_whom(s.form)),
        )
        whose = self._by_whom(first.form)
        own = sorted(
            (scored for scored in valid if self._by_whom(scored.form) == whose),
            key=lambda s: (s.form.at, s.form.respondent is not None),
        )
        baseline = self._baseline(own)
        return [
            replace(s, baseline=baseline) if self._by_whom(s.form) == whose else s for s in series
        ]

    def _baseline(self, own: list[Scored]) -> Scored | None:
        rules, course = self.settings.episodes, own[0].form.course
        sessions = self.courses.sessions.get(course) or [
            form.at
            for form in self.forms
            if form.course == course and not form.is_follow_up and (form.session or 0) >= 1
        ]
        if course in self.courses.sessions and not self.courses.sessions[course]:
            return None
        if not sessions:
            return own[0]
        first = min(sessions)
        days = {id(scored): (scored.form.at.date() - first.date()).days for scored in own}
        before = [
            s for s in own if s.form.at <= first and days[id(s)] >= -rules.baseline_before_days
        ]
        if before:
            latest = before[-1].form.at
            return next(scored for scored in before if scored.form.at == latest)
        after = [s for s in own if s.form.at > first and days[id(s)] <= rules.baseline_after_days]
        return after[0] if after else None

    # ---------- change and signals

    def changes(self) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        """Series -> baseline, latest, class, harmed, crossed the cut-off."""
        latest: dict[tuple[Any, ...], Scored] = {}
        for scored in self.scores:
            last = latest.get(scored.key)
            is_result = scored.gain is not None and not scored.form.is_follow_up
            if is_result and (last is None or _is_later(scored, last)):
                latest[scored.key] = scored
        return {key: _judged(scored) for key, scored in latest.items()}

    def signals(self) -> set[tuple[Any, ...]]:
        """(series, moment, respondent, kind, level) of every rule that fires."""
        return {
            (*s.key, s.form.at, s.form.respondent, kind, level)
            for s in self.scores
            if s.score is not None and not s.form.is_follow_up
            for kind, level in self._fired(s)
        }

    def _fired(self, scored: Scored) -> Iterable[tuple[str, str]]:
        rules, form, alliance = self.settings.signals, scored.form, scored.scale.low_alliance
        count = form.number if form.session is None else form.session
        instrument = self.instruments[form.instrument]
        if (
            instrument.measures != "alliance"
            and scored.scale.id == instrument.scale[0].id
            and scored.is_reliable is not None
        ):
            better = scored.gain is not None and scored.gain > 0
            if scored.is_reliable and not better and count >= rules.deterioration_from_session:
                yield "reliable_deterioration", "red"
            if not (scored.is_reliable and better) and scored.is_clinical is not False:
                if count >= rules.no_improvement_amber_session:
                    yield "no_reliable_improvement", "amber"
                elif count >= rules.no_improvement_info_session:
                    yield "no_reliable_improvement", "info"
        assert scored.score is not None
        if alliance is not None and scored.score < Decimal(str(alliance.value)):
            yield "low_alliance", "info"


def _form(key: tuple[Any, ...], answers: list[Answer]) -> Form:
    clinic, patient, exported, at, respondent, instrument = key
    sessions = [answer.session for answer in answers if answer.session is not None]
    return Form(
        clinic=clinic,
        patient=patient,
        exported=exported,
        at=at,
        respondent=respondent,
        instrument=instrument,
        session=min(sessions, default=None),
        answers={answer.item: answer.value for answer in answers},
    )


def _scored(form: Form, instrument: Instrument, scale: Scale) -> Scored:
    """Recomputed where there are answers enough, else as it was reported, if that can be."""
    answers = {int(item): float(v) for item, v in form.answers.items() if item.isdecimal()}
    found = scorer.scored(instrument, scale, answers)
    given = len(set(scale.items) & set(answers))
    absent = len(scale.items) - given
    counts: tuple[int | None, int | None] = (given, absent) if given else (None, None)
    if found.score is not None:
        return Scored(form, scale, found.score, *counts, found.prorated, source="recomputed")
    told = form.answers.get(scale.id)
    if told is None:
        return Scored(form, scale, None, *counts, reason=found.reason)
    if not scorer.is_possible(instrument, scale, answers, told):
        return Scored(form, scale, None, *counts, reason="reported_total_impossible")
    return Scored(form, scale, told, *counts, source="reported")


def _is_later(one: Scored, other: Scored) -> bool:
    """At one moment the form without a respondent goes first."""
    mine, yours = one.form, other.form
    return mine.at > yours.at or (mine.at == yours.at and mine.respondent is None)


def _judged(latest: Scored) -> tuple[Any, ...]:
    assert latest.baseline is not None
    assert latest.gain is not None
    was, is_now = latest.baseline.is_clinical, latest.is_clinical
    crossed = was is not None and was != is_now
    if latest.is_reliable is None:
        verdict = None
    elif not latest.is_reliable:
        verdict = "unchanged"
    elif latest.gain < 0:
        verdict = "deteriorated"
    else:
        verdict = "recovered" if was and is_now is False else "improved"
    harmed = verdict == "deteriorated" and was is False and is_now is True
    return latest.baseline.score, latest.score, verdict, harmed, crossed
