"""The ways in, in a real browser without scripts: app and code, identity provider, demo."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request

from dashboards.accounts.totp import STEP_SECONDS, code_at
from tests.dashboards.identity_provider import CLIENT, SECRET, IdentityProvider, running
from tests.dashboards.serving import ROOT, environment, fill, served
from tests.dashboards.test_browser import browser

__all__ = ["browser"]

PASSWORD = "a long enough phrase"
PROVIDER = """
[sign_in]
contact = "Petra van ICT (tst. 12)"
[oidc]
issuer = "{issuer}"
name = "Noord-ID"
client_id = "{client}"
client_secret_file = "oidc"
role_map = {{ "Behandelaar" = "therapist", "Coordinator" = "clinic_coordinator" }}
"""
WORDS = {
    "nl": {
        "sign in": "Inloggen",
        "name": "Gebruikersnaam",
        "password": "Wachtwoord",
        "code": "Code van zes cijfers",
        "connect": "Koppelen",
        "kept": "Ik heb ze bewaard, ga verder",
        "sign out": "Uitloggen",
        "no app": "Ik kan mijn app nu niet gebruiken",
        "recovery": "Een van uw herstelcodes",
        "provider": "Inloggen met Noord-ID",
        "no role": "U hebt geen rol in Op koers",
        "stopped": "U bent niet ingelogd",
    },
    "en": {
        "sign in": "Sign in",
        "name": "User name",
        "password": "Password",
        "code": "Code of six digits",
        "connect": "Connect",
        "kept": "I have kept them, go on",
        "sign out": "Sign out",
        "no app": "I cannot use my app now",
        "recovery": "One of your recovery codes",
        "provider": "Sign in with Noord-ID",
        "no role": "You have no role in Op koers",
        "stopped": "You were not signed in",
    },
}
pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with running() as provider:
        yield provider


@pytest.fixture(scope="module")
def address(provider: IdentityProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real server, with the provider in its settings and a local account per language."""
    home = tmp_path_factory.mktemp("home")
    fill(home)
    with (home / "opkoers.toml").open("a", encoding="utf-8") as settings:
        settings.write(PROVIDER.format(issuer=provider.issuer, client=CLIENT))
    (home / "secrets" / "oidc").touch(mode=0o600)
    (home / "secrets" / "oidc").write_text(SECRET, "utf-8")
    for language in WORDS:
        _add(home, f"carla-{language}")
    with served(home) as address:
        yield address


@pytest.fixture(params=["nl", "en"])
def words(request: pytest.FixtureRequest) -> dict[str, str]:
    return {"language": request.param, **WORDS[request.param]}


@pytest.fixture
def page(browser: Browser, address: str, words: dict[str, str]) -> Iterator[Page]:
    """A small screen, without scripts; our pages load nothing but what is ours."""
    context = browser.new_context(
        locale=words["language"],
        java_script_enabled=False,
        viewport={"width": 320, "height": 640},
    )
    loaded: list[str] = []
    context.on("request", lambda asked: loaded.append(asked.url) if _is_ours(asked) else None)
    yield context.new_page()
    context.close()
    assert loaded
    assert all(url.startswith(address) for url in loaded)


def _is_ours(asked: Request) -> bool:
    """Whether a page of ours asks for it, as part of itself."""
    return not asked.is_navigation_request() and "/oauth2/" not in asked.frame.url


def test_an_app_is_connected_by_keyboard_and_then_asked_for(
    page: Page, address: str, words: dict[str, str]
) -> None:
    name = f"carla-{words['language']}"
    _gives_password(page, address, name, words)
    secret = page.locator(".key").inner_text().replace(" ", "")
    assert page.locator("figure svg[role=img]").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320

    page.get_by_label(words["code"]).focus()
    page.keyboard.type(_code(secret))
    _presses_enter(page)
    recovery_codes = page.locator("li.key").all_inner_texts()
    assert len(recovery_codes) == 10
    page.get_by_role("link", name=words["kept"]).click()
    assert page.url == f"{address}/overdue"

    page.get_by_role("button", name=words["sign out"]).click()
    _gives_password(page, address, name, words)
    # The code of the enrolment is used up; that of the next half minute is good already.
    page.get_by_label(words["code"]).fill(_code(secret, 1))
    page.locator("main").get_by_role("button", name=words["sign in"]).first.click()
    assert page.url == f"{address}/overdue"

    page.get_by_role("button", name=words["sign out"]).click()
    _gives_password(page, address, name, words)
    page.get_by_text(words["no app"]).click()
    page.get_by_label(words["recovery"]).fill(recovery_codes[3])
    _presses_enter(page)
    assert page.url == f"{address}/overdue"


