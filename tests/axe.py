"""Every page of every role, in both languages and themes, held against WCAG: `python -m tests.axe`.

Which role has which page is read from `dashboards/access.py`, so that a new page is looked at
as soon as its route is in PAGES below; a test fails while it is not. Each page is opened 320 px
wide in Chromium with everything unfolded, and axe-core looks for violations of WCAG 2.2, level A
and AA. Best practices are counted beside them and break nothing.
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# Told by the command alone: they break nothing, and looking for them takes a quarter of the time.
WITH_PRACTICES = (*WCAG, "best-practice")
# A theme changes colours and nothing else, so the second is asked about these alone.
OF_COLOUR = ("color-contrast", "link-in-text-block")
LANGUAGES, THEMES = ("nl", "en"), ("light", "dark")
NARROW = {"width": 320, "height": 640}

# Route to the addresses at which it is looked at, for whoever has it.
PAGES: Mapping[str, Sequence[str]] = {
    "alerts": ("/", "/?kind=reliable_deterioration&age=longer"),
    "alert": ("/alerts/noord-t1-worse",),
    "overdue": ("/overdue",),
    "week": ("/week",),
    "caseload": ("/patients",),
    "patient": ("/patients/P1",),
    "who_looked": ("/patients/P1/who-looked",),
    "goals": ("/patients/P1/goals",),
    "evaluation": ("/patients/P1/evaluation",),
    "patient_view": ("/patients/P1/together",),
    "break_glass": ("/break-glass",),
    "leave": ("/leave",),
    "progress": ("/progress",),
    "intervision": ("/progress/intervision",),
    "supervisees": ("/progress/supervisees",),
    "account": ("/account",),
    "quality": ("/quality",),
    "quality_indicators": ("/quality/indicators",),
    "quality_indicator": ("/quality/indicators/response_rate",),
    "quality_loop": ("/quality/alerts",),
    "quality_data": ("/quality/data",),
    "protection": ("/protection",),
    "accounts": ("/accounts",),
    "settings": ("/settings",),
    "help": ("/help",),
    "help_chapter": ("/help/rules/critical?all",),
    "therapist_results": ("/help/therapist-results",),
}
# Only a coordinator sees what belongs to no patient.
ALSO: Mapping[str, Sequence[str]] = {
    "clinic_coordinator": ("/alerts/noord-file", "/nowhere", "/quality"),
}
SIGNED_OUT: Mapping[str, Sequence[str]] = {
    "sign_in": ("/sign-in?ended=idle",),
    "sign_in_demo": ("/sign-in/demo",),
}
# Reached by signing in step by step: `_first_time` below.
STEPS = ("sign_in_enrol", "recovery_codes", "sign_in_code")
# What shows nothing of its own: it writes or fetches, and leads to one of the pages above.
LEADS_ELSEWHERE = frozenset(
    {
        "alert_answer",
        "alert_note",
        "alert_seen",
        "alert_undo",
        "change_password",
        "end_sessions",
        "evaluation_hold",
        "evaluation_plan",
        "find_patient",
        "goal_close",
        "goal_set",
        "intervision_add",
        "intervision_remove",
        "language",
        "leave_end",
        "leaving",
        "mark_remove",
        "mark_set",
        "practice_goal_close",
        "practice_goal_remove",
        "practice_goal_set",
        "quality_question_close",
        "quality_table",
        "quality_report",
        "share",
        "sign_in_provider",
        "sign_in_provider_back",
        "sign_out",
        "stop_sharing",
        "supervisee_consent",
        "week_file",
        "zone_consent",
    }
)
PEOPLE = {
    "clinic_coordinator": "demo-clinic_coordinator-noord",
    "therapist": "demo-therapist-noord-T1",
    "supervisor": "demo-supervisor-noord-T1",
    "quality_officer": "demo-quality_officer",
    "administrator": "demo-administrator",
}
PASSWORD = "a long enough phrase"


@dataclass(frozen=True)
class Looked:
    """One page in one language and theme; `violations` are axe's names of rules."""

    role: str
    address: str
    language: str
    theme: str
    violations: tuple[str, ...]
    practices: tuple[str, ...]
    is_too_wide: bool


