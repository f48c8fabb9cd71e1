"""The hidden truth keeps what it promises: therapists who differ, courses of every kind."""

from collections import defaultdict
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from tests.demo.conftest import Demo

Floats = NDArray[np.float64]


def _completers(demo: Demo) -> list[dict[str, str]]:
    return [
        row
        for row in demo.truth("patients")
        if row["is_ended"] == "1" and row["is_dropped_out"] == "0"
    ]


def _column(rows: list[dict[str, str]], name: str) -> Floats:
    return np.array([float(row[name]) for row in rows])


def _unexplained_end(rows: list[dict[str, str]]) -> Floats:
    """What is left of the true end after a straight line on the true baseline."""
    start = np.column_stack([np.ones(len(rows)), _column(rows, "true_baseline")])
    end = _column(rows, "true_end")
    return np.asarray(end - start @ np.linalg.lstsq(start, end)[0])


def _true_effects(demo: Demo, rows: list[dict[str, str]]) -> Floats:
    team = {row["therapist_id"]: row for row in demo.truth("therapists")}
    own = [team[row["therapist_id"]] for row in rows]
    severity = _column(rows, "true_baseline") - _column(own, "severity_centre")
    return np.asarray(_column(own, "effect") + _column(own, "effect_per_point") * severity)


def test_therapists_make_up_about_five_percent(usual: Demo) -> None:
    rows = _completers(usual)
    share = np.var(_true_effects(usual, rows)) / np.var(_unexplained_end(rows))
    assert 0.04 < share < 0.075


def test_analysis_of_variance_finds_them_too(usual: Demo) -> None:
    rows = _completers(usual)
    groups: dict[str, list[float]] = defaultdict(list)
    for row, left in zip(rows, _unexplained_end(rows), strict=True):
        groups[row["therapist_id"]].append(left)
    sizes = np.array([len(group) for group in groups.values()])
    within = sum(float(np.var(group)) * len(group) for group in groups.values())
    within /= sizes.sum() - len(groups)
    between = sum(len(group) * mean(group) ** 2 for group in groups.values()) / (len(groups) - 1)
    usual_size = (sizes.sum() - (sizes**2).sum() / sizes.sum()) / (len(groups) - 1)
    variance = (between - within) / usual_size
    assert 0.02 < variance / (variance + within) < 0.08


def test_therapists_matter_more_for_severe_patients(usual: Demo) -> None:
    rows = _completers(usual)
    effects, severity = _true_effects(usual, rows), _column(rows, "true_baseline")
    low, high = np.quantile(severity, [1 / 3, 2 / 3])
    assert np.var(effects[severity > high]) > 1.5 * np.var(effects[severity < low])


def test_every_kind_of_course_goes_its_own_way(usual: Demo) -> None:
    change: dict[str, list[float]] = defaultdict(list)
    for row in _completers(usual):
        change[row["course"]].append(float(row["true_end"]) - float(row["true_baseline"]))
    means = {course: mean(changes) for course, changes in change.items()}
    assert min(len(changes) for changes in change.values()) > 100
    assert means["deteriorating"] > 4
    assert abs(means["flat"]) < 1
    assert means["recovering"] < means["slow"] < -4
    assert max(means["late"], means["sudden_gain"]) < -7


def test_late_responders_have_not_changed_by_session_five(usual: Demo) -> None:
    late = {r["episode_id"]: r for r in _completers(usual) if r["course"] == "late"}
    totals: dict[int, list[float]] = {5: [], 11: []}
    for row in usual.records("noord").values():
        answers = [row[f"phq9_{item}"] for item in range(1, 10)]
        session = int(row["zitting"])
        if row["traject"] in late and session in totals and all(a.isdigit() for a in answers):
            start = float(late[row["traject"]]["true_baseline"])
            totals[session].append(sum(map(int, answers)) - start)
    assert abs(mean(totals[5])) < 1.2
    assert mean(totals[11]) < -4


def test_some_drop_out_early_and_more_of_those_who_do_badly(usual: Demo) -> None:
    rows = [row for row in usual.truth("patients") if row["is_ended"] == "1"]
    left = {
        course: mean(row["is_dropped_out"] == "1" for row in rows if row["course"] == course)
        for course in ("recovering", "deteriorating")
    }
    early = [int(row["sessions"]) for row in rows if row["is_dropped_out"] == "1"]
    assert 0.1 < len(early) / len(rows) < 0.25
    assert left["deteriorating"] > left["recovering"]
    assert mean(sessions <= 4 for sessions in early) > 0.7


def test_ruptures_are_repaired_or_not(usual: Demo) -> None:
    events = [row["event"] for row in usual.truth("events")]
    repaired, unrepaired = events.count("rupture_repaired"), events.count("rupture_unrepaired")
    assert repaired > unrepaired > 50
