"""A number in the EHR to a pseudonym: one at a time, read-only, and never a number back."""

import hashlib
import hmac
import stat
from pathlib import Path

import duckdb
import pytest
from pytest_django import Settings

from dashboards.identity import IdentityUnreadableError, pseudonyms_of
from flows.landing.pseudonyms import pseudonymise

pytestmark = pytest.mark.usefixtures("nothing_published")


def land(home: Path, *pairs: tuple[str, str]) -> None:
    """What landing does with real numbers: (clinic, number)."""
    (home / "secrets").mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("create table record (clinic_id varchar, patient_id varchar)")
        connection.executemany("insert into record values (?, ?)", pairs)
        pseudonymise(connection, home / "secrets", home / "identity.sqlite3")


def by_hand(home: Path, clinic: str, number: str) -> str:
    """HMAC-SHA256 under the kept key of length, clinic and number; its first 20 digits."""
    key = bytes.fromhex((home / "secrets/pseudonym.key").read_text().strip())
    message = f"{len(clinic)}:{clinic}{number}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:20]


def test_a_number_is_found_in_the_clinics_that_are_asked(nothing_published: Path) -> None:
    home = nothing_published
    land(home, ("noord", "1234567"), ("zuid", "1234567"), ("noord", "7654321"))

    noord = ("noord", by_hand(home, "noord", "1234567"))
    zuid = ("zuid", by_hand(home, "zuid", "1234567"))
    assert pseudonyms_of(["noord"], " 1234567 ") == {noord}
    assert pseudonyms_of(["noord", "zuid"], "1234567") == {noord, zuid}
    assert pseudonyms_of(["oost"], "1234567") == frozenset()


@pytest.mark.parametrize("typed", ["", "%", "123456", "' or 1=1 --", "x" * 10_000])
def test_only_the_whole_number_finds_anyone(nothing_published: Path, typed: str) -> None:
    land(nothing_published, ("noord", "1234567"))

    assert pseudonyms_of(["noord"], typed) == frozenset()


def test_without_real_numbers_nothing_is_found_and_nothing_is_made(
    nothing_published: Path,
) -> None:
    assert pseudonyms_of(["noord"], "1234567") == frozenset()
    assert not (nothing_published / "identity.sqlite3").exists()


def test_asking_changes_nothing(nothing_published: Path) -> None:
    land(nothing_published, ("noord", "1234567"))
    store = nothing_published / "identity.sqlite3"
    before = store.read_bytes(), stat.S_IMODE(store.stat().st_mode)
    pseudonyms_of(["noord"], "1234567")

    assert (store.read_bytes(), stat.S_IMODE(store.stat().st_mode)) == before


def test_a_damaged_store_is_told_without_what_was_asked(
    nothing_published: Path, settings: Settings
) -> None:
    (nothing_published / "identity.sqlite3").write_bytes(b"no database at all" * 200)

    with pytest.raises(IdentityUnreadableError) as error:
        pseudonyms_of(["noord"], "1234567")
    assert error.value.args == ()
