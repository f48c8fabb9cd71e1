"""Signing in with a local account: two steps, what is refused, and when it ends."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from dashboards.accounts.models import Account, RecoveryCode, SecondFactor, SignInTries
from tests.dashboards.conftest import PASSWORD
from tests.dashboards.signing_in import (
    Clock,
    enrols,
    gives_password,
    shown_secret,
    standing_clock,
)

SignedIn = Callable[..., Client]

pytestmark = pytest.mark.usefixtures("journal", "snapshot")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Clock]:
    with standing_clock() as clock:
        yield clock


@pytest.fixture(autouse=True)
def _quick_passwords(quick_passwords: None) -> None:
    """This module types many passwords."""


@pytest.fixture
def client(signed_in: SignedIn) -> Client:
    return signed_in(None)


@pytest.fixture
def other(signed_in: SignedIn) -> Client:
    """Somebody else's browser."""
    return signed_in(None)


def is_in(client: Client) -> bool:
    return client.get("/help").status_code == 200


# ---------- the two steps


def test_a_password_alone_opens_nothing(client: Client) -> None:
    answer = gives_password(client)

    assert answer.headers["Location"] == "/sign-in/enrol"
    assert not is_in(client)


def test_first_an_app_is_connected_then_its_code_is_asked(client: Client, clock: Clock) -> None:
    secret, recovery_codes = enrols(client, clock)
    assert is_in(client)
    assert len(set(recovery_codes)) == 10

    client.post("/sign-out")
    assert not is_in(client)

    clock.moves(minutes=1)
    assert gives_password(client).headers["Location"] == "/sign-in/code"
    answer = client.post("/sign-in/code", {"code": clock.code(secret)})
    assert answer.headers["Location"] == "/"
    assert is_in(client)


def test_the_page_that_was_asked_for_comes_after_both_steps(client: Client, clock: Clock) -> None:
    secret, _ = enrols(client, clock)
    client.post("/sign-out")
    clock.moves(minutes=1)
    assert client.get("/overdue?x=1").headers["Location"] == "/sign-in?next=/overdue%3Fx%3D1"

    gives_password(client, next="/overdue?x=1")
    answer = client.post("/sign-in/code", {"code": clock.code(secret)})
    assert answer.headers["Location"] == "/overdue?x=1"


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""]
)
def test_signing_in_leads_nowhere_else(client: Client, clock: Clock, elsewhere: str) -> None:
    secret, _ = enrols(client, clock)
    client.post("/sign-out")
    clock.moves(minutes=1)
    gives_password(client, next=elsewhere)

    answer = client.post("/sign-in/code", {"code": clock.code(secret)})
    assert answer.headers["Location"] == "/"


def test_the_session_is_another_one_after_each_step(client: Client, clock: Clock) -> None:
    gives_password(client)
    first = client.cookies["session"].value
    secret = shown_secret(client.get("/sign-in/enrol").content.decode())
    client.post("/sign-in/enrol", {"code": clock.code(secret)})
    second = client.cookies["session"].value

    assert first != second
    assert set(Session.objects.values_list("session_key", flat=True)) == {second}
    cookie = client.cookies["session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", "")


def test_an_app_cannot_be_connected_twice(client: Client, other: Client, clock: Clock) -> None:
    gives_password(client)
    gives_password(other)
    secret = shown_secret(other.get("/sign-in/enrol").content.decode())
    enrols(client, clock)

    assert other.get("/sign-in/enrol").headers["Location"] == "/sign-in/code"
    answer = other.post("/sign-in/enrol", {"code": clock.code(secret)})
    assert answer.headers["Location"] == "/sign-in/code"
    assert not is_in(other)


def test_the_picture_says_what_the_app_needs(client: Client) -> None:
    """Read back once by another decoder, zxing-cpp, from a screenshot at 320 pixels; here: it
    shrinks with the screen instead of being cut off, and is white also in the dark."""
    gives_password(client)
    page = client.get("/sign-in/enrol").content.decode()

    assert re.search(r'<svg role="img" aria-labelledby="picture"[^>]* viewBox="0 0 \d+ \d+"', page)
    assert " style=" not in page
    assert 'fill="#fff"' in page


@pytest.mark.parametrize("page", ["/sign-in/code", "/sign-in/enrol"])
def test_the_second_step_needs_the_first_one(client: Client, page: str) -> None:
    assert client.get(page).headers["Location"] == "/sign-in"
    assert client.post(page, {"code": "123456"}).headers["Location"] == "/sign-in"


