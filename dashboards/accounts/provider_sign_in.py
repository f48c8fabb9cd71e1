"""Signing in through the clinic's identity provider: going there, and coming back."""

import logging
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboards.accounts import provider, provider_sessions
from dashboards.accounts.claims import NoRoleError, UnusableClaimError, person_of
from dashboards.accounts.provider import Answer, DeniedError, ExpiredError, Question, UntrustedError
from dashboards.accounts.provider_accounts import account_for, withdraw
from dashboards.accounts.refusals import REFUSALS, DisabledError, NotAskedError, refused
from dashboards.accounts.sessions import Ended
from dashboards.accounts.sign_in import next_page

log = logging.getLogger(__name__)

BACKEND = "dashboards.accounts.backends.ProviderBackend"
ASKED = "provider_questions"
# Several tabs may be signing in at once; each has ten minutes. [D]
MOST_ASKED, ASKED_SECONDS = 5, 600
# What a provider says when it was asked to show no page and would have to: Core 1.0, 3.1.2.6.
NEEDS_A_PAGE = {
    "login_required",
    "interaction_required",
    "consent_required",
    "account_selection_required",
}


@dataclass(frozen=True)
class _Asked:
    """One question to the provider, kept in the session until it is answered."""

    question: Question
    at: float
    next_page: str
    silent: bool


@login_not_required
@require_GET
def to_provider(request: HttpRequest) -> HttpResponse:
    """On to the provider; with `silent` it is asked to show nothing."""
    _refuse_without_provider()
    silent = request.GET.get("silent") == "1"
    question, goes_on = provider.new_question(), next_page(request)
    try:
        address = provider.question_address(question, _back(request), silent=silent)
    except tuple(REFUSALS) as error:
        if silent and request.user.is_authenticated:
            return HttpResponseRedirect(goes_on)
        return _told(request, error)
    _remember(request, _Asked(question, timezone.now().timestamp(), goes_on, silent))
    return HttpResponseRedirect(address)


@login_not_required
@require_GET
def from_provider(request: HttpRequest) -> HttpResponse:
    """Back from the provider: signed in, or a page that says why not."""
    _refuse_without_provider()
    try:
        asked = _asked(request)
        if asked.silent and request.GET.get("error") in NEEDS_A_PAGE:
            return _to_sign_in(request, asked)
        answer = _answer(request, asked)
        user = person_now(answer)
    except tuple(REFUSALS) as error:
        return _told(request, error)
    login(request, user, backend=BACKEND)
    provider_sessions.keep(request, user, answer)
    return HttpResponseRedirect(asked.next_page)


def person_now(answer: Answer) -> User:
    """The user that an answer is about, with today's role. Raises one of REFUSALS.

    Who has no usable role any more loses it here, with all sessions.
    """
    try:
        user = account_for(person_of(answer.claims, settings.OPKOERS.oidc))
    except (NoRoleError, UnusableClaimError):
        withdraw(str(answer.claims["sub"]))
        raise
    if not user.is_active:
        raise DisabledError
    return user


def _refuse_without_provider() -> None:
    if not settings.OPKOERS.oidc.issuer:
        raise Http404


def _back(request: HttpRequest) -> str:
    """The address at which the provider knows us to come back."""
    own = settings.ADDRESS.geturl().rstrip("/")
    path = reverse("sign_in_provider_back")
    return f"{own}{path}" if own else request.build_absolute_uri(path)


def _remember(request: HttpRequest, asked: _Asked) -> None:
    kept: dict[str, Any] = request.session.get(ASKED, {})
    newest = list(kept.items())[-(MOST_ASKED - 1) :]
    request.session[ASKED] = {**dict(newest), asked.question.state: asdict(asked)}


def _asked(request: HttpRequest) -> _Asked:
    """The question that this answer is to; it can be answered once.

    Raises NotAskedError, ExpiredError.
    """
    kept: dict[str, Any] = dict(request.session.get(ASKED, {}))
    found = kept.pop(request.GET.get("state", ""), None)
    if found is None:
        raise NotAskedError
    request.session[ASKED] = kept
    asked = _Asked(**{**found, "question": Question(**found["question"])})
    if timezone.now().timestamp() - asked.at > ASKED_SECONDS:
        raise ExpiredError
    return asked


def _answer(request: HttpRequest, asked: _Asked) -> Answer:
    """Raises DeniedError, UntrustedError and as `provider.answer_to`."""
    if request.GET.get("iss", provider.metadata().issuer) != provider.metadata().issuer:
        raise UntrustedError  # RFC 9207: another provider than the one that was asked
    code = request.GET.get("code")
    if "error" in request.GET or not code:
        raise DeniedError
    return provider.answer_to(asked.question, code, _back(request))


def _to_sign_in(request: HttpRequest, asked: _Asked) -> HttpResponse:
    """The provider wants to see the person: sign out here, and offer the ways in."""
    logout(request)
    query = {"ended": Ended.PROVIDER.value, "next": asked.next_page}
    return redirect(f"{reverse('sign_in')}?{urlencode(query)}")


def _told(request: HttpRequest, error: Exception) -> HttpResponse:
    """Signed out, with the page that says why; the log says which, without a name."""
    log.warning(f"not signed in through the identity provider: {type(error).__name__}")
    if request.user.is_authenticated and not isinstance(error, NotAskedError):
        logout(request)
    return refused(request, error)
