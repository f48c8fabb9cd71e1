"""How an alert lives: what opens it, keeps it open and closes it.

An alert covers one kind in one episode, whatever instrument fired. It opens on
a signal of level red or amber and stays open until somebody answers it, or each
instrument that fired is on track again, twice in a row. It also ends with its
episode; and where what fired was not measured again for six weeks there is
nothing left to answer: the patient is then overdue instead. After an answer
the next signal opens a new alert, but not within the minimum interval after
the last one opened. (RULES B2.10, own choice of Op koers [D]; the numbers are
settings.) Critical items live otherwise: see critical_life.py.

Days are calendar days, since many exports hold no time of day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import md5
from typing import NamedTuple

from flows.settings import Alerts
from flows.stations.answer import Answer

SESSIONS_TO_OUTCOME = 4
DROP_OUT = "drop_out_risk"
CENTURY_DAYS = 36_525


@dataclass(frozen=True)
class Line:
    """What one series of moments is about: one kind in one episode of one patient.

    Critical items have a line for each `domain`, for each asks for other steps.
    """

    clinic_id: str
    patient_id: str | None
    episode_id: str | None
    kind: str
    domain: str | None = None


class Verdict(NamedTuple):
    """One look of a rule at one instrument; `level` is None where it found nothing."""

    measured_at: datetime
    therapist_id: str | None
    instrument: str
    scale: str
    level: str | None
    reason: str | None


Moment = tuple[Verdict, ...]
"""The verdicts of one time of measuring (at least one), the most urgent first."""


class Alert(NamedTuple):
    """One alert; see the table's columns. `events` are the journal numbers of its answers."""

    line: Line
    alert_id: str
    therapist_id: str | None
    level: str
    instrument: str | None
    scale: str | None
    opened_at: datetime
    last_signal_at: datetime
    reason: str
    seen_at: datetime | None = None
    answered_at: datetime | None = None
    first_answered_at: datetime | None = None
    action: str | None = None
    closed_at: datetime | None = None
    closed_reason: str | None = None
    outcome_after_4_sessions: str | None = None
    landed_at: datetime | None = None
    last_landed_at: datetime | None = None
    escalated_at: datetime | None = None
    escalated_to: str | None = None
    withdrawn: bool = False
    events: tuple[int, ...] = ()


class Off(NamedTuple):
    """An instrument that fired: when it was last looked at, and on track how often in a row."""

    looked_at: datetime
    calm: int = 0


class Watch(NamedTuple):
    """An open alert as it was opened and answered, and how its course went on since.

    Apart, because a course has many moments: a new alert for each of them took
    most of the time of a run of a hundred thousand patients.
    """

    alert: Alert
    latest: Verdict
    therapist_id: str | None
    off: Mapping[str, Off]

    def finished(self) -> Alert:
        """The alert with its latest signal."""
        return self.alert._replace(
            therapist_id=self.therapist_id,
            level=str(self.latest.level),
            instrument=self.latest.instrument,
            scale=self.latest.scale,
            last_signal_at=self.latest.measured_at,
            reason=str(self.latest.reason),
        )


def hygiene_of(kind: str, rules: Alerts) -> Alerts:
    """The rules by which alerts of that kind live.

    Whoever stopped coming is not measured either, so that alert does not grow old; the first
    time that the patient came again ends it.
    """
    if kind != DROP_OUT:
        return rules
    return rules.model_copy(update={"on_track_assessments": 1, "stale_after_days": CENTURY_DAYS})


