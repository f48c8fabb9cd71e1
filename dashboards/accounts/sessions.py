"""How long a signed-in session lasts: a working day, an idle limit, and what ends it sooner."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout, user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dashboards.accounts.models import Account

BEGAN, SEEN = "signed_in_at", "seen_at"
# A session is written to the database at most once a minute for being in use.
SEEN_SECONDS = 60


class Ended(StrEnum):
    """Why a session is over, as the sign-in page is told."""

    IDLE = "idle"
    DAY = "day"
    CHANGED = "changed"
    PROVIDER = "provider"


WHY_ENDED = {
    Ended.IDLE: _("You were signed out because nothing was done here for a while."),
    Ended.DAY: _("You were signed out because a working day is over. Sign in again to go on."),
    Ended.CHANGED: _("You were signed out because something about your account was changed."),
    Ended.PROVIDER: _("You were signed out because your sign-in could not be confirmed again."),
}


@receiver(user_logged_in)
def note_beginning(request: HttpRequest | None, **_more: Any) -> None:
    """Write in the new session when it began."""
    if request is not None:
        request.session[BEGAN] = request.session[SEEN] = timezone.now().timestamp()


class SessionLimitsMiddleware:
    """Ends sessions that are over, and leads to the sign-in page that says why."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        now = timezone.now().timestamp()
        why = why_ended(request, now)
        if why is not None:
            return ended(request, why)
        if now - float(request.session[SEEN]) >= SEEN_SECONDS:
            request.session[SEEN] = now
        return self.get_response(request)


def why_ended(request: HttpRequest, now: float) -> Ended | None:
    """Why the session of `request` is over at `now` (seconds since 1970); None while it lasts."""
    limits = settings.OPKOERS.sign_in
    began, seen = request.session.get(BEGAN, 0.0), request.session.get(SEEN, 0.0)
    if now - began >= limits.session_hours * 3600:
        return Ended.DAY
    if now - seen >= limits.idle_minutes * 60:
        return Ended.IDLE
    account: Account | None = getattr(request.user, "account", None)
    sessions_from = None if account is None else account.sessions_from
    return Ended.CHANGED if sessions_from and began < sessions_from.timestamp() else None


def ended(request: HttpRequest, why: Ended) -> HttpResponse:
    """Sign out, and go to the sign-in page; from there back to the page that was asked for."""
    logout(request)
    query = {"ended": why.value}
    if request.method == "GET":
        query["next"] = request.get_full_path()
    return redirect(f"{reverse('sign_in')}?{urlencode(query)}")
