"""What comes out of a printer: dark on white, whole, without menu and buttons."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from tests.axe import PEOPLE
from tests.dashboards.serving import fill, served
from tests.dashboards.test_browser import browser

__all__ = ["browser"]

A4_PIXELS = 794 - 2 * 53  # 210 mm at 96 to the inch, less the margins of the style sheet
# Role, page, what must be on paper, and on how many sheets at most.
PRINTED = [
    ("clinic_coordinator", "/week", "1,317", 2),
    ("clinic_coordinator", "/", "Critical item, patient P2", 2),
    ("clinic_coordinator", "/alerts/noord-t1-worse", "Reliable deterioration", 2),
    ("clinic_coordinator", "/overdue", "P5", 1),
    ("quality_officer", "/quality", "Were alerts answered?", 2),
    ("administrator", "/accounts", "Signs in by", 1),
    ("therapist", "/patients/P1/who-looked", "Who looked at patient P1", 1),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    fill(home)
    with served(home) as address:
        yield address


@pytest.fixture(scope="module")
def pages(browser: Browser, address: str) -> Iterator[dict[str, Page]]:
    """Somebody of each role on a dark screen."""
    people = {}
    for role in {role for role, *_rest in PRINTED}:
        page = browser.new_context(locale="en", color_scheme="dark").new_page()
        page.goto(f"{address}/sign-in/demo")
        page.locator(f"button[value={PEOPLE[role]}]").click()
        people[role] = page
    yield people
    for page in people.values():
        page.context.close()


@pytest.mark.parametrize(("role", "place", "words", "sheets"), PRINTED)
def test_a_page_is_printed_whole(
    pages: dict[str, Page], address: str, role: str, place: str, words: str, sheets: int
) -> None:
    page = pages[role]
    page.goto(address + place)
    printed = PdfReader(BytesIO(page.pdf(format="A4", print_background=True)))
    text = " ".join(sheet.extract_text() for sheet in printed.pages)

    assert len(printed.pages) <= sheets
    assert " ".join(words.split()) in " ".join(text.split())
    assert "Sign out" not in text
    assert "It is not a crisis line" in text


@pytest.mark.parametrize(("role", "place"), [(role, place) for role, place, *_rest in PRINTED])
def test_nothing_is_cut_off_and_paper_is_white(
    pages: dict[str, Page], address: str, role: str, place: str
) -> None:
    page = pages[role]
    page.set_viewport_size({"width": A4_PIXELS, "height": 1000})
    page.goto(address + place)
    page.emulate_media(media="print")
    is_whole = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ground, ink = page.evaluate(
        "[document.body, document.querySelector('h1')].map(each => getComputedStyle(each))"
        ".map((style, place) => place ? style.color : style.backgroundColor)"
    )
    page.emulate_media(media="screen")

    assert is_whole
    assert ground == "rgb(255, 255, 255)"
    assert ink == "rgb(28, 37, 44)"
