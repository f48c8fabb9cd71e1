"""The past of a simulated service: what its people did, written as the pages write it.

`opkoers demo` draws who did what and when, and hands it over as one JSON object a line: `at` (UTC
without zone), `what`, `by` (role, clinic_id, therapist_id) and what that kind needs.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from dashboards.journal.actions import actions_for
from dashboards.journal.answers import AlertKey, GivenAnswer, mark_seen, write_answer
from dashboards.journal.deputies import announce_leave
from dashboards.journal.goals import Course, plan_evaluation, set_goal
from dashboards.journal.marks import MarkKind, set_mark
from dashboards.journal.models import JournalEvent
from dashboards.journal.questions import ask, close_question, open_questions
from dashboards.journal.writing import played_at

Entry = Mapping[str, Any]
ActorOf = Callable[[Entry], str]
"""The account of a role at a clinic, as entries name one."""


def write_past(lines: Iterable[str], actor_of: ActorOf) -> int:
    """Write every entry at its own moment, in the order of the lines; how many events came of it.

    Raises ValueError where the service is not simulated, or a line is not as it should be.
    """
    for line in lines:
        entry = json.loads(line)
        with played_at(datetime.fromisoformat(entry["at"]).replace(tzinfo=UTC)):
            WRITERS[entry["what"]](entry, actor_of)
    return JournalEvent.objects.count()


def _seen(entry: Entry, actor_of: ActorOf) -> None:
    mark_seen(_key(entry["alert"]), actor_of(entry["by"]))


def _answer(entry: Entry, actor_of: ActorOf) -> None:
    key = _key(entry["alert"])
    action = actions_for(key.alert_kind, key.domain)[entry["action"]]
    if action.needs_note and not entry["note"]:
        raise ValueError(f"the action {entry['action']} needs a reason")
    actor = actor_of(entry["by"])
    given = GivenAnswer(actor, entry["action"], entry["discussed"], entry["note"])
    write_answer(key, given, shown_seq=0)


def _key(told: Entry) -> AlertKey:
    moments = {
        name: None if told[name] is None else datetime.fromisoformat(told[name])
        for name in ("opened_at", "measured_at", "last_landed_at", "known_at")
    }
    return AlertKey(**{**told, **moments})


def _mark(entry: Entry, actor_of: ActorOf) -> None:
    kind, day = MarkKind(entry["kind"]), date.fromisoformat(entry["on"])
    set_mark(actor_of(entry["by"]), Course(**entry["course"]), kind, day, entry["text"])


def _goal(entry: Entry, actor_of: ActorOf) -> None:
    set_goal(actor_of(entry["by"]), Course(**entry["course"]), entry["text"])


def _evaluation(entry: Entry, actor_of: ActorOf) -> None:
    day = date.fromisoformat(entry["on"])
    plan_evaluation(actor_of(entry["by"]), Course(**entry["course"]), day)


def _leave(entry: Entry, actor_of: ActorOf) -> None:
    days = (date.fromisoformat(entry["from"]), date.fromisoformat(entry["to"]))
    about = (entry["by"]["clinic_id"], entry["by"]["therapist_id"])
    announce_leave(actor_of(entry["by"]), *about, actor_of(entry["deputy"]), *days)


def _question(entry: Entry, actor_of: ActorOf) -> None:
    due_on = date.fromisoformat(entry["due_on"])
    about = {"clinic_id": entry["clinic_id"], "source": entry["source"]}
    ask(actor_of(entry["by"]), entry["text"], entry["owner"], due_on, **about)


def _closed_question(entry: Entry, actor_of: ActorOf) -> None:
    (asked,) = (each for each in open_questions() if each.text == entry["text"])
    close_question(actor_of(entry["by"]), asked.number, entry["answer"])


WRITERS: Mapping[str, Callable[[Entry, ActorOf], None]] = {
    "seen": _seen,
    "answer": _answer,
    "mark": _mark,
    "goal": _goal,
    "evaluation": _evaluation,
    "leave": _leave,
    "question": _question,
    "closed_question": _closed_question,
}
