"""How right a rule was: counts by hand, small numbers withheld, nothing known beforehand."""

from typing import Any

import numpy as np
import pytest

from flows.stations.signal_accuracy import RULES, Forms, accuracies, cell_rows, rule_rates
from flows.statistics.discrimination import draws

Row = dict[str, Any]


def _forms(episodes: list[tuple[bool, list[bool]]], *, quarter: int = 4 * 2026) -> Forms:
    """Episodes as (ended worse, whether the rule fired at each form); four forms to judge.

    The forms are at sessions 2 to 5 of 8, and the raw change is 1 at each that fired.
    """
    worse = np.repeat([worse for worse, _ in episodes], 4)
    fired = np.array([fired for _, forms in episodes for fired in forms])
    course = np.repeat(np.arange(len(episodes)), 4)
    session = np.tile([2, 3, 4, 5], len(episodes))
    columns = {
        "course_no": course,
        "session": session,
        "sessions_left": 8 - session,
        "is_judged": np.ones(len(course), dtype=bool),
        "has_worsened": worse,
        "is_worse_now": np.zeros(len(course), dtype=bool),
        "worsening": fired.astype(float),
        "deviation": fired.astype(float),
        "p_deterioration_calibrated": np.where(fired, 0.6, 0.1),
        "is_within": ~fired,
        "is_within68": ~fired,
        "quarter": np.full(len(course), quarter),
    }
    return Forms(columns, dict.fromkeys(RULES, fired), course, draws(len(episodes), 50))


NEVER, LATE, ALWAYS = [False] * 4, [False, False, True, True], [True] * 4
TWENTY = (
    [(True, ALWAYS)] * 2 + [(True, LATE)] * 2 + [(True, NEVER)]
    + [(False, ALWAYS)] * 3 + [(False, NEVER)] * 12
)  # fmt: skip


def _row(forms: Forms, rule: str = "off_course_red") -> Row:
    return next(row for row in cell_rows(forms) if row["rule"] == rule)


def test_episodes_are_counted_once() -> None:
    """5 ended worse, 4 of them with an alert; 15 did not, 3 of them with an alert."""
    row = _row(_forms(TWENTY))
    assert (row["n"], row["events"], row["predictions"]) == (20, 5, 80)
    assert row["sensitivity"] == pytest.approx(4 / 5)
    assert row["specificity"] == pytest.approx(12 / 15)
    assert row["ppv"] == pytest.approx(4 / 7)
    assert row["number_needed_to_examine"] == pytest.approx(7 / 4)


def test_the_lead_is_from_the_first_alert_to_the_end() -> None:
    """Two at session 2 of 8, two at session 4: six, six, four and four sessions before the end."""
    assert _row(_forms(TWENTY))["median_lead_sessions"] == 5


def test_auc_is_that_of_forms() -> None:
    """Of 20 forms that ended worse 12 fired, of 60 others 12: .6 x .8 + (.6 x .2 + .4 x .8) / 2."""
    row = _row(_forms(TWENTY))
    assert row["auc"] == pytest.approx(0.6 * 0.8 + (0.6 * 0.2 + 0.4 * 0.8) / 2)
    assert row["auc_lower"] < row["auc"] < row["auc_upper"]


def test_a_rule_that_never_fires_has_no_predictive_value() -> None:
    row = _row(_forms([(True, NEVER)] * 5 + [(False, NEVER)] * 10))
    assert (row["sensitivity"], row["specificity"], row["ppv"]) == (0, 1, None)
    assert row["number_needed_to_examine"] is None


@pytest.mark.parametrize("worse", [0, 4, 16, 20])
def test_small_numbers_are_withheld(worse: int) -> None:
    """Fewer than five who ended worse, or who did not: not even how many there were."""
    row = _row(_forms([(True, ALWAYS)] * worse + [(False, NEVER)] * (20 - worse)))
    assert row["is_withheld"]
    told = {name for name, value in row.items() if value is not None}
    assert told == {"rule", "predictions", "n", "is_withheld"}


def test_cells_are_blocks_populations_and_quarters() -> None:
    rows = list(accuracies(_forms(TWENTY, quarter=4 * 2026 + 1)))
    assert {row["cohort"] for row in rows} == {"all", "2026-Q2"}
    counts = {
        (row["sessions"], row["population"]): row["predictions"]
        for row in rows
        if row["cohort"] == "all"
    }
    assert counts == {
        (block, population): forms
        for block, forms in (("all", 80), ("2-4", 60), ("5+", 20))
        for population in ("all", "not_deteriorated")
    }


def test_rates_are_of_all_forms() -> None:
    """24 of 80 forms fired, at 7 of 20 episodes."""
    rate = next(iter(rule_rates(_forms(TWENTY))))
    assert (rate["fired"], rate["per_100_assessments"]) == (24, 30)
    assert (rate["episodes_ever"], rate["share_of_episodes"]) == (7, 0.35)
