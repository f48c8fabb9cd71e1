"""Every address, for everyone: what they may open, and whose rows they see there."""

import re
from collections.abc import Callable
from typing import cast

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from pytest_django import Settings

from dashboards.access import ABOUT_PATIENTS, PAGES_WITHOUT_ROLE, ROLES, Role
from dashboards.accounts.models import Account
from dashboards.journal.access_log import who_looked
from dashboards.journal.models import AccessLogEntry
from tests import access_matrix
from tests.access_matrix import NOBODY, PEOPLE, add_people, as_text, cells_of
from tests.dashboards.conftest import ACCOUNTS

SignedIn = Callable[..., Client]


@pytest.fixture
def everyone(signed_in: SignedIn) -> SignedIn:
    """A browser-like client for anybody of the access matrix."""
    add_people()
    return signed_in


def address_of(route: str, alert_id: str = "noord-t1-worse") -> str:
    return reverse(route, args=[alert_id] if route.startswith("alert_") or route == "alert" else [])


def ask(client: Client, route: str, method: str, alert_id: str = "noord-t1-worse") -> HttpResponse:
    address = address_of(route, alert_id)
    if method == "GET":
        return cast(HttpResponse, client.get(address))
    form = {"shown_seq": 0, "action": "consult", "note": "", "language": "nl"}
    return cast(HttpResponse, client.post(address, form))


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("viewer", [NOBODY, *PEOPLE])
def test_each_viewer_gets_what_the_matrix_says_and_nothing_foreign(
    everyone: SignedIn, viewer: str
) -> None:
    cells = list(cells_of(viewer, everyone))

    assert [cell for cell in cells if not cell.is_right] == []
    assert "\n0 leaks" in as_text(cells)


@pytest.mark.usefixtures("snapshot")
def test_nobody_is_led_to_the_sign_in_page(signed_in: SignedIn) -> None:
    for route in ("overdue", "caseload", "quality", "accounts", "break_glass"):
        assert signed_in(None).get(reverse(route)).headers["Location"].startswith("/sign-in")


def test_no_route_is_missing_from_the_matrix() -> None:
    routes = {p.name for p in get_resolver().url_patterns if isinstance(p, URLPattern)}

    assert routes == set(access_matrix.ROUTES)
    assert len(get_resolver().url_patterns) == len(routes)
    assert set(access_matrix.SIGN_IN_ROUTES) == PAGES_WITHOUT_ROLE
    assert access_matrix.ABOUT_PATIENTS == ABOUT_PATIENTS


def test_every_role_is_in_the_matrix() -> None:
    roles = {role for role, _clinic, _therapist in PEOPLE.values()} - {""}

    assert roles == {role.value for role in Role} == set(access_matrix.OPENS) - {""}
    assert set(ROLES) == set(Role)
    assert all(PEOPLE[name] == account for name, account in ACCOUNTS.items())


