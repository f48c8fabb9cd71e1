"""A journal on each kind of database, empty and migrated; every test here runs on both."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections
from pytest_django import DjangoDbBlocker

from dashboards.journal.database import database_of
from flows.journal import Place, Server
from flows.settings import Journal, Settings
from tests.postgresql import Cluster

KINDS = ("sqlite", "postgresql")


@contextmanager
def in_use(settings: Settings) -> Iterator[None]:
    """Django on the journal that these settings name, instead of the one it started with."""
    former = connections["default"]
    former.close()
    kept = connections.settings["default"]
    wanted = connections.configure_settings({"default": database_of(settings)})["default"]
    connections.settings["default"] = {**wanted, "CONN_MAX_AGE": 0}
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = kept
        connections["default"] = former


@pytest.fixture(scope="session")
def empty_file(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Path:
    """journal.sqlite3 with its tables."""
    home = tmp_path_factory.mktemp("empty")
    with django_db_blocker.unblock(), in_use(Settings(home=home)):
        call_command("migrate", interactive=False, verbosity=0)
        connections["default"].cursor().execute("pragma wal_checkpoint(truncate)")
    return home / "journal.sqlite3"


@pytest.fixture(scope="session")
def empty_database(postgresql: Cluster, django_db_blocker: DjangoDbBlocker) -> str:
    """The name of a database with its tables."""
    name = postgresql.new_database()
    settings = Settings(home=Path("/"), journal=Journal(database=postgresql.address(name)))
    with django_db_blocker.unblock(), in_use(settings):
        call_command("migrate", interactive=False, verbosity=0)
    return name


@pytest.fixture(params=KINDS)
def place(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[Place]:
    """A journal of this test's own, in use by Django."""
    if request.param == "sqlite":
        file = tmp_path / "journal.sqlite3"
        shutil.copy(request.getfixturevalue("empty_file"), file)
        with django_db_blocker.unblock(), in_use(Settings(home=tmp_path)):
            yield file
        return
    cluster: Cluster = request.getfixturevalue("postgresql")
    name = cluster.new_database(request.getfixturevalue("empty_database"))
    address = cluster.address(name)
    settings = Settings(home=tmp_path, journal=Journal(database=address))
    with django_db_blocker.unblock(), in_use(settings):
        yield Server(address)