def test_the_second_step_waits_ten_minutes(client: Client, clock: Clock) -> None:
    gives_password(client)
    clock.moves(minutes=9, seconds=59)
    assert client.get("/sign-in/enrol").status_code == 200

    clock.moves(seconds=2)
    assert client.get("/sign-in/enrol").headers["Location"] == "/sign-in"


def test_a_new_password_ends_what_the_old_one_began(client: Client) -> None:
    gives_password(client)
    user = User.objects.get(username="therapist")
    user.set_password("another long enough phrase")
    user.save()

    assert client.get("/sign-in/enrol").headers["Location"] == "/sign-in"


# ---------- codes


def test_a_code_is_good_once(client: Client, other: Client, clock: Clock) -> None:
    secret, _ = enrols(client, clock)
    gives_password(other)

    answer = other.post("/sign-in/code", {"code": clock.code(secret)})
    assert answer.status_code == 200
    assert "not the code of this moment" in answer.content.decode()
    assert not is_in(other)

    clock.moves(seconds=30)
    other.post("/sign-in/code", {"code": clock.code(secret)})
    assert is_in(other)


def test_an_older_code_is_not_good_after_a_newer_one(
    client: Client, other: Client, clock: Clock
) -> None:
    secret, _ = enrols(client, clock)
    clock.moves(minutes=2)
    gives_password(client)
    client.post("/sign-in/code", {"code": clock.code(secret, 1)})
    gives_password(other)
    other.post("/sign-in/code", {"code": clock.code(secret)})

    assert not is_in(other)


@pytest.mark.parametrize(
    ("steps", "is_good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_clocks_may_differ_by_one_step(
    client: Client, other: Client, clock: Clock, steps: int, is_good: bool
) -> None:
    secret, _ = enrols(client, clock)
    clock.moves(minutes=5)
    gives_password(other)
    other.post("/sign-in/code", {"code": clock.code(secret, steps)})

    assert is_in(other) is is_good


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "1" * 10_000])
def test_what_is_no_code_is_told_and_not_counted(client: Client, clock: Clock, typed: str) -> None:
    enrols(client, clock)
    client.post("/sign-out")
    gives_password(client)
    before = SignInTries.objects.count()
    answer = client.post("/sign-in/code", {"code": typed})

    assert answer.status_code == 200
    assert "not the code of this moment" in answer.content.decode()
    assert SignInTries.objects.count() == before


def test_a_code_may_be_typed_with_a_space(client: Client, other: Client, clock: Clock) -> None:
    secret, _ = enrols(client, clock)
    clock.moves(minutes=1)
    gives_password(other)
    code = clock.code(secret)
    other.post("/sign-in/code", {"code": f" {code[:3]} {code[3:]} "})

    assert is_in(other)


def test_a_recovery_code_lets_in_once(client: Client, other: Client, clock: Clock) -> None:
    _, codes = enrols(client, clock)
    gives_password(other)
    other.post("/sign-in/code", {"recovery_code": codes[0].lower().replace("-", " ")})
    assert is_in(other)

    other.post("/sign-out")
    gives_password(other)
    answer = other.post("/sign-in/code", {"recovery_code": codes[0]})
    assert "not one of your unused recovery codes" in answer.content.decode()
    assert not is_in(other)


def test_anothers_recovery_code_lets_nobody_in(client: Client, other: Client, clock: Clock) -> None:
    _, codes = enrols(client, clock)
    enrols(other, clock, "coordinator")
    other.post("/sign-out")
    gives_password(other, "coordinator")
    other.post("/sign-in/code", {"recovery_code": codes[0]})

    assert not is_in(other)


def test_the_database_holds_no_secret_in_the_clear(
    client: Client, clock: Clock, journal: Path
) -> None:
    secret, codes = enrols(client, clock)
    stored = journal.read_bytes() + journal.with_name(journal.name + "-wal").read_bytes()

    assert SecondFactor.objects.count() == 1
    assert RecoveryCode.objects.count() == 10
    for each in [secret, *codes, codes[0].replace("-", "")]:
        assert each.encode() not in stored


def test_a_secret_of_one_account_is_of_no_use_in_another(
    client: Client, other: Client, clock: Clock
) -> None:
    secret, _ = enrols(client, clock)
    enrols(other, clock, "coordinator")
    other.post("/sign-out")
    clock.moves(minutes=1)
    taken = SecondFactor.objects.get(user__username="therapist").sealed_secret
    SecondFactor.objects.filter(user__username="coordinator").update(sealed_secret=taken)
    gives_password(other, "coordinator")
    other.post("/sign-in/code", {"code": clock.code(secret)})

    assert not is_in(other)


# ---------- guessing


