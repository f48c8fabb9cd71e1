"""Stations and twin agree on every order of files, runs and answers that was tried."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flows.journal import JournalEvent
from flows.stations.answer import answers_in_force
from flows.stations.critical_life import CRITICAL, CriticalAnswer, critical_alerts
from flows.stations.life_cycle import Alert, Line
from tests.rules.conftest import File, Service, moment
from tests.rules.twin_critical import ITEMS, Clinic, Place, Told

FIRST_STEP = 40  # the day of the first step: all that is measured lies before
ANSWER = st.tuples(
    st.sampled_from(["p1", "p2"]),
    st.integers(0, 5),
    st.sampled_from(sorted(ITEMS)),
    st.integers(0, 3),
)
FILE = st.lists(ANSWER, min_size=1, max_size=6, unique_by=lambda each: each[:3])
STEP = st.one_of(
    FILE,
    st.just("run"),
    st.just("run"),
    st.tuples(st.just("answer"), st.integers(0, 5)),
    st.tuples(st.just("answer"), st.integers(0, 5)),
    st.just("withdraw"),
)
STEPS = st.lists(STEP, min_size=8, max_size=30)


def _place(patient: str, day: int, item: str) -> Place:
    """Two courses side by side: on even days one, on odd days the other."""
    return patient, f"E{day % 2}", ITEMS[item][2]


def _lived(steps: Iterable[Any]) -> Clinic:
    clinic = Clinic()
    for day, step in enumerate(steps, start=FIRST_STEP):
        landed, noon = moment(f"{day} 05:00"), moment(f"{day} 12:00")
        if isinstance(step, list):
            for patient, measured, item, value in step:
                place = _place(patient, measured, item)
                clinic.lands(landed, place, moment(str(measured)), item, value)
        elif step == "run":
            clinic.runs(noon)
        elif step == "withdraw":
            clinic.withdraws(noon)
        else:
            clinic.answers(noon, step[1])
    return clinic


def _events(journal: Iterable[tuple[str, Told]]) -> list[JournalEvent]:
    return [
        JournalEvent(
            seq=seq,
            at=told.at.replace(tzinfo=UTC),
            actor="a",
            kind=kind,
            clinic_id="c",
            patient_id=told.place[0],
            alert_kind=CRITICAL,
            measured_at=told.measured_at,
            payload={"action": "risk_assessed", **told.payload},
        )
        for seq, (kind, told) in enumerate(journal, start=1)
    ]


def _row(alert: Alert) -> tuple[Any, ...]:
    line = alert.line
    place = (line.patient_id, line.episode_id, line.domain)
    times = (alert.opened_at, alert.last_signal_at, alert.closed_at)
    return (*place, *times, alert.landed_at, alert.last_landed_at)


@settings(max_examples=300, derandomize=True, deadline=None, phases=[Phase.generate])
@given(steps=STEPS)
def test_the_life_of_critical_alerts(steps: list[Any]) -> None:
    clinic = _lived(steps)
    answers = answers_in_force(_events(clinic.journal))
    found: dict[str, list[CriticalAnswer]] = {"p1": [], "p2": []}
    for (patient, episode, domain), news in clinic.news:
        line = Line("c", patient, episode, CRITICAL, domain)
        column, instrument, _ = ITEMS[news.item]
        about = (line, news.measured_at, news.landed_at, None, instrument, news.item, news.value)
        found[patient].append(CriticalAnswer(*about, column))
    alerts = [
        alert
        for patient, mine in found.items()
        for alert in critical_alerts(mine, answers.about(("c", patient, CRITICAL)))
    ]
    assert sorted(map(_row, alerts), key=str) == clinic.alerts()
    assert len({alert.alert_id for alert in alerts}) == len(alerts)
    assert answers.unattached(frozenset(s for a in alerts for s in a.events)) == frozenset()


def _drawn(steps: Iterable[Any]) -> tuple[str, list[File]]:
    """The files as a drawn table, and when each was landed."""
    lines, files = ["file | patient | episode | day | PHQ-9 | OQ-45"], []
    for day, step in enumerate(steps, start=FIRST_STEP):
        if isinstance(step, list):
            files.append(File(f"{day}.csv", str(day)))
            for patient, measured, item, value in step:
                cells = {"PHQ-9": "-", "OQ-45": "-"} | {ITEMS[item][0]: f"{item}={value}"}
                place = (files[-1].name, patient, f"E{measured % 2}", str(measured))
                lines.append(" | ".join((*place, *cells.values())))
    return "\n".join(lines), files


# Each example is a whole warehouse.
@settings(
    max_examples=3,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, min_size=20, max_size=30))
def test_from_files_to_alerts(tmp_path_factory: pytest.TempPathFactory, steps: list[Any]) -> None:
    home: Path = tmp_path_factory.mktemp("critical")
    (home / "instruments").mkdir()
    clinic = _lived(steps)
    drawn, files = _drawn(steps)
    published = Service(home).published(
        drawn, as_of=FIRST_STEP + len(steps), files=files, events=_events(clinic.journal)
    )
    found = published.read("""
        select patient_id, episode_id, domain, opened_at, last_signal_at, closed_at, landed_at,
            last_landed_at
        from alert
        where kind = 'critical_item'
    """)
    assert sorted(found, key=str) == clinic.alerts()
    assert published.read("select * from unattached_event") == []


def test_the_steps_tried_reach_what_matters() -> None:
    """A day apart: a file, a run, its answer, a raise, a run, a second answer, and that undone."""
    first, second = [("p1", 0, "9", 1)], [("p1", 0, "9", 3)]
    steps: list[Any] = [first, "run", ("answer", 0), second, "run", ("answer", 0), "withdraw"]
    day = timedelta(days=1)
    start: datetime = moment(f"{FIRST_STEP} 05:00")
    noon = start + timedelta(hours=7)
    of_day_0 = ("p1", "E0", "self_harm", moment("0"), moment("0"))
    assert _lived(steps).alerts() == [
        (*of_day_0, None, start + 3 * day, start + 3 * day),
        (*of_day_0, noon + 2 * day, start, start),
    ]
