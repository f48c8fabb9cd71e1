"""Between the password and the code: somebody who is not signed in yet.

What is known stands in the server-side session, under a new key, for ten minutes, and is void
once the password changes.
"""

from dataclasses import asdict, dataclass

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from dashboards.accounts.backends import LocalBackend
from dashboards.accounts.sealing import UnsealableError, seal, unseal
from dashboards.accounts.totp import new_secret

KEY = "first_step"
LASTS_SECONDS = 600


@dataclass(frozen=True)
class _FirstStep:
    user_id: int
    at: float
    password: str
    next_page: str
    sealed_secret: str


@dataclass(frozen=True)
class HalfSignedIn:
    """Who gave the right password, where to go afterwards, and a secret to enrol with."""

    user: User
    next_page: str
    secret: str


def begin(request: HttpRequest, user: User, next_page: str) -> None:
    """Remember that `user` gave the right password."""
    request.session.flush()
    step = _FirstStep(
        user_id=user.pk,
        at=timezone.now().timestamp(),
        password=user.get_session_auth_hash(),
        next_page=next_page,
        sealed_secret=seal(new_secret(), _about(user.pk)),
    )
    request.session[KEY] = asdict(step)


def half_signed_in(request: HttpRequest) -> HalfSignedIn | None:
    """Who is between password and code; None for nobody, or for too long."""
    kept = request.session.get(KEY)
    if kept is None:
        return None
    step = _FirstStep(**kept)
    if timezone.now().timestamp() - step.at > LASTS_SECONDS:
        return None
    user = LocalBackend().get_user(step.user_id)
    if user is None or not constant_time_compare(step.password, user.get_session_auth_hash()):
        return None
    try:
        secret = unseal(step.sealed_secret, _about(user.pk))
    except UnsealableError:
        return None
    return HalfSignedIn(user, step.next_page, secret)


def _about(user_id: int) -> str:
    return f"first step of {user_id}"