def wrong(
    client: Client, name: str = "therapist", times: int = 1, forwarded: str = ""
) -> list[int]:
    """Statuses of so many tries with a wrong password."""
    headers = {"X-Forwarded-For": forwarded} if forwarded else None
    form = {"username": name, "password": "wrong"}
    return [client.post("/sign-in", form, headers=headers).status_code for _ in range(times)]


def test_after_five_failures_one_has_to_wait_ever_longer(client: Client, clock: Clock) -> None:
    assert wrong(client, times=6) == [200] * 5 + [429]

    answer = gives_password(client)
    assert answer.status_code == 429
    assert "Wait 1 minute and" in answer.content.decode()

    # 30 seconds, then 60, 120, 240, 480, and never more than 15 minutes.
    for seconds in (30, 60, 120, 240, 480, 900, 900):
        clock.moves(seconds=seconds - 1)
        assert wrong(client) == [429]
        clock.moves(seconds=1)
        assert wrong(client) == [200]


def test_the_right_password_after_the_wait_gets_in_and_forgets(
    client: Client, clock: Clock
) -> None:
    wrong(client, times=5)
    clock.moves(seconds=30)
    assert gives_password(client).status_code == 302
    client.cookies.clear()

    assert wrong(client, times=6) == [200] * 5 + [429]


def test_failures_are_forgotten_with_time(client: Client, clock: Clock) -> None:
    wrong(client, times=4)
    clock.moves(hours=2)

    assert wrong(client, times=4) == [200, 200, 200, 429]


def test_what_was_tried_days_ago_is_not_kept(client: Client, clock: Clock) -> None:
    wrong(client, "guess")
    clock.moves(days=2, seconds=1)
    gives_password(client)

    assert list(SignInTries.objects.values_list("failures", flat=True)) == [0], "the address"


def test_another_name_may_still_try(client: Client) -> None:
    wrong(client, times=6)

    assert gives_password(client, "coordinator").status_code == 302


@pytest.mark.parametrize("name", ["nobody", "THERAPIST", "x" * 150])
def test_the_answers_do_not_tell_who_exists(client: Client, name: str) -> None:
    def said(name: str) -> list[tuple[int, str]]:
        form = {"username": name, "password": "wrong"}
        answers = [client.post("/sign-in", form) for _ in range(6)]
        return [(a.status_code, _without_name(a.content.decode(), name)) for a in answers]

    assert said(name) == said("other therapist")


def test_capitals_do_not_give_more_tries(client: Client) -> None:
    wrong(client, "therapist", times=3)

    assert wrong(client, "THERAPIST", times=3) == [200, 200, 429]


def test_one_address_cannot_try_many_names(client: Client) -> None:
    answers = [wrong(client, f"name {number}")[0] for number in range(32)]

    assert answers == [200] * 30 + [429] * 2
    assert gives_password(client, "coordinator").status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert gives_password(elsewhere, "coordinator").status_code == 302


def test_one_site_of_ipv6_is_one_address() -> None:
    for number in range(30):
        wrong(Client(REMOTE_ADDR=f"2001:db8:0:1::{number:x}"), f"name {number}")

    assert wrong(Client(REMOTE_ADDR="2001:db8:0:1:ffff::1"), "another") == [429]
    assert wrong(Client(REMOTE_ADDR="2001:db8:0:2::1"), "another") == [200]


def test_behind_the_proxy_its_own_word_counts(client: Client, settings: Settings) -> None:
    """Somebody who sends X-Forwarded-For gets it in front of what the proxy adds."""
    settings.BEHIND_TLS = True
    for number in range(30):
        wrong(client, f"name {number}", forwarded=f"198.51.100.{number}, 192.0.2.1")

    assert wrong(client, "another", forwarded="198.51.100.99, 192.0.2.1") == [429]
    assert wrong(client, "another", forwarded="192.0.2.1, 192.0.2.2") == [200]
    assert wrong(client, "yet another") == [200]


def test_codes_cannot_be_guessed_either(client: Client, other: Client, clock: Clock) -> None:
    secret, codes = enrols(client, clock)
    gives_password(other)
    clock.moves(minutes=1)
    good = clock.code(secret)
    bad = "000000" if good != "000000" else "000001"
    answers = [other.post("/sign-in/code", {"code": bad}).status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]
    assert other.post("/sign-in/code", {"code": good}).status_code == 429
    assert other.post("/sign-in/code", {"recovery_code": codes[0]}).status_code == 429


def test_nothing_that_was_typed_is_kept_with_the_tries(client: Client, journal: Path) -> None:
    """People type their password where the name belongs."""
    wrong(client, "my secret password")
    stored = journal.read_bytes() + journal.with_name(journal.name + "-wal").read_bytes()

    assert SignInTries.objects.count() == 2
    assert b"my secret password" not in stored


