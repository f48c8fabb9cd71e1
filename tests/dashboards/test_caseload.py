"""The list of patients: who stands first, what is said of each, and a list of 0 or 500."""

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from tests.dashboards.odd_patients import change, episode, publish_with, scores

SignedIn = Callable[..., Client]
MOST_BYTES = 150_000
STRANGE = 'שלום <b onmouseover="x">"&\u202e 🙂'


def ids_of(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="[^"]+"><bdi>([^<]+)</bdi>', page)


@pytest.fixture
def empty(signed_in: SignedIn, snapshot: Path) -> Client:
    """A therapist who treats nobody."""
    from dashboards.access import Role
    from dashboards.accounts.management.commands.opkoers_user import add_account

    add_account("new", "a long enough phrase", Role.THERAPIST, "noord", "T99")
    return signed_in("new")


@pytest.mark.usefixtures("quick_passwords")
def test_a_list_of_nobody_is_a_sentence(empty: Client) -> None:
    page = empty.get("/patients").content.decode()

    assert "Nobody is in treatment with you, as far as the data know." in page
    assert "<table" not in page
    assert empty.get("/patients?show=critical&page=7").status_code == 200


def test_of_500_patients_a_page_shows_40_and_together_they_show_everybody(
    signed_in: SignedIn, nothing_published: Path
) -> None:
    many = [f"N{number:03}" for number in range(497)]
    publish_with(
        nothing_published,
        {
            "episode": [episode(patient) for patient in many],
            "score": [row for patient in many for row in scores(patient, [18, 12, 9])],
            "change": [change(patient, 18, 9, "recovered") for patient in many],
        },
    )
    client = signed_in("therapist")
    pages = [client.get(f"/patients?page={number}").content for number in range(1, 14)]

    assert [len(ids_of(page.decode())) for page in pages] == [40] * 12 + [20]
    listed = [patient for page in pages for patient in ids_of(page.decode())]
    assert listed[:3] == ["P1", "P5", *many[:1]], "P1 has an alert, P5 is overdue"
    assert sorted(listed) == sorted(["P1", "P4", "P5", *many])
    assert max(map(len, pages)) <= MOST_BYTES
    assert pages[0].count(b'class="spark"') == 39, "P5 was never scored"


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ("", ["P1", "P5", "P4"]),
        ("?show=attention", ["P1", "P5"]),
        ("?show=overdue", ["P5"]),
        ("?show=calm", ["P4"]),
        ("?show=critical", []),
        ("?show=%3Cscript%3E&page=-1", ["P1", "P5", "P4"]),
        ("?page=²", ["P1", "P5", "P4"]),
        ("?page=99999", ["P1", "P5", "P4"]),
    ],
)
@pytest.mark.usefixtures("snapshot")
def test_a_choice_in_the_address_shows_some_of_them(
    signed_in: SignedIn, asked: str, ids: list[str]
) -> None:
    response = signed_in("therapist").get(f"/patients{asked}")

    assert response.status_code == 200
    assert ids_of(response.content.decode()) == ids


@pytest.mark.usefixtures("snapshot")
def test_what_waits_is_counted_above(signed_in: SignedIn) -> None:
    """T1 has one alert, about P1, and P5 was not measured; T2 has a critical item of P2."""
    own = signed_in("therapist").get("/patients").content.decode()
    assert "1 other alert to answer" in own
    assert "1 patient not measured lately" in own
    assert "critical item to answer" not in own

    other = signed_in("other therapist").get("/patients").content.decode()
    assert "1 critical item to answer" in other
    assert "0 other alerts to answer" in other
    assert ids_of(other)[0] == "P2"
    assert "Critical items" in other


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("recovered", "recovered"),
        ("improved", "reliably better"),
        ("unchanged", "no reliable change"),
        ("deteriorated", "reliably worse"),
    ],
)
def test_the_change_is_told_in_words_beside_a_shape_of_its_own(
    signed_in: SignedIn, nothing_published: Path, verdict: str, words: str
) -> None:
    rows = {
        "episode": [episode("X")],
        "score": scores("X", [18, 9]),
        "change": [change("X", 18, 9, verdict)],
    }
    publish_with(nothing_published, rows)
    page = signed_in("therapist").get("/patients").content.decode()

    (row,) = re.findall(r"<bdi>X</bdi>.*?</tr>", page, re.DOTALL)
    assert f'href="#sign-{verdict}"/></svg> {words}' in row
    shapes = re.findall(r'<symbol id="sign-\w+"[^>]*><path d="([^"]+)"', page)
    assert len(set(shapes)) == 4, "no two judgements look alike"
    assert "PHQ-9: 18 → 9" in row


def test_who_comes_first_stands_first_among_equals(
    signed_in: SignedIn, nothing_published: Path
) -> None:
    """Today is 22 November: what was planned for before then is over and says nothing."""
    visits = {"A": "2026-11-20 09:00", "B": "2026-11-30 09:00", "C": "2026-11-23 15:30"}
    rows = {
        "episode": [episode(patient) for patient in visits],
        "planned_appointment": [
            {"clinic_id": clinic, "patient_id": patient, "starts_at": moment}
            for clinic in ("noord", "zuid")
            for patient, moment in visits.items()
        ],
    }
    publish_with(nothing_published, rows)
    page = signed_in("therapist").get("/patients?show=calm").content.decode()

    assert ids_of(page) == ["C", "B", "A", "P4"]
    assert "23 Nov 2026, 15:30" in page or "23 Nov 2026 15:30" in page
    assert "20 Nov 2026" not in page


def test_data_of_two_years_ago_say_so(signed_in: SignedIn, nothing_published: Path) -> None:
    """From 22 November 2024 to 22 November 2026 are 730 days."""
    long_ago = datetime(2024, 11, 22, 9)
    rows = {
        "episode": [episode("OLD", started_at=long_ago)],
        "score": scores("OLD", [20], started_at=long_ago),
    }
    publish_with(nothing_published, rows)
    client = signed_in("therapist")

    assert "730 days ago" in client.get("/patients").content.decode()
    page = client.get("/patients/OLD").content.decode()
    assert "last measured 730 days ago" in page
    assert "22 Nov" in page


def test_a_strange_number_is_text_and_leads_to_its_page(
    signed_in: SignedIn, nothing_published: Path
) -> None:
    publish_with(nothing_published, {"episode": [episode(STRANGE)]})
    client = signed_in("therapist")
    page = client.get("/patients").content.decode()

    assert "<b onmouseover" not in page
    (address,) = re.findall(r'href="(/patients/%D7[^"]+)"', page)
    assert client.get(unescape(address)).status_code == 200


def test_a_deputy_is_told_why_somebody_stands_in_the_list(
    signed_in: SignedIn, snapshot: Path
) -> None:
    from tests.access_matrix import add_people

    add_people()
    page = signed_in("deputy").get("/patients").content.decode()
    assert "you stand in for a colleague on leave" in page
