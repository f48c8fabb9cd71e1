"""What all tests share: no network, no home of anybody, one demo built once."""

import fcntl
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.cli import main
from flows.demo import write_demo
from flows.home import locked
from flows.running.following import follow, perform
from flows.running.plan import plan_run
from tests.postgresql import Cluster, programs, running

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
PATIENTS = 240


@pytest.fixture(scope="session", autouse=True)
def _nothing_outside() -> Iterator[None]:
    """No test reaches another machine, and none touches a home named in the environment."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in LOOPBACK:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", only_here)
        patch.delenv("OPKOERS_HOME", raising=False)
        patch.setenv("OPKOERS_LANDING_STABLE_SECONDS", "0")  # exports of tests are written whole
        yield


def skip_or_fail(reason: str) -> None:
    """Skip where a part is absent; fail where everything is required (CI)."""
    if os.environ.get("OPKOERS_REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder with the field's real exports (data/) and oracles."""
    folder = os.environ.get("OPKOERS_REFERENCE")
    if not folder or not Path(folder).is_dir():
        skip_or_fail("OPKOERS_REFERENCE does not name the folder with reference data")
    return Path(str(folder))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A PostgreSQL server of this run of tests; its databases are made by who needs them."""
    folder = programs()
    if folder is None:
        skip_or_fail("PostgreSQL is not installed here")
    assert folder is not None
    with running(folder) as cluster:
        yield cluster


@dataclass(frozen=True)
class Demo:
    """A synthetic home that was run once; read it, never change it."""

    home: Path

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the published snapshot."""
        with duckdb.connect(str((self.home / "published/current").resolve()), read_only=True) as c:
            return c.execute(query).fetchall()


def run_once(home: Path, **plan: Any) -> None:
    """One run of all steps in this process, without Prefect."""
    with locked(home):
        planned = plan_run(home, **plan)
        follow(planned, lambda step: perform(step, planned))


@pytest.fixture(scope="session")
def of_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run of tests have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def made_once(home: Path, make: Callable[[Path], object]) -> Demo:
    """`home`, made by whichever process asks for it first; the others wait until it stands."""
    done = home.with_suffix(".made")
    with home.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(home, ignore_errors=True)  # half made by a test that was stopped
            make(home)
            done.touch()
    return Demo(home)


@pytest.fixture(scope="session")
def demo(of_all_workers: Path) -> Demo:
    """The demo as `opkoers demo --direct` leaves it, of fewer patients."""

    def make(home: Path) -> None:
        words = ["demo", "--direct", "--home", str(home), "--patients", str(PATIENTS)]
        assert main(words) == 0

    return made_once(of_all_workers / "demo", make)


@pytest.fixture(scope="session")
def small_demo(of_all_workers: Path) -> Demo:
    """One that is run fast, to be copied and run again: few patients, no reports to therapists."""

    def make(home: Path) -> None:
        write_demo(home, patients=60)
        settings = (home / "opkoers.toml").read_text()
        short = settings.replace("[report]\n", "[report]\nfor_therapists = false\n")
        assert short != settings
        (home / "opkoers.toml").write_text(short)
        run_once(home)

    return made_once(of_all_workers / "small_demo", make)


@pytest.fixture
def fresh_demo(tmp_path: Path) -> Path:
    """A small synthetic home with exports in its inbox, not run yet."""
    write_demo(tmp_path / "home", patients=60)
    return tmp_path / "home"
