"""Adding an account from the command line."""

import io
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction

from dashboards.access import Role, Scope, viewer_of
from dashboards.accounts.models import Account

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
    assert viewer.parameter() == {
        "scope": "own_patients",
        "clinic_id": "noord",
        "therapist_id": "T1",
    }
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
