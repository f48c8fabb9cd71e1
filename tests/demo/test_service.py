"""Who is in the service: therapists, episodes, sessions and groups."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import mean, quantiles

import pytest

from flows.demo import SYNTHETIC_NOW, write_demo
from flows.settings import Episodes
from tests.demo.conftest import Demo


def test_caseloads_are_uneven_and_large_enough(usual: Demo) -> None:
    settled = SYNTHETIC_NOW - timedelta(days=Episodes().gap_days)
    closed = Counter(
        row["therapist_id"]
        for row in usual.truth("patients")
        if date.fromisoformat(row["last_session_on"]) < settled
    )
    assert len(usual.truth("therapists")) == usual.summary.therapists == 45
    assert sum(number >= 40 for number in closed.values()) >= 20
    assert max(closed.values()) > 4 * min(closed.values())


def test_summary_counts_what_the_files_hold(usual: Demo) -> None:
    rows = usual.truth("patients")
    ended = Counter(row["therapist_id"] for row in rows if row["is_ended"] == "1")
    assert len({row["patient_id"] for row in rows}) == usual.summary.patients == 3000
    assert len(rows) == usual.summary.episodes
    assert ended.total() == usual.summary.closed_episodes
    assert ended == Counter(usual.summary.closed_per_therapist)
    assert sum(int(row["measured_sessions"]) for row in rows) == usual.summary.measured_sessions
    for clinic in ("noord", "midden", "zuid"):
        lines = usual.export(clinic).read_bytes().count(b"\n")
        assert usual.summary.records[f"{clinic}_2026-11-16.csv"] == lines - 1


def test_as_many_are_in_treatment_as_one_would_expect(usual: Demo) -> None:
    running = [row for row in usual.truth("patients") if row["is_ended"] == "0"]
    assert 200 <= len(running) == usual.summary.in_treatment <= 350


def test_every_patient_is_in_one_export(small: Demo) -> None:
    columns = {"noord": "clientnummer", "midden": "patient", "zuid": "patient"}
    exported = {
        row[column] for clinic, column in columns.items() for row in small.records(clinic).values()
    }
    assert exported - {"", "test"} == {row["patient_id"] for row in small.truth("patients")}


def test_sessions_lie_on_working_days_of_36_months(usual: Demo) -> None:
    rows = usual.truth("patients")
    days = [
        date.fromisoformat(row[key]) for row in rows for key in ("started_on", "last_session_on")
    ]
    assert min(days) >= date(2023, 11, 16)
    assert max(days) <= SYNTHETIC_NOW
    assert {day.isoweekday() for day in days} == {1, 2, 3, 4, 5}


def test_some_come_back_after_a_gap_that_makes_a_new_episode(usual: Demo) -> None:
    spans: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for row in usual.truth("patients"):
        days = (row["started_on"], row["last_session_on"])
        spans[row["patient_id"]].append((date.fromisoformat(days[0]), date.fromisoformat(days[1])))
    gaps = [(s[1][0] - s[0][1]).days for s in spans.values() if len(s) == 2]
    assert 0.015 < len(gaps) / 3000 < 0.045
    assert min(gaps) > Episodes().gap_days


def test_sessions_of_an_episode_lie_close_enough_to_stay_one(usual: Demo) -> None:
    days: dict[str, list[date]] = defaultdict(list)
    for row in usual.clean("noord"):
        day, month, year = row["datum"].split("-")
        days[row["traject"]].append(date(int(year), int(month), int(day)))
    gaps = [(b - a).days for each in days.values() for a, b in pairwise(each)]
    assert min(gaps) > 0
    assert max(gaps) <= Episodes().gap_days
    assert quantiles(gaps, n=4)[0] <= 7


def test_two_groups_meet_once_a_week(usual: Demo) -> None:
    meetings: dict[str, Counter[str]] = defaultdict(Counter)
    for row in usual.clean("noord"):
        if row["groep"]:
            meetings[row["groep"]][row["datum"]] += 1
    groups = {row["group_id"] for row in usual.truth("patients") if row["group_id"]}
    assert groups == {"gn1", "gm1"}
    assert list(meetings) == ["gn1"]
    weekdays = {date(*map(int, reversed(day.split("-")))).isoweekday() for day in meetings["gn1"]}
    assert len(weekdays) == 1
    assert mean(meetings["gn1"].values()) > 2


def test_a_large_service_begins_with_patients_of_whom_nobody_is_in_treatment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.demo.generation.PATIENTS_PER_CHUNK", 30)
    summary = write_demo(tmp_path, patients=300)
    assert summary.patients == 300
    assert summary.in_treatment > 0
