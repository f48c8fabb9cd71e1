"""What keeps the pages shut: headers, cookies, forms, the key, the log."""

import logging
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.test import Client

from dashboards.pages.management.commands.opkoers_serve import refuse_plain_text
from dashboards.secret_key import kept_secret_key
from dashboards.value_free_log import ValueFreeFormatter
from tests.access_matrix import add_people
from tests.dashboards.conftest import PASSWORD

SignedIn = Callable[..., Client]

PAGES = ["/", "/alerts/noord-t1-worse", "/overdue", "/help", "/sign-in", "/no-such-page"]
OF_A_PATIENT = ["/patients", "/patients/P1", "/patients/P1/who-looked", "/leave"]


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("page", [*PAGES, "/static/koers/koers.css"])
@pytest.mark.parametrize("viewer", [None, "coordinator"])
def test_every_answer_is_shut_in(signed_in: SignedIn, page: str, viewer: str | None) -> None:
    response = signed_in(viewer).get(page)
    response.close()
    headers = response.headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("page", PAGES)
def test_pages_stay_out_of_caches_and_frames(signed_in: SignedIn, page: str) -> None:
    headers = signed_in("coordinator").get(page).headers

    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize(
    ("viewer", "page"),
    [
        *(("coordinator", page) for page in PAGES),
        *(("therapist", page) for page in OF_A_PATIENT),
        ("quality officer", "/quality"),
        ("administrator", "/accounts"),
        ("administrator", "/settings"),
    ],
)
def test_pages_load_nothing_from_elsewhere(signed_in: SignedIn, viewer: str, page: str) -> None:
    add_people()
    text = signed_in(viewer).get(page).content.decode()
    outside = re.sub(r"""xmlns=(["'])http://www\.w3\.org/2000/svg\1""", "", text)

    assert "http://" not in outside
    assert "https://" not in outside
    assert 'src="//' not in outside
    assert "<script" not in text
    assert "<style" not in text
    assert " style=" not in text


def test_before_sign_in_there_is_no_cookie_but_the_forms_own(signed_in: SignedIn) -> None:
    client = signed_in(None)
    client.get("/")
    assert dict(client.cookies) == {}

    client.get("/sign-in")
    assert set(client.cookies) == {"csrf"}


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize(
    "page",
    [
        "/sign-in",
        "/sign-in/code",
        "/sign-in/enrol",
        "/sign-in/demo",
        "/sign-out",
        "/language",
        "/alerts/noord-t1-worse/seen",
        "/alerts/noord-t1-worse/answer",
        "/alerts/noord-t1-worse/undo",
        "/alerts/noord-t1-worse/note",
        "/find-patient",
        "/patients/P1/share",
        "/patients/P1/stop-sharing",
        "/patients/P1/leaving",
        "/leave",
        "/leave/end",
        "/break-glass",
    ],
)
def test_a_form_from_elsewhere_is_refused(signed_in: SignedIn, page: str) -> None:
    response = signed_in("therapist", csrf=True).post(page, {"shown_seq": 0, "action": "consult"})

    assert response.status_code == 403
    assert "Nothing was saved." in response.content.decode()


def test_passwords_are_kept_with_argon2() -> None:
    from django.contrib.auth.hashers import identify_hasher, make_password

    assert identify_hasher(make_password(PASSWORD)).algorithm == "argon2"


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "pages.key"
    key = kept_secret_key(file)

    assert len(key) >= 50
    assert kept_secret_key(file) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_djangos_own_check_finds_nothing_behind_https(tmp_path: Path) -> None:
    done = _django(tmp_path, "check", "--deploy", address="https://koers.example.org")

    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


def test_cookies_are_for_this_host_over_https_only(tmp_path: Path) -> None:
    shown = _django(tmp_path, "diffsettings", address="https://koers.example.org").stdout

    assert "SESSION_COOKIE_SECURE = True" in shown
    assert "SESSION_COOKIE_NAME = '__Host-session'" in shown
    assert "CSRF_COOKIE_NAME = '__Host-csrf'" in shown


def test_no_migration_was_forgotten(tmp_path: Path) -> None:
    done = _django(tmp_path, "makemigrations", "--check", "--dry-run")

    assert done.returncode == 0, done.stdout


def test_a_missing_home_is_named_with_what_to_do(tmp_path: Path) -> None:
    done = _django(tmp_path / "nowhere", "check")

    assert done.returncode != 0
    assert "opkoers init" in done.stderr
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("host", "public_host", "behind_tls", "is_refused"),
    [
        ("127.0.0.1", None, False, False),
        ("::1", None, False, False),
        ("192.0.2.1", None, False, True),
        ("192.0.2.1", "koers.example.org", False, True),
        ("192.0.2.1", "koers.example.org", True, False),
        ("192.0.2.1", "localhost", False, False),
    ],
)
def test_pages_never_travel_unencrypted(
    host: str, public_host: str | None, behind_tls: bool, is_refused: bool
) -> None:
    expected = pytest.raises(CommandError, match="https") if is_refused else nullcontext()
    with expected:
        assert refuse_plain_text(host, public_host, behind_tls) is None  # type: ignore[func-returns-value]


def test_the_log_holds_no_values() -> None:
    try:
        raise ValueError("patient P1 scored 19")
    except ValueError:
        record = logging.LogRecord(
            "django", logging.ERROR, __file__, 1, "Not Found: %s", ("/alerts/P1",), sys.exc_info()
        )
    line = ValueFreeFormatter().format(record)

    assert "Not Found" in line
    assert "ValueError" in line
    assert "test_security.py" in line
    assert "P1" not in line
    assert "19 " not in line.replace(ValueFreeFormatter().formatTime(record), "")


def _django(home: Path, *command: str, address: str = "") -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "OPKOERS_HOME": str(home),
        "OPKOERS_SERVE_ADDRESS": address,
        "DJANGO_SETTINGS_MODULE": "dashboards.settings",
    }
    return subprocess.run(
        [sys.executable, "-m", "django", *command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
