"""Answers look like those of real questionnaires and follow the hidden truth."""

from collections import Counter, defaultdict
from datetime import date
from statistics import mean

import pytest

from tests.demo.conftest import Demo

HIGHEST = {"PHQ9": 3.0, "GAD7": 3.0, "ORS": 10.0, "SRS": 10.0}
ITEMS = {"PHQ9": 9, "GAD7": 7, "ORS": 4, "SRS": 4}
TOTALS = {"phq9_total": 27.0, "gad7_total": 21.0, "ors_total": 40.0, "srs_total": 40.0}


def _phq(row: dict[str, str]) -> list[int]:
    answers = [row[f"phq9_{item}"] for item in range(1, 10)]
    return [int(answer) for answer in answers if answer]


def test_wide_items_stay_in_range(small: Demo) -> None:
    for row in small.clean("noord"):
        for name, highest in HIGHEST.items():
            for item in range(1, ITEMS[name] + 1):
                answer = row[f"{name.lower()}_{item}"]
                assert answer == "" or 0 <= float(answer.replace(",", ".")) <= highest


def test_long_items_stay_in_range(small: Demo) -> None:
    for row in small.clean("midden"):
        assert 0 <= float(row["answer"]) <= HIGHEST[row["questionnaire"]]
        assert 1 <= int(row["item"]) <= ITEMS[row["questionnaire"]]


def test_totals_stay_in_range(small: Demo) -> None:
    for row in small.clean("zuid"):
        answers = {name: row[name] for name in TOTALS if row[name]}
        assert answers
        assert all(0 <= float(answers[name]) <= TOTALS[name] for name in answers)


def test_lines_of_ten_centimetres_have_one_decimal(small: Demo) -> None:
    answers = {row["ors_1"] for row in small.clean("noord")} - {""}
    assert len(answers) > 40
    assert all(answer.count(",") == 1 and len(answer.split(",")[1]) == 1 for answer in answers)


def test_mean_total_is_the_true_score(usual: Demo) -> None:
    true = {row["episode_id"]: float(row["true_baseline"]) for row in usual.truth("patients")}
    first = [row for row in usual.clean("noord") if row["zitting"] == "1" and len(_phq(row)) == 9]
    differences = [sum(_phq(row)) - true[row["traject"]] for row in first]
    assert len(differences) > 1000
    assert abs(mean(differences)) < 0.3


def test_items_differ_in_difficulty(usual: Demo) -> None:
    rows = [_phq(row) for row in usual.clean("noord")]
    means = [mean(answers[item] for answers in rows if len(answers) == 9) for item in range(9)]
    assert means[8] == min(means) < 0.4
    assert means[3] == max(means) > 1.4


def test_the_critical_item_is_rare_and_mostly_mild(usual: Demo) -> None:
    values = Counter(row["phq9_9"] for row in usual.clean("noord") if row["phq9_9"])
    some = values.total() - values["0"]
    assert 0.08 < some / values.total() < 0.15
    assert values["1"] > some / 2


def test_critical_events_are_those_in_the_export(small: Demo) -> None:
    planted = small.planted_lines("noord")
    exported = Counter(
        (row["traject"], row["zitting"], row["phq9_9"])
        for line, row in small.records("noord").items()
        if line not in planted and row["phq9_9"] not in ("", "0")
    )
    truth = Counter(
        (row["episode_id"], row["session_no"], row["value"])
        for row in small.truth("events")
        if row["event"] == "critical_item" and row["clinic_id"] == "noord"
    )
    assert exported
    assert exported <= truth
    assert (truth - exported).total() <= len(planted)


def test_totals_never_show_the_critical_item(small: Demo) -> None:
    critical = [row for row in small.truth("events") if row["event"] == "critical_item"]
    shown = {row["clinic_id"]: row["is_in_export"] for row in critical}
    assert shown == {"noord": "1", "midden": "1", "zuid": "0"}


@pytest.mark.parametrize(
    ("event", "stays"), [("rupture_repaired", False), ("rupture_unrepaired", True)]
)
def test_a_rupture_shows_and_only_an_unrepaired_one_stays(
    usual: Demo, event: str, stays: bool
) -> None:
    alliance = _by_patient(usual, "srs_total")
    falls, later = [], []
    for row in usual.truth("events"):
        course = alliance.get(row["patient_id"], {})
        day = date.fromisoformat(row["happened_on"])
        before = [score for when, score in course.items() if when < day]
        after = [score for when, score in course.items() if when > day]
        if row["event"] == event and row["clinic_id"] == "zuid" and day in course and before:
            falls.append(course[day] - mean(before))
            later += [score - mean(before) for score in after[3:]]
    assert mean(falls) < -4
    assert (mean(later) < -4) == stays


def test_a_sudden_gain_shows_between_two_sessions(usual: Demo) -> None:
    totals = {(row["traject"], int(row["zitting"])): sum(_phq(row)) for row in usual.clean("noord")}
    drops = [
        totals[here] - totals[before]
        for row in usual.truth("events")
        if row["event"] == "sudden_gain"
        and (here := (row["episode_id"], int(row["session_no"]))) in totals
        and (before := (row["episode_id"], int(row["session_no"]) - 1)) in totals
    ]
    assert len(drops) > 40
    assert mean(drops) < -5


def _by_patient(demo: Demo, column: str) -> dict[str, dict[date, float]]:
    scores: dict[str, dict[date, float]] = defaultdict(dict)
    for row in demo.clean("zuid"):
        if row[column]:
            day, month, year = row["date"].split("/")
            scores[row["patient"]][date(int(year), int(month), int(day))] = float(row[column])
    return scores