@pytest.mark.usefixtures("snapshot")
def test_a_leak_would_be_found(everyone: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same requests, as if the coordinator were allowed to see less than is shown."""
    monkeypatch.setattr(access_matrix, "NAMES_ALSO", {})
    cells = list(cells_of("coordinator", everyone))

    assert {"P5", "T1"} <= {each for cell in cells for each in cell.leaks}


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize(
    ("viewer", "alerts", "overdue", "patients"),
    [
        ("coordinator", {"noord-t2-critical", "noord-t1-worse", "noord-file"}, {"P5", "P6"}, None),
        ("coordinator of another clinic", {"zuid-t1-flat"}, {"P7"}, None),
        ("therapist", {"noord-t1-worse"}, {"P5"}, {"P1", "P4", "P5"}),
        ("other therapist", {"noord-t2-critical"}, {"P6"}, {"P2", "P6"}),
        ("namesake therapist", {"zuid-t1-flat"}, {"P7"}, {"P1", "P7"}),
        ("co-therapist", {"noord-t1-worse"}, set(), {"P1", "P9"}),
        ("group therapist", set(), {"P6"}, {"P6"}),
        ("deputy", {"noord-t1-worse"}, {"P5"}, {"P1", "P4", "P5"}),
        ("supervisor", {"noord-t1-worse"}, set(), {"P1"}),
    ],
)
def test_lists_hold_the_viewers_own_rows_only(
    everyone: SignedIn,
    viewer: str,
    alerts: set[str],
    overdue: set[str],
    patients: set[str] | None,
) -> None:
    client = everyone(viewer)
    listed = client.get("/").content.decode()
    waiting = client.get("/overdue").content.decode()
    caseload = client.get("/patients").content.decode()

    assert set(re.findall(r'href="/alerts/([^"]+)"', listed)) == alerts
    assert set(re.findall(r'<th scope="row">(?:<a [^>]*>)?(P\d)(?:</a>)?</th>', waiting)) == overdue
    assert set(re.findall(r'href="/patients/(P\d)"', caseload)) == (patients or set())


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("route", ["alert", "alert_seen", "alert_answer", "alert_undo"])
def test_an_unknown_alert_looks_the_same_as_a_strangers(signed_in: SignedIn, route: str) -> None:
    client, method = signed_in("therapist"), "GET" if route == "alert" else "POST"
    unknown = ask(client, route, method, "no-such-alert")
    foreign = ask(client, route, method, "zuid-t1-flat")

    assert unknown.status_code == foreign.status_code == 404
    assert without_tokens(unknown) == without_tokens(foreign)


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("foreign", ["P2", "P7", "P9"])
def test_an_unknown_patient_looks_the_same_as_a_strangers(
    signed_in: SignedIn, foreign: str
) -> None:
    client = signed_in("therapist")
    whom = ("nobody", foreign)
    pages = [cast(HttpResponse, client.get(f"/patients/{each}")) for each in whom]
    found = [cast(HttpResponse, client.post("/find-patient", {"number": each})) for each in whom]

    for unknown, strangers in (pages, found):
        assert unknown.status_code == strangers.status_code == 404
        assert without_tokens(unknown) == without_tokens(strangers)


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


@pytest.mark.usefixtures("snapshot")
def test_relations_hold_within_the_clinic_only(everyone: SignedIn) -> None:
    """Somebody who moves to another clinic takes neither a deputyship nor a share along, also
    where that clinic has people of the same ids."""
    deputy, supervisor = everyone("deputy"), everyone("supervisor")
    for client in (deputy, supervisor):
        assert client.get("/patients/P1").status_code == 200

    Account.objects.filter(user__username__in=("deputy", "supervisor")).update(clinic_id="zuid")
    for client in (deputy, supervisor):
        assert client.get("/patients/P1").status_code == 404


@pytest.mark.usefixtures("snapshot")
def test_sharing_stops_when_the_therapist_stops_it(everyone: SignedIn) -> None:
    therapist, supervisor = everyone("therapist"), everyone("supervisor")
    assert supervisor.get("/patients/P1").status_code == 200

    therapist.post("/patients/P1/stop-sharing", {"colleague": "supervisor"})
    assert supervisor.get("/patients/P1").status_code == 404

    form = {"colleague": "supervisor", "until": "2026-11-22"}
    therapist.post("/patients/P1/share", form)
    assert supervisor.get("/patients/P1").status_code == 200


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize(
    "form",
    [
        {"colleague": "coordinator"},
        {"colleague": "namesake therapist"},
        {"colleague": "nobody"},
        {"colleague": "other therapist", "until": "2026-11-21"},
        {"colleague": "other therapist", "until": "tomorrow"},
    ],
)
def test_a_forged_share_changes_nothing(everyone: SignedIn, form: dict[str, str]) -> None:
    everyone("therapist").post("/patients/P1/share", form)

    assert everyone("other therapist").get("/patients/P1").status_code == 404
    assert "(1)</summary>" in everyone("therapist").get("/patients/P1").content.decode()


@pytest.mark.usefixtures("snapshot")
def test_leave_is_announced_and_ended_on_its_page(signed_in: SignedIn) -> None:
    away, deputy = signed_in("other therapist"), signed_in("therapist")
    form = {"deputy": "therapist", "first_on": "2026-11-22", "last_on": "2026-11-29"}
    assert away.post("/leave", {**form, "deputy": "nobody"}).status_code == 422
    assert away.post("/leave", {**form, "last_on": "2026-11-21"}).status_code == 422
    assert deputy.get("/patients/P2").status_code == 404

    assert away.post("/leave", form).status_code == 302
    page = deputy.get("/patients/P2").content.decode()
    assert "you stand in for a colleague on leave" in page
    assert "Share this patient" not in page

    number = re.search(r'name="number" value="(\d+)"', away.get("/leave").content.decode())
    assert number is not None
    deputy.post("/leave/end", {"number": number[1]})
    assert deputy.get("/patients/P2").status_code == 200, "only who announced it ends it"
    away.post("/leave/end", {"number": number[1]})
    assert deputy.get("/patients/P2").status_code == 404


@pytest.mark.usefixtures("snapshot")
def test_a_supervisor_looks_along_and_writes_nothing(everyone: SignedIn) -> None:
    client = everyone("supervisor")
    page = client.get("/alerts/noord-t1-worse").content.decode()

    assert "whoever treats the patient answers" in page
    assert "Save answer" not in page
    patient = client.get("/patients/P1").content.decode()
    assert "a colleague shares this patient with you" in patient
    assert "/leaving" not in patient


BREAK = {"patient": "P2", "reason": "Crisis at the desk, own therapist is away"}


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("viewer", ["therapist", "coordinator", "supervisor"])
def test_breaking_the_glass_is_off_until_the_service_switches_it_on(
    everyone: SignedIn, viewer: str
) -> None:
    refused = 403 if viewer == "supervisor" else 404
    assert everyone(viewer).get("/break-glass").status_code == refused
    assert everyone(viewer).post("/break-glass", BREAK).status_code == refused


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("viewer", ["therapist", "coordinator"])
def test_a_broken_glass_is_logged_with_its_reason_and_lasts_one_page(
    everyone: SignedIn, settings: Settings, viewer: str
) -> None:
    access = settings.OPKOERS.access.model_copy(update={"break_glass": True})
    settings.OPKOERS = settings.OPKOERS.model_copy(update={"access": access})
    client = everyone(viewer)

    page = client.post("/break-glass", BREAK)
    assert page.status_code == 200
    text = page.content.decode()
    assert "This is not your patient." in text
    assert text.count("<form") == 2, "sign out and language: nothing to write"
    assert client.get("/patients/P2").status_code in (403, 404)
    newest = who_looked("noord", "P2")[1]
    assert (newest.actor, newest.page, newest.result) == (viewer, "break_glass", "allowed")
    assert newest.reason == BREAK["reason"]
    looked = everyone("other therapist").get("/patients/P2/who-looked").content.decode()
    assert BREAK["reason"] in looked


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"reason": "because"}, 422),
        ({"reason": " " * 30}, 422),
        ({"reason": "x" * 2001}, 422),
        ({"patient": ""}, 422),
        ({"patient": "P7"}, 404),
        ({"patient": "nobody"}, 404),
    ],
)
def test_the_glass_of_another_clinic_or_without_a_reason_stays_whole(
    everyone: SignedIn, settings: Settings, changes: dict[str, str], status: int
) -> None:
    access = settings.OPKOERS.access.model_copy(update={"break_glass": True})
    settings.OPKOERS = settings.OPKOERS.model_copy(update={"access": access})
    response = everyone("therapist").post("/break-glass", {**BREAK, **changes})

    assert response.status_code == status
    assert not AccessLogEntry.objects.exclude(reason=None).exists()


@pytest.mark.usefixtures("snapshot")
def test_a_therapist_sees_who_looked_and_who_was_refused(everyone: SignedIn) -> None:
    everyone("supervisor").get("/patients/P1")
    everyone("coordinator").get("/alerts/noord-t1-worse")
    everyone("other therapist").get("/patients/P1")
    everyone("quality officer").get("/patients/P1")

    page = everyone("therapist").get("/patients/P1/who-looked").content.decode()
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", page)
    told = [re.sub(r"<[^>]+>", " ", row) for row in rows]
    assert len(told) == 4, "the quality officer named no patient of a clinic of theirs"
    assert "Supervisor" in told[3]
    assert "Clinic coordinator" in told[2]
    assert "other therapist" in told[1]
    assert "refused" in told[1]
    assert "therapist" in told[0]


@pytest.mark.usefixtures("snapshot")
def test_a_refusal_about_a_stranger_of_another_clinic_names_that_clinic(
    everyone: SignedIn,
) -> None:
    everyone("therapist").get("/alerts/zuid-t1-flat")

    entry = AccessLogEntry.objects.get()
    assert (entry.clinic_id, entry.patient_id, entry.result) == ("zuid", "P1", "refused")


@pytest.mark.usefixtures("snapshot")
def test_what_was_typed_is_not_kept(everyone: SignedIn) -> None:
    client = everyone("therapist")
    client.get("/patients/Jan%20Jansen%2001-01-1980")
    client.post("/find-patient", {"number": "Jan Jansen"})

    kept = [str(value) for row in AccessLogEntry.objects.values_list() for value in row]
    assert len(AccessLogEntry.objects.all()) == 3
    assert not any("Jansen" in value for value in kept)
