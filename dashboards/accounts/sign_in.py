"""Signing in with a local account: password, then the code of an authenticator app."""

from typing import Any

import segno
from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dashboards.accounts import second_factor
from dashboards.accounts.demo_home import may_enter
from dashboards.accounts.first_step import HalfSignedIn, begin, half_signed_in
from dashboards.accounts.sessions import WHY_ENDED
from dashboards.accounts.totp import enrolment_uri
from dashboards.accounts.tries import CODE, NAME, TooManyTriesError, begin_try

BACKEND = "dashboards.accounts.backends.LocalBackend"


class NameAndPassword(forms.Form):
    """What is typed, within limits: hashing a password of megabytes would stop the server."""

    username = forms.CharField(max_length=150)
    password = forms.CharField(max_length=1000, strip=False)


class Code(forms.Form):
    """Six digits, however they are spaced."""

    code = forms.RegexField(r"^[0-9]{6}$")

    def __init__(self, posted: Any) -> None:
        typed = "".join(str(posted.get("code", ""))[:20].split())
        super().__init__({"code": typed})


class Recovery(forms.Form):
    recovery_code = forms.CharField(max_length=40)


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The ways in; a right name and password lead to the code, wrong ones say so together."""
    if request.user.is_authenticated:
        return redirect(next_page(request))
    if request.method == "GET" or not settings.OPKOERS.sign_in.local_accounts:
        return _sign_in_page(request, "")
    form = NameAndPassword(request.POST)
    try:
        user = _user_of(request, form)
    except TooManyTriesError as error:
        return _sign_in_page(request, too_many(error), status=429)
    if user is None:
        wrong = _("That name and password do not go together. Mind capitals.")
        return _sign_in_page(request, wrong)
    begin(request, user, next_page(request))
    return redirect("sign_in_code" if second_factor.is_enrolled(user) else "sign_in_enrol")


@login_not_required
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The code of the app, or a recovery code; then the person is signed in."""
    who = half_signed_in(request)
    if who is None:
        return redirect("sign_in")
    if not second_factor.is_enrolled(who.user):
        return redirect("sign_in_enrol")
    if request.method == "GET":
        return render(request, "sign_in_code.html")
    try:
        wrong = _wrong_with_code(request, who)
    except TooManyTriesError as error:
        return render(request, "sign_in_code.html", {"wrong": too_many(error)}, status=429)
    if wrong:
        return render(request, "sign_in_code.html", {"wrong": wrong})
    login(request, who.user, backend=BACKEND)
    return HttpResponseRedirect(who.next_page)


@login_not_required
@require_http_methods(["GET", "POST"])
def sign_in_enrol(request: HttpRequest) -> HttpResponse:
    """The picture and secret for the app; a right code signs in and shows recovery codes once."""
    who = half_signed_in(request)
    if who is None:
        return redirect("sign_in")
    if second_factor.is_enrolled(who.user):
        return redirect("sign_in_code")
    if request.method == "GET":
        return _enrol_page(request, who, "")
    try:
        codes = _recovery_codes(request, who)
    except TooManyTriesError as error:
        return _enrol_page(request, who, too_many(error), status=429)
    if codes is None:
        return _enrol_page(request, who, _wrong_code())
    login(request, who.user, backend=BACKEND)
    return render(request, "recovery_codes.html", {"codes": codes, "next_page": who.next_page})


def next_page(request: HttpRequest) -> str:
    """The page of ours that was asked for before signing in, else the first one."""
    asked = request.POST.get("next", request.GET.get("next", ""))
    is_ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts=None, require_https=request.is_secure()
    )
    return asked if is_ours and asked.startswith("/") else resolve_url(settings.LOGIN_REDIRECT_URL)


def too_many(error: TooManyTriesError) -> str:
    """How long to wait, in the reader's language; the same whether or not the name exists."""
    return ngettext(
        "Too many attempts. Wait %(minutes)s minute and try again.",
        "Too many attempts. Wait %(minutes)s minutes and try again.",
        error.minutes,
    ) % {"minutes": error.minutes}


def _user_of(request: HttpRequest, form: NameAndPassword) -> User | None:
    if not form.is_valid():
        return None
    attempt = begin_try(request, NAME, form.cleaned_data["username"])
    user = authenticate(request, **form.cleaned_data)
    if not isinstance(user, User):
        return None
    attempt.succeeded()
    return user


def _wrong_with_code(request: HttpRequest, who: HalfSignedIn) -> str:
    """What is wrong with the code that was sent; "" when it holds."""
    recovery = Recovery(request.POST)
    form: forms.Form = recovery if "recovery_code" in request.POST else Code(request.POST)
    if not form.is_valid():
        return _wrong_recovery_code() if form is recovery else _wrong_code()
    attempt = begin_try(request, CODE, str(who.user.pk))
    now = timezone.now()
    if form is recovery:
        given = form.cleaned_data["recovery_code"]
        holds = second_factor.recovery_code_holds(who.user, given, now)
    else:
        holds = second_factor.code_holds(who.user, form.cleaned_data["code"], now)
    if holds:
        attempt.succeeded()
        return ""
    return _wrong_recovery_code() if form is recovery else _wrong_code()


def _recovery_codes(request: HttpRequest, who: HalfSignedIn) -> list[str] | None:
    form = Code(request.POST)
    if not form.is_valid():
        return None
    attempt = begin_try(request, CODE, str(who.user.pk))
    codes = second_factor.enrol(who.user, who.secret, form.cleaned_data["code"], timezone.now())
    if codes is not None:
        attempt.succeeded()
    return codes


def _wrong_code() -> str:
    return _("That is not the code of this moment. Wait for the next one and type all six digits.")


def _wrong_recovery_code() -> str:
    return _("That is not one of your unused recovery codes.")


def _sign_in_page(request: HttpRequest, wrong: str, status: int = 200) -> HttpResponse:
    named = request.GET.get("ended")
    why = next((text for key, text in WHY_ENDED.items() if key == named), "")
    shown = {
        "wrong": wrong,
        "ended": why,
        "next": next_page(request),
        "typed_name": request.POST.get("username", "")[:150],
        "sign_in": settings.OPKOERS.sign_in,
        "provider": settings.OPKOERS.oidc,
        "has_demo": may_enter(request),
    }
    return render(request, "sign_in.html", shown, status=status)


def _enrol_page(
    request: HttpRequest, who: HalfSignedIn, wrong: str, status: int = 200
) -> HttpResponse:
    uri = enrolment_uri(who.secret, who.user.get_username(), settings.OPKOERS.service.name)
    in_fours = [who.secret[at : at + 4] for at in range(0, len(who.secret), 4)]
    shown = {"wrong": wrong, "picture": _picture(uri), "secret_in_fours": " ".join(in_fours)}
    return render(request, "sign_in_enrol.html", shown, status=status)


def _picture(uri: str) -> str:
    """The square picture as SVG in the page: black on white, also in the dark, as cameras want."""
    drawn = segno.make(uri, error="m", micro=False).svg_inline(
        omitsize=True, border=4, dark="#000000", light="#ffffff", svgclass=None, lineclass=None
    )
    return mark_safe(drawn.replace("<svg ", '<svg role="img" aria-labelledby="picture" ', 1))  # noqa: S308 - segno draws no text
