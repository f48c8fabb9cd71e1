"""Write the past of a simulated service into its journal: `opkoers_simulated_journal FILE`."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from dashboards.access import Role
from dashboards.accounts.demo import demo_name
from dashboards.journal.models import JournalEvent
from dashboards.journal.simulated import Entry, write_past


class Command(BaseCommand):
    """Only once: a journal that holds anything is left as it is."""

    help = "Write what the people of a simulated service did."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="one JSON object a line")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Write them all. Raises CommandError for a service that is not simulated."""
        os.umask(0o077)
        if not settings.OPKOERS.service.simulated:
            raise CommandError("This home is not a simulated one. Nothing was written.")
        call_command("migrate", interactive=False, verbosity=0)
        if JournalEvent.objects.exists():
            return
        _write_quickly()
        with options["file"].open(encoding="utf-8") as lines:
            write_past(lines, actor_of)


def _write_quickly() -> None:
    """Each event waited for the disk; what is simulated can be made again, and need not."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("pragma synchronous = off")


def actor_of(who: Entry) -> str:
    """The account that the picker of the demo makes for them."""
    return demo_name(Role(who["role"]), who["clinic_id"], who["therapist_id"])
