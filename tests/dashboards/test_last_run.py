"""The line on every page when the last run failed, from the file that a run itself wrote."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings as DjangoSettings

from dashboards.last_run import failed_at
from flows.errors import ExitCode, OpKoersError
from flows.last_run import recorded
from flows.settings import Settings, load_settings

SignedIn = Callable[..., Client]
STOPPED = OpKoersError("no", next_step="no", exit_code=ExitCode.CHECKS_STOPPED_PUBLISHING)


def fail(settings: Settings) -> None:
    with pytest.raises(OpKoersError), recorded(settings, "weekly"):
        raise STOPPED


def test_the_last_run_of_whatever_kind_counts(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert failed_at(settings.last_run) is None
    fail(settings)
    found = failed_at(settings.last_run)
    assert found is not None
    assert datetime.now(UTC) - found < timedelta(minutes=1)
    with recorded(settings, "nightly"):
        assert failed_at(settings.last_run) is None, "one that works is not one that failed"
    assert failed_at(settings.last_run) is None


def test_landing_that_goes_well_hides_no_failed_run(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    with recorded(settings, "landing"):
        pass
    assert failed_at(settings.last_run) is None
    fail(settings)
    with recorded(settings, "landing"):
        pass
    assert failed_at(settings.last_run) is not None


def test_a_run_that_never_ended_failed_after_some_hours(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    with recorded(settings, "weekly"):
        begun = settings.last_run.read_text()
    settings.last_run.write_text(begun)
    assert failed_at(settings.last_run) is None
    settings.last_run.write_text(begun.replace(f"{datetime.now(UTC):%Y-}", "2025-"))
    assert failed_at(settings.last_run) is not None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"weekly": 3}', '{"weekly": {}}'])
def test_a_damaged_file_breaks_no_page(text: str, tmp_path: Path) -> None:
    (tmp_path / "last_run.json").write_text(text)
    assert failed_at(tmp_path / "last_run.json") is None


def test_every_page_says_it_to_who_is_signed_in(
    signed_in: SignedIn, settings: DjangoSettings
) -> None:
    ours: Settings = settings.OPKOERS
    client = signed_in("coordinator")
    words = "did not finish: these pages are of the run before it."
    assert words not in client.get("/overdue").content.decode()
    fail(ours)
    try:
        for page in ("/overdue", "/help"):
            assert words in client.get(page).content.decode()
    finally:
        ours.last_run.unlink()
