"""Serve the pages with gunicorn until it is stopped."""

import os
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from gunicorn.app.base import BaseApplication

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
WORKERS, THREADS = 2, 4


class Command(BaseCommand):
    help = "Migrate the journal, then serve the pages with gunicorn."

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        """Runs until stopped. Raises CommandError when the pages would travel unencrypted."""
        host, port = settings.OPKOERS.serve.host, settings.OPKOERS.serve.port
        refuse_plain_text(host, settings.ADDRESS.hostname, settings.BEHIND_TLS)
        os.umask(0o077)
        call_command("migrate", interactive=False, verbosity=0)
        address = settings.ADDRESS.geturl() or f"http://{host}:{port}/"
        self.stdout.write(f"Op koers is at {address} (stop with Ctrl+C).")
        self.stdout.flush()
        Server(host, port).run()


def refuse_plain_text(host: str, public_host: str | None, behind_tls: bool) -> None:
    """Raise CommandError unless only this machine, or an https proxy, is listened to."""
    public = public_host or host
    if public not in LOOPBACK and not behind_tls:
        raise CommandError(
            f"Pages at {public} would travel unencrypted. Put an https proxy in front and set"
            " OPKOERS_SERVE_ADDRESS to its address, such as https://koers.example.org"
        )


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn with our settings and nothing from its command line or files."""

    def __init__(self, host: str, port: int) -> None:
        shown_host = f"[{host}]" if ":" in host else host
        self.wanted: dict[str, Any] = {
            "bind": f"{shown_host}:{port}",
            "workers": WORKERS,
            "threads": THREADS,
            "umask": 0o077,
            "loglevel": "warning",
            "proc_name": "opkoers",
            "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.wanted.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        from dashboards.wsgi import application

        return application