def life_cycle(
    line: Line,
    moments: Sequence[Moment],
    answers: Sequence[Answer],
    rules: Alerts,
    as_of: date,
    episode_ended_at: datetime | None,
) -> list[Alert]:
    """The alerts of one line, from its moments in time and the answers about it."""
    alerts: list[Alert] = []
    watch: Watch | None = None
    given = _given_on(moments, answers)
    for place, moment in enumerate(moments):
        if watch and (over := _over_before(watch, moment, rules)):
            alerts.append(over)
            watch = None
        if watch:
            watch = _looked(watch, moment, rules)
        elif moment[0].level and _may_open(alerts, moment, rules):
            watch = _opened(line, moments[place:])
        if watch:
            watch = _answered(watch, given[place], rules, episode_ended_at)
        if watch and not watch.off:
            alerts.append(closed(watch.finished(), _at(moment), "on_track"))
            watch = None
    return alerts + ([_last_state(watch, rules, as_of, episode_ended_at)] if watch else [])


def _at(moment: Moment) -> datetime:
    return moment[0].measured_at


def _given_on(moments: Sequence[Moment], answers: Sequence[Answer]) -> list[list[Answer]]:
    """Per moment, the answers to what was measured from then to the next one."""
    given: list[list[Answer]] = [[] for _ in moments]
    for answer in answers:
        before = [n for n, m in enumerate(moments) if answer.is_about(_at(m))]
        if before:
            given[before[-1]].append(answer)
    return given


def _answered(
    watch: Watch, answers: Sequence[Answer], rules: Alerts, episode_ended_at: datetime | None
) -> Watch:
    if not answers:
        return watch
    mine = _in_its_life(watch, answers, rules, episode_ended_at)
    return watch._replace(alert=with_answers(watch.alert, mine))


def _in_its_life(
    watch: Watch, answers: Sequence[Answer], rules: Alerts, episode_ended_at: datetime | None
) -> list[Answer]:
    """Answers to what was measured while the alert could still be open."""
    ends = [_stale_at(watch, rules)] if watch.off else []
    ends += [episode_ended_at] if episode_ended_at is not None else []
    return [answer for answer in answers if all(answer.is_before(end) for end in ends)]


def with_answers(alert: Alert, answers: Sequence[Answer]) -> Alert:
    """The alert with what people did about it; the last answer counts, the first one closes."""
    for answer in answers:
        seen_at, events = alert.seen_at or answer.at, (*alert.events, answer.seq)
        alert = alert._replace(seen_at=seen_at, events=events)
        if answer.action is not None:
            alert = alert._replace(
                answered_at=answer.at,
                first_answered_at=alert.first_answered_at or answer.at,
                action=answer.action,
            )
    return alert


def closed(alert: Alert, at: datetime, reason: str) -> Alert:
    """The alert closed at that time, or at its answer when that was given before."""
    if alert.first_answered_at is not None and alert.first_answered_at <= at:
        at, reason = alert.first_answered_at, "answered"
    # Clocks differ: an export's own time can be ahead of the journal's, which is UTC.
    return alert._replace(closed_at=max(at, alert.opened_at), closed_reason=reason)


# ---------- opening and going on


def _may_open(alerts: Sequence[Alert], moment: Moment, rules: Alerts) -> bool:
    """Not again within the minimum interval after the last one opened."""
    if not alerts:
        return True
    return _days(alerts[-1].opened_at, _at(moment)) >= rules.minimum_interval_days


def _days(before: datetime, after: datetime) -> int:
    return (after.date() - before.date()).days


def _opened(line: Line, moments: Sequence[Moment]) -> Watch:
    """The alert that the first of these moments opens; the others tell how it went on."""
    signal = moments[0][0]
    alert = Alert(
        line=line,
        alert_id=alert_id(line, signal.measured_at),
        therapist_id=signal.therapist_id,
        level=str(signal.level),
        instrument=signal.instrument,
        scale=signal.scale,
        opened_at=signal.measured_at,
        last_signal_at=signal.measured_at,
        reason=str(signal.reason),
        outcome_after_4_sessions=_outcome(signal.instrument, moments[1:]),
    )
    return Watch(alert, signal, signal.therapist_id, _off_after({}, moments[0]))


