"""Somebody's own account: password, sessions elsewhere, and what was written down about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from dashboards.access import ViewerRequest
from dashboards.accounts.models import Account, Source
from dashboards.accounts.sessions import BEGAN
from dashboards.accounts.sign_in import too_many
from dashboards.accounts.tries import NAME, TooManyTriesError, begin_try
from dashboards.journal.models import AccessLogEntry
from dashboards.pages.patient import PAGES_IN_WORDS

ENTRIES_SHOWN = 50
# Lists, beside what a patient's own log can name.
LISTS_IN_WORDS: dict[str, str | Promise] = {
    "alerts": _("list of alerts"),
    "overdue": _("list of overdue measurements"),
    "caseload": _("list of patients"),
    "find_patient": _("search for a patient"),
    "week": _("the week of the clinic"),
    "week_file": _("weekly report"),
}


class NewPassword(forms.Form):
    """The password that is in force, and a new one twice; within limits, as at signing in."""

    current = forms.CharField(max_length=1000, strip=False)
    new = forms.CharField(max_length=1000, strip=False)
    again = forms.CharField(max_length=1000, strip=False)


@dataclass(frozen=True)
class Opened:
    """One entry of the access log about the viewer's own looking."""

    at: datetime
    page: str
    was_refused: bool

    @property
    def page_in_words(self) -> str | Promise:
        return PAGES_IN_WORDS.get(self.page) or LISTS_IN_WORDS.get(self.page, self.page)


def own_account(request: ViewerRequest) -> HttpResponse:
    """The page `account`."""
    return _page(request)


@sensitive_post_parameters("current", "new", "again")
def change_password(request: ViewerRequest) -> HttpResponse:
    """Put a new password in force and end all other sessions; the page again when it is wrong."""
    account = _account(request)
    if request.method != "POST" or account.source != Source.LOCAL:
        return redirect("account")
    try:
        wrong = _wrong_with(request, account.user)
    except TooManyTriesError as error:
        return _page(request, wrong=[too_many(error)], status=429)
    if wrong:
        return _page(request, wrong=wrong, status=422)
    account.user.set_password(request.POST["new"])
    account.user.save(update_fields=["password"])
    _end_others(request, account)
    return _page(request, is_changed=True)


def end_sessions(request: ViewerRequest) -> HttpResponse:
    """End the sessions of this account everywhere else."""
    if request.method != "POST":
        return redirect("account")
    _end_others(request, _account(request))
    return _page(request, is_ended=True)


def _wrong_with(request: ViewerRequest, user: User) -> list[str | Promise]:
    """Why the new password is not taken; nothing when it is. Tries count as those of signing in."""
    form = NewPassword(request.POST)
    if not form.is_valid():
        return [_("Fill in all three.")]
    told = form.cleaned_data
    attempt = begin_try(request, NAME, user.get_username())
    name = user.get_username()
    if authenticate(request, username=name, password=told["current"]) != user:
        return [_("That is not your password of now. Mind capitals.")]
    attempt.succeeded()
    if told["new"] != told["again"]:
        return [_("The new password was not typed the same twice.")]
    try:
        validate_password(told["new"], user)
    except ValidationError as error:
        return list(error.messages)
    return []


def _end_others(request: ViewerRequest, account: Account) -> None:
    """All sessions that began before this moment are over; this one begins anew."""
    now = timezone.now()
    Account.objects.filter(pk=account.pk).update(sessions_from=now)
    request.session[BEGAN] = now.timestamp()
    # A new key, so that a copied cookie is worth nothing either.
    update_session_auth_hash(request, account.user)


def _account(request: ViewerRequest) -> Account:
    return Account.objects.select_related("user").get(user__username=request.viewer.actor)


def _page(
    request: ViewerRequest,
    wrong: Sequence[str | Promise] = (),
    *,
    is_changed: bool = False,
    is_ended: bool = False,
    status: int = 200,
) -> HttpResponse:
    page = {
        "source": _account(request).source,
        "opened": _opened(request),
        "wrong": wrong,
        "is_changed": is_changed,
        "is_ended": is_ended,
    }
    return render(request, "own_account.html", page, status=status)


def _opened(request: ViewerRequest) -> list[Opened]:
    """What the log says of the viewer, the newest first; patients are not named here."""
    entries = AccessLogEntry.objects.filter(actor=request.viewer.actor).order_by("-seq")
    return [
        Opened(entry.at, entry.page, entry.result == "refused") for entry in entries[:ENTRIES_SHOWN]
    ]
