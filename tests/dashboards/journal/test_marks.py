"""A therapist's own marks: set once, taken away once, each of its own course."""

from datetime import date

import pytest

from dashboards.journal.goals import Course
from dashboards.journal.marks import MarkKind, marks_of, remove_mark, set_mark
from flows.journal import Place, last_seq, read_events

COURSE = Course("noord", "P1", "P1-1")
OTHER = Course("noord", "P1", "P1-2")
DAY = date(2026, 11, 2)

pytestmark = pytest.mark.usefixtures("place")


def test_marks_stand_by_day_and_the_same_once_more_adds_nothing() -> None:
    set_mark("anna", COURSE, MarkKind.MEDICATION, DAY, "Started with 50 mg")
    set_mark("anna", COURSE, MarkKind.LIFE_EVENT, date(2026, 10, 1), "New job")
    set_mark("kim", COURSE, MarkKind.MEDICATION, DAY, "Started with 50 mg")
    set_mark("anna", OTHER, MarkKind.OTHER, DAY, "Elsewhere")

    told = [(mark.on, mark.kind, mark.text, mark.actor) for mark in marks_of(COURSE)]
    assert told == [
        (date(2026, 10, 1), "life_event", "New job", "anna"),
        (DAY, "medication", "Started with 50 mg", "anna"),
    ]


def test_a_mark_that_is_taken_away_stays_in_the_journal(place: Place) -> None:
    set_mark("anna", COURSE, MarkKind.PLAN_CHANGE, DAY, "Every two weeks")
    (mark,) = marks_of(COURSE)
    remove_mark("kim", OTHER, mark.number)
    assert marks_of(COURSE) == [mark]

    remove_mark("kim", COURSE, mark.number)
    before = last_seq(place)
    remove_mark("kim", COURSE, mark.number)
    remove_mark("kim", COURSE, 999)

    assert marks_of(COURSE) == []
    assert last_seq(place) == before
    assert [event.kind for event in read_events(place)] == ["mark_set", "mark_removed"]


def test_one_that_was_taken_away_can_be_set_again() -> None:
    for _time in range(2):
        set_mark("anna", COURSE, MarkKind.MEDICATION, DAY, "Stopped")
        remove_mark("anna", COURSE, marks_of(COURSE)[0].number)
    set_mark("anna", COURSE, MarkKind.MEDICATION, DAY, "Stopped")

    assert [mark.text for mark in marks_of(COURSE)] == ["Stopped"]


def test_a_long_text_is_cut_at_what_a_form_may_hold() -> None:
    set_mark("anna", COURSE, MarkKind.OTHER, DAY, "x" * 500)
    assert [len(mark.text) for mark in marks_of(COURSE)] == [200]
