"""380_alert: signals over time -> alerts that open, stay open and close.

An alert is opened by a signal of level red or amber and covers one kind in one
episode, whatever instrument fired. It stays open until somebody answers it or
two assessments in a row are on track again; it also ends with its episode, and
where nothing was measured for six weeks there is nothing to answer: the
patient is then overdue instead. Critical items stay open until they are
answered, twice below the threshold, or the episode ends. (Alert hygiene, own
choice of Op koers [D]; the numbers are settings.)
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from hashlib import md5
from itertools import groupby
from typing import Any

from flows.journal import JournalEvent
from flows.settings import Alerts
from flows.station import Inputs, StationTables

READS = ("signal", "critical", "assessment", "episode", "landed_file", "landed_item", "critical_item")
WRITES = ("alert", "unattached_event")

SESSIONS_TO_OUTCOME = 4

ALERT = {
    "alert_id": "VARCHAR",
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "episode_id": "VARCHAR",
    "therapist_id": "VARCHAR",
    "kind": "VARCHAR",
    "level": "VARCHAR",
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "opened_at": "TIMESTAMP",
    "last_signal_at": "TIMESTAMP",
    "seen_at": "TIMESTAMP",
    "answered_at": "TIMESTAMP",
    "action": "VARCHAR",
    "closed_at": "TIMESTAMP",
    "closed_reason": "VARCHAR",
    "outcome_after_4_sessions": "VARCHAR",
    "withdrawn": "BOOLEAN",
    "reason": "VARCHAR",
}
UNATTACHED = {
    "seq": "BIGINT",
    "at": "TIMESTAMP",
    "kind": "VARCHAR",
    "clinic_id": "VARCHAR",
    "patient_id": "VARCHAR",
    "alert_kind": "VARCHAR",
    "measured_at": "TIMESTAMP",
}


@dataclass(frozen=True)
class Line:
    """What one series of moments is about: one kind in one episode of one patient."""

    clinic_id: str
    patient_id: str | None
    episode_id: str | None
    kind: str


@dataclass(frozen=True)
class Moment:
    """One day of measuring; `signal` is the most urgent row that fired, or None: on track."""

    measured_at: datetime
    therapist_id: str | None
    signal: Mapping[str, Any] | None


@dataclass(frozen=True)
class Alert:
    """One alert of a line; see the table's columns."""

    line: Line
    therapist_id: str | None
    level: str
    instrument: str | None
    scale: str | None
    opened_at: datetime
    last_signal_at: datetime
    reason: str
    seen_at: datetime | None = None
    answered_at: datetime | None = None
    action: str | None = None
    closed_at: datetime | None = None
    closed_reason: str | None = None
    outcome_after_4_sessions: str | None = None

    @property
    def alert_id(self) -> str:
        """Stable over rebuilds: line and moment of opening."""
        line = self.line
        parts = (line.clinic_id, line.patient_id, line.episode_id, line.kind, self.opened_at)
        return md5("|".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Answer:
    """What a person did about an alert: seen, or answered with an action."""

    seq: int
    at: datetime
    measured_at: datetime | None
    action: str | None


def make(tables: StationTables, inputs: Inputs) -> None:
    """Write `alert`, and in `unattached_event` the answers that no alert covers any more."""
    answers = answers_by_subject(inputs.events)
    ended = _episode_ends(tables, inputs)
    alerts: list[Alert] = []
    used: set[int] = set()
    for line, moments in _series(tables):
        mine = answers.get((line.clinic_id, line.patient_id, line.kind), ())
        opened = life_cycle(line, moments, inputs.settings.alerts, inputs.as_of, ended.get(line))
        alerts += [_answered(alert, mine, used) for alert in opened]
    alerts += list(_held_back_files(tables, answers, used))
    tables.write("alert", ALERT, [_row(alert) for alert in alerts])
    lost = [event for event in inputs.events if event.alert_kind and event.seq not in used]
    tables.write("unattached_event", UNATTACHED, [_unattached(event) for event in lost])


# ---------- the life of the alerts of one line


def life_cycle(
    line: Line,
    moments: Sequence[Moment],
    rules: Alerts,
    as_of: date,
    episode_ended_at: datetime | None,
) -> list[Alert]:
    """The alerts of one line over its moments (ordered in time), none of them answered yet."""
    alerts: list[Alert] = []
    calm = 0
    for place, moment in enumerate(moments):
        current = alerts[-1] if alerts and alerts[-1].closed_at is None else None
        if current and _went_stale(line, moments[place - 1].measured_at, moment.measured_at, rules):
            alerts[-1] = _gone_stale(current, moments[place - 1].measured_at, rules)
            current = None
        calm = 0 if moment.signal else calm + 1
        if moment.signal and current:
            alerts[-1] = _continued(current, moment)
        elif moment.signal and _may_open(alerts, moment, rules):
            alerts.append(_opened(line, moment, _outcome(moments[place + 1 :])))
        elif current and calm >= rules.on_track_assessments:
            alerts[-1] = _closed(current, moment.measured_at, "on_track")
    if alerts and alerts[-1].closed_at is None:
        alerts[-1] = _last_state(alerts[-1], moments[-1].measured_at, rules, as_of, episode_ended_at)
    return alerts


def _may_open(alerts: Sequence[Alert], moment: Moment, rules: Alerts) -> bool:
    """Not again within the minimum interval after the last one opened."""
    if not alerts:
        return True
    return moment.measured_at - alerts[-1].opened_at >= timedelta(days=rules.minimum_interval_days)


def _opened(line: Line, moment: Moment, outcome: str | None) -> Alert:
    assert moment.signal is not None
    signal = moment.signal
    return Alert(
        line=line,
        therapist_id=moment.therapist_id,
        level=signal["level"],
        instrument=signal["instrument"],
        scale=signal["scale"],
        opened_at=moment.measured_at,
        last_signal_at=moment.measured_at,
        reason=signal["reason"],
        outcome_after_4_sessions=outcome,
    )


def _continued(alert: Alert, moment: Moment) -> Alert:
    assert moment.signal is not None
    signal = moment.signal
    return replace(
        alert,
        therapist_id=moment.therapist_id,
        level=signal["level"],
        instrument=signal["instrument"],
        scale=signal["scale"],
        last_signal_at=moment.measured_at,
        reason=signal["reason"],
    )


def _outcome(later: Sequence[Moment]) -> str | None:
    """Where the patient stands four measurements after the opening, if there are as many."""
    if len(later) < SESSIONS_TO_OUTCOME:
        return None
    return "off_course" if later[SESSIONS_TO_OUTCOME - 1].signal else "back_on_course"


def _closed(alert: Alert, at: datetime, reason: str) -> Alert:
    return replace(alert, closed_at=at, closed_reason=reason)


def _went_stale(line: Line, before: datetime, now: datetime, rules: Alerts) -> bool:
    return line.kind != "critical_item" and now - before > timedelta(days=rules.stale_after_days)


def _gone_stale(alert: Alert, last: datetime, rules: Alerts) -> Alert:
    return _closed(alert, last + timedelta(days=rules.stale_after_days), "no_recent_measurement")


def _last_state(
    alert: Alert, last: datetime, rules: Alerts, as_of: date, episode_ended_at: datetime | None
) -> Alert:
    day_end = datetime.combine(as_of, time.max)
    if _went_stale(alert.line, last, day_end, rules):
        return _gone_stale(alert, last, rules)
    if episode_ended_at is not None:
        return _closed(alert, episode_ended_at, "episode_ended")
    return alert


# ---------- answers from the journal


def answers_by_subject(
    events: Iterable[JournalEvent],
) -> dict[tuple[str, str | None, str], tuple[Answer, ...]]:
    """Answers by (clinic, patient, alert kind), oldest first; a withdrawn one is left out.

    A withdrawal takes back the last answer to the same (patient, kind, measured_at).
    """
    answers: dict[tuple[str, str | None, str], list[Answer]] = defaultdict(list)
    for event in events:
        if event.alert_kind is None:
            continue
        mine = answers[(event.clinic_id, event.patient_id, event.alert_kind)]
        if event.kind == "alert_answer_withdrawn":
            _take_back(mine, event)
        elif event.kind in ("alert_seen", "alert_answered"):
            action = event.payload.get("action") if event.kind == "alert_answered" else None
            mine.append(Answer(event.seq, _without_zone(event.at), event.measured_at, action))
    return {subject: tuple(mine) for subject, mine in answers.items()}


def _take_back(answers: list[Answer], event: JournalEvent) -> None:
    for place in reversed(range(len(answers))):
        answer = answers[place]
        if answer.action is not None and answer.measured_at == event.measured_at:
            del answers[place]
            return


def _without_zone(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _answered(alert: Alert, answers: Iterable[Answer], used: set[int]) -> Alert:
    """The alert with what people did about it; the events it covers are added to `used`."""
    for answer in answers:
        if not _covers(alert, answer):
            continue
        used.add(answer.seq)
        if answer.action is None:
            alert = replace(alert, seen_at=alert.seen_at or answer.at)
        else:
            alert = replace(
                alert, seen_at=alert.seen_at or answer.at, answered_at=answer.at, action=answer.action
            )
            if alert.closed_at is None:
                alert = _closed(alert, answer.at, "answered")
    return alert


def _covers(alert: Alert, answer: Answer) -> bool:
    """Whether the moment that was answered lies within the alert."""
    if answer.measured_at is None:
        return False
    return alert.opened_at <= answer.measured_at <= (alert.closed_at or alert.last_signal_at)


def _unattached(event: JournalEvent) -> dict[str, Any]:
    row = {name: getattr(event, name) for name in UNATTACHED}
    return row | {"at": _without_zone(event.at)}


# ---------- what the database holds


def _series(tables: StationTables) -> Iterator[tuple[Line, list[Moment]]]:
    """Each line with at least one signal, and all its moments in time."""
    rows = tables.read("""
        with
        fired as (
            select clinic_id, patient_id, episode_id, kind, level, instrument, scale,
                measured_at, therapist_id, reason,
                case level when 'red' then 1 else 2 end as urgency
            from signal
            where level in ('red', 'amber')
        ),
        critical_fired as (
            select critical.clinic_id, critical.patient_id,
                coalesce(assessment.episode_id, critical.episode_id) as episode_id,
                critical.kind, critical.level, critical.instrument, critical.scale,
                critical.measured_at,
                coalesce(critical.therapist_id, assessment.therapist_id) as therapist_id,
                critical.reason, 10 - critical.value as urgency
            from critical
            left join assessment
                on critical.clinic_id = assessment.clinic_id
                and critical.patient_id = assessment.patient_id
                and critical.instrument = assessment.instrument
                and critical.measured_at = assessment.measured_at
        ),
        signals as (
            select * from fired
            union all
            select * from critical_fired
        ),
        lines as (
            select distinct clinic_id, patient_id, episode_id, kind
            from signals
        ),
        most_urgent as (
            select *
            from signals
            qualify row_number() over (
                partition by clinic_id, patient_id, episode_id, kind, measured_at
                order by urgency, instrument, scale, reason
            ) = 1
        ),
        watched as (
            select distinct instrument
            from critical_item
        ),
        measured as (
            select lines.clinic_id, lines.patient_id, lines.episode_id, lines.kind,
                assessment.measured_at, max(assessment.therapist_id) as therapist_id
            from lines
            inner join assessment
                on lines.clinic_id = assessment.clinic_id
                and lines.patient_id = assessment.patient_id
                and lines.episode_id = assessment.episode_id
            where lines.kind <> 'critical_item'
                or assessment.instrument in (select watched.instrument from watched)
            group by all
        ),
        moments as (
            select clinic_id, patient_id, episode_id, kind, measured_at, therapist_id
            from measured
            union all
            select clinic_id, patient_id, episode_id, kind, measured_at, therapist_id
            from most_urgent
        ),
        distinct_moments as (
            select clinic_id, patient_id, episode_id, kind, measured_at,
                max(therapist_id) as therapist_id
            from moments
            group by all
        )
        select distinct_moments.*, most_urgent.level, most_urgent.instrument,
            most_urgent.scale, most_urgent.reason
        from distinct_moments
        left join most_urgent
            on distinct_moments.clinic_id = most_urgent.clinic_id
            and distinct_moments.patient_id is not distinct from most_urgent.patient_id
            and distinct_moments.episode_id is not distinct from most_urgent.episode_id
            and distinct_moments.kind = most_urgent.kind
            and distinct_moments.measured_at = most_urgent.measured_at
        order by distinct_moments.clinic_id, distinct_moments.patient_id,
            distinct_moments.episode_id, distinct_moments.kind, distinct_moments.measured_at
    """)

    def line_of(row: Mapping[str, Any]) -> Line:
        return Line(row["clinic_id"], row["patient_id"], row["episode_id"], row["kind"])

    for line, mine in groupby(rows, key=line_of):
        yield line, [_moment(row) for row in mine]


def _moment(row: Mapping[str, Any]) -> Moment:
    return Moment(row["measured_at"], row["therapist_id"], row if row["level"] else None)


def _episode_ends(tables: StationTables, inputs: Inputs) -> "_Ends":
    rows = tables.read("""
        select clinic_id, patient_id, episode_id, last_measured_at
        from episode
        where is_closed
    """)
    gap = timedelta(days=inputs.settings.episodes.gap_days)
    today = datetime.combine(inputs.as_of, time())
    return _Ends(
        {
            (row["clinic_id"], row["patient_id"], row["episode_id"]): min(
                row["last_measured_at"] + gap, today
            )
            for row in rows
        }
    )


@dataclass(frozen=True)
class _Ends:
    """When each closed episode counted as ended."""

    ended_at: Mapping[tuple[str, str, str], datetime]

    def get(self, line: Line) -> datetime | None:
        if line.patient_id is None or line.episode_id is None:
            return None
        return self.ended_at.get((line.clinic_id, line.patient_id, line.episode_id))


def _held_back_files(
    tables: StationTables,
    answers: Mapping[tuple[str, str | None, str], tuple[Answer, ...]],
    used: set[int],
) -> Iterator[Alert]:
    """One alert for each held-back file that holds critical items."""
    rows = tables.read("""
        with
        held as (
            select sha256, name, landed_at
            from landed_file
            where is_held_back
        ),
        reached as (
            select held.sha256, held.name, held.landed_at, landed_item.clinic_id,
                count(*) as answers
            from landed_item
            inner join held using (sha256)
            inner join critical_item
                on landed_item.instrument = critical_item.instrument
                and landed_item.item = critical_item.item
                and landed_item.value >= critical_item.threshold
            where landed_item.clinic_id is not null
            group by all
        )
        select
            *,
            json_object('key', 'held_back_file', 'file', name, 'values', answers)::varchar
                as reason
        from reached
        order by clinic_id, name
    """)
    for row in rows:
        alert = Alert(
            line=Line(row["clinic_id"], None, None, "held_back_file"),
            therapist_id=None,
            level="red",
            instrument=None,
            scale=None,
            opened_at=row["landed_at"],
            last_signal_at=row["landed_at"],
            reason=row["reason"],
        )
        yield _answered(alert, answers.get((row["clinic_id"], None, "held_back_file"), ()), used)


def _row(alert: Alert) -> dict[str, Any]:
    row = {name: getattr(alert, name) for name in ALERT if hasattr(alert, name)}
    return row | vars(alert.line) | {"withdrawn": False}