def pages_of(role: str) -> list[str]:
    """The addresses of all pages that `dashboards/access.py` gives to a role."""
    from dashboards.access import ROLES, Role

    routes = ROLES[Role(role)].pages
    shown = [address for route in PAGES if route in routes for address in PAGES[route]]
    return [*shown, *ALSO.get(role, ())]


def looked_at(
    browser: Browser, address: str, language: str, tags: Sequence[str] = WCAG
) -> Iterator[Looked]:
    """Every page in one language, in both themes: signed out, on the way in, and each role."""
    with _context(browser, language) as context:
        page = context.new_page()
        for place in (each for some in SIGNED_OUT.values() for each in some):
            page.goto(address + place)
            yield from _looked(page, "nobody", place, language, tags)
        yield from _first_time(page, address, language, tags)
    for role, name in PEOPLE.items():
        with _context(browser, language) as context:
            page = context.new_page()
            page.goto(f"{address}/sign-in/demo")
            _presses(page, f"button[value={name}]")
            for place in pages_of(role):
                page.goto(address + place)
                yield from _looked(page, role, place, language, tags)


def found_on(page: Page, tags: Sequence[str] = WCAG) -> list[dict[str, Any]]:
    """What the page breaks now of the rules with these tags, as axe tells it."""
    return _run(page, {"type": "tag", "values": [*tags]})


def _looked(
    page: Page, role: str, place: str, language: str, tags: Sequence[str]
) -> Iterator[Looked]:
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    is_too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.emulate_media(color_scheme="light")
    yield _told(role, place, language, "light", found_on(page, tags), is_too_wide)
    page.emulate_media(color_scheme="dark")
    in_the_dark = _run(page, {"type": "rule", "values": [*OF_COLOUR]})
    yield _told(role, place, language, "dark", in_the_dark, is_too_wide)


def _run(page: Page, only: Mapping[str, object]) -> list[dict[str, Any]]:
    options = {"runOnly": only, "resultTypes": ["violations"]}
    response: dict[str, Any] = Axe().run(page, options=options).response
    violations: list[dict[str, Any]] = response["violations"]
    return violations


def _told(
    role: str,
    place: str,
    language: str,
    theme: str,
    found: Sequence[Mapping[str, Any]],
    is_too_wide: bool,
) -> Looked:
    of_wcag = [each for each in found if {*each["tags"]} & {*WCAG}]
    return Looked(
        role,
        place,
        language,
        theme,
        tuple(each["id"] for each in of_wcag),
        tuple(each["id"] for each in found if each not in of_wcag),
        is_too_wide,
    )


