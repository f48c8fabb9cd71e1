"""What comes out of a printer: the page to read together is one sheet, whoever it is about."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.dashboards.odd_patients import (
    Rows,
    change,
    episode,
    instrument,
    publish_with,
    scores,
    together,
)
from tests.dashboards.serving import fill, served
from tests.dashboards.test_browser import browser

__all__ = ["browser"]

GOAL = "I want to sleep through the night again and have the courage to call my brother. " * 3
A4 = (595, 842)  # points


def crowded() -> Rows:
    """Somebody with six questionnaires, each 80 times, clearly worse on the first."""
    start = datetime(2024, 11, 1, 10)
    kinds = [("A-1", "symptoms", -1), ("B-2", "functioning", 1), ("C-3", "wellbeing", 1)]
    kinds += [("D-4", "wellbeing", 1), ("E-5", "alliance", 1)]
    return together(
        {"episode": [episode("CROWD", started_at=start)]},
        *(instrument(name, measures, way, 40) for name, measures, way in kinds),
        *(
            {"score": scores("CROWD", [20, 25, 18, 22] * 20, instrument=name, started_at=start)}
            for name in ["phq-9", *(name.lower() for name, *_rest in kinds)]
        ),
        {"change": [change("CROWD", 20, 22, "deteriorated")]},
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    fill(home)
    publish_with(home, crowded())
    with served(home) as address:
        yield address


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("patient", ["P1", "P4", "CROWD"])
def test_the_page_to_read_together_is_one_sheet(
    browser: Browser,
    address: str,
    language: str,
    patient: str,
) -> None:
    page = browser.new_page(locale=language, java_script_enabled=False)
    page.goto(f"{address}/sign-in/demo")
    page.locator("button[value=anna]").click()
    for number in range(5):
        page.goto(f"{address}/patients/{patient}/goals")
        page.locator("#goal").fill(f"{number} {GOAL}")
        page.locator("form[action$='goals/set'] button").click()
    page.goto(f"{address}/patients/{patient}/together")
    printed = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    page.close()

    assert len(printed.pages) == 1
    box = printed.pages[0].mediabox
    assert (round(box.width), round(box.height)) == A4
    read = printed.pages[0].extract_text()
    assert "my brother" in read
    assert "All patients" not in read
