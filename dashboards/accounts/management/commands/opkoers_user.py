"""Add an account: `opkoers_user NAME --role ROLE [--clinic CLINIC] [--therapist THERAPIST]`."""

import getpass
import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from dashboards.access import Role
from dashboards.accounts.claims import may_be_therapist, needs_therapist
from dashboards.accounts.demo import DemoPerson, add_demo_account
from dashboards.accounts.models import WITHOUT_CLINIC, Account


class Command(BaseCommand):
    """The password comes from a prompt, from standard input or from a file, never from the
    command line, where other users of the machine could read it."""

    help = "Add an account for the pages."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the person signs in with")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument("--clinic", help="clinic_id as in the exports")
        parser.add_argument("--therapist", help="therapist_id as in the exports")
        parser.add_argument("--password-file", type=Path, help="its first line is the password")
        parser.add_argument("--demo", action="store_true", help="of the demo, without a password")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Add the account. Raises CommandError with a sentence that says what to do."""
        os.umask(0o077)
        call_command("migrate", interactive=False, verbosity=0)
        name, role = str(options["name"]).strip(), Role(options["role"])
        clinic_id = clinic_of(role, options["clinic"])
        therapist_id = therapist_of(role, options["therapist"])
        refuse_taken(name)
        if options["demo"]:
            refuse_real_service()
            add_demo_account(DemoPerson(name, role, clinic_id, therapist_id))
        else:
            password = valid_password(name, asked_password(options["password_file"]))
            add_account(name, password, role, clinic_id, therapist_id)
        place = clinic_id or "the whole service"
        self.stdout.write(f"Account '{name}' added as {role.value} of {place}.")


def clinic_of(role: Role, given: str | None) -> str:
    """The clinic's id that the role needs, or "" for a role of the whole service."""
    clinic_id, needs = (given or "").strip(), role.value not in WITHOUT_CLINIC
    if needs and not clinic_id:
        raise CommandError(
            f"The role {role.value} needs --clinic CLINIC, a clinic_id as in the exports. Add it."
        )
    if clinic_id and not needs:
        raise CommandError(f"The role {role.value} takes no --clinic. Leave it out.")
    return clinic_id


def therapist_of(role: Role, given: str | None) -> str | None:
    """The therapist's id that the role needs, or None for a role that has none."""
    if needs_therapist(role) and not given:
        raise CommandError(f"The role {role.value} needs --therapist THERAPIST. Add it.")
    if given and not may_be_therapist(role):
        raise CommandError(f"The role {role.value} takes no --therapist. Leave it out.")
    return given or None


def refuse_real_service() -> None:
    """Raise CommandError unless all data of this home are simulated."""
    if not settings.OPKOERS.service.simulated:
        raise CommandError(
            "This home is not simulated, and an account without a password would be open to"
            " anyone. Leave out --demo."
        )


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
