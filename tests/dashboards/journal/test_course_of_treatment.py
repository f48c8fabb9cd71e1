"""Goals, evaluations, announced leaving, later notes, and decisions about the service."""

from datetime import date, datetime
from pathlib import Path

import pytest

from dashboards.journal.answers import AlertKey, GivenAnswer, add_note, standing, write_answer
from dashboards.journal.decisions import decide_rule, last_noted, note_settings, rebase_chart
from dashboards.journal.goals import (
    Course,
    all_announced_leaving,
    announce_leaving,
    announced_leaving,
    close_goal,
    evaluations_of,
    goals_of,
    hold_evaluation,
    plan_evaluation,
    set_goal,
    take_back_leaving,
)
from flows.journal import Place, last_seq, read_events
from flows.settings import Alerts, Settings

COURSE = Course("noord", "P1", "P1-1")
OTHER = Course("noord", "P1", "P1-2")
ALERT = AlertKey(
    alert_id="a1",
    clinic_id="noord",
    patient_id="P1",
    alert_kind="reliable_deterioration",
    opened_at=datetime(2026, 11, 4, 14),
    measured_at=datetime(2026, 11, 18, 14),
)
GIVEN = GivenAnswer("anna", "consult", None, "")

pytestmark = pytest.mark.usefixtures("place")


def test_a_goal_stands_until_its_outcome_is_written() -> None:
    set_goal("anna", COURSE, "Sleeping six hours")
    set_goal("anna", COURSE, "Sleeping six hours")
    set_goal("anna", OTHER, "Back to work")
    (goal,) = goals_of(COURSE)
    assert (goal.text, goal.actor, goal.outcome) == ("Sleeping six hours", "anna", None)

    close_goal("anna", COURSE, goal.number, "reached")
    close_goal("kim", COURSE, goal.number, "given_up")
    assert [each.outcome for each in goals_of(COURSE)] == ["reached"]


def test_a_goal_of_another_course_cannot_be_closed_from_here() -> None:
    set_goal("anna", COURSE, "Sleeping six hours")
    close_goal("anna", OTHER, goals_of(COURSE)[0].number, "reached")

    assert [each.outcome for each in goals_of(COURSE)] == [None]


def test_evaluations_stand_by_day_and_are_held_once() -> None:
    for day in (date(2027, 1, 12), date(2026, 12, 1), date(2026, 12, 1)):
        plan_evaluation("anna", COURSE, day)
    first = evaluations_of(COURSE)[0]
    hold_evaluation("anna", COURSE, first.number, date(2026, 12, 2))
    hold_evaluation("anna", COURSE, first.number, date(2026, 12, 3))

    told = [(each.planned_on, each.held_on) for each in evaluations_of(COURSE)]
    assert told == [(date(2026, 12, 1), date(2026, 12, 2)), (date(2027, 1, 12), None)]


def test_announced_leaving_reaches_all_who_treat_and_can_be_taken_back() -> None:
    announce_leaving("anna", COURSE, "Moves to another town")
    announce_leaving("kim", COURSE, "Said so to me too")
    said = announced_leaving(COURSE)
    assert said is not None
    assert (said.actor, said.note) == ("anna", "Moves to another town")
    assert announced_leaving(OTHER) is None
    assert all_announced_leaving(frozenset({"noord"})) == {COURSE}

    take_back_leaving("kim", COURSE)
    assert announced_leaving(COURSE) is None
    assert all_announced_leaving(frozenset({"noord"})) == frozenset()


def test_a_later_note_stays_with_the_answer(place: Place) -> None:
    write_answer(ALERT, GIVEN, shown_seq=0)
    for _ in range(2):
        add_note(ALERT, "kim", "Spoke with the colleague", shown_seq=2)
    now = standing(ALERT)

    assert [(note.actor, note.text) for note in now.notes] == [("kim", "Spoke with the colleague")]
    assert now.answer is not None
    assert now.answer.given == GIVEN
    assert read_events(place)[-1].payload == {"note": "Spoke with the colleague", "answer_seq": 2}


def test_settings_are_written_once_and_then_when_they_change(place: Place, tmp_path: Path) -> None:
    first = Settings(home=tmp_path)
    written = note_settings("opkoers", first)
    assert written == last_seq(place) > 50
    assert note_settings("opkoers", first) == 0

    changed = first.model_copy(update={"alerts": Alerts(stale_after_days=56)})
    assert note_settings("opkoers", changed) == 1
    event = read_events(place)[-1]
    assert event.payload == {"setting": "alerts.stale_after_days", "from": 42, "to": 56}
    assert last_noted()["alerts.stale_after_days"] == 56


def test_a_chart_is_rebased_for_a_reason_only(place: Place) -> None:
    with pytest.raises(ValueError, match="without a reason"):
        rebase_chart("bea", "clinic", "noord", "response_rate", date(2026, 7, 1), " ")
    rebase_chart("bea", "clinic", "noord", "response_rate", date(2026, 7, 1), "New system")

    (event,) = read_events(place)
    assert event.kind == "chart_rebased"
    assert event.payload == {
        "unit_kind": "clinic",
        "unit": "noord",
        "indicator": "response_rate",
        "reason": "New system",
        "from": "2026-07-01",
    }


def test_a_decision_about_a_rule_is_kept_with_its_reason(place: Place) -> None:
    decide_rule("bea", "expected_course_band", "in_force", "Owner agreed on 2 November")

    (event,) = read_events(place)
    assert event.kind == "rule_decided"
    assert event.payload == {
        "rule": "expected_course_band",
        "decision": "in_force",
        "reason": "Owner agreed on 2 November",
    }
