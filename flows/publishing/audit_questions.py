"""Open questions about the data as an audit report tells them: whose, and by when."""

from collections.abc import Sequence
from datetime import date

from flows.journal import JournalEvent
from flows.publishing.audit_rows import Question

OPENED, CLOSED = "data_question_opened", "data_question_closed"


def open_questions(events: Sequence[JournalEvent]) -> Sequence[Question]:
    """What nobody answered yet, the earliest day first; its words stay on the page."""
    closed = {event.payload["question_seq"] for event in events if event.kind == CLOSED}
    found = [
        _question(event) for event in events if event.kind == OPENED and event.seq not in closed
    ]
    return sorted(found, key=lambda each: (each.due_on, each.asked_on, each.owner))


def _question(event: JournalEvent) -> Question:
    told = event.payload
    return Question(
        asked_on=event.at.date(),
        about=str(told["source"]),
        owner=str(told["owner"]),
        due_on=date.fromisoformat(told["due_on"]),
    )
