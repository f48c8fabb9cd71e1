"""gunicorn with our settings, started by the command `opkoers_serve` in a process of its own.

Of its own, because duckdb may have been imported before: a process that imported it and then
forks, as this server does, has children that abort when they end.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

WORKERS, THREADS = 2, 4
TEMPLATES = Path(__file__).parent / "templates"
NOBODY: dict[str, Any] = {
    "actor": "",
    "scope": "nothing",
    "clinic_id": "",
    "therapists": [],
    "shared": [],
    "opened": None,
}


class Server(BaseApplication):
    """Nothing is read from gunicorn's command line or files."""

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
            "post_worker_init": get_ready,
        }
        super().__init__()  # type: ignore[no-untyped-call]

    def load_config(self) -> None:
        assert self.cfg is not None  # noqa: S101 - made by gunicorn just before
        for name, value in self.wanted.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        from dashboards.wsgi import application

        return application


def get_ready(_worker: object) -> None:
    """Do before the first page what would keep it waiting for a second; no row is shown of it.

    What is wrong with the snapshot the pages say themselves.
    """
    from dashboards.warehouse import WarehouseError, published_snapshot

    _read_what_pages_are_made_of()
    with suppress(WarehouseError):
        snapshot = published_snapshot()
        snapshot.lay_ready()
        snapshot.rows("patient", viewer=NOBODY, patient_id="")


def _read_what_pages_are_made_of() -> None:
    """Addresses, templates, sentences and how days are written, in each language."""
    from django.template.loader import get_template
    from django.urls import get_resolver

    from dashboards.drawing.formats import day, number
    from dashboards.drawing.translation import LANGUAGES, translation

    len(get_resolver().url_patterns)
    for template in sorted(TEMPLATES.glob("*.html")):
        get_template(template.name)
    for language in LANGUAGES:
        translation(language)
        day(date(2026, 1, 1), language)
        number(0.5, language)


if __name__ == "__main__":
    Server(sys.argv[1], int(sys.argv[2])).run()  # type: ignore[no-untyped-call]
