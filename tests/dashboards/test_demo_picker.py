"""The demo picker: one press to look around, and not there for anything real."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pytest
from django.test import Client
from pytest_django import Settings

from dashboards.access import Role
from dashboards.accounts.demo import DemoPerson, add_demo_account
from dashboards.accounts.models import Account

SignedIn = Callable[..., Client]

pytestmark = pytest.mark.usefixtures("journal", "snapshot")


@pytest.fixture
def here(signed_in: SignedIn) -> Client:
    """A browser on this machine."""
    client = signed_in(None)
    client.defaults["HTTP_HOST"] = "localhost:8000"
    return client


def people(client: Client) -> list[str]:
    page = client.get("/sign-in/demo").content.decode()
    return re.findall(r'name="person" value="([^"]+)"', page)


def test_there_is_somebody_for_every_role_of_every_clinic(here: Client) -> None:
    """In the small snapshot: T1 and T2 in 'noord', and another T1 in 'zuid'."""
    offered = people(here)

    assert len(set(offered)) == len(offered)
    assert {
        "demo-clinic_coordinator-noord",
        "demo-clinic_coordinator-zuid",
        "demo-therapist-noord-T1",
        "demo-therapist-noord-T2",
        "demo-therapist-zuid-T1",
    } <= set(offered)
    assert all(any(name.startswith(f"demo-{role.value}") for name in offered) for role in Role)


def test_pressing_a_button_is_looking_around_as_that_person(here: Client) -> None:
    assert here.get("/sign-in").content.decode().count("/sign-in/demo") == 1
    form = {"person": "demo-therapist-noord-T2", "next": "/overdue"}
    assert here.post("/sign-in/demo", form).headers["Location"] == "/overdue"

    assert here.get("/alerts/noord-t2-critical").status_code == 200
    assert here.get("/alerts/noord-t1-worse").status_code == 404
    account = Account.objects.get(user__username="demo-therapist-noord-T2")
    assert (account.source, account.user.has_usable_password()) == ("demo", False)


def test_choosing_twice_makes_one_account(here: Client) -> None:
    for _ in range(2):
        here.post("/sign-in/demo", {"person": "demo-therapist-noord-T2"})

    assert Account.objects.filter(source="demo").count() == 1


def test_accounts_added_for_the_demo_come_first(here: Client) -> None:
    add_demo_account(DemoPerson("eva", Role.CLINIC_COORDINATOR, "noord", None))

    assert next(name for name in people(here) if "noord" in name or name == "eva") == "eva"


@pytest.mark.parametrize("person", ["", "therapist", "coordinator", "demo-therapist-oost-T1"])
def test_only_people_of_the_demo_can_be_chosen(here: Client, person: str) -> None:
    assert here.post("/sign-in/demo", {"person": person}).status_code == 404
    assert here.get("/help").status_code == 302
    assert not Account.objects.filter(source="demo").exists()


@pytest.mark.parametrize(
    "asked",
    [
        {"HTTP_HOST": "koers.example.org"},
        {"HTTP_HOST": "localhost", "REMOTE_ADDR": "192.0.2.1"},
        {"HTTP_HOST": "localhost", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_HOST": "localhost", "HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_HOST": "localhost", "HTTP_FORWARDED": "for=127.0.0.1"},
    ],
)
def test_from_elsewhere_it_is_not_there(
    here: Client, settings: Settings, asked: dict[str, str]
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    here.defaults.update(asked)
    form = {"person": "demo-therapist-noord-T2"}

    assert here.get("/sign-in/demo").status_code == 404
    assert here.post("/sign-in/demo", form).status_code == 404
    assert "/sign-in/demo" not in here.get("/sign-in").content.decode()


@pytest.fixture(params=["a real service", "other machines may ask", "a proxy", "real data"])
def no_demo(
    request: pytest.FixtureRequest, settings: Settings, first_snapshot: Path, tmp_path: Path
) -> Callable[[], None]:
    """Makes the home one for which there is no picker, in one of four ways."""

    def change() -> None:
        home = settings.OPKOERS
        if request.param == "a real service":
            real = home.service.model_copy(update={"simulated": False})
            settings.OPKOERS = home.model_copy(update={"service": real})
        elif request.param == "other machines may ask":
            anyone = home.serve.model_copy(update={"host": "0.0.0.0"})  # noqa: S104
            settings.OPKOERS = home.model_copy(update={"serve": anyone})
        elif request.param == "a proxy":
            settings.ADDRESS = urlsplit("https://koers.example.org")
        else:
            _publish_as_real(home.snapshot, first_snapshot, tmp_path / "real.duckdb")

    return change


def test_for_anything_real_it_is_not_there(here: Client, no_demo: Callable[[], None]) -> None:
    no_demo()

    assert here.get("/sign-in/demo").status_code == 404
    assert here.post("/sign-in/demo", {"person": "demo-therapist-noord-T2"}).status_code == 404
    assert "/sign-in/demo" not in here.get("/sign-in").content.decode()
    assert not Account.objects.filter(source="demo").exists()


def test_a_session_of_the_demo_ends_when_it_is_no_demo_any_more(
    here: Client, no_demo: Callable[[], None]
) -> None:
    here.post("/sign-in/demo", {"person": "demo-therapist-noord-T2"})
    assert here.get("/help").status_code == 200
    no_demo()

    assert here.get("/help").status_code == 302


def test_without_data_there_is_nobody_to_choose(here: Client, settings: Settings) -> None:
    settings.OPKOERS.snapshot.unlink()

    assert here.get("/sign-in/demo").status_code == 404


def _publish_as_real(link: Path, simulated: Path, file: Path) -> None:
    file.write_bytes(simulated.read_bytes())
    with duckdb.connect(str(file)) as snapshot:
        snapshot.execute("update run set simulated = false")
    link.unlink()
    link.symlink_to(file)
