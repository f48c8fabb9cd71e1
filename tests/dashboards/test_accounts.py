"""Adding an account from the command line."""

import io
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from dashboards.access import Role, Scope, viewer_of
from dashboards.accounts import second_factor
from dashboards.accounts.models import Account
from dashboards.accounts.totp import STEP_SECONDS, code_at, new_secret

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.usefixtures("journal")


def add(*arguments: str) -> str:
    out = io.StringIO()
    call_command("opkoers_user", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def password_file(tmp_path: Path) -> str:
    file = tmp_path / "password"
    file.write_text("correct horse battery\nsecond line\n", encoding="utf-8")
    return f"--password-file={file}"


def test_a_therapist_can_sign_in_and_is_limited_to_own_patients(password_file: str) -> None:
    said = add("anna", "--role=therapist", "--clinic=noord", "--therapist=T1", password_file)
    user = User.objects.get(username="anna")
    viewer = viewer_of(user.pk)

    assert user.check_password("correct horse battery")
    assert viewer is not None
    assert viewer.rules.scope is Scope.OWN_PATIENTS
    assert (viewer.clinic_id, viewer.therapist_id) == ("noord", "T1")
    assert "anna" in said
    assert "horse" not in said


def test_a_coordinator_has_no_therapist_id(password_file: str) -> None:
    add("bea", "--role=clinic_coordinator", "--clinic=zuid", password_file)
    account = Account.objects.get(user__username="bea")

    assert (account.role, account.clinic_id, account.therapist_id) == (
        Role.CLINIC_COORDINATOR,
        "zuid",
        None,
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["x", "--role=therapist", "--clinic=c"], "needs --therapist"),
        (["x", "--role=clinic_coordinator", "--clinic=c", "--therapist=T"], "takes no --therapist"),
        (["x", "--role=gardener", "--clinic=c"], "invalid choice"),
        (["x", "--role=clinic_coordinator"], "--clinic"),
        (["x", "--role=clinic_coordinator", "--clinic="], "clinic"),
        (["therapist", "--role=clinic_coordinator", "--clinic=c"], "Choose another name"),
        (["Therapist", "--role=clinic_coordinator", "--clinic=c"], "Choose another name"),
        ([" ", "--role=clinic_coordinator", "--clinic=c"], "The name is empty"),
    ],
)
def test_a_mistake_is_a_sentence_and_adds_nothing(
    password_file: str, arguments: list[str], sentence: str
) -> None:
    before = User.objects.count()

    with pytest.raises(CommandError, match=sentence):
        add(*arguments, password_file)
    assert User.objects.count() == before


@pytest.mark.parametrize("password", ["short", "123456789012", "password12345", ""])
def test_an_easy_password_is_refused(tmp_path: Path, password: str) -> None:
    file = tmp_path / "password"
    file.write_text(password, encoding="utf-8")

    with pytest.raises(CommandError):
        add("x", "--role=clinic_coordinator", "--clinic=c", f"--password-file={file}")
    assert not User.objects.filter(username="x").exists()


def test_it_can_be_called_from_code_with_plain_words(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("correct horse battery", encoding="utf-8")
    options = {"role": "clinic_coordinator", "clinic": "noord", "password_file": str(file)}
    call_command("opkoers_user", "eva", **options, stdout=io.StringIO())

    assert User.objects.get(username="eva").check_password("correct horse battery")


def test_a_password_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        add("x", "--role=clinic_coordinator", "--clinic=c", f"--password-file={tmp_path / 'no'}")


def test_a_password_comes_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    add("cees", "--role=clinic_coordinator", "--clinic=noord")

    assert User.objects.get(username="cees").check_password("correct horse battery")


def test_two_different_passwords_at_the_prompt_add_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    typed = iter(["correct horse battery", "correct horse butter"])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)

    with pytest.raises(CommandError, match="differ"):
        add("dora", "--role=clinic_coordinator", "--clinic=noord")
    assert not User.objects.filter(username="dora").exists()


@pytest.mark.parametrize(
    ("role", "clinic", "therapist"),
    [("therapist", "noord", None), ("therapist", "noord", ""), ("clinic_coordinator", "", None)],
)
def test_the_database_refuses_an_account_without_limits(
    role: str, clinic: str, therapist: str | None
) -> None:
    user = User.objects.create_user("x")

    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(user=user, role=role, clinic_id=clinic, therapist_id=therapist)


@pytest.mark.parametrize("role", ["quality_officer", "administrator", ""])
def test_a_role_of_the_whole_service_needs_no_clinic(role: str) -> None:
    Account.objects.create(user=User.objects.create_user("x"), role=role, clinic_id="")

    assert Account.objects.get(user__username="x").clinic_id == ""


def test_one_person_of_the_provider_has_one_account() -> None:
    who = {"role": "", "source": "provider", "issuer": "https://id.example", "subject": "s"}
    Account.objects.create(user=User.objects.create_user("x"), **who)

    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(user=User.objects.create_user("y"), **who)


