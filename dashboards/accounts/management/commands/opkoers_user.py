"""Add an account: `opkoers_user NAME --role ROLE --clinic CLINIC [--therapist THERAPIST]`."""

import getpass
import os
import sys
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from dashboards.access import ROLES, Role, Scope
from dashboards.accounts.models import Account


class Command(BaseCommand):
    """The password comes from a prompt, from standard input or from a file, never from the
    command line, where other users of the machine could read it."""

    help = "Add an account for the pages."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the person signs in with")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument("--clinic", required=True, help="clinic_id as in the exports")
        parser.add_argument("--therapist", help="therapist_id as in the exports")
        parser.add_argument("--password-file", type=Path, help="its first line is the password")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Add the account. Raises CommandError with a sentence that says what to do."""
        os.umask(0o077)
        call_command("migrate", interactive=False, verbosity=0)
        name, role = str(options["name"]).strip(), Role(options["role"])
        clinic_id = str(options["clinic"]).strip()
        therapist_id = therapist_of(role, options["therapist"])
        if not clinic_id:
            raise CommandError("The clinic is empty. Give the clinic_id as in the exports.")
        refuse_taken(name)
        password = valid_password(name, asked_password(options["password_file"]))
        add_account(name, password, role, clinic_id, therapist_id)
        self.stdout.write(f"Account '{name}' added as {role.value} of {clinic_id}.")


def therapist_of(role: Role, given: str | None) -> str | None:
    """The therapist's id that the role needs, or None for a role that has none."""
    needs = ROLES[role].scope is Scope.OWN_PATIENTS
    if needs and not given:
        raise CommandError(f"The role {role.value} needs --therapist THERAPIST. Add it.")
    if given and not needs:
        raise CommandError(f"The role {role.value} takes no --therapist. Leave it out.")
    return given


def refuse_taken(name: str) -> None:
    if not name:
        raise CommandError("The name is empty. Give the name to sign in with.")
    if get_user_model().objects.filter(username__iexact=name).exists():
        raise CommandError(f"There is an account '{name}' already. Choose another name.")


def asked_password(file: Path | str | None) -> str:
    """From the file, else asked twice at a terminal, else the first line of standard input."""
    if file is not None:
        return _first_line(Path(file))
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Password again: ") != password:
        raise CommandError("The two passwords differ. Nothing was added; try again.")
    return password


def valid_password(name: str, password: str) -> str:
    """The password, when it is not too easy for the person of that name."""
    try:
        validate_password(password, get_user_model()(username=name))
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    return password


def add_account(
    name: str, password: str, role: Role, clinic_id: str, therapist_id: str | None
) -> Account:
    """The account with its user, or neither of them."""
    with transaction.atomic():
        user = get_user_model().objects.create_user(username=name, password=password)
        return Account.objects.create(
            user=user, role=role.value, clinic_id=clinic_id, therapist_id=therapist_id
        )


def _first_line(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").split("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError):
        raise CommandError(f"{file} cannot be read. Name a readable text file.") from None
