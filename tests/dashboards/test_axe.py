"""Every page of every role against WCAG 2.2 A and AA, as `python -m tests.axe` prints it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from dashboards.access import PAGES_WITHOUT_ROLE, ROLES
from dashboards.urls import urlpatterns
from tests import axe
from tests.dashboards.serving import served
from tests.dashboards.test_browser import browser

__all__ = ["browser"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real server on a home with people for every way in."""
    home: Path = tmp_path_factory.mktemp("home")
    axe.fill(home)
    with served(home) as address:
        yield address


def test_no_page_is_forgotten() -> None:
    routes = {str(pattern.name) for pattern in urlpatterns}
    looked_at = {*axe.PAGES, *axe.SIGNED_OUT, *axe.STEPS}

    assert routes - looked_at - axe.LEADS_ELSEWHERE == set()
    assert looked_at & axe.LEADS_ELSEWHERE == set()
    assert set(axe.PAGES) <= set().union(*(rules.pages for rules in ROLES.values()))
    assert {*axe.SIGNED_OUT, "sign_in_enrol", "sign_in_code"} <= PAGES_WITHOUT_ROLE
    assert set(axe.PEOPLE) == {role.value for role in ROLES}


@pytest.mark.parametrize("language", axe.LANGUAGES)
def test_no_page_has_a_violation_or_is_wider_than_a_small_screen(
    browser: Browser, address: str, language: str
) -> None:
    looked = list(axe.looked_at(browser, address, language))

    assert {each.role for each in looked} == {*axe.PEOPLE, "nobody"}
    assert {each.theme for each in looked} == {*axe.THEMES}
    assert [each for each in looked if each.violations or each.is_too_wide] == []


def test_a_planted_violation_is_found(browser: Browser, address: str) -> None:
    assert "label" in axe.planted_violations(browser, address)


def test_a_page_too_pale_to_read_is_found_in_either_theme(browser: Browser, address: str) -> None:
    found = axe.too_pale(browser, address)

    assert found == {"light": True, "dark": True}
