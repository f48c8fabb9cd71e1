"""The list of alerts: filtered by kind and age, cut into pages, small and whole for thousands."""

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from django.test import Client, RequestFactory

from dashboards.pages.paging import PAGE_SIZE, page_asked
from tests.dashboards.published import publish

SignedIn = Callable[..., Client]
MANY = 2_875


@pytest.fixture
def thousands(nothing_published: Path) -> Path:
    """The small snapshot, with as many alerts more as a coordinator of a large clinic has."""
    file = publish(nothing_published)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            f"""
            insert into alert_list by name
            select
                alert_list.* replace (
                    'many-' || lpad(n::varchar, 4, '0') as alert_id,
                    'M' || n as patient_id,
                    (n % 60)::integer as days_open,
                    if(n % 60 < 7, 'new', 'open') as section,
                    1000 + (n % 60 >= 7)::integer * 10000 + n as sort_order
                )
            from alert_list, range({MANY}) as numbers(n)
            where alert_id = 'noord-t1-worse'
            """
        )
    return file


def alerts_on(page: str) -> list[str]:
    return re.findall(r'<a href="/alerts/([^"]+)">', page)


@pytest.mark.usefixtures("thousands")
def test_every_alert_stands_on_one_page_and_no_page_is_large(signed_in: SignedIn) -> None:
    client = signed_in("coordinator")
    found: list[str] = []
    for number in range(1, 2 + (MANY + 3) // PAGE_SIZE):
        page = client.get(f"/?page={number}").content
        assert len(page) < 150_000
        found += alerts_on(page.decode())

    assert len(found) == len(set(found)) == MANY + 3
    assert found[0] == "noord-t2-critical"


@pytest.mark.usefixtures("thousands")
def test_a_choice_of_kind_and_age_stays_from_page_to_page(signed_in: SignedIn) -> None:
    """Of each 60 days in a row 14 lie between 14 and 27 days, in 47 full rounds and 55 more."""
    client = signed_in("coordinator")
    page = client.get("/?kind=reliable_deterioration&age=month").content.decode()

    assert 'href="?kind=reliable_deterioration&amp;age=month&amp;page=2" rel="next"' in page
    assert "2 to 4 weeks (672)" in page
    assert 47 * 14 + 14 == 672
    assert all(alert.startswith("many-") for alert in alerts_on(page))


@pytest.mark.usefixtures("snapshot")
def test_an_unknown_choice_hides_nothing_unseen(signed_in: SignedIn) -> None:
    page = signed_in("coordinator").get("/?kind=no-such-kind").content.decode()

    assert alerts_on(page) == []
    assert "No alert is of this kind and age." in page
    assert "Show all alerts" in page
    assert "3 alerts wait for an answer." in page


@pytest.mark.parametrize(
    ("typed", "number", "first", "last"),
    [
        ("", 1, 1, 50),
        ("2", 2, 51, 100),
        ("3", 3, 101, 120),
        ("99", 3, 101, 120),
        ("0", 1, 1, 50),
        ("-1", 1, 1, 50),
        ("two", 1, 1, 50),
        ("9" * 400, 1, 1, 50),
        ("²", 1, 1, 50),
    ],
)
def test_the_nearest_page_there_is(typed: str, number: int, first: int, last: int) -> None:
    request = RequestFactory().get("/", {"page": typed, "kind": "a b"})
    page = page_asked(request, range(1, 121))

    assert (page.number, page.of, page.first, page.last) == (number, 3, first, last)
    assert list(page.rows) == list(range(first, last + 1))
    assert (page.earlier == "") == (number == 1)
    assert page.later == ("" if number == 3 else f"?page={number + 1}&kind=a+b")


def test_an_empty_list_is_one_page() -> None:
    nothing: list[str] = []
    page = page_asked(RequestFactory().get("/"), nothing)

    assert (page.number, page.of, page.earlier, page.later) == (1, 1, "", "")
