"""Answering an alert: what is written, what is refused, and that nothing is ever changed."""

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import cast

import pytest
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.test import Client

from flows.journal import last_seq, read_events
from tests.dashboards.published import publish

SignedIn = Callable[..., Client]

ALERT = "/alerts/noord-t1-worse"
pytestmark = pytest.mark.usefixtures("snapshot")


def answer(client: Client, alert: str = ALERT, **changes: object) -> HttpResponse:
    form = {"shown_seq": 0, "action": "adjust_plan", "discussed": "yes", "note": "Two more weeks."}
    return cast(HttpResponse, client.post(f"{alert}/answer", {**form, **changes}))


def test_an_answer_can_be_read_by_the_next_run(signed_in: SignedIn, journal: Path) -> None:
    assert answer(signed_in("therapist")).status_code == 302

    seen, answered = read_events(journal)
    assert (seen.kind, answered.kind) == ("alert_seen", "alert_answered")
    assert answered.seq == last_seq(journal)
    assert answered.actor == "therapist"
    assert answered.at.date() == date(2026, 11, 22)
    assert (answered.clinic_id, answered.patient_id) == ("noord", "P1")
    assert answered.alert_kind == "reliable_deterioration"
    assert answered.measured_at == datetime(2026, 11, 18, 14, 0)
    assert answered.payload == {
        "action": "adjust_plan",
        "discussed_with_patient": True,
        "note": "Two more weeks.",
    }


def test_an_answered_alert_says_so_in_the_list_and_on_its_page(signed_in: SignedIn) -> None:
    client = signed_in("therapist")
    answer(client)

    assert "0 alerts wait for an answer." in client.get("/").content.decode()
    page = client.get(ALERT).content.decode()
    assert "I adjust the treatment plan" in page
    assert "Two more weeks." in page
    assert "Save answer" not in page


def test_seen_is_written_once(signed_in: SignedIn, journal: Path) -> None:
    client = signed_in("therapist")
    client.post(f"{ALERT}/seen")
    client.post(f"{ALERT}/seen")

    assert [event.kind for event in read_events(journal)] == ["alert_seen"]
    assert "Seen by therapist" in client.get(ALERT).content.decode()


def test_a_second_click_writes_no_second_answer(signed_in: SignedIn, journal: Path) -> None:
    client = signed_in("therapist")

    assert answer(client).status_code == 302
    assert answer(client).status_code == 302
    assert [event.kind for event in read_events(journal)] == ["alert_seen", "alert_answered"]


def test_two_answers_at_once_are_both_kept_and_the_page_says_so(
    signed_in: SignedIn, journal: Path
) -> None:
    answer(signed_in("therapist"))
    second = signed_in("coordinator")

    assert answer(second, action="consult", note="My own words").status_code == 302
    kinds = [event.kind for event in read_events(journal)]
    assert kinds == ["alert_seen", "alert_answered", "alert_answered"]
    for client in (second, signed_in("therapist")):
        page = client.get(ALERT).content.decode()
        assert "therapist answered at the same time" in page
        assert page.index("My own words") < page.index("Two more weeks.")


def test_undo_of_one_of_two_answers_leaves_the_other_in_force(
    signed_in: SignedIn, journal: Path
) -> None:
    client = signed_in("coordinator")
    answer(signed_in("therapist"))
    answer(client, action="consult", note="My own words")
    client.post(f"{ALERT}/undo", {"shown_seq": 3})

    assert read_events(journal)[-1].payload == {"answer_seq": 3}
    page = client.get(ALERT).content.decode()
    assert "Two more weeks." in page
    assert "My own words" not in page
    assert "answered at the same time" not in page


def test_a_form_sent_again_after_an_undo_adds_nothing(signed_in: SignedIn, journal: Path) -> None:
    client = signed_in("therapist")
    answer(client)
    client.post(f"{ALERT}/undo", {"shown_seq": 2})
    answer(client)

    assert last_seq(journal) == 3
    answer(client, shown_seq=3)
    assert last_seq(journal) == 4, "the same answer from a fresh page is meant"


def test_undo_withdraws_the_answer_and_keeps_it_in_the_journal(
    signed_in: SignedIn, journal: Path
) -> None:
    client = signed_in("therapist")
    answer(client)
    assert client.post(f"{ALERT}/undo", {"shown_seq": 2}).status_code == 302

    kinds = [event.kind for event in read_events(journal)]
    assert kinds == ["alert_seen", "alert_answered", "alert_answer_withdrawn"]
    assert read_events(journal)[-1].payload == {"answer_seq": 2}
    assert "Save answer" in client.get(ALERT).content.decode()


