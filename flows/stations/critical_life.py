"""How an alert about critical items lives: only a person's answer ends it.

The first answer at its threshold opens it, per episode and domain. No calm
form, no correction, no end of treatment and no lapse of time closes it, and
there is no interval: what was not on the screen of the person who answered is
waiting, as a new alert at once. One that nobody answers in time goes to the
clinic's deputy; the clock starts when the first of its answers was landed, for
then somebody could know. (DESIGN, the critical lane; the hours are a setting.)
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from flows.settings import Critical
from flows.stations.answer import Answer
from flows.stations.life_cycle import Alert, Line, alert_id, closed, with_answers

CRITICAL = "critical_item"


class CriticalAnswer(NamedTuple):
    """What a patient answered to a critical item, and when that could be known."""

    line: Line
    measured_at: datetime
    landed_at: datetime
    therapist_id: str | None
    instrument: str
    item: str
    value: float
    reason: str


@dataclass
class Case:
    """What makes one alert: critical answers of one line, and what people did about them."""

    about: list[CriticalAnswer]
    events: list[Answer] = field(default_factory=list)

    @property
    def opened(self) -> CriticalAnswer:
        return min(self.about, key=lambda each: each[1:])

    @property
    def latest(self) -> CriticalAnswer:
        """The answer measured last; of several at once the highest."""
        last = max(each.measured_at for each in self.about)
        at_once = [each for each in self.about if each.measured_at == last]
        return min(at_once, key=lambda each: (-each.value, each.instrument, each.item))


def critical_alerts(found: Iterable[CriticalAnswer], answers: Sequence[Answer]) -> list[Alert]:
    """The alerts of one patient, from all critical answers and the journal's, oldest first."""
    known = sorted(found, key=lambda each: (each.measured_at, each.landed_at, each[4:]))
    cases, waiting = _answered(known, [answer for answer in answers if answer.action is not None])
    cases += _by_line(waiting)
    for seen in (answer for answer in answers if answer.action is None):
        if shown := _shown(seen, known):
            _case_of(shown[-1], cases).events.append(seen)
    return [_alert(case, cases[:place]) for place, case in enumerate(cases)]


def late(alert: Alert, duty: Critical, known_at: datetime) -> Alert:
    """The alert with when it went to the deputy, and to whom (None: nobody is named)."""
    if alert.landed_at is None:
        return alert
    escalated_at = alert.landed_at + timedelta(hours=duty.unanswered_after_hours)
    answered_at = alert.first_answered_at
    if escalated_at > known_at or (answered_at is not None and answered_at <= escalated_at):
        return alert
    deputy = duty.deputy_of(alert.line.clinic_id)
    return alert._replace(escalated_at=escalated_at, escalated_to=deputy)


# ---------- what an answer is about


def _answered(
    known: Sequence[CriticalAnswer], answers: Iterable[Answer]
) -> tuple[list[Case], list[CriticalAnswer]]:
    """The cases that answers closed, and what is left waiting.

    An answer closes what it was the first to be about; about nothing new, it takes the
    place of the answer before.
    """
    cases: list[Case] = []
    waiting = list(known)
    for answer in answers:
        shown = _shown(answer, known)
        taken = [each for each in shown if each in waiting]
        if taken:
            cases.append(Case(taken, [answer]))
            waiting = [each for each in waiting if each not in taken]
        elif shown:
            _case_of(shown[-1], cases).events.append(answer)
    return cases, waiting


def _by_line(waiting: Sequence[CriticalAnswer]) -> Iterator[Case]:
    for line in dict.fromkeys(each.line for each in waiting):
        yield Case([each for each in waiting if each.line == line])


def _case_of(one: CriticalAnswer, cases: Iterable[Case]) -> Case:
    return next(case for case in cases if one in case.about)


def _shown(given: Answer, known: Sequence[CriticalAnswer]) -> list[CriticalAnswer]:
    """The critical answers that were on the screen when it was given, all of one line."""
    answer = _told(given, known)
    covered = [e for e in known if answer.covers(e.line.domain, e.measured_at, e.landed_at)]
    if len({each.line.domain for each in covered}) != 1:
        # None, or several while it does not say which: then nothing may be closed by it.
        return []
    episode = covered[-1].line.episode_id
    if answer.names_episode and any(e.line.episode_id == answer.episode_id for e in known):
        episode = answer.episode_id
    return [each for each in covered if each.line.episode_id == episode]


def _told(answer: Answer, known: Iterable[CriticalAnswer]) -> Answer:
    """The answer with what the alert that it names says about it, where it says no more."""
    if answer.domain is not None or answer.alert_id is None:
        return answer
    for each in known:
        if alert_id(each.line, each.measured_at) == answer.alert_id:
            return replace(
                answer,
                domain=each.line.domain,
                episode_id=each.line.episode_id,
                names_episode=True,
                opened_at=each.measured_at,
            )
    return answer


# ---------- the alert


def _alert(case: Case, before: Sequence[Case]) -> Alert:
    opened, latest = case.opened, case.latest
    landed = [each.landed_at for each in case.about]
    alert = Alert(
        line=opened.line,
        alert_id=_id(case, before),
        therapist_id=latest.therapist_id,
        level="red",
        instrument=latest.instrument,
        scale="total",
        opened_at=opened.measured_at,
        last_signal_at=latest.measured_at,
        reason=latest.reason,
        landed_at=min(landed),
        last_landed_at=max(landed),
    )
    alert = with_answers(alert, sorted(case.events, key=lambda each: each.seq))
    answered_at = alert.first_answered_at
    return alert if answered_at is None else closed(alert, answered_at, "answered")


def _id(case: Case, before: Iterable[Case]) -> str:
    """That of its line and opening; a value that was raised after an answer opens there again."""
    line, at = case.opened[:2]
    again = sum((each.opened.line, each.opened.measured_at) == (line, at) for each in before)
    return alert_id(line, at, again)