def test_accounts_from_before_are_kept_by_the_migration(tmp_path: Path) -> None:
    """As the first version wrote them, and with its own tables."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {
        **os.environ,
        "OPKOERS_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "dashboards.settings",
    }

    def django(*words: str) -> None:
        command = [sys.executable, "-m", "django", *words]
        subprocess.run(command, env=environment, check=True, capture_output=True, cwd=ROOT)

    django("migrate", "auth")
    django("migrate", "accounts", "0001")
    with closing(sqlite3.connect(home / "journal.sqlite3")) as journal, journal:
        journal.execute(
            "insert into auth_user (id, password, is_superuser, username, first_name, last_name,"
            " email, is_staff, is_active, date_joined)"
            " values (1, 'hash', 0, 'anna', '', '', '', 0, 1, '2026-01-01')"
        )
        journal.execute(
            "insert into accounts_account (role, clinic_id, therapist_id, user_id)"
            " values ('therapist', 'noord', 'T1', 1)"
        )
    django("migrate")
    with closing(sqlite3.connect(home / "journal.sqlite3")) as journal:
        rows = journal.execute(
            "select role, clinic_id, therapist_id, source, subject from accounts_account"
        ).fetchall()

    assert rows == [("therapist", "noord", "T1", "local", "")]


# ---------- what becomes of an account


def change(*arguments: str) -> str:
    out = io.StringIO()
    call_command("opkoers_accounts", *arguments, stdout=out)
    return out.getvalue()


def test_accounts_are_listed_with_what_they_are() -> None:
    User.objects.create_user("stray")
    User.objects.filter(username="therapist").update(is_active=False)
    Account.objects.filter(user__username="coordinator").update(source="provider", role="")

    assert change("list").splitlines() == [
        "coordinator: role withdrawn of noord, identity provider, never signed in",
        "coordinator of another clinic: clinic_coordinator of zuid, password, app not connected"
        " yet, never signed in",
        "namesake therapist: therapist of zuid T1, password, app not connected yet,"
        " never signed in",
        "other therapist: therapist of noord T2, password, app not connected yet, never signed in",
        "stray: without a role",
        "therapist: therapist of noord T1, password, app not connected yet, never signed in,"
        " disabled",
    ]


def test_an_account_is_disabled_and_enabled_again() -> None:
    assert "disabled" in change("disable", "Therapist")
    assert not User.objects.get(username="therapist").is_active
    change("enable", "therapist")
    assert User.objects.get(username="therapist").is_active


def test_a_role_is_changed_whole() -> None:
    said = change("role", "therapist", "--role=clinic_coordinator", "--clinic=zuid")
    account = Account.objects.get(user__username="therapist")

    assert (account.role, account.clinic_id) == ("clinic_coordinator", "zuid")
    assert account.therapist_id is None
    assert said == "Account 'therapist' is now clinic_coordinator of zuid.\n"


def test_a_password_is_changed(password_file: str) -> None:
    change("password", "therapist", password_file)

    assert User.objects.get(username="therapist").check_password("correct horse battery")


def test_a_second_factor_is_reset() -> None:
    user = User.objects.get(username="therapist")
    now = timezone.now()
    secret = new_secret()
    code = code_at(secret, int(now.timestamp()) // STEP_SECONDS)
    assert second_factor.enrol(user, secret, code, now) is not None
    assert "password and app, 10 recovery codes left" in change("list")
    change("reset-second-factor", "therapist")

    assert not second_factor.is_enrolled(user)
    assert second_factor.recovery_codes_left(user) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["disable"], "No account was named"),
        (["disable", "nobody"], "There is no account 'nobody'"),
        (["role", "therapist"], "Add --role"),
        (["role", "therapist", "--role=therapist", "--clinic=c"], "needs --therapist"),
        (["role", "therapist", "--role=clinic_coordinator"], "needs --clinic"),
        (["role", "of-provider", "--role=clinic_coordinator", "--clinic=c"], "Change it there"),
        (["password", "of-provider"], "Change it there"),
        (["reset-second-factor", "of-demo"], "is of the demo"),
    ],
)
def test_a_mistake_about_an_account_changes_nothing(arguments: list[str], sentence: str) -> None:
    for source in ("provider", "demo"):
        user = User.objects.create_user(f"of-{source}")
        Account.objects.create(user=user, role="", source=source)
    before = list(Account.objects.values())

    with pytest.raises(CommandError, match=sentence):
        change(*arguments)
    assert list(Account.objects.values()) == before


def test_a_demo_account_is_for_simulated_homes_only(settings: Settings) -> None:
    words = ("demo-eva", "--demo", "--role=clinic_coordinator", "--clinic=noord")
    real = settings.OPKOERS.service.model_copy(update={"simulated": False})
    simulated = settings.OPKOERS
    settings.OPKOERS = simulated.model_copy(update={"service": real})
    with pytest.raises(CommandError, match="not simulated"):
        add(*words)

    settings.OPKOERS = simulated
    add(*words)
    user = User.objects.get(username="demo-eva")
    assert user.account.source == "demo"
    assert not user.has_usable_password()


def test_the_command_line_leads_to_both_commands(tmp_path: Path) -> None:
    """In a process of its own, because it starts Django on a home of its own."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "password").write_text("correct horse battery", "utf-8")

    def opkoers(*words: str) -> str:
        command = [sys.executable, "-m", "flows.cli", "--home", str(home), "user", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        return done.stdout + done.stderr

    password = f"--password-file={home / 'password'}"
    assert "added as clinic_coordinator of noord" in opkoers(
        "add", "anna", "--role", "clinic_coordinator", "--clinic", "noord", password
    )
    assert opkoers("disable", "anna") == "Account 'anna' is disabled and signed out.\n"
    assert "anna: clinic_coordinator of noord" in opkoers("list")
    assert opkoers("role", "anna").startswith("opkoers: No role was named")
