"""Asking the identity provider again, every so many minutes, whether a session still holds.

With a refresh token this server asks. Without one the browser is sent round by the provider
when it opens a page; a form that is being sent is let through, because what was typed would be
lost. Who could not be confirmed for twice that time is signed out.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from dashboards.accounts import provider, provider_sessions
from dashboards.accounts.models import ProviderSession
from dashboards.accounts.provider import DeniedError, ExpiredError, UnreachableError, UntrustedError
from dashboards.accounts.provider_secret import SecretFileError
from dashboards.accounts.provider_sign_in import BACKEND, person_now
from dashboards.accounts.refusals import REFUSALS, refused
from dashboards.accounts.sessions import Ended, ended

log = logging.getLogger(__name__)

NOT_NOW = (UnreachableError, UntrustedError, ExpiredError, SecretFileError)
UNASKED = ("sign_in", "sign_in_provider", "sign_in_provider_back", "sign_out", "language")


class ProviderRecheckMiddleware:
    """Lets a request through, sends it round by the provider, or ends its session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_of_provider(request) or request.path in map(reverse, UNASKED):
            return self.get_response(request)
        return _instead(request) or self.get_response(request)


def _is_of_provider(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.session[BACKEND_SESSION_KEY] == BACKEND


def _instead(request: HttpRequest) -> HttpResponse | None:
    """What to answer instead of the page; None when the page may be shown."""
    kept = provider_sessions.kept_of(request)
    tokens = None if kept is None else provider_sessions.tokens_of(kept)
    if kept is None or tokens is None:
        return ended(request, Ended.PROVIDER)
    now = timezone.now()
    age = now - kept.checked_at
    allowed = timedelta(minutes=settings.OPKOERS.oidc.recheck_minutes)
    if age < allowed:
        return None
    if not provider_sessions.takes_it_on(kept, now):
        return None if age < 2 * allowed else ended(request, Ended.PROVIDER)
    if tokens.refresh_token:
        return _asked_by_us(request, kept, tokens, is_late=age >= 2 * allowed)
    return _asked_by_browser(request, is_late=age >= 2 * allowed)


def _asked_by_us(
    request: HttpRequest,
    kept: ProviderSession,
    tokens: provider_sessions.Tokens,
    *,
    is_late: bool,
) -> HttpResponse | None:
    subject = kept.user.account.subject
    try:
        answer = provider.answer_again(tokens.refresh_token, subject, tokens.id_token)
        person_now(answer)
    except NOT_NOW as error:
        log.warning(f"the identity provider confirmed nobody: {type(error).__name__}")
        return ended(request, Ended.PROVIDER) if is_late else None
    except DeniedError:
        return ended(request, Ended.PROVIDER)
    except tuple(REFUSALS) as error:
        logout(request)
        return refused(request, error)
    provider_sessions.renew(kept, answer)
    return None


def _asked_by_browser(request: HttpRequest, *, is_late: bool) -> HttpResponse | None:
    if request.method not in ("GET", "HEAD"):
        return ended(request, Ended.PROVIDER) if is_late else None
    query = urlencode({"silent": "1", "next": request.get_full_path()})
    if is_late:
        logout(request)
    return redirect(f"{reverse('sign_in_provider')}?{query}")
