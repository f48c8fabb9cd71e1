"""The list of patients, a patient's page, and what can be written there."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from dashboards.journal.models import AccessLogEntry
from flows.journal import last_seq, read_events
from tests.access_matrix import add_people

SignedIn = Callable[..., Client]

pytestmark = pytest.mark.usefixtures("snapshot")


def order_of(page: str) -> list[str]:
    return re.findall(r'href="/patients/(P\d)"', page)


def test_patients_stand_in_the_order_of_need(signed_in: SignedIn, journal: Path) -> None:
    """P1 has a red alert, P5 is overdue by 41 days, P4 has nothing that is open."""
    client = signed_in("therapist")
    assert order_of(client.get("/patients").content.decode()) == ["P1", "P5", "P4"]

    answer = {"shown_seq": 0, "action": "consult", "note": ""}
    client.post("/alerts/noord-t1-worse/answer", answer)
    client.post("/patients/P4/leaving", {"note": ""})
    page = client.get("/patients").content.decode()
    assert order_of(page) == ["P4", "P5", "P1"]
    assert "2 patients need attention." in page


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ["in treatment since 29 Jun 2026", "your own patient", "Each panel", "4.0 – 16.0"],
        ),
        (
            "nl",
            ["in behandeling sinds 29 jun 2026", "uw eigen patiënt", "Elk deel", "4,0 – 16,0"],
        ),
    ],
)
def test_a_patients_page_draws_the_course_and_tells_it_as_a_table(
    signed_in: SignedIn, language: str, words: list[str]
) -> None:
    page = signed_in("therapist", language).get("/patients/P1").content.decode()

    assert [word for word in words if word not in page] == []
    assert page.count('class="chart"') == 2, "wide, and for a small screen"
    assert page.count('<tr><td class="figure">') == 5
    assert page.count("<desc>") == 2


def test_a_namesake_in_another_clinic_is_somebody_else(signed_in: SignedIn) -> None:
    """Both clinics have a P1 of a T1; noord's scored 12 to 19 and zuid's 16 to 18."""
    page = signed_in("namesake therapist").get("/patients/P1").content.decode()

    scores = re.findall(r'\d{4}</td><td class="figure">(\d+)', page)
    assert scores == ["17", "18", "17", "17", "16", "16"]
    assert "noord" not in page
    assert "Dashed" not in page, "what was expected of noord's P1 is not drawn here"


def test_an_earlier_treatment_by_a_colleague_is_named_without_its_scores(
    signed_in: SignedIn,
) -> None:
    add_people()
    page = signed_in("co-therapist").get("/patients/P9").content.decode()

    assert "Earlier treatments" in page
    assert "29 Jun 2026 – 31 Aug 2026" in page
    assert "No scores yet in this treatment." in page


def test_that_a_patient_will_stop_reaches_everybody_who_treats_the_patient(
    signed_in: SignedIn, journal: Path
) -> None:
    add_people()
    note = "<b>It costs too much</b>"
    signed_in("co-therapist").post("/patients/P1/leaving", {"note": note})
    signed_in("co-therapist").post("/patients/P1/leaving", {"note": note})

    event = read_events(journal)[-1]
    assert [e.kind for e in read_events(journal)].count("leaving_announced") == 1
    assert (event.clinic_id, event.patient_id) == ("noord", "P1")
    for viewer in ("therapist", "deputy", "supervisor"):
        page = signed_in(viewer).get("/patients/P1").content.decode()
        assert "&lt;b&gt;It costs too much&lt;/b&gt;" in page
        assert "Said they will stop" in signed_in(viewer).get("/patients").content.decode()

    signed_in("therapist").post("/patients/P1/leaving", {"stays": "on"})
    assert "costs too much" not in signed_in("therapist").get("/patients/P1").content.decode()


def test_a_too_long_reason_for_leaving_comes_back_whole(signed_in: SignedIn, journal: Path) -> None:
    response = signed_in("therapist").post("/patients/P1/leaving", {"note": "x" * 2001})

    assert response.status_code == 422
    assert "x" * 2001 in response.content.decode()
    assert last_seq(journal) == 0


def test_a_later_note_stands_with_the_answer(signed_in: SignedIn, journal: Path) -> None:
    client, alert = signed_in("therapist"), "/alerts/noord-t1-worse"
    client.post(f"{alert}/answer", {"shown_seq": 0, "action": "consult", "note": ""})
    for _click in range(2):
        client.post(f"{alert}/note", {"shown_seq": 2, "note": "Spoke to <i>her</i>."})

    assert [event.kind for event in read_events(journal)].count("note_added") == 1
    page = client.get(alert).content.decode()
    assert "Spoke to &lt;i&gt;her&lt;/i&gt;." in page
    for note, sentence in (("", "Write the note first."), ("x" * 2001, "Shorten it.")):
        response = client.post(f"{alert}/note", {"shown_seq": 3, "note": note})
        assert response.status_code == 422
        assert sentence in response.content.decode()


def identities(home: Path) -> None:
    """The identity store as landing keeps it: 77 is P1 in both clinics, 88 is T2's patient."""
    with sqlite3.connect(home / "identity.sqlite3") as store:
        store.execute("create table identity (clinic_id text, patient_id text, pseudonym text)")
        store.executemany(
            "insert into identity values (?, ?, ?)",
            [("noord", "77", "P1"), ("noord", "88", "P2"), ("zuid", "99", "P7")],
        )


