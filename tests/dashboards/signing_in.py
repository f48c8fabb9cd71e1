"""A clock that tests set, and the steps of signing in by hand."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from dashboards.accounts.totp import STEP_SECONDS, code_at
from tests.dashboards.conftest import PASSWORD


class QuickArgon2(Argon2PasswordHasher):
    """As ours, with a thousandth of its memory."""

    time_cost, memory_cost, parallelism = 1, 64, 1


class Clock:
    """Stands still until it is moved; code and sessions of Django ask it for the time."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 9, 0, 10, tzinfo=UTC)

    def moves(self, **how_far: float) -> None:
        self.now += timedelta(**how_far)

    def code(self, secret: str, steps: int = 0) -> str:
        """The code that an app shows now, or so many steps of thirty seconds later."""
        return code_at(secret, int(self.now.timestamp()) // STEP_SECONDS + steps)


@contextmanager
def standing_clock() -> Iterator[Clock]:
    """While it lasts, the time is what the clock says."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: clock.now)
        yield clock


def gives_password(
    client: Client, name: str = "therapist", password: str = PASSWORD, **more: str
) -> HttpResponse:
    """The answer to name and password, typed at the sign-in page."""
    form = {"username": name, "password": password, **more}
    answer = client.post("/sign-in", form)
    assert isinstance(answer, HttpResponse)
    return answer


def enrols(client: Client, clock: Clock, name: str = "therapist") -> tuple[str, list[str]]:
    """The secret of the new app and the recovery codes, read from the pages as a person does."""
    gives_password(client, name)
    secret = shown_secret(client.get("/sign-in/enrol").content.decode())
    page = client.post("/sign-in/enrol", {"code": clock.code(secret)}).content.decode()
    return secret, re.findall(r'<li class="key">([A-Z2-7-]{19})</li>', page)


def shown_secret(page: str) -> str:
    """The key in words, as it stands on the page of the app."""
    found = re.search(r'<p class="key" translate="no">([A-Z2-7 ]+)</p>', page)
    assert found is not None
    return found[1].replace(" ", "")
