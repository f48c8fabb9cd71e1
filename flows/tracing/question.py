"""An open question about the data: it stands in the journal, and is published nowhere."""

from collections.abc import Sequence

from flows.errors import ExitCode, OpKoersError
from flows.journal import JournalEvent, place_of, read_events
from flows.settings import Settings
from flows.tracing.traced import Counted, CountedRow, Row, Tally

QUESTION = "data_question"
"""What such a question is called where a table is named."""

OPENED, CLOSED = "data_question_opened", "data_question_closed"


def question_asked(settings: Settings, key: Sequence[str]) -> Row:
    """The question with the number that the page shows. Raises OpKoersError where there is none."""
    number = key[0].removeprefix("number=") if len(key) == 1 else ""
    events = {str(each.seq): each for each in _events(settings) if each.kind == OPENED}
    if number not in events:
        raise OpKoersError(
            "there is no question about the data with that number",
            next_step=f"Write `number=N`, with one of: {', '.join(events) or '(none was asked)'}",
            exit_code=ExitCode.USAGE,
        )
    opened = events[number]
    closed = _closed(settings, opened.seq)
    return (
        {"number": opened.seq, "asked_at": opened.at, "asked_by": opened.actor}
        | {name: opened.payload.get(name) or None for name in ("text", "owner", "due_on", "source")}
        | {
            "answer": closed and closed.payload["answer"],
            "closed_at": closed and closed.at,
        }
    )


def question_counted(settings: Settings, row: Row) -> Counted:
    """The events of the journal that make a question what the page says."""
    events = [each for each in _events(settings) if _is_of(each, row["number"])]
    told = 1 + (row["answer"] is not None)
    rows = tuple(
        CountedRow({"seq": each.seq, "kind": each.kind, "at": each.at, "actor": each.actor}, {}, {})
        for each in events
    )
    tally = Tally("events", told, len(rows), len(rows), "asked, and answered if it was")
    return Counted("event of the journal", "journal_event", (tally,), len(rows), rows)


def _events(settings: Settings) -> Sequence[JournalEvent]:
    return [e for e in read_events(place_of(settings)) if e.kind in (OPENED, CLOSED)]


def _is_of(event: JournalEvent, number: int) -> bool:
    return event.seq == number or event.payload.get("question_seq") == number


def _closed(settings: Settings, number: int) -> JournalEvent | None:
    """The last answer, as the page takes it; None while the question is open."""
    answers = [e for e in _events(settings) if e.kind == CLOSED and _is_of(e, number)]
    return answers[-1] if answers else None
