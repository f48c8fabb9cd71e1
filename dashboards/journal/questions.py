"""Open questions about the data: asked by a quality officer, with an owner and a day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from dashboards.journal.models import WHOLE_SERVICE, EventKind, JournalEvent
from dashboards.journal.writing import add_event, one_writer, service_day

TEXT_LIMIT = 2000
OWNER_LIMIT = 200


@dataclass(frozen=True)
class DataQuestion:
    """A question about what a source or clinic delivers; `due_on` is when an answer is expected.

    `clinic_id` is "" for the whole service. `answer` is None while the question is open.
    """

    number: int
    asked_at: datetime
    actor: str
    clinic_id: str
    source: str
    text: str
    owner: str
    due_on: date
    answer: str | None = None
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.answer is None

    @property
    def is_late(self) -> bool:
        """Whether it is open past its day."""
        return self.is_open and self.due_on < service_day()


def ask(
    actor: str,
    text: str,
    owner: str,
    due_on: date,
    *,
    clinic_id: str = WHOLE_SERVICE,
    source: str = "",
) -> None:
    """Write a question; one that is open already in the same words adds nothing.

    Raises ValueError without a text or an owner: a question that is nobody's is never answered.
    """
    wanted, who = text.strip()[:TEXT_LIMIT], owner.strip()[:OWNER_LIMIT]
    if not wanted or not who:
        raise ValueError("a question needs a text and an owner")
    payload = {"text": wanted, "owner": who, "due_on": due_on.isoformat(), "source": source}
    with one_writer():
        known = {(each.clinic_id, each.source, each.text) for each in open_questions()}
        if (clinic_id, source, wanted) not in known:
            add_event(EventKind.DATA_QUESTION_OPENED, actor, payload, clinic_id=clinic_id)


def close_question(actor: str, number: int, answer: str) -> None:
    """Write what became of a question; one that is closed, or was never asked, stays as it is.

    Raises ValueError without an answer.
    """
    said = answer.strip()[:TEXT_LIMIT]
    if not said:
        raise ValueError("closing a question needs an answer")
    with one_writer():
        asked = {each.number: each for each in open_questions()}
        if number in asked:
            payload = {"question_seq": number, "answer": said}
            add_event(
                EventKind.DATA_QUESTION_CLOSED, actor, payload, clinic_id=asked[number].clinic_id
            )


def open_questions() -> Sequence[DataQuestion]:
    """What nobody answered yet, the earliest day first."""
    found = [each for each in all_questions() if each.is_open]
    return sorted(found, key=lambda each: (each.due_on, each.number))


def all_questions() -> Sequence[DataQuestion]:
    """Every question that was ever asked, in the order of asking."""
    kinds = (EventKind.DATA_QUESTION_OPENED, EventKind.DATA_QUESTION_CLOSED)
    found: dict[int, DataQuestion] = {}
    for event in JournalEvent.objects.filter(kind__in=kinds).order_by("seq"):
        if event.kind == EventKind.DATA_QUESTION_OPENED:
            found[event.seq] = _question(event)
        else:
            number = event.payload["question_seq"]
            closed = {"answer": event.payload["answer"], "closed_at": event.at}
            found[number] = replace(found[number], **closed)
    return list(found.values())


def _question(event: JournalEvent) -> DataQuestion:
    said = event.payload
    return DataQuestion(
        number=event.seq,
        asked_at=event.at,
        actor=event.actor,
        clinic_id=event.clinic_id,
        source=said["source"],
        text=said["text"],
        owner=said["owner"],
        due_on=date.fromisoformat(said["due_on"]),
    )
