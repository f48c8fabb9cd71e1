"""What stands on the pages, in both languages."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from django.test import Client
from pytest_django import Settings

from dashboards.drawing.worked_examples import chapters

SignedIn = Callable[..., Client]

pytestmark = pytest.mark.usefixtures("snapshot")

WORDS = {
    ("/", "en"): [
        "Simulated data.",
        "Data up to 21 Nov 2026, 1 day ago.",
        "3 alerts wait for an answer.",
        "Critical items",
        "Suicide or self-harm",
        "PHQ-9 went from 12 (start) to 19",
        "Open for 10 days",
        "Measured on 18 Nov 2026",
        "Red",
    ],
    ("/", "nl"): [
        "Gesimuleerde gegevens.",
        "Gegevens tot en met 21 nov 2026, 1 dag geleden.",
        "Er wachten 3 meldingen op antwoord.",
        "Kritische items",
        "10 dagen open",
        "Rood",
    ],
    ("/alerts/noord-t1-worse", "en"): ["Next step", "What I will do", "patient P1", "<svg"],
    ("/alerts/noord-t1-worse", "nl"): ["Volgende stap", "Wat ik ga doen", "patiënt P1", "<svg"],
    ("/overdue", "en"): ["Overdue measurements", "12 Oct 2026", "41"],
    ("/overdue", "nl"): ["Achterstallige metingen", "12 okt 2026", "41"],
    ("/help", "en"): ["How Op koers decides", "PHQ-9", "Example source A", "Cut-off", "≥ 10"],
    ("/help", "nl"): ["Hoe Op koers beslist", "PHQ-9", "Example source A", "Afkappunt"],
    ("/help/rules/talking-therapies", "en"): ["A case at the start", "<h2>The verdicts</h2>"],
    ("/help/rules/talking-therapies", "nl"): ["Klinisch aan het begin", "<h2>De oordelen</h2>"],
    ("/help/therapist-results", "en"): ["shrinkage", "<svg", "[-1.6; 3.6]", "n / (n + 14.2)"],
    ("/help/therapist-results", "nl"): ["krimp", "<svg", "[-1,6; 3,6]", "n / (n + 14,2)"],
    ("/sign-in", "en"): ["Password"],
    ("/sign-in", "nl"): ["Wachtwoord"],
    ("/nowhere", "en"): ["There is nothing here for you"],
    ("/nowhere", "nl"): ["Hier is niets voor u"],
}


@pytest.mark.parametrize(("page", "language"), WORDS)
def test_a_page_says_what_it_should_in_its_language(
    signed_in: SignedIn, page: str, language: str
) -> None:
    viewer = None if page == "/sign-in" else "coordinator"
    text = signed_in(viewer, language).get(page).content.decode()

    assert f'<html lang="{language}">' in text
    assert [word for word in WORDS[page, language] if word not in text] == []


def test_the_chosen_language_wins_over_the_browsers(signed_in: SignedIn) -> None:
    client = signed_in("coordinator", "en")
    client.post("/language", {"language": "nl", "next": "/overdue"})

    assert '<html lang="nl">' in client.get("/overdue").content.decode()


def test_a_browser_without_our_languages_gets_the_services(signed_in: SignedIn) -> None:
    assert '<html lang="nl">' in signed_in("coordinator", "fi").get("/").content.decode()


def test_the_course_is_drawn_with_its_table_beside_it(signed_in: SignedIn) -> None:
    text = signed_in("therapist").get("/alerts/noord-t1-worse").content.decode()

    assert "From 12 on 1 Oct 2026 to 19 on 9 Oct 2026." in text
    scores = [line.split(">")[-3].removesuffix("</td") for line in text.split("<tr><td>")[1:]]
    assert len(scores) == 5


@pytest.mark.parametrize(
    ("language", "sentence", "mark"),
    [
        (
            "en",
            "Questionnaires disagree: improved on GAD-7, ORS; deteriorated on PHQ-9.",
            "19 (sudden loss)",
        ),
        (
            "nl",
            "Vragenlijsten spreken elkaar tegen: verbeterd op GAD-7, ORS; verslechterd op PHQ-9.",
            "19 (plotselinge verslechtering)",
        ),
    ],
)
def test_what_contradicts_the_reason_and_what_was_sudden_stand_with_it(
    signed_in: SignedIn, language: str, sentence: str, mark: str
) -> None:
    client = signed_in("therapist", language)
    page = client.get("/alerts/noord-t1-worse").content.decode()

    assert sentence in page
    assert sentence in client.get("/").content.decode()
    assert page.count(f"{mark}</td>") == 1
    assert page.count('stroke-width="3"') == 1


def test_a_clinics_own_values_take_the_place_of_the_published_ones(
    signed_in: SignedIn, snapshot: Path, nothing_published: Path
) -> None:
    own = nothing_published / "published" / "own.duckdb"
    shutil.copy(snapshot, own)
    with duckdb.connect(str(own)) as connection:
        connection.execute("insert into setting values ('change', 'values', 'local', '')")
        connection.execute("""
            update yardstick
            set threshold = 7.25, threshold_rule = '>', threshold_lower = 6.5,
                threshold_upper = 8, intakes = 120, cutoff_kind = 'a', cutoff = null,
                cutoff_rule = null
            where clinic_id = 'noord'
        """)
    (nothing_published / "published" / "current").unlink()
    (nothing_published / "published" / "current").symlink_to(own)

    text = signed_in("coordinator").get("/help").content.decode()
    assert "&gt; 7.25 [6.5; 8]" in text
    assert "computed from 120 own intakes, with a 95 % interval" in text
    assert "not known: too few own intakes" in text
    assert "Example source A" not in text
    assert "Where cut-offs and reliable change come from" in text


def test_every_rule_has_a_page_of_examples_that_is_not_long(signed_in: SignedIn) -> None:
    client = signed_in("therapist", "nl")
    addresses = re.findall(r'href="(/help/rules/[^"]+)"', client.get("/help").content.decode())
    assert len(addresses) == len(chapters("nl"))

    for address in addresses:
        text = client.get(address).content.decode()
        everything = client.get(f"{address}?all").content.decode()
        examples = text.count('<details class="sheet example"')
        assert text.count('<details class="sheet example" open>') == 1
        assert everything.count('<details class="sheet example" open>') == examples
        assert text.count("<table") == text.count("<caption>") > 0
        assert len(text.encode()) < 150_000


def test_the_tables_of_an_example_are_tables(signed_in: SignedIn) -> None:
    text = signed_in("therapist").get("/help/rules/change").content.decode()

    assert '<th scope="rowgroup" rowspan="2">harmed</th><td class="figure">0</td>' in text
    assert '<th scope="row">harmed</th><td>deteriorated</td><td>yes</td>' in text
    assert '<div class="scrolls" role="group" aria-label="What was measured" tabindex="0">' in text


def test_an_unknown_rule_is_not_found(signed_in: SignedIn) -> None:
    assert signed_in("therapist").get("/help/rules/astrology").status_code == 404


def test_an_alert_without_scores_has_no_empty_drawing(signed_in: SignedIn) -> None:
    text = signed_in("coordinator").get("/alerts/noord-file").content.decode()

    assert "Course so far" not in text
    assert "Discussed with the patient?" not in text


def test_closed_alerts_are_not_listed_but_can_be_read(signed_in: SignedIn) -> None:
    client = signed_in("therapist")

    assert "noord-t1-closed" not in client.get("/").content.decode()
    assert client.get("/alerts/noord-t1-closed").status_code == 200


def test_old_data_are_called_old(signed_in: SignedIn, settings: Settings) -> None:
    service = settings.OPKOERS.service
    old = service.model_copy(update={"now": service.now.replace(day=30)})
    settings.OPKOERS = settings.OPKOERS.model_copy(update={"service": old})

    text = signed_in("coordinator").get("/").content.decode()
    assert "9 days ago" in text
    assert "longer than a week" in text


def test_a_page_is_small(signed_in: SignedIn) -> None:
    client = signed_in("coordinator")

    assert len(client.get("/alerts/noord-t1-worse").content) < 50_000
    sheet = client.get("/static/koers/koers.css")
    assert len(sheet.getvalue()) < 30_000
    sheet.close()
