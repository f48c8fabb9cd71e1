"""What simulated therapists did about alerts, as each stood on their screen at that moment.

An answer closes an alert and the next signal opens another, so the alerts of a course are gone
through in time, with the very rules of station 380.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

import numpy as np

from flows.demo.deliveries import BEGAN, Deliveries, date_of, delivered_on
from flows.demo.habits import Habit, Said, said_about
from flows.demo.simulation import CLINICS, FIRST_MONDAY
from flows.settings import Alerts, Settings
from flows.station import StationTables
from flows.stations.alert import critical_series, episode_ends, series
from flows.stations.answer import Answer
from flows.stations.critical_life import CRITICAL, CriticalAnswer, critical_alerts
from flows.stations.life_cycle import DROP_OUT, Alert, Line, Moment, hygiene_of, life_cycle

# Landed at five, on the pages a little later.
PUBLISHED = time(5, 30)


@dataclass(frozen=True)
class Reply:
    """What somebody said of an alert as it was on the screen.

    `measured_at` is its last signal on the page that was answered, `seen_measured_at` that on
    the page on which it was seen. Of critical items `known_at` is when the page was made and
    `last_landed_at` when the last of what the alert rests on was landed.
    """

    alert: Alert
    said: Said
    seen_measured_at: datetime
    measured_at: datetime
    known_at: datetime | None = None
    last_landed_at: datetime | None = None


@dataclass(frozen=True)
class Practice:
    """Who answers, and when they can know what: seed, habits by clinic and therapist, deliveries.

    `until` is the moment of the demo: nothing was said after it.
    """

    seed: int
    habits: Mapping[tuple[str, str], Habit]
    deliveries: Deliveries
    until: datetime

    def shown_at(self, clinic_id: str, measured_at: datetime) -> datetime:
        """When what was measured then came on the pages of that clinic, with its delivery."""
        clinic = next(n for n, each in enumerate(CLINICS) if each.name == clinic_id)
        day = np.array([(measured_at.date() - FIRST_MONDAY).days])
        landed = int(delivered_on(self.deliveries.of_clinic[clinic], day)[0])
        return datetime.combine(date_of(landed), PUBLISHED)

    def opened_on_pages(self, alert: Alert) -> datetime:
        """When an alert could first be seen; that somebody stays away needs no delivery."""
        if alert.line.kind != DROP_OUT:
            return self.shown_at(alert.line.clinic_id, alert.opened_at)
        began = datetime.combine(date_of(BEGAN), PUBLISHED)
        return max(began, datetime.combine(alert.opened_at.date() + timedelta(days=1), PUBLISHED))

    def said_about(self, alert: Alert, shown_at: datetime) -> Said | None:
        """What the alert's therapist did about it, if anything and before `until`."""
        habit = self.habits.get((alert.line.clinic_id, alert.therapist_id or ""))
        if habit is None:
            return None
        key = (self.seed, int(alert.alert_id[:8], 16), int(alert.alert_id[8:16], 16))
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))
        weeks = (shown_at.date() - date_of(BEGAN)).days / 7
        return _until(self.until, said_about(rng, habit, alert.line.kind, shown_at, weeks))


def _until(until: datetime, said: Said | None) -> Said | None:
    """What had been done by then."""
    if said is None or said.seen_at >= until:
        return None
    if said.answered_at is not None and said.answered_at >= until:
        return Said(said.seen_at, None, None, None, "")
    return said


def replies(tables: StationTables, settings: Settings, practice: Practice) -> list[Reply]:
    """Every reply, from the tables that station 380 reads."""
    as_of, ends = settings.today(), episode_ends(tables)
    found: list[Reply] = []
    for line, moments in series(tables):
        if moments[-1][0].measured_at.date() + timedelta(days=settings.alerts.stale_after_days) < (
            date_of(BEGAN)
        ):
            continue
        ended_at = ends.get((line.clinic_id, line.patient_id, line.episode_id))
        rules = hygiene_of(line.kind, settings.alerts)
        found += _about_a_course(practice, line, moments, rules, as_of, ended_at)
    for answers in critical_series(tables, settings.critical):
        found += _about_critical_items(practice, answers)
    return found


# ---------- alerts of a course


def _about_a_course(
    practice: Practice,
    line: Line,
    moments: Sequence[Moment],
    rules: Alerts,
    as_of: date,
    ended_at: datetime | None,
) -> Iterator[Reply]:
    """Replies to one alert after the other, each in the light of the answers before it."""
    answers: list[Answer] = []
    seen: set[str] = set()
    while alert := _first_unseen(life_cycle(line, moments, answers, rules, as_of, ended_at), seen):
        seen.add(alert.alert_id)
        reply = _reply(practice, alert, moments)
        if reply is None:
            continue
        yield reply
        if reply.said.action is not None:
            answers.append(_as_answer(reply, len(answers)))


def _first_unseen(alerts: Sequence[Alert], seen: set[str]) -> Alert | None:
    began = datetime.combine(date_of(BEGAN), time())
    return next(
        (
            alert
            for alert in alerts
            if alert.alert_id not in seen and (alert.closed_at is None or alert.closed_at > began)
        ),
        None,
    )


