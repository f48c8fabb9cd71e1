"""A disk that is full while an alert is answered: a calm page, nothing lost or half-written."""

import io
import logging
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.test import Client

from dashboards.value_free_log import ValueFreeFormatter
from flows.journal import read_events

SignedIn = Callable[..., Client]

ALERT = "/alerts/noord-t1-worse"
NOTE = "Wij spraken over de rest van de week."
FORM = {"shown_seq": 0, "action": "adjust_plan", "discussed": "yes", "note": NOTE}


@contextmanager
def no_file_grows_beyond(size: int) -> Iterator[None]:
    """What a full disk does to a write: it fails. Reading goes on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def written_down() -> Iterator[io.StringIO]:
    """The log of the pages, as the server writes it."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(ValueFreeFormatter())
    for name in ("django", "dashboards"):
        logging.getLogger(name).addHandler(handler)
    yield text
    for name in ("django", "dashboards"):
        logging.getLogger(name).removeHandler(handler)


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize(
    ("language", "sentence"),
    [("nl", "Dit kon niet worden opgeslagen"), ("en", "This could not be saved")],
)
def test_an_answer_on_a_full_disk_keeps_the_text_and_can_be_sent_again(
    signed_in: SignedIn,
    journal: Path,
    written_down: io.StringIO,
    language: str,
    sentence: str,
) -> None:
    client = signed_in("therapist", language)
    assert client.get(ALERT).status_code == 200
    with no_file_grows_beyond(1024):
        refused = client.post(f"{ALERT}/answer", FORM)
    page = refused.content.decode()

    assert refused.status_code == 503
    assert sentence in page
    assert NOTE in page
    assert read_events(journal) == ()
    said = written_down.getvalue()
    assert "journal not written" in said
    assert NOTE not in said
    assert "P1" not in said

    assert client.post(f"{ALERT}/answer", FORM).status_code == 302
    assert [event.kind for event in read_events(journal)] == ["alert_seen", "alert_answered"]
    with sqlite3.connect(journal) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