@pytest.mark.parametrize(
    ("number", "status"), [("77", 302), (" 77 ", 302), ("88", 404), ("99", 404), ("", 404)]
)
def test_a_patient_is_found_by_the_number_of_the_ehr_if_it_is_ones_own(
    signed_in: SignedIn, nothing_published: Path, number: str, status: int
) -> None:
    identities(nothing_published)
    response = signed_in("therapist").post("/find-patient", {"number": number})

    assert response.status_code == status
    if status == 302:
        assert response.headers["Location"] == "/patients/P1"
    else:
        assert "No patient of yours has this number." in response.content.decode()


def test_looking_for_a_strangers_number_is_written_down(
    signed_in: SignedIn, nothing_published: Path
) -> None:
    identities(nothing_published)
    signed_in("therapist").post("/find-patient", {"number": "88"})

    refused = AccessLogEntry.objects.get(result="refused")
    assert (refused.page, refused.clinic_id, refused.patient_id) == ("find_patient", "noord", "P2")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Patients cannot be found by their number now"),
        ("nl", "Patiënten zijn nu niet op nummer te vinden"),
    ],
)
def test_a_damaged_identity_store_is_a_calm_page(
    signed_in: SignedIn, nothing_published: Path, language: str, sentence: str
) -> None:
    (nothing_published / "identity.sqlite3").write_bytes(b"not a database" * 100)
    response = signed_in("therapist", language).post("/find-patient", {"number": "77"})

    assert response.status_code == 503
    assert sentence in response.content.decode()


@pytest.mark.parametrize("page", ["/", "/patients", "/patients/P1", "/alerts/noord-t1-worse"])
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Who looks at a patient is written down before anything is shown"),
        ("nl", "wordt vastgelegd voordat er iets te zien is"),
    ],
)
def test_what_cannot_be_logged_is_not_shown(
    signed_in: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    language: str,
    sentence: str,
) -> None:
    """As on a full disk."""

    def full(*_arguments: object, **_more: object) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(AccessLogEntry.objects, "create", full)
    response = signed_in("therapist", language).get(page)

    assert response.status_code == 503
    text = response.content.decode()
    assert sentence in text
    assert not re.search(r"\bP1\b|PHQ-9", re.sub(r'name="next" value="[^"]*"', "", text))


def test_a_refusal_that_cannot_be_logged_is_still_a_refusal(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_more: object) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(AccessLogEntry.objects, "create", full)
    assert signed_in("therapist").get("/patients/P2").status_code == 404


def test_ids_of_any_shape_have_an_address(signed_in: SignedIn) -> None:
    """A clinic's own ids may hold what means something in an address."""
    client = signed_in("therapist")
    for forged in ("P1/../P2", "P2/who-looked", "%2e%2e", "P1%00", "a" * 5000, "é", "P1'--"):
        assert client.get(f"/patients/{forged}").status_code == 404


@pytest.mark.parametrize("number", ["", "x", "-1", "²", "9" * 30])
def test_a_forged_number_ends_no_leave(signed_in: SignedIn, journal: Path, number: str) -> None:
    assert signed_in("therapist").post("/leave/end", {"number": number}).status_code == 302
    assert last_seq(journal) == 0


def test_settings_and_accounts_tell_no_secret_and_nothing_of_patients(
    signed_in: SignedIn, settings: Settings
) -> None:
    add_people()
    (Path(settings.OPKOERS.home) / "secrets").mkdir()
    client = signed_in("administrator", "nl")
    accounts = client.get("/accounts").content.decode()
    told = client.get("/settings").content.decode()

    assert "namesake therapist" in accounts
    assert "geen: ingetrokken" in accounts
    assert "break_glass" in told
    assert not re.search(r"\b(P\d|T\d)\b", accounts + told)
    assert "argon2" not in accounts
