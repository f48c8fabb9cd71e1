"""Serve the pages with gunicorn until it is stopped."""

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from dashboards.accounts.checks import sign_in_mistakes
from dashboards.accounts.demo_home import is_demo_home
from dashboards.journal.decisions import note_settings

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
TREE = Path(__file__).parents[4]


class Command(BaseCommand):
    help = "Migrate the journal, then serve the pages with gunicorn."

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        """Becomes the server. Raises CommandError when pages would travel unencrypted."""
        host, port = settings.OPKOERS.serve.host, settings.OPKOERS.serve.port
        refuse_plain_text(host, settings.ADDRESS.hostname, settings.BEHIND_TLS)
        refuse_unusable_sign_in()
        os.umask(0o077)
        call_command("migrate", interactive=False, verbosity=0)
        call_command("clearsessions")
        note_settings("opkoers serve", settings.OPKOERS)
        address = settings.ADDRESS.geturl() or f"http://{host}:{port}/"
        self.stdout.write(f"Op koers is at {address} (stop with Ctrl+C).")
        if is_demo_home():
            picker = f"{address.rstrip('/')}{reverse('sign_in_demo')}"
            self.stdout.write(f"Look around without a password, as anyone of the demo: {picker}")
        self.stdout.flush()
        become_the_server(host, port)


def refuse_plain_text(host: str, public_host: str | None, behind_tls: bool) -> None:
    """Raise CommandError unless only this machine, or an https proxy, is listened to."""
    public = public_host or host
    if public not in LOOPBACK and not behind_tls:
        raise CommandError(
            f"Pages at {public} would travel unencrypted. Put an https proxy in front and set"
            " OPKOERS_SERVE_ADDRESS to its address, such as https://koers.example.org"
        )


def refuse_unusable_sign_in() -> None:
    """Raise CommandError when what [oidc] and [sign_in] say lets nobody in."""
    mistakes = sign_in_mistakes()
    if mistakes:
        raise CommandError(" ".join(mistakes))


def become_the_server(host: str, port: int) -> NoReturn:
    """Replace this process by the server, so that signals reach it and nothing is inherited."""
    paths = [str(TREE), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        **os.environ,
        "OPKOERS_HOME": str(settings.OPKOERS.home),
        "DJANGO_SETTINGS_MODULE": "dashboards.settings",
        "PYTHONPATH": os.pathsep.join(paths),
    }
    command = [sys.executable, "-m", "dashboards.serving", host, str(port)]
    os.execve(sys.executable, command, environment)  # noqa: S606 - our own command