def test_the_identity_provider_lets_in_and_out(
    page: Page, address: str, provider: IdentityProvider, words: dict[str, str]
) -> None:
    page.goto(f"{address}/overdue")
    page.get_by_role("link", name=words["provider"]).click()
    assert page.url.startswith(f"{provider.issuer}/oauth2/authorize")
    page.get_by_role("button", name="p-dirk").click()
    assert page.url == f"{address}/overdue"
    assert page.get_by_text("dirk,").is_visible()

    page.get_by_role("button", name=words["sign out"]).click()
    page.wait_for_url(f"{provider.issuer}/oauth2/end_session**")
    page.locator("button").first.click()
    assert page.url.startswith(f"{address}/sign-in")
    assert page.get_by_role("heading", name=words["sign in"]).is_visible()
    page.goto(f"{address}/overdue")
    assert page.url.startswith(f"{address}/sign-in")


def test_who_has_no_role_there_is_told_whom_to_ask(
    page: Page, address: str, words: dict[str, str]
) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_role("link", name=words["provider"]).click()
    page.get_by_role("button", name="p-gardener").click()

    assert page.get_by_role("heading", name=words["no role"]).is_visible()
    assert "Petra van ICT (tst. 12)" in page.locator("main").inner_text()


def test_who_stops_at_the_provider_comes_back_to_a_calm_page(
    page: Page, address: str, words: dict[str, str]
) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_role("link", name=words["provider"]).click()
    page.locator("button[value=deny]").click()

    assert page.get_by_role("heading", name=words["stopped"]).is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_on_the_way_is_accessible_and_fits(
    browser: Browser, address: str, words: dict[str, str], scheme: str
) -> None:
    context = browser.new_context(
        locale=words["language"],
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": 320, "height": 640},
    )
    found = list(_violations(context, address, f"axe-{words['language']}-{scheme}", words))
    context.close()

    assert found == []


def _violations(
    context: BrowserContext, address: str, name: str, words: dict[str, str]
) -> Iterator[str]:
    page = context.new_page()
    page.goto(f"{address}/sign-in?ended=idle")
    yield from _seen(page)
    page.goto(f"{address}/sign-in/demo")
    yield from _seen(page)
    page.goto(f"{address}/sign-in/provider/back?state=forged")
    yield from _seen(page)
    _gives_password(page, address, "nobody", words)
    yield from _seen(page)


def _seen(page: Page) -> Iterator[str]:
    for violation in Axe().run(page).response["violations"]:
        yield f"{page.url}: {violation['id']}"
    if page.evaluate("document.documentElement.scrollWidth") > 320:
        yield f"{page.url}: wider than the screen"


def _gives_password(page: Page, address: str, name: str, words: dict[str, str]) -> None:
    page.goto(f"{address}/sign-in?next=/overdue")
    page.get_by_label(words["name"]).fill(name)
    page.get_by_label(words["password"]).fill(PASSWORD)
    _presses_enter(page)


def _presses_enter(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _code(secret: str, steps: int = 0) -> str:
    return code_at(secret, int(time.time()) // STEP_SECONDS + steps)


def _add(home: Path, name: str) -> None:
    words = [name, "--role=therapist", "--clinic=noord", "--therapist=T1"]
    subprocess.run(
        [sys.executable, "-m", "django", "opkoers_user", *words],
        env=environment(home),
        input=PASSWORD + "\n",
        text=True,
        check=True,
        capture_output=True,
        cwd=ROOT,
    )
