"""Many tries and codes at one moment, in threads, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from dashboards.accounts import second_factor
from dashboards.accounts.models import SignInTries
from dashboards.accounts.totp import STEP_SECONDS, code_at, new_secret
from dashboards.accounts.tries import NAME, TooManyTriesError, begin_try
from flows.journal import Place
from tests.dashboards.journal.conftest import empty_database, empty_file, place

__all__ = ["empty_database", "empty_file", "place"]
T = TypeVar("T")


@pytest.fixture
def user(place: Place) -> User:
    """Somebody in a journal of this test's own, on each kind of database."""
    return User.objects.create_user("anna")


def at_once(what: Callable[[], T], times: int) -> list[T]:
    def one(_number: int) -> T:
        try:
            return what()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.usefixtures("place")
def test_no_more_tries_are_let_through_at_once_than_one_after_another() -> None:
    def may_try() -> bool:
        request = RequestFactory(REMOTE_ADDR="192.0.2.1").post("/sign-in")
        try:
            begin_try(request, NAME, "anna")
        except TooManyTriesError:
            return False
        return True

    assert sum(at_once(may_try, 40)) == 5
    assert sorted(SignInTries.objects.values_list("failures", flat=True)) == [5, 5]


def test_one_code_lets_one_in(user: User) -> None:
    secret, now = new_secret(), timezone.now()
    step = int(now.timestamp()) // STEP_SECONDS
    second_factor.enrol(user, secret, code_at(secret, step - 1), now)
    code = code_at(secret, step)

    assert sum(at_once(lambda: second_factor.code_holds(user, code, now), 24)) == 1


def test_one_recovery_code_lets_one_in(user: User) -> None:
    secret, now = new_secret(), timezone.now()
    code = code_at(secret, int(now.timestamp()) // STEP_SECONDS)
    codes = second_factor.enrol(user, secret, code, now)
    assert codes is not None

    holds = at_once(lambda: second_factor.recovery_code_holds(user, codes[0], now), 24)
    assert sum(holds) == 1
    assert second_factor.recovery_codes_left(user) == 9
