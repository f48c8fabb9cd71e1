"""What a therapist keeps: goals, a list of cases, a trainee's two yeses; read by nobody else."""

from dataclasses import replace
from datetime import date

import pytest

from dashboards.journal.models import OF_ONE_THERAPIST, EventKind, JournalEvent
from dashboards.journal.progress import (
    Case,
    Owner,
    close_practice_goal,
    give_consent,
    give_supervisors_consent,
    has_consented,
    has_supervisors_consent,
    list_case,
    listed_cases,
    practice_goals_of,
    remove_practice_goal,
    set_practice_goal,
    unlist_case,
)
from flows import journal
from flows.journal import Place, last_seq, read_events

ANNA = Owner("anna", "noord", "T1")
OTHERS = [
    replace(ANNA, actor="bo", therapist_id="T2"),
    replace(ANNA, clinic_id="zuid"),
    replace(ANNA, actor="administrator"),
]
DAY = date(2026, 11, 2)
CASE = Case("P1", "P1-1")

pytestmark = pytest.mark.usefixtures("place")


def kinds() -> list[str]:
    return list(JournalEvent.objects.order_by("seq").values_list("kind", flat=True))


def test_a_goal_is_set_once_and_stands_until_it_is_closed() -> None:
    set_practice_goal(ANNA, "Ask for feedback", DAY, "Patients say more")
    set_practice_goal(ANNA, "Ask for feedback", DAY, "Patients say more")
    set_practice_goal(ANNA, "Begin with the plan", date(2026, 10, 1), "We end in time")
    early, late = practice_goals_of(ANNA)
    assert (early.text, late.text, late.notice) == (
        "Begin with the plan",
        "Ask for feedback",
        "Patients say more",
    )

    close_practice_goal(ANNA, early.number, "noticed")
    close_practice_goal(ANNA, early.number, "stopped")
    assert [(g.text, g.outcome) for g in practice_goals_of(ANNA)] == [
        ("Ask for feedback", None),
        ("Begin with the plan", "noticed"),
    ]


def test_a_goal_that_was_removed_is_gone_from_the_page_and_can_be_set_again() -> None:
    for _time in range(2):
        set_practice_goal(ANNA, "Ask for feedback", DAY, "I hear more")
        (goal,) = practice_goals_of(ANNA)
        remove_practice_goal(ANNA, goal.number)
        remove_practice_goal(ANNA, goal.number)
        assert practice_goals_of(ANNA) == []
    assert kinds() == ["practice_goal_set", "practice_goal_removed"] * 2


def test_a_closed_goal_can_be_removed_too() -> None:
    set_practice_goal(ANNA, "Ask for feedback", DAY, "I hear more")
    (goal,) = practice_goals_of(ANNA)
    close_practice_goal(ANNA, goal.number, "stopped")
    remove_practice_goal(ANNA, goal.number)
    assert practice_goals_of(ANNA) == []


@pytest.mark.parametrize("other", OTHERS)
def test_nobody_else_reads_or_changes_it(other: Owner) -> None:
    set_practice_goal(ANNA, "Ask for feedback", DAY, "I hear more")
    list_case(ANNA, CASE)
    (goal,) = practice_goals_of(ANNA)
    assert practice_goals_of(other) == []
    assert listed_cases(other) == []

    close_practice_goal(other, goal.number, "stopped")
    remove_practice_goal(other, goal.number)
    unlist_case(other, CASE)
    assert practice_goals_of(ANNA) == [goal]
    assert listed_cases(ANNA) == [CASE]


def test_a_long_text_is_cut_at_what_a_form_may_hold() -> None:
    set_practice_goal(ANNA, "x" * 900, DAY, "y" * 900)
    (goal,) = practice_goals_of(ANNA)
    assert (len(goal.text), len(goal.notice)) == (500, 500)


def test_a_case_is_listed_once_taken_off_once_and_can_come_back(place: Place) -> None:
    other = Case("P2", "P2-1")
    for case in (CASE, other, CASE):
        list_case(ANNA, case)
    assert listed_cases(ANNA) == [CASE, other]

    unlist_case(ANNA, CASE)
    before = last_seq(place)
    unlist_case(ANNA, CASE)
    assert last_seq(place) == before
    assert listed_cases(ANNA) == [other]
    list_case(ANNA, CASE)
    assert listed_cases(ANNA) == [other, CASE]


def test_a_listed_case_names_its_patient_where_an_erasure_looks() -> None:
    list_case(ANNA, CASE)
    assert JournalEvent.objects.get().patient_id == "P1"


def test_the_last_word_of_each_counts() -> None:
    trainee, supervisor = replace(ANNA, therapist_id="T5"), replace(ANNA, actor="bo")
    for to_see in (True, True, False, True):
        give_consent(trainee, to_see=to_see)
        give_supervisors_consent(supervisor, "T5", to_see=to_see)
        assert has_consented("noord", "T5") is to_see
        assert has_supervisors_consent("noord", "T5", "T1") is to_see
    assert len(kinds()) == 6


def test_a_yes_is_for_one_trainee_by_the_present_supervisor_of_one_clinic() -> None:
    give_consent(replace(ANNA, therapist_id="T5"), to_see=True)
    give_supervisors_consent(ANNA, "T5", to_see=True)

    assert not has_consented("noord", "T6")
    assert not has_consented("zuid", "T5")
    assert not has_supervisors_consent("noord", "T6", "T1")
    assert not has_supervisors_consent("noord", "T5", "T2")
    assert not has_supervisors_consent("zuid", "T5", "T1")
    assert not has_supervisors_consent("noord", "T5", None)


def test_a_no_at_first_writes_nothing() -> None:
    give_consent(ANNA, to_see=False)
    give_supervisors_consent(ANNA, "T5", to_see=False)
    assert kinds() == []


def test_no_run_reads_any_of_it(place: Place) -> None:
    """So that it can stand in no table, report, export or explanation of a run."""
    set_practice_goal(ANNA, "Ask for feedback", DAY, "I hear more")
    (goal,) = practice_goals_of(ANNA)
    close_practice_goal(ANNA, goal.number, "noticed")
    remove_practice_goal(ANNA, goal.number)
    list_case(ANNA, CASE)
    unlist_case(ANNA, CASE)
    for to_see in (True, False):
        give_consent(ANNA, to_see=to_see)
        give_supervisors_consent(ANNA, "T5", to_see=to_see)

    assert set(kinds()) == {kind.value for kind in OF_ONE_THERAPIST}
    assert read_events(place) == ()
    assert last_seq(place) == len(kinds())


def test_pages_and_runs_mean_the_same_kinds() -> None:
    assert {kind.value for kind in OF_ONE_THERAPIST} == set(journal.OF_ONE_THERAPIST)
    named = {
        kind.value
        for kind in EventKind
        if kind.value.startswith(("practice_", "intervision_", "zone_consent_"))
    }
    assert named == set(journal.OF_ONE_THERAPIST)
