"""What becomes of an account: `opkoers_accounts ACTION [NAME]`, called by `opkoers user`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from dashboards.access import Role
from dashboards.accounts import second_factor
from dashboards.accounts.management.commands.opkoers_user import (
    asked_password,
    clinic_of,
    therapist_of,
    valid_password,
)
from dashboards.accounts.models import Account, Source

_Change = Callable[[Account, dict[str, Any]], str]


class Command(BaseCommand):
    """Every change ends the sessions that the account has."""

    help = "List accounts, or change one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["list", *CHANGES])
        parser.add_argument("name", nargs="?", help="of the account")
        parser.add_argument("--role", choices=[role.value for role in Role])
        parser.add_argument("--clinic", help="clinic_id as in the exports")
        parser.add_argument("--therapist", help="therapist_id as in the exports")
        parser.add_argument("--password-file", type=Path, help="its first line is the password")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """List, or change. Raises CommandError with a sentence that says what to do."""
        os.umask(0o077)
        call_command("migrate", interactive=False, verbosity=0)
        if options["action"] == "list":
            for line in listed():
                self.stdout.write(line)
            return
        account = account_named(options["name"])
        said = CHANGES[options["action"]](account, options)
        Account.objects.filter(pk=account.pk).update(sessions_from=timezone.now())
        self.stdout.write(said)


def listed() -> list[str]:
    """One line per account, by name: what it is, how it signs in, and when it last did."""
    users = User.objects.select_related("account", "second_factor").order_by("username")
    return [_line(user) for user in users] or ["There are no accounts. `opkoers user add` does."]


def account_named(name: str | None) -> Account:
    """The account of that name, capitals or not. Raises CommandError."""
    if not name:
        raise CommandError("No account was named. Give its name; `opkoers user list` lists them.")
    account = Account.objects.select_related("user").filter(user__username__iexact=name).first()
    if account is None:
        raise CommandError(f"There is no account '{name}'. `opkoers user list` lists them.")
    return account


def disable(account: Account, _options: dict[str, Any]) -> str:
    """The account is kept, because the journal names it, but nobody can use it."""
    User.objects.filter(pk=account.user_id).update(is_active=False)
    return f"Account '{account.user.username}' is disabled and signed out."


def enable(account: Account, _options: dict[str, Any]) -> str:
    User.objects.filter(pk=account.user_id).update(is_active=True)
    return f"Account '{account.user.username}' can sign in again."


def change_password(account: Account, options: dict[str, Any]) -> str:
    """A new password, typed twice or from a file. Raises CommandError."""
    _refuse_other_than_local(account)
    user = account.user
    user.set_password(valid_password(user.username, asked_password(options["password_file"])))
    user.save(update_fields=["password"])
    return f"Account '{user.username}' has a new password and is signed out."


def reset_second_factor(account: Account, _options: dict[str, Any]) -> str:
    """The person connects an app again at the next sign-in. Raises CommandError."""
    _refuse_other_than_local(account)
    second_factor.reset(account.user)
    name = account.user.username
    return f"Account '{name}' connects an authenticator app again at the next sign-in."


def change_role(account: Account, options: dict[str, Any]) -> str:
    """Another role, with the clinic and therapist that come with it. Raises CommandError."""
    if account.source == Source.PROVIDER:
        raise CommandError(
            f"The identity provider says the role of '{account.user.username}'. Change it there."
        )
    if not options["role"]:
        raise CommandError("No role was named. Add --role ROLE.")
    role = Role(options["role"])
    account.role = role.value
    account.clinic_id = clinic_of(role, options["clinic"])
    account.therapist_id = therapist_of(role, options["therapist"])
    account.save()
    place = account.clinic_id or "the whole service"
    return f"Account '{account.user.username}' is now {role.value} of {place}."


CHANGES: dict[str, _Change] = {
    "disable": disable,
    "enable": enable,
    "password": change_password,
    "reset-second-factor": reset_second_factor,
    "role": change_role,
}


def _refuse_other_than_local(account: Account) -> None:
    name = account.user.username
    if account.source == Source.PROVIDER:
        raise CommandError(f"'{name}' signs in at the identity provider. Change it there.")
    if account.source == Source.DEMO:
        raise CommandError(f"'{name}' is of the demo and has neither. Add another account.")


def _line(user: User) -> str:
    account: Account | None = getattr(user, "account", None)
    if account is None:
        return f"{user.username}: without a role"
    whose = " ".join(filter(None, [account.clinic_id, account.therapist_id]))
    parts = [
        f"{user.username}: {account.role or 'role withdrawn'}{f' of {whose}' if whose else ''}",
        _way_in(user, account),
        f"last signed in {user.last_login:%Y-%m-%d}" if user.last_login else "never signed in",
        *([] if user.is_active else ["disabled"]),
    ]
    return ", ".join(parts)


def _way_in(user: User, account: Account) -> str:
    if account.source == Source.LOCAL:
        if not hasattr(user, "second_factor"):
            return "password, app not connected yet"
        return f"password and app, {second_factor.recovery_codes_left(user)} recovery codes left"
    return "identity provider" if account.source == Source.PROVIDER else "demo"
