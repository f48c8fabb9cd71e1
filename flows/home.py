"""The home folder: its rooms, its lock, and making a new one."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from flows.errors import ExitCode, OpKoersError
from flows.settings import FOLDERS, LAYOUT_VERSION

PRIVATE = 0o077

NEW_SETTINGS = f"""# Settings of this Op koers home. Every key that is left out has its default;
# flows/settings.py lists them all.
layout_version = {LAYOUT_VERSION}

[service]
name = "Op koers"
language = "nl"
timezone = "Europe/Amsterdam"

# Who is told of a critical item that nobody answered in time, where the clinic's own risk
# protocol is found, and from when on critical answers open an alert.
[critical]
unanswered_after_hours = 48
# deputy = "name of an account or a person"
# protocol = "risk protocol, on the intranet under Quality"
# alerts_from = 2026-01-01
"""


def make_home(home: Path) -> None:
    """Make what is missing of a home; nothing that is there is touched."""
    for folder in (home, *(home / name for name in FOLDERS)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings = home / "opkoers.toml"
    if not settings.exists():
        settings.write_text(NEW_SETTINGS, encoding="utf-8")


def prepare_home(home: Path) -> None:
    """Make the folders that a run needs in an existing home.

    Raises OpKoersError when there is no such folder, so that a mistyped name
    does not start an empty service.
    """
    if not home.is_dir():
        raise OpKoersError(
            "there is no home here",
            where=home,
            next_step=f"Mend --home, or make a new home with `opkoers init --home {home}`",
            exit_code=ExitCode.NO_HOME,
        )
    make_home(home)


@contextmanager
def locked(home: Path, *, patience_seconds: float = 0) -> Iterator[None]:
    """Hold the home for one run; the lock goes with the process, however it ends.

    Raises OpKoersError when another run still holds it after `patience_seconds`.
    """
    until = time.monotonic() + patience_seconds
    with (home / ".lock").open("w") as lock:
        while not _took(lock):
            if time.monotonic() >= until:
                raise OpKoersError(
                    "another run is working in this home",
                    where=home,
                    next_step="Wait until it has finished, then run again",
                    exit_code=ExitCode.RUN_IN_PROGRESS,
                )
            time.sleep(1)
        yield


def _took(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def be_private() -> None:
    """Whatever this process writes is for its own account only."""
    os.umask(PRIVATE)
