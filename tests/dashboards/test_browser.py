"""In a real browser, on the real server: from sign-in to an answered alert."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from flows.journal import read_events
from tests.axe import CHROMIUM, FLAGS
from tests.dashboards.serving import fill, served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("OPKOERS_REQUIRE_ALL") == "1":
            pytest.fail(f"there is no {CHROMIUM}, and everything is required")
        pytest.skip(f"there is no {CHROMIUM}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the small snapshot and two accounts."""
    home = tmp_path_factory.mktemp("home")
    fill(home)
    return home


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """The address of the real server, served from `home` until the tests are done."""
    with served(home) as address:
        yield address


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "nl",
            {
                "alert": "Betrouwbare verslechtering, patiënt P1",
                "choose": "Ik pas het behandelplan aan",
                "save": "Antwoord opslaan",
                "answered": "Beantwoord",
                "undo": "Dit antwoord intrekken",
            },
        ),
        (
            "en",
            {
                "alert": "Reliable deterioration, patient P1",
                "choose": "I adjust the treatment plan",
                "save": "Save answer",
                "answered": "Answered",
                "undo": "Undo this answer",
            },
        ),
    ],
)
def test_an_alert_is_answered_in_three_clicks_and_undone(
    browser: Browser, address: str, home: Path, language: str, words: dict[str, str]
) -> None:
    before = len(read_events(home / "journal.sqlite3"))
    page = browser.new_page(locale=language, java_script_enabled=False)
    _sign_in(page, address, "anna")

    page.get_by_role("link", name=words["alert"]).click()
    page.get_by_label(words["choose"]).click()
    page.get_by_role("button", name=words["save"]).click()

    page.get_by_role("heading", name=words["answered"]).wait_for()
    assert page.get_by_text(words["choose"]).is_visible()
    kinds = [event.kind for event in read_events(home / "journal.sqlite3")[before:]]
    assert kinds[-1] == "alert_answered"

    page.get_by_role("button", name=words["undo"]).click()
    page.get_by_role("button", name=words["save"]).wait_for()
    assert read_events(home / "journal.sqlite3")[-1].kind == "alert_answer_withdrawn"
    page.close()


def test_a_strangers_alert_is_not_shown(browser: Browser, address: str) -> None:
    page = browser.new_page(locale="en")
    _sign_in(page, address, "anna")
    response = page.goto(f"{address}/alerts/noord-t2-critical")

    assert response is not None
    assert response.status == 404
    assert "P2" not in page.content()
    page.close()


def test_a_patient_is_reached_by_the_keyboard_alone(browser: Browser, address: str) -> None:
    """By number (without real numbers in the home, that of Op koers), to the course as a table."""
    page = browser.new_page(locale="en", java_script_enabled=False)
    _sign_in(page, address, "anna")
    page.goto(f"{address}/patients")
    page.get_by_label("Find a patient by number in the EHR").focus()
    page.keyboard.type("P1")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/patients/P1")

    assert page.get_by_role("heading", name="Patient P1").is_visible()
    summary = page.locator("summary", has_text="The same as a table")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("cell", name="19 (sudden loss)").is_visible()
    page.close()


@pytest.mark.parametrize(("width", "is_wide"), [(320, False), (1280, True)])
def test_a_screen_shows_the_course_once_and_paper_shows_it_wide(
    browser: Browser, address: str, width: int, is_wide: bool
) -> None:
    page = browser.new_page(locale="nl", viewport={"width": width, "height": 800})
    _sign_in(page, address, "anna")
    page.goto(f"{address}/patients/P1")

    assert [drawn.is_visible() for drawn in page.locator(".chart").all()] == [is_wide, not is_wide]
    page.emulate_media(media="print")
    assert [drawn.is_visible() for drawn in page.locator(".chart").all()] == [True, False]
    assert not page.get_by_text("Wie keek naar deze patiënt").is_visible()
    page.close()


def _sign_in(page: Page, address: str, name: str) -> None:
    """As somebody of the demo; test_sign_in_browser.py has the other ways in."""
    page.goto(f"{address}/sign-in/demo")
    page.locator(f"button[value={name}]").click()
