"""Each role from sign-in to sign-out in a real browser: by keyboard, without scripts, 320 px wide.

The language is that of the browser. What is asked after every step: the page fits, and where the
keyboard is can be seen.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from dashboards.access import ROLES
from flows.journal import read_events
from tests.axe import LANGUAGES, NARROW, PEOPLE
from tests.dashboards.serving import fill, served
from tests.dashboards.test_browser import browser

__all__ = ["browser"]

WORDS = {
    "nl": {
        "sign out": "Uitloggen",
        "signed out": "Inloggen",
        "alerts": "Meldingen",
        "week": "Deze week",
        "overdue": "Achterstallig",
        "patients": "Patiënten",
        "quality": "Kwaliteit",
        "protection": "Gegevensbescherming",
        "accounts": "Accounts",
        "settings": "Instellingen",
        "progress": "Mijn voortgang",
        "leave": "Afwezigheid",
        "help": "Uitleg",
        "alert": "Betrouwbare verslechtering, patiënt P1",
        "consult": "Ik overleg met een collega of mijn supervisor",
        "save": "Antwoord opslaan",
        "answered": "Beantwoord",
        "undo": "Dit antwoord intrekken",
        "data": "Gegevens tot en met",
        "kind": "Soort melding",
        "show": "Tonen",
        "all": "Alle meldingen tonen",
    },
    "en": {
        "sign out": "Sign out",
        "signed out": "Sign in",
        "alerts": "Alerts",
        "week": "This week",
        "overdue": "Overdue",
        "patients": "Patients",
        "quality": "Quality",
        "protection": "Data protection",
        "accounts": "Accounts",
        "settings": "Settings",
        "progress": "My progress",
        "leave": "Leave",
        "help": "Help",
        "alert": "Reliable deterioration, patient P1",
        "consult": "I consult a colleague or my supervisor",
        "save": "Save answer",
        "answered": "Answered",
        "undo": "Undo this answer",
        "data": "Data up to",
        "kind": "Kind of alert",
        "show": "Show",
        "all": "Show all alerts",
    },
}
# What stands in the menu of a role, in order.
MENUS = {
    "clinic_coordinator": ["week", "alerts", "overdue", "help"],
    "therapist": ["alerts", "patients", "overdue", "progress", "leave", "help"],
    "supervisor": ["alerts", "patients", "overdue", "progress", "leave", "help"],
    "quality_officer": ["quality", "protection", "help"],
    "administrator": ["protection", "accounts", "settings", "help"],
}
ANSWERERS = ("clinic_coordinator", "therapist")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    fill(home)
    return home


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with served(home) as address:
        yield address


@pytest.fixture(params=LANGUAGES)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A small screen without scripts of the page's own."""
    context = browser.new_context(
        locale=request.param,
        java_script_enabled=False,
        viewport={"width": NARROW["width"], "height": NARROW["height"]},
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


@pytest.fixture
def words(page: Page, request: pytest.FixtureRequest) -> dict[str, str]:
    return WORDS[request.node.callspec.params["page"]]


def test_every_role_has_a_journey() -> None:
    assert set(MENUS) == set(PEOPLE) == {role.value for role in ROLES}


@pytest.mark.parametrize("role", MENUS)
def test_a_role_goes_through_its_menu_by_keyboard(
    page: Page, words: dict[str, str], address: str, role: str
) -> None:
    _signs_in(page, address, PEOPLE[role])
    names = [each.inner_text() for each in page.locator("header nav a").all()]
    assert names == [words[key] for key in MENUS[role]]

    for name in names:
        _goes(page, page.locator("header nav").get_by_role("link", name=name, exact=True))
        assert page.locator("main h1").is_visible()
        assert page.locator(".about-data").get_by_text(words["data"]).is_visible()
        _fits(page)

    _goes(page, page.locator("ol.contents a").first)
    _fits(page)
    _goes(page, page.locator(".account a"))
    _fits(page)
    _goes(page, page.get_by_role("button", name=words["sign out"], exact=True))
    assert page.get_by_role("heading", name=words["signed out"]).is_visible()
    page.goto(f"{address}/account")
    assert "/sign-in" in page.url


@pytest.mark.parametrize("role", ANSWERERS)
def test_an_alert_is_found_answered_and_undone_by_keyboard(
    page: Page, words: dict[str, str], address: str, home: Path, role: str
) -> None:
    _signs_in(page, address, PEOPLE[role])
    page.goto(address)
    if role == "clinic_coordinator":
        page.get_by_label(words["kind"]).focus()
        page.keyboard.type(words["alert"][:12])
        _goes(page, page.get_by_role("button", name=words["show"], exact=True))
        assert "kind=reliable_deterioration" in page.url
        assert page.locator(".card").count() == 1
        assert page.get_by_role("link", name=words["all"]).is_visible()
    _goes(page, page.get_by_role("link", name=words["alert"]))
    _fits(page)

    page.get_by_label(words["consult"]).focus()
    page.keyboard.press("Space")
    _goes(page, page.get_by_role("button", name=words["save"]))
    assert page.get_by_role("heading", name=words["answered"]).is_visible()
    assert _last_kind(home) == "alert_answered"

    _goes(page, page.get_by_role("button", name=words["undo"]))
    assert page.get_by_role("button", name=words["save"]).is_visible()
    assert _last_kind(home) == "alert_answer_withdrawn"


def test_the_first_key_leads_past_the_menu(page: Page, address: str) -> None:
    _signs_in(page, address, PEOPLE["therapist"])
    page.goto(address)
    page.keyboard.press("Tab")

    assert page.locator(".skip:focus").is_visible()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def _signs_in(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/sign-in/demo")
    _goes(page, page.locator(f"button[value={name}]"))


def _goes(page: Page, where: Locator) -> None:
    """To a link or button by the keyboard, which shows where it is, and through it."""
    where.focus()
    assert page.locator(":focus-visible").count() == 1
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def _last_kind(home: Path) -> str:
    return str(read_events(home / "journal.sqlite3")[-1].kind)