def _first_time(page: Page, address: str, language: str, tags: Sequence[str]) -> Iterator[Looked]:
    """The steps of a local account: connecting the app, its recovery codes, then the code."""
    from dashboards.accounts.totp import STEP_SECONDS, code_at

    _gives_password(page, address, f"first-{language}")
    yield from _looked(page, "nobody", "sign_in_enrol", language, tags)
    secret = page.locator(".key").inner_text().replace(" ", "")
    page.locator("#id_code").fill(code_at(secret, int(time.time()) // STEP_SECONDS))
    _presses(page, "main form button")
    yield from _looked(page, "therapist", "recovery_codes", language, tags)
    page.context.clear_cookies()
    _gives_password(page, address, f"first-{language}")
    yield from _looked(page, "nobody", "sign_in_code", language, tags)


def _gives_password(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/sign-in")
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(PASSWORD)
    _presses(page, "main form button")


def _presses(page: Page, button: str) -> None:
    """The next page stands whole: a click alone returns before an empty document is filled."""
    with page.expect_navigation():
        page.locator(button).first.click()


@contextmanager
def _context(browser: Browser, language: str) -> Iterator[BrowserContext]:
    context = browser.new_context(
        locale=language, viewport={"width": NARROW["width"], "height": NARROW["height"]}
    )
    yield context
    context.close()


def fill(home: Path) -> None:
    """The small snapshot with people for every way in, and what is off at first switched on."""
    from tests.dashboards import serving

    serving.fill(home)
    with (home / "opkoers.toml").open("a", encoding="utf-8") as settings:
        settings.write("[access]\nbreak_glass = true\n")
    for language in LANGUAGES:
        what = ["--role=therapist", "--clinic=noord", "--therapist=T1"]
        serving.add_account(home, f"first-{language}", PASSWORD, *what)


def main() -> int:
    """Print page x language x theme; 1 where anything was found, or a planted mistake was not."""
    import shutil

    from tests.dashboards.conftest import HOME  # where Django reads its settings
    from tests.dashboards.serving import served

    shutil.rmtree(HOME)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        fill(home)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with served(home) as address:
            looked = [
                each
                for language in LANGUAGES
                for each in looked_at(browser, address, language, WITH_PRACTICES)
            ]
            planted = planted_violations(browser, address)
        browser.close()
    print(as_text(looked))
    print(f"planted: a field without a label; found: {', '.join(planted) or 'NOTHING'}")
    is_right = "label" in planted and not any(e.violations or e.is_too_wide for e in looked)
    return 0 if is_right else 1


def planted_violations(browser: Browser, address: str) -> tuple[str, ...]:
    """What is found on the sign-in page once a label was taken away: proof that it bites."""
    with _context(browser, "en") as context:
        page = context.new_page()
        page.goto(f"{address}/sign-in")
        page.evaluate("document.querySelector('label').remove()")
        return tuple(each["id"] for each in found_on(page))


def too_pale(browser: Browser, address: str) -> dict[str, bool]:
    """By theme, whether text of too little contrast is found where it was planted."""
    found = {}
    for theme, colour in (("light", "#b0b0b0"), ("dark", "#505050")):
        with _context(browser, "en") as context:
            page = context.new_page()
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            page.goto(f"{address}/sign-in")
            page.evaluate(f"document.querySelector('h1').style.color = '{colour}'")
            told = _run(page, {"type": "rule", "values": [*OF_COLOUR]})
            found[theme] = any(each["id"] == "color-contrast" for each in told)
    return found


def as_text(looked: Sequence[Looked]) -> str:
    """A line for each page of a role, a column for each language and theme, then the sums."""
    columns = [(language, theme) for language in LANGUAGES for theme in THEMES]
    head = "".join(f"{f'{language} {theme}':>10}" for language, theme in columns)
    lines = [f"{'role':<20}{'page':<44}{head}"]
    cells = {(e.role, e.address, e.language, e.theme): len(e.violations) for e in looked}
    for role, place in dict.fromkeys((each.role, each.address) for each in looked):
        row = "".join(f"{cells.get((role, place, *column), '-'):>10}" for column in columns)
        lines.append(f"{role:<20}{place:<44}{row}")
    return "\n".join([*lines, "", *_sums(looked)])


def _sums(looked: Sequence[Looked]) -> list[str]:
    violations = Counter(rule for each in looked for rule in each.violations)
    practices = Counter(rule for each in looked for rule in each.practices)
    wide = [each for each in looked if each.is_too_wide]
    told = ", ".join(f"{rule} ({times})" for rule, times in practices.items())
    return [
        f"{len(looked)} looked at",
        f"best practices not kept: {told or 'none'}",
        f"{len(wide)} wider than {NARROW['width']} px",
        *(f"VIOLATION {each}" for each in looked if each.violations),
        *(f"TOO WIDE {each.role} {each.address} {each.language}" for each in wide),
        f"{violations.total()} violations of WCAG 2.2 A and AA",
    ]


if __name__ == "__main__":
    sys.exit(main())
