"""Many who answer at once: none lost, none double. `python -m tests.answering` does it for real."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import connections

from dashboards.journal.access_log import record
from dashboards.journal.answers import AlertKey, GivenAnswer, standing, write_answer
from flows.journal import Place, read_events
from flows.sealing import seal, verify

THREADS, ALERTS = 8, 200
MOMENT = datetime(2026, 11, 18, 14)


def alert_of(number: int) -> AlertKey:
    return AlertKey(
        alert_id=f"a{number}",
        clinic_id="noord",
        patient_id=f"P{number}",
        alert_kind="reliable_deterioration",
        opened_at=MOMENT - timedelta(days=14),
        measured_at=MOMENT,
    )


def at_once(deeds: Sequence[Callable[[], None]]) -> None:
    """Each in a thread of its own, all let go at the same moment; the first error is raised."""
    gate, errors = threading.Barrier(len(deeds)), list[Exception]()

    def run(deed: Callable[[], None]) -> None:
        gate.wait()
        try:
            deed()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_every_alert_answered_by_two_clicks_at_once_has_one_answer(place: Place) -> None:
    def answer_from(first: int) -> None:
        for number in range(first, ALERTS, THREADS // 2):
            given = GivenAnswer("anna", "consult", None, "")
            write_answer(alert_of(number), given, shown_seq=0)

    at_once([partial(answer_from, number // 2) for number in range(THREADS)])
    events = read_events(place)
    for kind in ("alert_seen", "alert_answered"):
        counted = Counter(event.patient_id for event in events if event.kind == kind)
        assert counted == {f"P{number}": 1 for number in range(ALERTS)}


def test_different_answers_to_one_alert_at_once_are_all_kept(place: Place) -> None:
    people = [f"person {number}" for number in range(THREADS)]

    def answer_as(who: str) -> None:
        write_answer(alert_of(1), GivenAnswer(who, "consult", None, f"By {who}"), shown_seq=0)

    at_once([partial(answer_as, who) for who in people])
    now = standing(alert_of(1))
    assert now.answer is not None
    assert sorted(a.given.actor for a in (now.answer, *now.beside)) == people
    assert Counter(e.kind for e in read_events(place)) == {"alert_seen": 1, "alert_answered": 8}


@pytest.mark.parametrize("sealers", [1, 2])
def test_a_batch_sealed_while_others_write_holds(place: Place, sealers: int) -> None:
    def look(who: int) -> None:
        for number in range(25):
            record(f"person {who}", "therapist", "patient", "noord", f"P{number}")

    def seal_often() -> None:
        for week in range(10):
            seal(place, MOMENT + timedelta(days=7 * week))

    at_once([*(partial(look, number) for number in range(5)), *[seal_often] * sealers])
    seal(place, MOMENT)
    held = verify(place)
    assert (held.loose_events, held.loose_entries) == (0, 0)
    assert held.last is not None
    assert held.last.access_seq == 125
