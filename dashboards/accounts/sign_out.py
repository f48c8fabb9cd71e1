"""Signing out here, and at the identity provider when that is where somebody signed in."""

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboards.accounts import provider, provider_sessions


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """The session is over; then the sign-in page, or on to the provider's own goodbye."""
    goodbye = _goodbye(request)
    provider_sessions.forget(request)
    logout(request)
    if goodbye is None:
        return redirect(settings.LOGOUT_REDIRECT_URL)
    # A page of ours in between: a form of ours may lead to our own addresses only (CSP).
    answer = render(request, "signed_out.html", {"goodbye": goodbye})
    answer.headers["Refresh"] = f"0; url={goodbye}"
    return answer


def _goodbye(request: HttpRequest) -> str | None:
    kept = provider_sessions.kept_of(request)
    tokens = None if kept is None else provider_sessions.tokens_of(kept)
    if tokens is None:
        return None
    back = settings.ADDRESS.geturl().rstrip("/") or request.build_absolute_uri("/").rstrip("/")
    return provider.goodbye_address(tokens.id_token, back + reverse("sign_in"))
