"""What the settings may say about signing in, and what is said of mistakes."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from dashboards.access import Role
from dashboards.accounts.checks import sign_in_mistakes
from dashboards.accounts.claims import NoRoleError, UnusableClaimError, person_of
from flows.settings import Oidc, SettingsError, load_settings

WHOLE = """
[oidc]
issuer = "https://id.example.org/realms/zorg"
client_id = "opkoers"
client_secret_file = "oidc"
scopes = ["openid", "profile", "roles"]
role_claim = "realm_access.roles"
role_map = { "Behandelaar" = "therapist", "Coordinator" = "clinic_coordinator" }
"""


def written(home: Path, text: str) -> Path:
    (home / "opkoers.toml").write_text(text, encoding="utf-8")
    return home


def test_a_provider_as_a_clinic_would_write_it(tmp_path: Path) -> None:
    oidc = load_settings(written(tmp_path, WHOLE)).oidc

    assert oidc.scopes == ("openid", "profile", "roles")
    assert list(oidc.role_map) == ["Behandelaar", "Coordinator"]
    assert oidc.recheck_minutes == 15


def test_without_a_word_there_is_no_provider(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)

    assert settings.oidc.issuer == ""
    assert (settings.sign_in.session_hours, settings.sign_in.idle_minutes) == (9, 60)
    assert settings.sign_in.local_accounts


@pytest.mark.parametrize(
    ("there", "instead", "what"),
    [
        ("https://id", "http://id", "must be an address with https"),
        ("https://id.example.org/realms/zorg", "id.example.org", "must be an address with https"),
        ('client_id = "opkoers"', "", "needs a client_id"),
        ("role_map = {", "# role_map = {", "needs a role_map"),
        ('"openid", ', "", "must hold 'openid'"),
        ('"oidc"\n', '"../../etc/passwd"\n', "oidc.client_secret_file"),
        ("role_claim", "rol_claim", "there is no setting 'oidc.rol_claim'"),
        ('"Behandelaar" = "therapist"', '"Behandelaar" = 1', "oidc.role_map"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(
    tmp_path: Path, there: str, instead: str, what: str
) -> None:
    assert there in WHOLE
    with pytest.raises(SettingsError) as raised:
        load_settings(written(tmp_path, WHOLE.replace(there, instead)))

    assert str(raised.value).startswith(str(tmp_path / "opkoers.toml"))
    assert what in str(raised.value)


def test_this_machine_may_be_a_provider_without_https() -> None:
    assert Oidc(
        issuer="http://localhost:9000", client_id="x", role_map={"a": "therapist"}
    ).client_id


# ---------- what only the pages can see


def no_file(_secrets: Path) -> None:
    pass


def a_file_for_all(secrets: Path) -> None:
    (secrets / "oidc").write_text("s", "utf-8")
    (secrets / "oidc").chmod(0o640)


def an_empty_file(secrets: Path) -> None:
    (secrets / "oidc").touch(mode=0o600)


def a_good_file(secrets: Path) -> None:
    (secrets / "oidc").touch(mode=0o600)
    (secrets / "oidc").write_text("s\n", "utf-8")


@pytest.mark.parametrize(
    ("make", "role", "said"),
    [
        (a_good_file, "therapist", []),
        (no_file, "therapist", ["cannot be read"]),
        (a_file_for_all, "therapist", ["Run: chmod 600"]),
        (an_empty_file, "therapist", ["is empty"]),
        (a_good_file, "gardener", ["names roles that Op koers has not (gardener)"]),
        (no_file, "gardener", ["gardener", "cannot be read"]),
    ],
)
def test_a_provider_that_cannot_work_is_refused_at_start(
    tmp_path: Path,
    settings: Settings,
    make: Callable[[Path], None],
    role: str,
    said: list[str],
) -> None:
    home = load_settings(written(tmp_path, WHOLE.replace('= "therapist"', f'= "{role}"')))
    home.secrets.mkdir()
    make(home.secrets)
    settings.OPKOERS = home
    mistakes = sign_in_mistakes()

    assert len(mistakes) == len(said)
    assert all(part in mistake for part, mistake in zip(said, mistakes, strict=True))


def test_a_service_that_lets_nobody_in_is_told(tmp_path: Path, settings: Settings) -> None:
    settings.OPKOERS = load_settings(written(tmp_path, "[sign_in]\nlocal_accounts = false\n"))

    assert sign_in_mistakes() == ["Nobody can sign in: set local_accounts or fill in [oidc]."]


def test_djangos_own_check_finds_nothing_with_a_provider_behind_https(tmp_path: Path) -> None:
    written(tmp_path, WHOLE)
    (tmp_path / "secrets").mkdir()
    assert "accounts.E001" in _checked(tmp_path).stderr

    a_good_file(tmp_path / "secrets")
    done = _checked(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


def _checked(home: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "OPKOERS_HOME": str(home),
        "OPKOERS_SERVE_ADDRESS": "https://koers.example.org",
        "DJANGO_SETTINGS_MODULE": "dashboards.settings",
    }
    return subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )


# ---------- what claims mean

ANNA = {
    "sub": "1",
    "preferred_username": "anna",
    "realm_access": {"roles": ["offline_access", "Coordinator", "Behandelaar"]},
    "clinic": "noord",
    "therapist": 7,
}


@pytest.fixture
def oidc(tmp_path: Path) -> Oidc:
    return load_settings(written(tmp_path, WHOLE)).oidc


def test_of_several_roles_the_first_of_the_map_counts(oidc: Oidc) -> None:
    person = person_of(ANNA, oidc)

    assert (person.role, person.clinic_id, person.therapist_id) == (Role.THERAPIST, "noord", "7")


def test_a_claim_with_dots_in_its_own_name_is_found(oidc: Oidc) -> None:
    """As Auth0 and others write them: an address as the name of a claim."""
    named = oidc.model_copy(update={"role_claim": "https://zorg.example/roles"})
    claims = {**ANNA, "https://zorg.example/roles": "Coordinator"}

    assert person_of(claims, named).role is Role.CLINIC_COORDINATOR
    assert person_of(claims, named).therapist_id is None


@pytest.mark.parametrize(
    "roles",
    [None, [], "", "behandelaar", ["Behandelaar "], {"Behandelaar": True}, True, 1, "therapist"],
)
def test_a_role_that_is_not_exactly_in_the_map_is_none(oidc: Oidc, roles: Any) -> None:
    with pytest.raises(NoRoleError):
        person_of({**ANNA, "realm_access": {"roles": roles}}, oidc)


@pytest.mark.parametrize(
    "changed",
    [
        {"clinic": None},
        {"clinic": " "},
        {"clinic": ["noord", "zuid"]},
        {"clinic": "x" * 201},
        {"clinic": {"id": "noord"}},
        {"clinic": True},
        {"clinic": "no\nord"},
        {"therapist": ""},
        {"therapist": None},
        {"preferred_username": "x" * 151},
        {"preferred_username": ["a", "b"]},
        {"sub": "x" * 256},
    ],
)
def test_a_claim_that_says_nothing_usable_lets_nobody_in(
    oidc: Oidc, changed: dict[str, Any]
) -> None:
    with pytest.raises(UnusableClaimError):
        person_of({**ANNA, **changed}, oidc)
