"""What is said to the clinic's identity provider, and what of its answers is believed.

OpenID Connect, authorization code with PKCE (S256), state and nonce. Everything goes from this
server to the issuer that the settings name; no page loads anything from there.

Built on Authlib, which makes the requests of OAuth 2 (its OAuth2Session), and on joserfc, by
the same authors, which checks signatures. Weighed against them: mozilla-django-oidc knows no
discovery, sets no time limit by itself and checks neither issuer nor audience; django-allauth
brings its own accounts, pages and sessions, where ours are small and already there. Authlib's
own Django client was left out as well: what it accepts of a token is spread over three classes,
and here it stands on one page.
"""

import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from django.conf import settings
from joserfc import jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from dashboards.accounts.provider_secret import client_secret
from flows.settings import LOOPBACK, Oidc

# Signed with a key that only the provider has; a shared secret or no signature is not enough.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
# Clocks of two machines may differ; what the provider says of itself holds for an hour. [D]
CLOCK_SKEW_SECONDS = 60
METADATA_SECONDS = 3600


class ProviderError(Exception):
    """Nobody can be signed in by this answer; the subclass says why. Carries no values."""


class DeniedError(ProviderError):
    """The provider says no: refused by the person or by the provider, or withdrawn."""


class UnreachableError(ProviderError):
    """The provider did not answer, not in time, or not sensibly."""


class ExpiredError(ProviderError):
    """The answer came too late to be used."""


class UntrustedError(ProviderError):
    """The answer is not of this provider, not for us, or not to this question."""


@dataclass(frozen=True)
class Metadata:
    """What the provider publishes of itself; addresses are https or of this machine."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    token_auth: str


@dataclass(frozen=True)
class Question:
    """What was asked at the start and has to come back: RFC 6749 state, RFC 7636 verifier."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Answer:
    """Claims about one person, with the tokens they came with."""

    claims: Mapping[str, Any]
    refresh_token: str
    id_token: str


_lock = threading.Lock()
_known: dict[str, tuple[float, Metadata]] = {}


def new_question() -> Question:
    """Three times 256 random bits; the verifier has the length that RFC 7636, 4.1 asks."""
    return Question(*(secrets.token_urlsafe(32) for _ in range(3)))


def question_address(question: Question, back: str, *, silent: bool) -> str:
    """Where to send the browser; `silent` asks the provider to show no page of its own."""
    address, _ = _session().create_authorization_url(
        metadata().authorization_endpoint,
        state=question.state,
        nonce=question.nonce,
        code_verifier=question.verifier,
        redirect_uri=back,
        **({"prompt": "none"} if silent else {}),
    )
    return str(address)


def answer_to(question: Question, code: str, back: str) -> Answer:
    """What the provider says of the person who came back with `code`.

    Raises DeniedError, ExpiredError, UnreachableError or UntrustedError.
    """
    tokens = _tokens(code=code, redirect_uri=back, code_verifier=question.verifier)
    id_token = str(tokens.get("id_token", ""))
    claims = _believed(id_token, question.nonce)
    more = _userinfo(tokens, str(claims["sub"]))
    return Answer({**more, **claims}, str(tokens.get("refresh_token") or ""), id_token)


def answer_again(refresh_token: str, subject: str, id_token: str) -> Answer:
    """What the provider says now of the person it called `subject` before.

    Raises DeniedError when it says nothing any more, and as `answer_to`.
    """
    tokens = _tokens(refresh_token=refresh_token)
    new = str(tokens.get("id_token") or "")
    claims = _believed(new, None) if new else {}
    if claims and claims["sub"] != subject:
        raise UntrustedError
    more = _userinfo(tokens, subject)
    if not (claims or more):
        raise DeniedError
    kept = str(tokens.get("refresh_token") or refresh_token)
    return Answer({**more, **claims, "sub": subject}, kept, new or id_token)


def goodbye_address(id_token: str, back: str) -> str | None:
    """Where signing out at the provider itself happens (RP-initiated logout); None if nowhere."""
    try:
        place = metadata().end_session_endpoint
    except ProviderError:
        return None
    if place is None:
        return None
    asked = {
        "id_token_hint": id_token,
        "client_id": _settings().client_id,
        "post_logout_redirect_uri": back,
    }
    return f"{place}{'&' if urlsplit(place).query else '?'}{urlencode(asked)}"


def metadata() -> Metadata:
    """What the provider publishes, kept for an hour. Raises UnreachableError, UntrustedError."""
    issuer = _settings().issuer
    with _lock:
        at, known = _known.get(issuer, (0.0, None))
        if known is None or time.monotonic() - at > METADATA_SECONDS:
            known = _discovered(issuer)
            _known[issuer] = time.monotonic(), known
        return known