def test_undo_from_an_old_page_withdraws_nothing(signed_in: SignedIn, journal: Path) -> None:
    client = signed_in("therapist")
    answer(client)

    assert client.post(f"{ALERT}/undo", {"shown_seq": 1}).status_code == 409
    assert client.post(f"{ALERT}/undo", {"shown_seq": "x"}).status_code == 409
    assert last_seq(journal) == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"action": ""}, "Choose what you will do."),
        ({"action": "forged"}, "Choose what you will do."),
        ({"action": "ask_corrected_file"}, "Choose what you will do."),
        ({"action": "no_action", "note": " "}, "Write down why no action is needed."),
        ({"note": "x" * 2001}, "The note is longer than 2000 characters."),
    ],
)
def test_an_incomplete_answer_is_not_written(
    signed_in: SignedIn, journal: Path, changes: dict[str, str], sentence: str
) -> None:
    response = answer(signed_in("therapist"), **changes)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert last_seq(journal) == 0


def test_a_note_of_exactly_the_limit_is_kept(signed_in: SignedIn, journal: Path) -> None:
    answer(signed_in("therapist"), note="é" * 2000)

    assert read_events(journal)[-1].payload["note"] == "é" * 2000


def test_markup_in_a_note_is_shown_as_text(signed_in: SignedIn) -> None:
    client = signed_in("therapist")
    answer(client, note="<script>alert(1)</script>")
    page = client.get(ALERT).content.decode()

    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_an_answer_about_a_file_names_no_patient(signed_in: SignedIn, journal: Path) -> None:
    client = signed_in("coordinator")
    answer(client, "/alerts/noord-file", action="ask_corrected_file", note="")
    event = read_events(journal)[-1]

    assert event.patient_id is None
    assert event.payload["alert_id"] == "noord-file"
    assert event.payload["discussed_with_patient"] is None
    assert "I ask the sender" in client.get("/alerts/noord-file").content.decode()


def test_an_answer_stays_with_its_alert_after_a_newer_signal(
    signed_in: SignedIn, journal: Path
) -> None:
    """The journal keeps an answer on the measurement of 15 November; the alert has since run on
    to the 18th, and still covers it. One on 1 November is before the alert opened."""
    _write_event("2026-11-15T10:00:00", "consult")
    assert "I consult a colleague" in signed_in("therapist").get(ALERT).content.decode()

    _write_event("2026-11-01T10:00:00", "contact_today")
    assert "I consult a colleague" in signed_in("therapist").get(ALERT).content.decode()


def _write_event(measured_at: str, action: str) -> None:
    payload = {"action": action, "discussed_with_patient": None, "note": ""}
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into journal_journalevent"
            " (at, actor, kind, clinic_id, patient_id, alert_kind, measured_at, payload) values"
            " ('2026-11-20 10:00:00', 'x', 'alert_answered', 'noord', 'P1',"
            " 'reliable_deterioration', %s, %s)",
            [measured_at, json.dumps(payload)],
        )


REPLACE = """insert or replace into journal_journalevent
    (seq, at, actor, kind, clinic_id, payload) values (1, '', '', '', '', '{}')"""


@pytest.mark.parametrize(
    "deed",
    [
        "update journal_journalevent set actor = 'someone else'",
        "delete from journal_journalevent",
        REPLACE,
    ],
)
def test_the_database_refuses_to_change_the_journal(
    signed_in: SignedIn, journal: Path, deed: str
) -> None:
    answer(signed_in("therapist"))
    before = read_events(journal)

    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(deed)
    assert read_events(journal) == before


def test_reading_pages_writes_no_events(signed_in: SignedIn, journal: Path) -> None:
    client = signed_in("coordinator")
    for address in ("/", ALERT, "/overdue", "/help", f"{ALERT}/answer", f"{ALERT}/undo"):
        client.get(address)

    assert last_seq(journal) == 0


def test_an_answer_survives_the_next_snapshot(
    signed_in: SignedIn, nothing_published: Path, tmp_path: Path
) -> None:
    client = signed_in("therapist")
    answer(client)
    newer = publish(tmp_path, "run-2")
    (nothing_published / "published" / "current").unlink()
    (nothing_published / "published" / "current").symlink_to(newer)

    assert "I adjust the treatment plan" in client.get(ALERT).content.decode()
