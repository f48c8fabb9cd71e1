"""What an administrator sees: accounts, and the settings in force. Both are changed elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from dashboards.access import ROLES, Role, ViewerRequest
from dashboards.accounts.models import Account


@dataclass(frozen=True)
class AccountLine:
    """One account as the page lists it."""

    name: str
    role: str | Promise
    clinic_id: str
    source: str
    is_active: bool
    last_login: datetime | None


def accounts_page(request: ViewerRequest) -> HttpResponse:
    """The page `accounts`; `opkoers user` changes them."""
    accounts = Account.objects.select_related("user").order_by("user__username")
    return render(request, "accounts.html", {"accounts": [_line(each) for each in accounts]})


def settings_page(request: ViewerRequest) -> HttpResponse:
    """The page `settings`: opkoers.toml and the environment as this server read them."""
    told = settings.OPKOERS.model_dump(mode="json", exclude={"home"})
    sections = {name: values for name, values in told.items() if isinstance(values, dict)}
    page = {"sections": [(name, list(_values(values))) for name, values in sections.items()]}
    return render(request, "settings.html", page)


def _line(account: Account) -> AccountLine:
    known = next((role for role in Role if role == account.role), None)
    return AccountLine(
        name=account.user.get_username(),
        role=ROLES[known].name if known else _("none: withdrawn"),
        clinic_id=account.clinic_id,
        source=account.source,
        is_active=account.user.is_active,
        last_login=account.user.last_login,
    )


def _values(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each setting as text; one by clinic or instrument has a line for each."""
    for name, value in told.items():
        if isinstance(value, dict) and value:
            yield from ((f"{name}.{key}", _text(each)) for key, each in value.items())
        else:
            yield name, _text(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "–"
    if isinstance(value, dict) and value:
        return " ".join(str(each) for each in value.values() if each)
    return "–" if value in (None, "", {}) else str(value)