def _discovered(issuer: str) -> Metadata:
    """OpenID Connect Discovery 1.0, 4: and the issuer there is the one that was asked (4.3)."""
    told = _get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if str(told.get("issuer")).rstrip("/") != issuer.rstrip("/"):
        raise UntrustedError
    methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Metadata(
        issuer=str(told["issuer"]),
        authorization_endpoint=_safe(told.get("authorization_endpoint")),
        token_endpoint=_safe(told.get("token_endpoint")),
        jwks_uri=_safe(told.get("jwks_uri")),
        userinfo_endpoint=_safe(told.get("userinfo_endpoint")) if _has(told, "userinfo") else None,
        end_session_endpoint=(
            _safe(told.get("end_session_endpoint")) if _has(told, "end_session") else None
        ),
        token_auth=(
            "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        ),
    )


def _has(told: Mapping[str, Any], endpoint: str) -> bool:
    return bool(told.get(f"{endpoint}_endpoint"))


def _safe(address: object) -> str:
    parts = urlsplit(str(address))
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return str(address)
    raise UntrustedError


def _tokens(**asked: str) -> dict[str, Any]:
    """The answer of the token endpoint, to a code or to a refresh token."""
    place = metadata().token_endpoint
    try:
        if "refresh_token" in asked:
            told = _session().refresh_token(place, allow_redirects=False, **asked)
        else:
            told = _session().fetch_token(
                place, grant_type="authorization_code", allow_redirects=False, **asked
            )
    except OAuthError:
        raise DeniedError from None
    except (requests.RequestException, ValueError):
        raise UnreachableError from None
    return dict(told)


def _believed(id_token: str, nonce: str | None) -> dict[str, Any]:
    """The claims of an ID token that holds by OpenID Connect Core 1.0, 3.1.3.7.

    After a refresh there is no nonce to hold it to.
    """
    claims = _signed_claims(id_token)
    client_id, rules = _settings().client_id, _rules()
    try:
        rules.validate(claims)
    except ExpiredTokenError:
        raise ExpiredError from None
    except JoseError:
        raise UntrustedError from None
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    party = claims.get("azp", client_id if len(audiences) == 1 else None)
    is_to_us = client_id in audiences and party == client_id
    if not is_to_us or not _same(claims.get("nonce"), nonce):
        raise UntrustedError
    return claims


def _rules() -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=CLOCK_SKEW_SECONDS,
        iss={"essential": True, "value": metadata().issuer},
        sub={"essential": True},
        aud={"essential": True, "value": _settings().client_id},
        exp={"essential": True},
        iat={"essential": True},
    )


def _same(told: object, nonce: str | None) -> bool:
    return nonce is None or hmac.compare_digest(str(told).encode(), nonce.encode())


def _signed_claims(id_token: str) -> dict[str, Any]:
    """Claims with a good signature; keys are fetched anew each time, so that they may change."""
    try:
        keys = KeySet.import_key_set(_get(metadata().jwks_uri))  # type: ignore[arg-type]
        return dict(jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims)
    except (BadSignatureError, InvalidKeyIdError, JoseError, ValueError, KeyError, TypeError):
        raise UntrustedError from None


def _userinfo(tokens: Mapping[str, Any], subject: str) -> dict[str, Any]:
    """Claims that stand at the userinfo endpoint only; of the same person (Core, 5.3.2)."""
    place, token = metadata().userinfo_endpoint, tokens.get("access_token")
    if place is None or not token:
        return {}
    told = _get(place, {"Authorization": f"Bearer {token}"})
    if told.get("sub") != subject:
        raise UntrustedError
    return told


def _get(address: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A JSON object from the provider. Raises UnreachableError; DeniedError for 401 and 403."""
    try:
        answer = requests.get(
            address, headers=headers, timeout=_settings().timeout_seconds, allow_redirects=False
        )
        told = answer.json() if answer.status_code == 200 else None
    except (requests.RequestException, ValueError):
        raise UnreachableError from None
    if answer.status_code in (401, 403):
        raise DeniedError
    if not isinstance(told, dict):
        raise UnreachableError
    return told


def _session() -> OAuth2Session:
    oidc, known = _settings(), _known.get(_settings().issuer)
    secret = client_secret()
    return OAuth2Session(
        client_id=oidc.client_id,
        client_secret=secret or None,
        scope=" ".join(oidc.scopes),
        code_challenge_method="S256",
        token_endpoint_auth_method=known[1].token_auth if secret and known else None,
        default_timeout=oidc.timeout_seconds,
    )


def _settings() -> Oidc:
    oidc: Oidc = settings.OPKOERS.oidc
    return oidc
