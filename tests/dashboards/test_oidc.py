"""Signing in through an identity provider: the right way, every wrong one, and for how long."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from pytest_django import Settings

from dashboards.accounts import provider as ours
from dashboards.accounts.models import Account, ProviderSession
from flows.settings import Oidc
from tests.dashboards.identity_provider import (
    CLIENT,
    SECRET,
    IdentityProvider,
    claims_of,
    running,
    with_claims,
)

SignedIn = Callable[..., Client]

pytestmark = [
    pytest.mark.usefixtures("journal", "snapshot"),
    # How the provider itself, in a thread of this process, uses Authlib.
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def shared_providers() -> Iterator[dict[bool, IdentityProvider]]:
    with running() as refreshing, running(refreshes=False) as other:
        yield {True: refreshing, False: other}


@pytest.fixture
def provider(
    shared_providers: dict[bool, IdentityProvider], settings: Settings
) -> Iterator[IdentityProvider]:
    yield from _asked(shared_providers[True], settings)


@pytest.fixture
def provider_without_refresh(
    shared_providers: dict[bool, IdentityProvider], settings: Settings
) -> Iterator[IdentityProvider]:
    yield from _asked(shared_providers[False], settings)


def _asked(provider: IdentityProvider, settings: Settings) -> Iterator[IdentityProvider]:
    """The provider of the settings, honest and with nothing remembered of it."""
    secrets: Path = settings.OPKOERS.secrets
    secrets.mkdir(mode=0o700, exist_ok=True)
    (secrets / "oidc").touch(mode=0o600)
    (secrets / "oidc").write_text(f"{SECRET}\n", "utf-8")
    oidc = Oidc(
        issuer=provider.issuer,
        name="Noord-ID",
        client_id=CLIENT,
        client_secret_file="oidc",
        role_map={"Behandelaar": "therapist", "Coordinator": "clinic_coordinator"},
    )
    settings.OPKOERS = settings.OPKOERS.model_copy(update={"oidc": oidc})
    yield provider
    provider.lies, provider.hides, provider.breaks = dict, set(), set()
    provider.asked.clear()
    provider.grants.clear()
    ours._known.clear()


@pytest.fixture
def client(signed_in: SignedIn) -> Client:
    return signed_in(None)


# ---------- steps of a browser


def goes_there(client: Client, query: str = "") -> str:
    """The address at the provider that the browser is sent to."""
    answer = client.get(f"/sign-in/provider{query}")
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.headers["Location"])


def says_yes(there: str, sub: str = "p-anna", action: str = "") -> str:
    """What the browser is sent back with, after the person chose at the provider."""
    form = {"sub": sub, **({"action": action} if action else {})}
    answer = requests.post(there, data=form, timeout=10, allow_redirects=False)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    assert back.netloc == "testserver"
    return f"{back.path}?{back.query}"


def signs_in(client: Client, sub: str = "p-anna", query: str = "") -> HttpResponse:
    """The last answer of the whole way there and back."""
    answer = client.get(says_yes(goes_there(client, query), sub))
    assert isinstance(answer, HttpResponse)
    return answer


def is_in(client: Client) -> bool:
    return client.get("/help").status_code == 200


def passes(minutes: float) -> None:
    """So long ago the provider last said that all holds."""
    for kept in ProviderSession.objects.all():
        kept.checked_at -= timedelta(minutes=minutes)
        kept.asked_at -= timedelta(minutes=minutes)
        kept.save()


# ---------- the right way


def test_a_person_of_the_provider_gets_in(client: Client, provider: IdentityProvider) -> None:
    answer = signs_in(client, query="?next=/overdue")

    assert answer.headers["Location"] == "/overdue"
    assert is_in(client)
    account = Account.objects.get(user__username="anna")
    assert (account.role, account.clinic_id, account.therapist_id) == ("therapist", "noord", "T1")
    assert (account.source, account.subject) == ("provider", "p-anna")
    assert not account.user.has_usable_password()


def test_what_is_asked_of_the_provider(client: Client, provider: IdentityProvider) -> None:
    asked = {name: value for name, (value,) in parse_qs(urlsplit(goes_there(client)).query).items()}
    again = parse_qs(urlsplit(goes_there(client)).query)

    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT
    assert asked["scope"] == "openid profile"
    assert asked["redirect_uri"] == "http://testserver/sign-in/provider/back"
    assert asked["code_challenge_method"] == "S256"
    # RFC 7636, 4.2: 256 bits in base64url are 43 characters.
    assert len(asked["code_challenge"]) == 43
    for each in ("state", "nonce", "code_challenge"):
        assert len(asked[each]) >= 43
        assert again[each] != [asked[each]]
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3


def test_a_lone_value_in_a_list_or_not_is_the_same(
    client: Client, provider: IdentityProvider
) -> None:
    signs_in(client, "p-bea")
    account = Account.objects.get(user__username="bea")

    assert (account.role, account.clinic_id) == ("clinic_coordinator", "noord")
    assert account.therapist_id is None


def test_each_sign_in_says_anew_what_somebody_is(
    client: Client, provider: IdentityProvider
) -> None:
    provider.now_says("p-moves", preferred_username="mo", roles=["Coordinator"], clinic="noord")
    signs_in(client, "p-moves")
    client.post("/sign-out")
    provider.now_says("p-moves", preferred_username="mo2", roles=["Behandelaar"], clinic="zuid",
                      therapist=7)  # fmt: skip
    signs_in(client, "p-moves")
    account = Account.objects.get(subject="p-moves")

    assert (account.role, account.clinic_id, account.therapist_id) == ("therapist", "zuid", "7")
    assert account.user.username == "mo", "the journal knows people by the first name they had"


def test_the_session_is_another_one_after_signing_in(
    client: Client, provider: IdentityProvider
) -> None:
    there = goes_there(client)
    before = client.cookies["session"].value
    client.get(says_yes(there))

    assert client.cookies["session"].value != before


def test_two_tabs_may_sign_in_at_once(client: Client, provider: IdentityProvider) -> None:
    first, second = goes_there(client, "?next=/overdue"), goes_there(client, "?next=/help")

    assert client.get(says_yes(first)).headers["Location"] == "/overdue"
    assert client.get(says_yes(second)).headers["Location"] == "/help"
    assert ProviderSession.objects.count() == 1


def test_keys_of_the_provider_may_change(client: Client, provider: IdentityProvider) -> None:
    signs_in(client)
    client.post("/sign-out")
    provider.key = RSAKey.generate_key(2048, {"kid": "second"})
    signs_in(client)

    assert is_in(client)


def test_what_the_provider_publishes_is_asked_once(
    client: Client, provider: IdentityProvider
) -> None:
    provider.asked.clear()
    for _ in range(3):
        goes_there(client)

    assert provider.asked == ["/.well-known/openid-configuration"]


def test_claims_that_stand_at_the_userinfo_endpoint_only(
    client: Client, provider: IdentityProvider
) -> None:
    provider.lies = with_claims(provider, roles=None, clinic=None, therapist=None)
    signs_in(client)

    assert Account.objects.get(user__username="anna").therapist_id == "T1"


def test_tokens_are_sealed_in_the_database(
    client: Client, provider: IdentityProvider, journal: Path
) -> None:
    told: list[dict[str, Any]] = []
    provider.lies = lambda tokens: told.append(tokens) or tokens  # type: ignore[func-returns-value]
    signs_in(client)
    stored = journal.read_bytes() + journal.with_name(journal.name + "-wal").read_bytes()

    for name in ("refresh_token", "id_token", "access_token"):
        assert told[0][name].encode() not in stored


# ---------- every wrong way


def test_who_says_no_at_the_provider_is_not_in(client: Client, provider: IdentityProvider) -> None:
    answer = client.get(says_yes(goes_there(client), action="deny"))

    assert answer.status_code == 403
    assert "You were not signed in" in answer.content.decode()
    assert not is_in(client)


@pytest.mark.parametrize("state", ["", "forged", "x" * 10_000, "é"])
def test_a_forged_state_is_refused(client: Client, provider: IdentityProvider, state: str) -> None:
    back = parse_qs(urlsplit(says_yes(goes_there(client))).query)
    answer = client.get("/sign-in/provider/back", {"code": back["code"][0], "state": state})

    assert answer.status_code == 400
    assert "not started here" in answer.content.decode()
    assert not is_in(client)
    assert provider.grants == []


def test_somebody_elses_answer_is_refused(
    client: Client, signed_in: SignedIn, provider: IdentityProvider
) -> None:
    """Else somebody could have you work, unaware, in their account."""
    theirs = says_yes(goes_there(client))
    answer = signed_in(None).get(theirs)

    assert answer.status_code == 400
    assert provider.grants == []


def test_an_answer_is_good_once(client: Client, provider: IdentityProvider) -> None:
    back = says_yes(goes_there(client))
    client.get(back)
    client.post("/sign-out")

    assert client.get(back).status_code == 400
    assert not is_in(client)


def test_a_code_without_its_verifier_is_refused_by_the_provider(
    client: Client, provider: IdentityProvider
) -> None:
    """PKCE: the code of one question with the state of another one."""
    stolen = parse_qs(urlsplit(says_yes(goes_there(client))).query)["code"][0]
    own = parse_qs(urlsplit(says_yes(goes_there(client))).query)["state"][0]
    answer = client.get("/sign-in/provider/back", {"code": stolen, "state": own})

    assert answer.status_code == 403
    assert provider.grants == ["authorization_code"]
    assert not is_in(client)


def test_a_question_waits_ten_minutes(
    client: Client, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = says_yes(goes_there(client))
    later = timezone.now() + timedelta(minutes=10.1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    answer = client.get(back)

    assert answer.status_code == 400
    assert "took too long" in answer.content.decode()


NOW = int(time.time())
WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "another question's nonce": {"nonce": "forged"},
    "no nonce": {"nonce": None},
    "another issuer": {"iss": "http://localhost:1"},
    "no issuer": {"iss": None},
    "for another client": {"aud": "somebody-else"},
    "for several, not made for us": {"aud": [CLIENT, "somebody-else"]},
    "for several, made for another": {"aud": [CLIENT, "other"], "azp": "other"},
    "for us, made for another": {"azp": "somebody-else"},
    "for nobody": {"aud": None},
    "no subject": {"sub": None},
    "another subject than at userinfo": {"sub": "p-bea"},
    "no end": {"exp": None},
    "an end that is no number": {"exp": "tomorrow"},
    "made tomorrow": {"iat": NOW + 86_400},
}


@pytest.mark.parametrize("case", WRONG_CLAIMS)
def test_a_token_that_is_not_for_this_is_refused(
    client: Client, provider: IdentityProvider, case: str
) -> None:
    provider.lies = with_claims(provider, **WRONG_CLAIMS[case])
    answer = signs_in(client)

    assert answer.status_code == 403
    assert "cannot be trusted" in answer.content.decode()
    assert not is_in(client)
    assert not Account.objects.filter(source="provider").exists()


@pytest.mark.parametrize(("seconds_ago", "is_good"), [(30, True), (3_600, False)])
def test_an_expired_token_is_refused_but_clocks_may_differ_a_little(
    client: Client, provider: IdentityProvider, seconds_ago: int, is_good: bool
) -> None:
    provider.lies = with_claims(provider, exp=int(time.time()) - seconds_ago)
    answer = signs_in(client)

    assert is_in(client) is is_good
    assert is_good or "took too long" in answer.content.decode()


def test_several_audiences_are_good_when_it_was_made_for_us(
    client: Client, provider: IdentityProvider
) -> None:
    provider.lies = with_claims(provider, aud=[CLIENT, "somebody-else"], azp=CLIENT)
    signs_in(client)

    assert is_in(client)


def _signed_by_another(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    return provider.signed(claims, RSAKey.generate_key(2048, {"kid": "first"}))


def _unknown_key(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    return provider.signed(claims, RSAKey.generate_key(2048, {"kid": "unknown"}))


def _unsigned(_provider: IdentityProvider, claims: dict[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join([base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in parts] + [""])


def _signed_with_the_secret(_provider: IdentityProvider, claims: dict[str, Any]) -> str:
    """Who knows only the shared secret, or the public key, can make these."""
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])


def _changed(provider: IdentityProvider, claims: dict[str, Any]) -> str:
    head, _, signature = provider.signed(claims).split(".")
    body = provider.signed({**claims, "roles": ["Coordinator"]}).split(".")[1]
    return f"{head}.{body}.{signature}"


@pytest.mark.parametrize(
    "sign",
    [
        _signed_by_another,
        _unknown_key,
        _unsigned,
        _signed_with_the_secret,
        _changed,
        lambda *_: "",
        lambda *_: "not.a.token",
        lambda *_: "x" * 100_000,
    ],
)
def test_a_bad_signature_is_refused(
    client: Client,
    provider: IdentityProvider,
    sign: Callable[[IdentityProvider, dict[str, Any]], str],
) -> None:
    provider.lies = lambda tokens: {
        **tokens,
        "id_token": sign(provider, claims_of(tokens["id_token"])),
    }
    answer = signs_in(client)

    assert answer.status_code == 403
    assert not is_in(client)


@pytest.mark.parametrize(
    ("sub", "said"),
    [
        ("p-gardener", "You have no role in Op koers"),
        ("p-homeless", "Something about your account is missing"),
        ("p-long", "Something about your account is missing"),
        ("p-namesake", "Your name is already in use here"),
        ("p-stranger", "You have no role in Op koers"),
    ],
)
def test_who_cannot_be_placed_is_told_whom_to_ask(
    client: Client, provider: IdentityProvider, settings: Settings, sub: str, said: str
) -> None:
    contact = settings.OPKOERS.sign_in.model_copy(update={"contact": "Petra, tst. 12"})
    settings.OPKOERS = settings.OPKOERS.model_copy(update={"sign_in": contact})
    answer = signs_in(client, sub)
    page = answer.content.decode()

    assert answer.status_code == 403
    assert said in page
    assert "Ask Petra, tst. 12." in page
    assert not is_in(client)
    assert not Account.objects.filter(source="provider").exists()
    assert User.objects.get(username="therapist").account.source == "local"


def test_a_disabled_account_stays_out_whatever_the_provider_says(
    client: Client, provider: IdentityProvider
) -> None:
    signs_in(client)
    User.objects.filter(username="anna").update(is_active=False)
    assert not is_in(client)

    answer = signs_in(client)
    assert answer.status_code == 403
    assert "was switched off" in answer.content.decode()


@pytest.mark.parametrize("place", ["/.well-known/openid-configuration", "/oauth2/token", "/jwks"])
def test_a_provider_that_does_not_answer_is_told(
    client: Client, provider: IdentityProvider, place: str
) -> None:
    provider.breaks = {place}
    answer = client.get("/sign-in/provider")
    if answer.status_code == 302:
        answer = client.get(says_yes(answer.headers["Location"]))

    assert answer.status_code == 503
    assert "cannot be used now" in answer.content.decode()
    assert client.get("/sign-in").status_code == 200


def test_nobody_listens_where_the_provider_should_be(
    client: Client, provider: IdentityProvider, settings: Settings
) -> None:
    nowhere = settings.OPKOERS.oidc.model_copy(update={"issuer": "http://localhost:9"})
    settings.OPKOERS = settings.OPKOERS.model_copy(update={"oidc": nowhere})

    assert client.get("/sign-in/provider").status_code == 503


def test_a_provider_that_calls_itself_otherwise_is_not_believed(
    client: Client, provider: IdentityProvider, settings: Settings
) -> None:
    other = provider.issuer.replace("localhost", "127.0.0.1")
    oidc = settings.OPKOERS.oidc.model_copy(update={"issuer": f"{other}/realm/../"})
    settings.OPKOERS = settings.OPKOERS.model_copy(update={"oidc": oidc})

    assert client.get("/sign-in/provider").status_code == 403


def test_the_answer_of_another_provider_is_refused(
    client: Client, provider: IdentityProvider
) -> None:
    """RFC 9207."""
    back = says_yes(goes_there(client))

    assert client.get(f"{back}&iss=https://evil.example").status_code == 403


def test_a_secret_that_others_can_read_is_not_used(
    client: Client, provider: IdentityProvider, settings: Settings
) -> None:
    (settings.OPKOERS.secrets / "oidc").chmod(0o644)

    assert client.get("/sign-in/provider").status_code == 503


def test_without_a_provider_there_is_no_such_page(client: Client) -> None:
    assert client.get("/sign-in/provider").status_code == 404
    assert client.get("/sign-in/provider/back").status_code == 404
    assert "/sign-in/provider" not in client.get("/sign-in").content.decode()


def test_the_log_names_nobody(
    client: Client, provider: IdentityProvider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.lies = with_claims(provider, nonce="forged")
    with caplog.at_level("DEBUG", "dashboards"):
        caplog.clear()
        signs_in(client, "p-anna")
        own = [r for r in caplog.records if r.name.startswith("dashboards")]

    assert [r.getMessage() for r in own] == [
        "not signed in through the identity provider: UntrustedError"
    ]


# ---------- for how long


def test_a_role_that_is_withdrawn_there_is_gone_here(
    client: Client, provider: IdentityProvider
) -> None:
    provider.now_says("p-w", preferred_username="wim", roles=["Coordinator"], clinic="noord")
    signs_in(client, "p-w")
    provider.now_says("p-w", preferred_username="wim", roles=[], clinic="noord")
    passes(14)
    assert is_in(client)

    passes(1)
    answer = client.get("/overdue")
    assert answer.status_code == 403
    assert "You have no role in Op koers" in answer.content.decode()
    assert client.get("/overdue").status_code == 302
    assert Account.objects.get(user__username="wim").role == ""


def test_a_withdrawn_role_ends_every_session_of_that_person(
    client: Client, signed_in: SignedIn, provider: IdentityProvider
) -> None:
    provider.now_says("p-v", preferred_username="vera", roles=["Coordinator"], clinic="noord")
    signs_in(client, "p-v")
    other = signed_in(None)
    signs_in(other, "p-v")
    provider.now_says("p-v", preferred_username="vera", roles=[], clinic="noord")
    passes(15)
    client.get("/")

    assert not is_in(other)


def test_a_move_to_another_clinic_is_noticed(client: Client, provider: IdentityProvider) -> None:
    provider.now_says("p-m", preferred_username="mia", roles=["Coordinator"], clinic="noord")
    signs_in(client, "p-m")
    assert client.get("/alerts/noord-t1-worse").status_code == 200
    provider.now_says("p-m", preferred_username="mia", roles=["Coordinator"], clinic="zuid")
    passes(15)

    assert client.get("/alerts/noord-t1-worse").status_code == 404


def test_who_signed_out_there_is_signed_out_here(
    client: Client, provider: IdentityProvider
) -> None:
    signs_in(client)
    provider.signed_out("p-anna")
    passes(15)
    answer = client.get("/overdue")

    assert answer.headers["Location"] == "/sign-in?ended=provider&next=%2Foverdue"
    assert not is_in(client)


def test_all_that_holds_is_asked_again_and_again(
    client: Client, provider: IdentityProvider
) -> None:
    signs_in(client)
    for _ in range(3):
        passes(15)
        assert is_in(client)
        assert is_in(client)

    assert provider.grants == ["authorization_code"] + ["refresh_token"] * 3


def test_of_many_requests_at_once_one_asks(client: Client, provider: IdentityProvider) -> None:
    """A provider that gives a new refresh token each time takes the second one for a thief."""
    signs_in(client)
    passes(15)
    session = client.cookies["session"].value

    def asks(_number: int) -> int:
        browser = Client()
        browser.cookies["session"] = session
        status = browser.get("/help").status_code
        connection.close()
        return status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(asks, range(16))) == {200}
    assert provider.grants.count("refresh_token") == 1


def test_a_silent_provider_is_forgiven_for_as_long_again(
    client: Client, provider: IdentityProvider
) -> None:
    signs_in(client)
    provider.breaks = {"/oauth2/token"}
    passes(29)
    assert is_in(client)

    passes(1.1)
    assert client.get("/").headers["Location"].startswith("/sign-in?ended=provider")


def test_a_provider_without_refresh_is_asked_through_the_browser(
    client: Client, provider_without_refresh: IdentityProvider
) -> None:
    provider = provider_without_refresh
    signs_in(client)
    passes(15)
    answer = client.get("/overdue?x=1")
    assert answer.headers["Location"] == "/sign-in/provider?silent=1&next=%2Foverdue%3Fx%3D1"

    there = client.get(answer.headers["Location"]).headers["Location"]
    assert parse_qs(urlsplit(there).query)["prompt"] == ["none"]
    # The mock keeps no session of its own, so that it can only be asked without prompt.
    back = says_yes(there.replace("&prompt=none", ""))
    assert client.get(back).headers["Location"] == "/overdue?x=1"
    assert is_in(client)
    assert provider.grants == ["authorization_code"] * 2


def test_a_provider_that_would_have_to_show_a_page_ends_the_session(
    client: Client, provider_without_refresh: IdentityProvider
) -> None:
    """OpenID Connect Core 1.0, 3.1.2.6: login_required."""
    signs_in(client)
    passes(15)
    there = client.get(client.get("/overdue").headers["Location"]).headers["Location"]
    back = says_yes(there)
    assert "error=login_required" in back
    answer = client.get(back)

    assert answer.headers["Location"] == "/sign-in?ended=provider&next=%2Foverdue"
    assert not is_in(client)


def test_a_form_that_is_being_sent_is_not_lost_to_asking(
    client: Client, provider_without_refresh: IdentityProvider
) -> None:
    signs_in(client)
    passes(20)
    form = {"shown_seq": 0, "action": "consult"}

    assert client.post("/alerts/noord-t1-worse/answer", form).status_code == 302
    passes(11)
    late = client.post("/alerts/noord-t1-worse/undo", form)
    assert late.headers["Location"] == "/sign-in?ended=provider"


def test_while_the_provider_is_silent_the_browser_is_not_sent_round_and_round(
    client: Client, provider_without_refresh: IdentityProvider
) -> None:
    provider = provider_without_refresh
    signs_in(client)
    passes(16)
    provider.breaks = {"/.well-known/openid-configuration"}
    ours._known.clear()
    answer = client.get("/overdue", follow=True)

    assert answer.status_code == 200
    assert [there for there, _ in answer.redirect_chain] == [
        "/sign-in/provider?silent=1&next=%2Foverdue",
        "/overdue",
    ]


def test_another_issuer_in_the_settings_ends_all_sessions(
    client: Client, provider: IdentityProvider, settings: Settings
) -> None:
    signs_in(client)
    none = settings.OPKOERS.oidc.model_copy(update={"issuer": ""})
    settings.OPKOERS = settings.OPKOERS.model_copy(update={"oidc": none})

    assert not is_in(client)


# ---------- signing out


def test_signing_out_goes_on_to_the_provider(client: Client, provider: IdentityProvider) -> None:
    signs_in(client)
    answer = client.post("/sign-out")
    goodbye = answer.headers["Refresh"].removeprefix("0; url=")
    asked = parse_qs(urlsplit(goodbye).query)

    assert answer.status_code == 200
    assert goodbye.startswith(f"{provider.issuer}/oauth2/end_session?")
    assert asked["post_logout_redirect_uri"] == ["http://testserver/sign-in"]
    assert asked["client_id"] == [CLIENT]
    assert asked["id_token_hint"][0].count(".") == 2
    assert not is_in(client)
    assert not ProviderSession.objects.exists()


def test_a_provider_without_a_goodbye_is_left_alone(
    client: Client, provider: IdentityProvider
) -> None:
    provider.hides = {"end_session_endpoint"}
    signs_in(client)

    assert client.post("/sign-out").headers["Location"] == "/sign-in"
    assert not is_in(client)


def test_signing_out_works_while_the_provider_is_silent(
    client: Client, provider: IdentityProvider
) -> None:
    signs_in(client)
    ours._known.clear()
    provider.breaks = {"/.well-known/openid-configuration"}

    assert client.post("/sign-out").headers["Location"] == "/sign-in"
    assert not is_in(client)
