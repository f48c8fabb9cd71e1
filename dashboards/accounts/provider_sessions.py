"""What one session of ours keeps of the identity provider, sealed in the database."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from dashboards.accounts.models import ProviderSession
from dashboards.accounts.provider import Answer
from dashboards.accounts.sealing import UnsealableError, seal, unseal

KEY = "provider_session"
# A request that asks the provider is given this long before the next one does. [D]
ASKING = timedelta(seconds=30)


@dataclass(frozen=True)
class Tokens:
    """The provider's tokens of one session; `refresh_token` may be empty."""

    refresh_token: str
    id_token: str


def keep(request: HttpRequest, user: User, answer: Answer) -> None:
    """Keep the tokens of `answer` with the session, in place of those it had."""
    forget(request)
    now = timezone.now()
    over = now - timedelta(hours=settings.OPKOERS.sign_in.session_hours)
    ProviderSession.objects.filter(began_at__lt=over).delete()
    kept = ProviderSession(
        id=secrets.token_hex(32), user=user, began_at=now, checked_at=now, asked_at=now
    )
    _write(kept, answer)
    request.session[KEY] = kept.id


def renew(kept: ProviderSession, answer: Answer) -> None:
    """Note that the provider said again that all holds, with its new tokens."""
    kept.checked_at = timezone.now()
    _write(kept, answer)


def kept_of(request: HttpRequest) -> ProviderSession | None:
    """What the session keeps; None when it keeps nothing (any more)."""
    return ProviderSession.objects.filter(pk=request.session.get(KEY, "")).first()


def tokens_of(kept: ProviderSession) -> Tokens | None:
    """The tokens; None when they were sealed with a key that is no longer there."""
    try:
        refresh = kept.sealed_refresh_token
        return Tokens(
            unseal(refresh, _about(kept)) if refresh else "",
            unseal(kept.sealed_id_token, _about(kept)),
        )
    except UnsealableError:
        return None


def forget(request: HttpRequest) -> None:
    """Forget what the session kept."""
    ProviderSession.objects.filter(pk=request.session.pop(KEY, "")).delete()


def takes_it_on(kept: ProviderSession, now: datetime) -> bool:
    """Whether this request is the one to ask the provider; of several at once one is."""
    if kept.asked_at > kept.checked_at and now - kept.asked_at < ASKING:
        return False
    same = ProviderSession.objects.filter(pk=kept.pk, asked_at=kept.asked_at)
    return same.update(asked_at=now) == 1


def _write(kept: ProviderSession, answer: Answer) -> None:
    refresh = answer.refresh_token
    kept.sealed_refresh_token = seal(refresh, _about(kept)) if refresh else ""
    kept.sealed_id_token = seal(answer.id_token, _about(kept))
    kept.save()


def _about(kept: ProviderSession) -> str:
    return f"tokens of {kept.pk}"