# ---------- bad input


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"username": "therapist"},
        {"password": PASSWORD},
        {"username": "x" * 151, "password": PASSWORD},
        {"username": "x" * 100_000, "password": PASSWORD},
        {"username": "therapist", "password": "x" * 100_000},
        {"username": "therapist\0", "password": PASSWORD},
        {"username": "<script>alert(1)</script>", "password": PASSWORD},
    ],
)
def test_what_cannot_be_right_is_told_like_what_is_wrong(
    client: Client, form: dict[str, str]
) -> None:
    answer = client.post("/sign-in", form)
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "do not go together" in page
    assert "<script" not in page
    assert len(page) < 10_000


def test_a_disabled_account_looks_like_a_wrong_password(client: Client) -> None:
    User.objects.filter(username="therapist").update(is_active=False)
    answer = gives_password(client)

    assert answer.status_code == 200
    assert "do not go together" in answer.content.decode()


@pytest.mark.parametrize("source", ["provider", "demo"])
def test_a_password_is_of_use_to_local_accounts_only(client: Client, source: str) -> None:
    Account.objects.filter(user__username="therapist").update(source=source)

    assert gives_password(client).status_code == 200
    assert not is_in(client)


def test_local_accounts_can_be_switched_off(
    client: Client, signed_in: SignedIn, settings: Settings
) -> None:
    there_already = signed_in("therapist")
    sign_in = settings.OPKOERS.sign_in.model_copy(update={"local_accounts": False})
    settings.OPKOERS = settings.OPKOERS.model_copy(update={"sign_in": sign_in})

    assert "id_password" not in client.get("/sign-in").content.decode()
    assert gives_password(client).status_code == 200
    assert client.get("/sign-in/enrol").status_code == 302
    assert not is_in(there_already)


# ---------- how long it lasts


def test_nobody_is_signed_in_for_longer_than_a_working_day(
    signed_in: SignedIn, clock: Clock
) -> None:
    client = signed_in("therapist")
    for _ in range(17):
        clock.moves(minutes=30)
        assert is_in(client)
    clock.moves(minutes=30)
    answer = client.get("/overdue?x=1")

    assert answer.headers["Location"] == "/sign-in?ended=day&next=%2Foverdue%3Fx%3D1"
    assert "a working day is over" in client.get(answer.headers["Location"]).content.decode()
    assert not is_in(client)


def test_who_does_nothing_for_an_hour_is_signed_out(signed_in: SignedIn, clock: Clock) -> None:
    client = signed_in("therapist")
    clock.moves(minutes=59, seconds=59)
    assert is_in(client)
    clock.moves(minutes=60)
    answer = client.post("/alerts/noord-t1-worse/seen", {"shown_seq": 0})

    assert answer.headers["Location"] == "/sign-in?ended=idle"
    assert not is_in(client)


def test_the_limits_can_be_set(signed_in: SignedIn, clock: Clock, settings: Settings) -> None:
    limits = settings.OPKOERS.sign_in.model_copy(update={"idle_minutes": 10})
    settings.OPKOERS = settings.OPKOERS.model_copy(update={"sign_in": limits})
    client = signed_in("therapist")
    clock.moves(minutes=10)

    assert client.get("/").headers["Location"] == "/sign-in?ended=idle&next=%2F"


def test_a_reason_from_elsewhere_is_not_shown(client: Client) -> None:
    page = client.get("/sign-in?ended=Call+0900-1234+now").content.decode()

    assert "0900" not in page.replace("ended=Call", "").partition("<footer>")[0]


@pytest.mark.parametrize("change", ["disable", "role", "reset-second-factor"])
def test_who_is_changed_by_an_administrator_is_signed_out(
    signed_in: SignedIn, clock: Clock, change: str
) -> None:
    client = signed_in("coordinator")
    assert is_in(client)
    clock.moves(seconds=1)
    more = ["--role=clinic_coordinator", "--clinic=zuid"] if change == "role" else []
    call_command("opkoers_accounts", change, "coordinator", *more, verbosity=0)

    assert not is_in(client)


def test_signing_out_ends_the_session_on_the_server(signed_in: SignedIn) -> None:
    client = signed_in("therapist")
    kept = client.cookies["session"].value
    client.post("/sign-out")
    client.cookies["session"] = kept

    assert not is_in(client)
    assert not Session.objects.exists()


def test_signing_out_is_not_done_by_a_link(signed_in: SignedIn) -> None:
    client = signed_in("therapist")

    assert client.get("/sign-out").status_code == 405
    assert is_in(client)


def _without_name(page: str, name: str) -> str:
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
    return page.replace(f'value="{name}"', "")