def alert_id(line: Line, opened_at: datetime, again: int = 0) -> str:
    """Stable over rebuilds: line, moment of opening, how many opened there before."""
    kind = line.kind if line.domain is None else f"{line.kind}.{line.domain}"
    of_line = (line.clinic_id, line.patient_id, line.episode_id, kind)
    parts = (*of_line, opened_at, *([again] if again else []))
    return md5("|".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def _outcome(instrument: str, later: Sequence[Moment]) -> str | None:
    """Where the opening instrument stands at its fourth later look, if there are as many."""
    looks = [look for look in map(_fired_by_instrument, later) if instrument in look]
    if len(looks) < SESSIONS_TO_OUTCOME:
        return None
    return "off_course" if looks[SESSIONS_TO_OUTCOME - 1][instrument] else "back_on_course"


def _fired_by_instrument(moment: Moment) -> dict[str, bool]:
    fired: dict[str, bool] = {}
    for verdict in moment:
        fired[verdict.instrument] = fired.get(verdict.instrument, False) or bool(verdict.level)
    return fired


def _off_after(off: Mapping[str, Off], moment: Moment) -> dict[str, Off]:
    """The instruments off track after this moment; one that did not fire counts a calm look."""
    after = dict(off)
    for instrument, fired in _fired_by_instrument(moment).items():
        if fired:
            after[instrument] = Off(_at(moment))
        elif instrument in after:
            after[instrument] = Off(_at(moment), after[instrument].calm + 1)
    return after


def _looked(watch: Watch, moment: Moment, rules: Alerts) -> Watch:
    """The alert after one more moment of measuring: as the latest signal says."""
    off = {
        instrument: look
        for instrument, look in _off_after(_still_fresh(watch, moment, rules), moment).items()
        if look.calm < rules.on_track_assessments
    }
    first = moment[0]
    return Watch(
        watch.alert,
        first if first.level else watch.latest,
        first.therapist_id or watch.therapist_id,
        off,
    )


def _still_fresh(watch: Watch, moment: Moment, rules: Alerts) -> dict[str, Off]:
    return {
        instrument: look
        for instrument, look in watch.off.items()
        if _days(look.looked_at, _at(moment)) <= rules.stale_after_days
    }


# ---------- closing


def _over_before(watch: Watch, moment: Moment, rules: Alerts) -> Alert | None:
    """The closed alert where it ended before this moment.

    A signal that came after what was answered is no part of the answered alert,
    also where it was measured before the answer was written.
    """
    if not _still_fresh(watch, moment, rules):
        return closed(watch.finished(), _stale_at(watch, rules), "no_recent_measurement")
    answered_at = watch.alert.first_answered_at
    if answered_at is not None and (moment[0].level or answered_at <= _at(moment)):
        return closed(watch.finished(), answered_at, "answered")
    return None


def _stale_at(watch: Watch, rules: Alerts) -> datetime:
    last = max(look.looked_at for look in watch.off.values())
    return last + timedelta(days=rules.stale_after_days)


def _last_state(
    watch: Watch, rules: Alerts, as_of: date, episode_ended_at: datetime | None
) -> Alert:
    """What became of the alert after the last moment: the first of what may close it."""
    endings = sorted(_endings(watch, rules, as_of, episode_ended_at))
    return closed(watch.finished(), *endings[0]) if endings else watch.finished()


def _endings(
    watch: Watch, rules: Alerts, as_of: date, episode_ended_at: datetime | None
) -> Iterator[tuple[datetime, str]]:
    if watch.alert.first_answered_at is not None:
        yield watch.alert.first_answered_at, "answered"
    if (as_of - _stale_at(watch, rules).date()).days > 0:
        yield _stale_at(watch, rules), "no_recent_measurement"
    # What fired after a recorded end is not ended by it.
    ended_at = episode_ended_at
    if ended_at is not None and watch.latest.measured_at <= ended_at and ended_at.date() <= as_of:
        yield ended_at, "episode_ended"
