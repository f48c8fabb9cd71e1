"""make pictures: the first page of a demo report, twice, and two pages of a therapist."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from flows.cli import main as opkoers
from flows.publishing.report import render_page_png
from tests.axe import CHROMIUM, FLAGS
from tests.dashboards.serving import served

FOLDER = Path(__file__).parent
CLINIC = "noord"
SCREEN: ViewportSize = {"width": 1100, "height": 825}
THERAPIST = f"button[value^=demo-therapist-{CLINIC}]"
# Name of the picture: language, theme, and the link to follow from the list of patients.
PAGES = {
    "patients.nl.png": ("nl", "light", ""),
    "patient.en.png": ("en", "dark", "main tbody a[href^='/patients/']"),
}


def main() -> None:
    """Write report.nl.png, report.en.png and PAGES beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        if opkoers(["demo", "--direct", "--home", str(home)]) != 0:
            raise SystemExit("the demo could not be made")
        snapshot = (home / "published" / "current").resolve()
        for language in ("nl", "en"):
            target = FOLDER / f"report.{language}.png"
            target.write_bytes(render_page_png(snapshot, CLINIC, language, 1))
            print(target.relative_to(FOLDER.parent.parent))
        with served(home) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for name in PAGES:
                _picture_of_page(browser, address, name)
            browser.close()


def _picture_of_page(browser: Browser, address: str, name: str) -> None:
    """What the first therapist of the clinic sees at the top of the screen."""
    language, theme, link = PAGES[name]
    page = browser.new_page(
        locale=language, color_scheme="dark" if theme == "dark" else "light", viewport=SCREEN
    )
    page.goto(f"{address}/sign-in/demo?next=/patients")
    page.locator(THERAPIST).first.click()
    if link:
        page.locator(link).first.click()
    page.screenshot(path=FOLDER / name)
    page.close()
    print((FOLDER / name).relative_to(FOLDER.parent.parent))


if __name__ == "__main__":
    main()
