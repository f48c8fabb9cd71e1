"""A PostgreSQL server of the tests' own: a temporary cluster on a socket that only they reach."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import sleep
from urllib.parse import quote

import psycopg
from psycopg.sql import SQL, Identifier

DEBIAN = Path("/usr/lib/postgresql")
OWNER = "opkoers"
_numbers = count(1)


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`; None where PostgreSQL is not installed."""
    on_path = shutil.which("initdb")
    found = [*DEBIAN.glob("*/bin/initdb"), *([Path(on_path)] if on_path else [])]
    return found[0].parent if found else None


class Cluster:
    """A running server; each database of it is made on demand."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket

    def address(self, database: str = "postgres") -> str:
        return f"postgresql://{OWNER}@/{database}?host={quote(str(self.socket))}"

    def new_database(self, like: str | None = None) -> str:
        """The name of a fresh database, empty or a copy of another one that nobody uses."""
        name = f"journal_{next(_numbers)}"
        made = SQL("create database {} template {}").format(
            Identifier(name), Identifier(like or "template1")
        )
        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(made)
        return name


@contextmanager
def running(bin_folder: Path, *, keeps_writes: bool = False) -> Iterator[Cluster]:
    """A cluster in a temporary folder; `keeps_writes` syncs every commit as a clinic's does.

    PostgreSQL refuses to be run by root; then an account without rights runs it.
    """
    folder = Path(tempfile.mkdtemp(prefix="opkoers-postgresql-"))
    account = _account()
    if account is not None:
        os.chown(folder, *account)
    server: subprocess.Popen[bytes] | None = None
    try:
        _as(account, bin_folder / "initdb", "-D", folder / "data", "-U", OWNER, "-A", "trust",
            "-E", "UTF8", "--locale=C", "--no-sync").wait(60)  # fmt: skip
        server = _as(account, bin_folder / "postgres", "-D", folder / "data", "-k", folder,
                     "-c", "listen_addresses=", *([] if keeps_writes else ["-F"]))  # fmt: skip
        cluster = Cluster(folder)
        _wait_for(cluster)
        yield cluster
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)  # at once: what is in it is thrown away
            server.wait(30)
        shutil.rmtree(folder)


def _account() -> tuple[int, int] | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return entry.pw_uid, entry.pw_gid


def _as(account: tuple[int, int] | None, *command: object) -> "subprocess.Popen[bytes]":
    user, group = account or (None, None)
    return subprocess.Popen(
        [str(word) for word in command],
        user=user,
        group=group,
        extra_groups=None if account is None else [],
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _wait_for(cluster: Cluster, tries: int = 200) -> None:
    for _ in range(tries):
        try:
            psycopg.connect(cluster.address()).close()
            return
        except psycopg.OperationalError:
            sleep(0.05)
    raise AssertionError("PostgreSQL did not start")