def _reply(practice: Practice, alert: Alert, moments: Sequence[Moment]) -> Reply | None:
    """None where nothing was done about it while it stood on the pages."""
    clinic_id = alert.line.clinic_id
    shown_at = practice.opened_on_pages(alert)
    said = practice.said_about(alert, shown_at)
    if said is None:
        return None
    last_at = said.answered_at or said.seen_at
    if alert.closed_at is not None and alert.closed_at <= last_at:
        return None
    signals = [
        (practice.shown_at(clinic_id, moment[0].measured_at), moment[0].measured_at)
        for moment in moments
        if moment[0].level and alert.opened_at <= moment[0].measured_at <= alert.last_signal_at
    ]
    on_page = [
        max((at for came_at, at in signals if came_at <= looked_at), default=alert.opened_at)
        for looked_at in (said.seen_at, last_at)
    ]
    return Reply(alert, said, *on_page)


def _as_answer(reply: Reply, number: int) -> Answer:
    """The reply as station 380 will read it from the journal."""
    line, said = reply.alert.line, reply.said
    assert said.answered_at is not None
    return Answer(
        seq=number,
        at=said.answered_at,
        subject=(line.clinic_id, line.patient_id, line.kind),
        measured_at=reply.measured_at,
        action=said.action,
        alert_id=None,
    )


# ---------- alerts about critical items


def _about_critical_items(practice: Practice, found: Sequence[CriticalAnswer]) -> list[Reply]:
    """Replies to the critical items of one patient, delivery by delivery.

    What is not answered before the next delivery with more of them is answered after that.
    """
    done: list[Reply] = []
    by_landing = sorted(found, key=lambda each: each.landed_at)
    pages = [list(each) for _, each in groupby(by_landing, key=lambda each: each.landed_at.date())]
    for place, page in enumerate(pages):
        known_at = datetime.combine(page[0].landed_at.date(), PUBLISHED)
        later = pages[place + 1][0].landed_at if place + 1 < len(pages) else practice.until
        landed = [each for each in by_landing if each.landed_at <= known_at]
        answers = [_as_critical_answer(reply, n) for n, reply in enumerate(done)]
        waiting = [a for a in critical_alerts(landed, answers) if a.answered_at is None]
        for alert in waiting:
            said = practice.said_about(alert, known_at)
            if said is not None and said.answered_at is not None and said.answered_at < later:
                last = alert.last_signal_at
                done.append(Reply(alert, said, last, last, known_at, alert.last_landed_at))
    return done


def _as_critical_answer(reply: Reply, number: int) -> Answer:
    alert = reply.alert
    assert reply.said.answered_at is not None
    return Answer(
        seq=number,
        at=reply.said.answered_at,
        subject=(alert.line.clinic_id, alert.line.patient_id, CRITICAL),
        measured_at=reply.measured_at,
        action=reply.said.action,
        alert_id=alert.alert_id,
        domain=alert.line.domain,
        episode_id=alert.line.episode_id,
        names_episode=True,
        opened_at=alert.opened_at,
        known_at=reply.known_at,
    )


# ---------- as the pages write them


def written(replies: Sequence[Reply]) -> list[dict[str, Any]]:
    """One entry for each thing that was done, as `opkoers_simulated_journal` reads them."""
    return [entry for reply in replies for entry in _entries(reply)]


def _entries(reply: Reply) -> Iterator[dict[str, Any]]:
    said, line = reply.said, reply.alert.line
    who = therapist(line.clinic_id, str(reply.alert.therapist_id))
    if said.seen_at != said.answered_at:
        seen = {"what": "seen", "by": who, "alert": _key(reply, reply.seen_measured_at)}
        yield {"at": said.seen_at.isoformat(), **seen}
    if said.answered_at is not None:
        told = {"action": said.action, "discussed": said.discussed, "note": said.note}
        answer = {"what": "answer", "by": who, "alert": _key(reply, reply.measured_at)}
        yield {"at": said.answered_at.isoformat(), **answer, **told}


def therapist(clinic_id: str, therapist_id: str) -> dict[str, str]:
    """Who does something, as the journal's entries name them."""
    return {"role": "therapist", "clinic_id": clinic_id, "therapist_id": therapist_id}


def _key(reply: Reply, measured_at: datetime) -> dict[str, str | None]:
    alert = reply.alert
    times = (reply.last_landed_at, reply.known_at)
    landed, known = (None if moment is None else moment.isoformat() for moment in times)
    return {
        "alert_id": alert.alert_id,
        "clinic_id": alert.line.clinic_id,
        "patient_id": alert.line.patient_id,
        "alert_kind": alert.line.kind,
        "opened_at": alert.opened_at.isoformat(),
        "measured_at": measured_at.isoformat(),
        "domain": alert.line.domain,
        "episode_id": alert.line.episode_id if alert.line.domain else None,
        "last_landed_at": landed,
        "known_at": known,
    }
