"""gunicorn with our settings, started by the command `opkoers_serve` in a process of its own.

Of its own, because duckdb may have been imported before: a process that imported it and then
forks, as this server does, has children that abort when they end.
"""

import sys
from collections.abc import Callable
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
        }
        super().__init__()  # type: ignore[no-untyped-call]

    def load_config(self) -> None:
        assert self.cfg is not None  # noqa: S101 - made by gunicorn just before
        for name, value in self.wanted.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        from dashboards.wsgi import application

        return application


if __name__ == "__main__":
    Server(sys.argv[1], int(sys.argv[2])).run()  # type: ignore[no-untyped-call]
