"""A real OpenID provider on loopback (oidc-provider-mock), made stricter, and able to lie.

The mock itself does not look at PKCE and takes any secret: here both are held, with an own
reading of RFC 7636, 4.6. `lies` changes what its token endpoint says, before it is sent.
"""

import base64
import hashlib
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import pytest
import requests
import werkzeug.serving
from authlib.deprecate import AuthlibDeprecationWarning
from joserfc import jwt
from joserfc.jwk import RSAKey

with warnings.catch_warnings():
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)  # it still imports authlib.jose
    import oidc_provider_mock

CLIENT, SECRET = "opkoers", "a secret that both know"
PEOPLE: dict[str, dict[str, object]] = {
    "p-anna": {
        "preferred_username": "anna",
        "roles": ["staff", "Behandelaar"],
        "clinic": "noord",
        "therapist": "T1",
    },
    "p-dirk": {"preferred_username": "dirk", "roles": ["Coordinator"], "clinic": "noord"},
    "p-bea": {"preferred_username": "bea", "roles": "Coordinator", "clinic": ["noord"]},
    "p-gardener": {"preferred_username": "gerard", "roles": ["Tuinman"], "clinic": "noord"},
    "p-homeless": {"preferred_username": "henk", "roles": ["Coordinator"]},
    "p-namesake": {
        "preferred_username": "Therapist",
        "roles": ["Coordinator"],
        "clinic": "noord",
    },
    "p-long": {"preferred_username": "x" * 151, "roles": ["Coordinator"], "clinic": "noord"},
}
Tokens = dict[str, Any]


class IdentityProvider:
    """Its address, its people, what it was asked, and how it lies."""

    def __init__(self, port: int, *, refreshes: bool) -> None:
        self.issuer = f"http://localhost:{port}"
        self.lies: Callable[[Tokens], Tokens] = dict
        self.hides: set[str] = set()
        self.breaks: set[str] = set()
        self.asked: list[str] = []
        self.grants: list[str] = []
        self.key = RSAKey.generate_key(2048, {"kid": "first"})
        self._challenges: dict[str, str] = {}
        people = [oidc_provider_mock.User(sub=sub, claims=told) for sub, told in PEOPLE.items()]
        self.app = oidc_provider_mock.app(
            require_nonce=True, issue_refresh_token=refreshes, user_claims=people
        )
        self.app.before_request(self._look)
        self.app.after_request(self._answer)

    def now_says(self, sub: str, **claims: Any) -> None:
        """From now on these are all the claims about `sub`."""
        requests.put(f"{self.issuer}/users/{sub}", json=claims, timeout=10).raise_for_status()

    def signed_out(self, sub: str) -> None:
        """The person has signed out there, or was removed."""
        place = f"{self.issuer}/users/{sub}/revoke-tokens"
        requests.post(place, timeout=10).raise_for_status()

    def signed(self, claims: Tokens, key: RSAKey | None = None, alg: str = "RS256") -> str:
        """An ID token with these claims."""
        key = key or self.key
        return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, algorithms=[alg])

    def _look(self) -> tuple[str, int] | None:
        self.asked.append(flask.request.path)
        if flask.request.path in self.breaks:
            return "broken", 500
        if flask.request.path == "/oauth2/token":
            return self._refused(flask.request.form)
        return None

    def _refused(self, form: Any) -> tuple[str, int] | None:
        login = flask.request.authorization
        self.grants.append(form["grant_type"])
        if login is None or (login.username, login.password) != (CLIENT, SECRET):
            return '{"error": "invalid_client"}', 401
        if form["grant_type"] == "authorization_code":
            challenge = self._challenges.pop(form["code"], None)
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
                return '{"error": "invalid_grant"}', 400
        return None

    def _answer(self, response: flask.Response) -> flask.Response:
        path, location = flask.request.path, response.headers.get("Location", "")
        if path == "/oauth2/authorize" and "code=" in location:
            asked = flask.request.args
            assert asked["code_challenge_method"] == "S256"
            code = parse_qs(urlsplit(location).query)["code"][0]
            self._challenges[code] = asked["code_challenge"]
        if path == "/oauth2/authorize" and "error=" in location and "state=" not in location:
            # RFC 6749, 4.1.2.1: a refusal has to give the state back; the mock forgets it.
            response.headers["Location"] = f"{location}&state={flask.request.args['state']}"
        if path == "/jwks":
            response.set_data(flask.json.dumps({"keys": [self.key.as_dict(private=False)]}))
        if path == "/.well-known/openid-configuration":
            told = {k: v for k, v in response.get_json().items() if k not in self.hides}
            response.set_data(flask.json.dumps(told))
        if path == "/oauth2/token" and response.status_code == 200:
            response.set_data(flask.json.dumps(self._told(response.get_json())))
        return response

    def _told(self, tokens: Tokens) -> Tokens:
        """With our own key, so that it can change; then as it lies."""
        if "id_token" in tokens:
            claims = claims_of(tokens["id_token"])
            tokens["id_token"] = self.signed(claims)
        return self.lies(tokens)


def claims_of(id_token: str) -> Tokens:
    body = id_token.split(".")[1]
    found = flask.json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert isinstance(found, dict)
    return found


def with_claims(provider: IdentityProvider, **changed: Any) -> Callable[[Tokens], Tokens]:
    """A lie: well signed, with some claims changed (None: left out)."""

    def lie(tokens: Tokens) -> Tokens:
        claims = {**claims_of(tokens["id_token"]), **changed}
        kept = {name: value for name, value in claims.items() if value is not None}
        return {**tokens, "id_token": provider.signed(kept)}

    return lie


@contextmanager
def running(*, refreshes: bool = True) -> Iterator[IdentityProvider]:
    """A provider that answers on loopback while the context lasts."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        server = werkzeug.serving.make_server("localhost", 0, _nowhere, threaded=True)
        provider = IdentityProvider(server.server_port, refreshes=refreshes)
        server.app = provider.app
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            server.server_close()
            thread.join(timeout=5)


def _nowhere(*_request: Any) -> Any:
    raise AssertionError("the provider was asked before it was there")
