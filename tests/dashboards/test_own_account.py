"""One's own account: another password, an end to other sessions, and what was written down."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboards.accounts.models import Account, Source
from tests.dashboards.conftest import PASSWORD
from tests.dashboards.signing_in import standing_clock

SignedIn = Callable[..., Client]
NEW = "the heron waits in the rain"


def change(client: Client, current: str = PASSWORD, new: str = NEW, again: str = NEW) -> str:
    told = {"current": current, "new": new, "again": again}
    return client.post("/account/password", told).content.decode()


@pytest.mark.usefixtures("snapshot", "quick_passwords")
def test_a_new_password_is_in_force_and_ends_the_other_sessions(signed_in: SignedIn) -> None:
    with standing_clock() as clock:
        here, elsewhere = signed_in("therapist"), signed_in("therapist")
        clock.moves(minutes=1)
        cookie = here.cookies["session"].value
        assert "Your new password is in force." in change(here)

        assert here.cookies["session"].value != cookie
        assert here.get("/account").status_code == 200
        assert elsewhere.get("/account")["Location"].startswith("/sign-in")
    assert User.objects.get(username="therapist").check_password(NEW)


@pytest.mark.usefixtures("snapshot", "quick_passwords")
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"current": "not this one"}, "That is not your password of now."),
        ({"again": "another one altogether"}, "The new password was not typed the same twice."),
        ({"new": "short", "again": "short"}, "at least 12 characters"),
        ({"new": "", "again": ""}, "Fill in all three."),
    ],
)
def test_what_is_wrong_changes_nothing(
    signed_in: SignedIn, typed: dict[str, str], said: str
) -> None:
    page = change(signed_in("therapist"), **typed)

    assert "Nothing was changed." in page
    assert said in page
    assert User.objects.get(username="therapist").check_password(PASSWORD)


@pytest.mark.usefixtures("snapshot", "quick_passwords")
def test_guesses_have_to_wait(signed_in: SignedIn) -> None:
    client = signed_in("therapist")
    with standing_clock():
        pages = [change(client, current=f"guess {number}") for number in range(7)]
        assert "Too many attempts." in pages[-1]
        assert "Too many attempts." in change(client)
    assert User.objects.get(username="therapist").check_password(PASSWORD)


@pytest.mark.usefixtures("snapshot", "quick_passwords")
@pytest.mark.parametrize("source", [Source.PROVIDER, Source.DEMO])
def test_who_has_no_password_here_gets_none(signed_in: SignedIn, source: Source) -> None:
    client = signed_in("therapist")
    Account.objects.filter(user__username="therapist").update(source=source.value)
    client.post("/account/password", {"current": PASSWORD, "new": NEW, "again": NEW})

    assert User.objects.get(username="therapist").check_password(PASSWORD)


@pytest.mark.usefixtures("snapshot")
def test_other_sessions_are_ended(signed_in: SignedIn) -> None:
    with standing_clock() as clock:
        here, elsewhere = signed_in("therapist"), signed_in("therapist")
        clock.moves(minutes=1)
        assert (
            "You are signed out everywhere else."
            in here.post("/account/end-sessions").content.decode()
        )

        assert here.get("/account").status_code == 200
        assert elsewhere.get("/account").status_code == 302


@pytest.mark.usefixtures("snapshot")
def test_one_reads_what_one_looked_at_and_nobody_elses(signed_in: SignedIn) -> None:
    client = signed_in("therapist")
    client.get("/patients/P1/who-looked")
    client.get("/patients/P2")
    signed_in("coordinator").get("/overdue")

    page = client.get("/account").content.decode()
    assert "who looked" in page
    assert "(refused)" in page
    assert "list of overdue measurements" not in page
    assert "P1" not in page
    assert "P2" not in page
