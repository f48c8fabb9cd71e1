"""The real server in a process of its own, on a home with the small snapshot."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.dashboards.published import publish

ROOT = Path(__file__).parents[2]
ACCOUNTS = {
    "anna": ["--role=therapist", "--clinic=noord", "--therapist=T1"],
    "bea": ["--role=clinic_coordinator", "--clinic=noord"],
}


# As `opkoers serve` does it, from a process that has long imported duckdb.
SERVE = """
import duckdb, django
django.setup()
from django.core.management import call_command
call_command("opkoers_serve")
"""


def fill(home: Path) -> None:
    """Publish the small snapshot in `home` and add ACCOUNTS, for its demo, by the real command."""
    (home / "opkoers.toml").write_text(
        '[service]\nname = "Praktijk Voorbeeld"\nnow = 2026-11-22\nsimulated = true\n', "utf-8"
    )
    publish(home)
    for name, what in ACCOUNTS.items():
        subprocess.run(
            [sys.executable, "-m", "django", "opkoers_user", name, "--demo", *what],
            env=environment(home),
            check=True,
            capture_output=True,
            cwd=ROOT,
        )


def add_account(home: Path, name: str, password: str, *what: str) -> None:
    """A local account, by the real command; it has no authenticator app yet."""
    subprocess.run(
        [sys.executable, "-m", "django", "opkoers_user", name, *what],
        env=environment(home),
        input=password + "\n",
        text=True,
        check=True,
        capture_output=True,
        cwd=ROOT,
    )


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address while the server runs; what it said is in `serve.log` of the home."""
    port = free_port()
    with (home / "serve.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE],
            env={**environment(home), "OPKOERS_SERVE_PORT": str(port)},
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
        try:
            wait_until_it_answers(f"http://localhost:{port}/sign-in")
            yield f"http://localhost:{port}"
        finally:
            server.terminate()
            server.wait(timeout=20)


def environment(home: Path) -> dict[str, str]:
    """The environment of a command about `home`."""
    return {
        **os.environ,
        "OPKOERS_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "dashboards.settings",
    }


def free_port() -> int:
    """A port that nothing listens to now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_it_answers(url: str, seconds: float = 30) -> None:
    """Raises OSError where nothing answers in time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
