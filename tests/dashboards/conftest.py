"""A home for the whole run of tests, and a fresh journal and snapshot where a test asks."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import django
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import DjangoDbBlocker, Settings

from tests.dashboards.published import publish

HOME = Path(tempfile.mkdtemp(prefix="opkoers-pages-"))
(HOME / "opkoers.toml").write_text(
    'layout_version = 1\n[service]\nname = "Praktijk Voorbeeld"\nnow = 2026-11-22\n'
    'simulated = true\nlanguage = "nl"\n',
    encoding="utf-8",
)
# Django reads its settings once, here; afterwards the environment is as other tests expect it.
with pytest.MonkeyPatch.context() as environment:
    environment.setenv("OPKOERS_HOME", str(HOME))
    environment.setenv("DJANGO_SETTINGS_MODULE", "dashboards.settings")
    environment.setenv("TZ", "UTC")
    django.setup()
time.tzset()

PASSWORD = "a long enough phrase"
ACCOUNTS = {
    "coordinator": ("clinic_coordinator", "noord", None),
    "coordinator of another clinic": ("clinic_coordinator", "zuid", None),
    "therapist": ("therapist", "noord", "T1"),
    "other therapist": ("therapist", "noord", "T2"),
    "namesake therapist": ("therapist", "zuid", "T1"),
}


@pytest.fixture(scope="session", autouse=True)
def _home() -> Iterator[Path]:
    yield HOME
    shutil.rmtree(HOME)


@pytest.fixture(scope="session")
def first_journal(
    _home: Path, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A migrated journal with ACCOUNTS and no events; copied for each test."""
    from dashboards.access import Role
    from dashboards.accounts.management.commands.opkoers_user import add_account

    file = tmp_path_factory.mktemp("journal") / "journal.sqlite3"
    with django_db_blocker.unblock():
        _use(file)
        call_command("migrate", interactive=False, verbosity=0)
        for name, (role, clinic, therapist) in ACCOUNTS.items():
            add_account(name, PASSWORD, Role(role), clinic, therapist)
        connection.cursor().execute("pragma wal_checkpoint(truncate)")
        connection.close()
    return file


@pytest.fixture
def journal(
    first_journal: Path, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[Path]:
    """A real journal file of this test's own, the one that the pages write."""
    file = tmp_path / "journal.sqlite3"
    shutil.copy(first_journal, file)
    with django_db_blocker.unblock():
        _use(file)
        yield file
        connection.close()


@pytest.fixture(scope="session")
def first_snapshot(_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """published/run-1.duckdb in a folder of its own."""
    return publish(tmp_path_factory.mktemp("published"))


@pytest.fixture
def nothing_published(tmp_path: Path, settings: Settings) -> Path:
    """A home of this test's own, without any snapshot."""
    home = tmp_path / "home"
    home.mkdir()
    settings.OPKOERS = settings.OPKOERS.model_copy(update={"home": home})
    return home


@pytest.fixture
def snapshot(nothing_published: Path, first_snapshot: Path) -> Path:
    """The small snapshot of `published.py`, published in the home."""
    folder = nothing_published / "published"
    folder.mkdir()
    (folder / "current").symlink_to(first_snapshot)
    (folder / "current.therapists").symlink_to(first_snapshot.parent / "run-1.therapists.duckdb")
    return first_snapshot


@pytest.fixture
def signed_in(journal: Path) -> Callable[..., Client]:
    """Name of an account (None: nobody) and language to a browser-like client."""
    from django.contrib.auth.models import User

    def client_of(name: str | None, language: str = "en", *, csrf: bool = False) -> Client:
        client = Client(headers={"accept-language": language}, enforce_csrf_checks=csrf)
        if name is not None:
            client.force_login(User.objects.get(username=name))
        return client

    return client_of


@pytest.fixture
def quick_passwords(journal: Path, settings: Settings) -> None:
    """Passwords of ACCOUNTS kept with Argon2 of little memory, for tests that type many."""
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User

    settings.PASSWORD_HASHERS = ["tests.dashboards.signing_in.QuickArgon2"]
    User.objects.update(password=make_password(PASSWORD))


def _use(file: Path) -> None:
    connection.close()
    connection.settings_dict["NAME"] = file
