"""Every address, for everyone: what they may open, and whose rows they see there."""

import re
from collections.abc import Callable
from typing import cast

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from dashboards.access import ROLES, Role
from dashboards.accounts.models import Account
from tests.dashboards.conftest import ACCOUNTS

SignedIn = Callable[..., Client]

VIEWERS = (
    None,
    "coordinator",
    "coordinator of another clinic",
    "therapist",
    "other therapist",
    "namesake therapist",
)

# Alert pages are asked for an alert of therapist T1 in clinic 'noord'. 302 for nobody is the way
# to the sign-in page; 302 for others is the way back to a page after something was written.
ANYONE_WITH_A_ROLE = (302, 200, 200, 200, 200, 200)
OWN_READ = (302, 200, 404, 200, 404, 404)
OWN_WRITE = (302, 302, 404, 302, 404, 404)
EXPECTED = {
    ("sign_in", "GET"): (200, 302, 302, 302, 302, 302),
    ("sign_out", "POST"): (302, 302, 302, 302, 302, 302),
    ("language", "POST"): (302, 302, 302, 302, 302, 302),
    ("alerts", "GET"): ANYONE_WITH_A_ROLE,
    ("alert", "GET"): OWN_READ,
    ("alert_seen", "POST"): OWN_WRITE,
    ("alert_answer", "POST"): OWN_WRITE,
    ("alert_undo", "POST"): OWN_WRITE,
    ("overdue", "GET"): ANYONE_WITH_A_ROLE,
    ("help", "GET"): ANYONE_WITH_A_ROLE,
}
OPEN_TO_ANYONE = {"sign_in", "language"}
CASES = [
    (route, method, viewer, status)
    for (route, method), statuses in EXPECTED.items()
    for viewer, status in zip(VIEWERS, statuses, strict=True)
]


def address_of(route: str, alert_id: str = "noord-t1-worse") -> str:
    return reverse(route, args=[alert_id] if route.startswith("alert_") or route == "alert" else [])


def ask(client: Client, route: str, method: str, alert_id: str = "noord-t1-worse") -> HttpResponse:
    address = address_of(route, alert_id)
    if method == "GET":
        return cast(HttpResponse, client.get(address))
    form = {"shown_seq": 0, "action": "consult", "note": "", "language": "nl"}
    return cast(HttpResponse, client.post(address, form))


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize(("route", "method", "viewer", "status"), CASES)
def test_each_viewer_gets_the_expected_status(
    signed_in: SignedIn, route: str, method: str, viewer: str | None, status: int
) -> None:
    response = ask(signed_in(viewer), route, method)

    assert response.status_code == status
    if viewer is None and route not in OPEN_TO_ANYONE:
        assert response.headers["Location"].startswith("/sign-in")


def test_no_route_is_missing_from_the_table() -> None:
    routes = {p.name for p in get_resolver().url_patterns if isinstance(p, URLPattern)}

    assert routes == {route for route, _ in EXPECTED}
    assert len(get_resolver().url_patterns) == len(routes)


def test_every_role_is_in_the_table() -> None:
    assert {Role(role) for role, _, _ in ACCOUNTS.values()} == set(Role) == set(ROLES)


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize(
    ("viewer", "alerts", "overdue"),
    [
        ("coordinator", {"noord-t2-critical", "noord-t1-worse", "noord-file"}, {"P5", "P6"}),
        ("coordinator of another clinic", {"zuid-t1-flat"}, {"P7"}),
        ("therapist", {"noord-t1-worse"}, {"P5"}),
        ("other therapist", {"noord-t2-critical"}, {"P6"}),
        ("namesake therapist", {"zuid-t1-flat"}, {"P7"}),
    ],
)
def test_lists_hold_the_viewers_own_rows_only(
    signed_in: SignedIn, viewer: str, alerts: set[str], overdue: set[str]
) -> None:
    client = signed_in(viewer)
    listed = client.get("/").content.decode()
    waiting = client.get("/overdue").content.decode()

    assert set(re.findall(r'href="/alerts/([^"]+)"', listed)) == alerts
    assert set(re.findall(r'<th scope="row">(P\d)</th>', waiting)) == overdue


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("route", ["alert", "alert_seen", "alert_answer", "alert_undo"])
def test_an_unknown_alert_looks_the_same_as_a_strangers(signed_in: SignedIn, route: str) -> None:
    client, method = signed_in("therapist"), "GET" if route == "alert" else "POST"
    unknown = ask(client, route, method, "no-such-alert")
    foreign = ask(client, route, method, "zuid-t1-flat")

    assert unknown.status_code == foreign.status_code == 404
    assert without_tokens(unknown) == without_tokens(foreign)


def without_tokens(response: HttpResponse) -> str:
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return re.sub(r'name="next" value="[^"]*"', "", text)


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("route", ["alerts", "overdue", "help", "alert"])
def test_a_withdrawn_or_unknown_role_opens_nothing(signed_in: SignedIn, route: str) -> None:
    client = signed_in("coordinator")
    assert ask(client, route, "GET").status_code == 200

    Account.objects.filter(user__username="coordinator").update(role="gardener")
    assert ask(client, route, "GET").status_code == 403

    Account.objects.filter(user__username="coordinator").delete()
    assert ask(client, route, "GET").status_code == 403


@pytest.mark.usefixtures("snapshot")
def test_a_role_moved_to_another_clinic_sees_that_clinic_at_once(signed_in: SignedIn) -> None:
    client = signed_in("coordinator")
    Account.objects.filter(user__username="coordinator").update(clinic_id="zuid")

    assert ask(client, "alert", "GET").status_code == 404
    assert ask(client, "alert", "GET", "zuid-t1-flat").status_code == 200
