"""Pages for who could not be signed in through the identity provider: why, and whom to ask."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.accounts.claims import NoRoleError, UnusableClaimError
from dashboards.accounts.provider import (
    DeniedError,
    ExpiredError,
    UnreachableError,
    UntrustedError,
)
from dashboards.accounts.provider_accounts import NameTakenError
from dashboards.accounts.provider_secret import SecretFileError


class NotAskedError(Exception):
    """An answer to a question that this browser did not ask, or asked and had answered."""


class DisabledError(Exception):
    """The account was disabled here, whatever the provider says."""


@dataclass(frozen=True)
class Refusal:
    """HTTP status, what happened, what to do; `asks` when another person has to do it."""

    status: int
    title: str | Promise
    what_to_do: str | Promise
    asks: bool = False


_BROKEN = Refusal(
    503,
    _("The identity provider cannot be used now"),
    _("You were not signed in. Try again in a few minutes; if it stays so, tell whoever runs"
      " Op koers."),
)  # fmt: skip
REFUSALS: dict[type[Exception], Refusal] = {
    NoRoleError: Refusal(
        403,
        _("You have no role in Op koers"),
        _("The identity provider knows you, but gives you no role here. Somebody has to do that"
          " first."),
        asks=True,
    ),
    UnusableClaimError: Refusal(
        403,
        _("Something about your account is missing"),
        _("The identity provider does not say everything that your role needs, such as your name,"
          " clinic or therapist number. Somebody has to add it."),
        asks=True,
    ),
    NameTakenError: Refusal(
        403,
        _("Your name is already in use here"),
        _("There is another account with the name that the identity provider gives you. Somebody"
          " has to rename or remove one of the two."),
        asks=True,
    ),
    DisabledError: Refusal(
        403,
        _("Your account was switched off"),
        _("Somebody has to switch it on again before you can sign in."),
        asks=True,
    ),
    DeniedError: Refusal(
        403,
        _("You were not signed in"),
        _("The identity provider said no, or you stopped there. Start again if that was not"
          " meant."),
    ),
    ExpiredError: Refusal(
        400,
        _("Signing in took too long"),
        _("Start again; you have some minutes."),
    ),
    NotAskedError: Refusal(
        400,
        _("This sign-in was not started here"),
        _("It may be an old page, or somebody else's link. Start again from the sign-in page."),
    ),
    UntrustedError: Refusal(
        403,
        _("The identity provider's answer cannot be trusted"),
        _("You were not signed in. Start again; if it stays so, tell whoever runs Op koers."),
    ),
    UnreachableError: _BROKEN,
    SecretFileError: _BROKEN,
}  # fmt: skip


def refused(request: HttpRequest, error: Exception) -> HttpResponse:
    """The page that belongs to `error`, one of REFUSALS."""
    refusal = REFUSALS[type(error)]
    shown = {"refusal": refusal, "contact": settings.OPKOERS.sign_in.contact}
    return render(request, "sign_in_refused.html", shown, status=refusal.status)
