"""In a real browser, on the real server: from sign-in to an answered alert."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from flows.journal import read_events
from tests.dashboards.serving import PASSWORD, fill, served

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PAGES = ["/", "/alerts/noord-t1-worse", "/alerts/noord-file", "/overdue", "/help", "/nowhere"]


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
                "sign in": "Inloggen",
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
                "sign in": "Sign in",
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
    _sign_in(page, address, "anna", words["sign in"])

    page.get_by_role("link", name=words["alert"]).click()
    page.get_by_label(words["choose"]).click()
    page.get_by_role("button", name=words["save"]).click()

    assert page.get_by_role("heading", name=words["answered"]).is_visible()
    assert page.get_by_text(words["choose"]).is_visible()
    kinds = [event.kind for event in read_events(home / "journal.sqlite3")[before:]]
    assert kinds[-1] == "alert_answered"

    page.get_by_role("button", name=words["undo"]).click()
    assert page.get_by_role("button", name=words["save"]).is_visible()
    assert read_events(home / "journal.sqlite3")[-1].kind == "alert_answer_withdrawn"
    page.close()


def test_a_strangers_alert_is_not_shown(browser: Browser, address: str) -> None:
    page = browser.new_page(locale="en")
    _sign_in(page, address, "anna", "Sign in")
    response = page.goto(f"{address}/alerts/noord-t2-critical")

    assert response is not None
    assert response.status == 404
    assert "P2" not in page.content()
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("language", "sign_in"), [("nl", "Inloggen"), ("en", "Sign in")])
def test_every_page_is_accessible_and_fits_a_small_screen(
    browser: Browser, address: str, language: str, sign_in: str, scheme: str
) -> None:
    page = browser.new_page(
        locale=language,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": 320, "height": 640},
    )
    page.goto(f"{address}/sign-in")
    violations = _violations(page)
    _sign_in(page, address, "bea", sign_in)
    for path in PAGES:
        page.goto(address + path)
        violations += _violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()

    assert violations == []


def test_a_planted_violation_is_found(browser: Browser, address: str) -> None:
    page = browser.new_page(locale="en")
    page.goto(f"{address}/sign-in")
    page.evaluate("document.querySelector('label').remove()")

    assert any("label" in violation for violation in _violations(page))
    page.close()


def _violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{page.url}: {violation['id']}" for violation in found]


def _sign_in(page: Page, address: str, name: str, button: str) -> None:
    page.goto(address + "/")
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name=button).click()
