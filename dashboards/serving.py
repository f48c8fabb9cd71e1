"""gunicorn with our settings, started by the command `opkoers_serve` in a process of its own.

Of its own, because duckdb may have been imported before: a process that imported it and then
forks, as this server does, has children that abort when they end.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gunicorn.app.base import BaseApplication

WORKERS, THREADS = 2, 4


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
            "post_worker_init": lay_ready,
        }
        super().__init__()  # type: ignore[no-untyped-call]

    def load_config(self) -> None:
        assert self.cfg is not None  # noqa: S101 - made by gunicorn just before
        for name, value in self.wanted.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        from dashboards.wsgi import application

        return application


def lay_ready(_worker: object) -> None:
    """Open the snapshot before the first page, so that nobody waits for it.

    What is wrong with it the pages say themselves.
    """
    from dashboards.warehouse import WarehouseError, published_snapshot

    with suppress(WarehouseError):
        published_snapshot().lay_ready()


if __name__ == "__main__":
    Server(sys.argv[1], int(sys.argv[2])).run()  # type: ignore[no-untyped-call]
