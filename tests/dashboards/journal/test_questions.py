"""Open data questions: each has an owner and a day, and stays until it is answered."""

from datetime import date

import pytest

from dashboards.journal import questions
from dashboards.journal.questions import all_questions, ask, close_question, open_questions
from flows.journal import Place, read_events

EARLY, LATE = date(2026, 11, 20), date(2026, 12, 4)


def test_the_earliest_day_stands_first(place: Place) -> None:
    ask(
        "q", "Why did volumes halve?", "functional manager", LATE, clinic_id="noord", source="roqua"
    )
    ask("q", "Which coding is item 9?", "supplier", EARLY)
    assert [(each.text, each.owner, each.due_on, each.clinic_id) for each in open_questions()] == [
        ("Which coding is item 9?", "supplier", EARLY, ""),
        ("Why did volumes halve?", "functional manager", LATE, "noord"),
    ]


def test_the_same_question_is_asked_once_while_it_is_open(place: Place) -> None:
    ask("q", "Why?", "supplier", EARLY)
    ask("r", " Why? ", "supplier", LATE)
    (question,) = open_questions()
    close_question("q", question.number, "A new export.")
    ask("q", "Why?", "supplier", LATE)
    assert [(each.is_open, each.answer) for each in all_questions()] == [
        (False, "A new export."),
        (True, None),
    ]


def test_closing_twice_or_of_nothing_adds_nothing(place: Place) -> None:
    ask("q", "Why?", "supplier", EARLY)
    (question,) = open_questions()
    close_question("q", question.number, "So.")
    close_question("r", question.number, "Otherwise.")
    close_question("r", 999, "Otherwise.")
    assert [event.kind for event in read_events(place)] == [
        "data_question_opened",
        "data_question_closed",
    ]
    assert open_questions() == []


@pytest.mark.parametrize(("text", "owner"), [("", "supplier"), ("Why?", "  ")])
def test_a_question_of_nobody_is_refused(place: Place, text: str, owner: str) -> None:
    with pytest.raises(ValueError, match="owner"):
        ask("q", text, owner, EARLY)


def test_an_answer_is_needed(place: Place) -> None:
    ask("q", "Why?", "supplier", EARLY)
    with pytest.raises(ValueError, match="answer"):
        close_question("q", open_questions()[0].number, " ")


def test_past_its_day_it_is_late(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    ask("q", "Why?", "supplier", EARLY)
    (question,) = open_questions()
    for day, is_late in ((EARLY, False), (LATE, True)):
        monkeypatch.setattr(questions, "service_day", lambda day=day: day)
        assert question.is_late is is_late
