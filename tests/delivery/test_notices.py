"""Mail to who runs Op koers, and the file in which a run says how it ended."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.delivery.notices import operator_told, tell_operator
from flows.errors import ExitCode, OpKoersError
from flows.last_run import days_since_last_run, last_runs, recorded
from flows.settings import Settings
from tests.delivery.conftest import Configure
from tests.delivery.mail_server import Mailbox, free_port
from tests.delivery.test_mail import text_of

OPERATOR = 'operator = "it@clinic.example"'
STOPPED = OpKoersError(
    "a check stopped it", next_step="Look", exit_code=ExitCode.CHECKS_STOPPED_PUBLISHING
)


def fail(settings: Settings, error: BaseException = STOPPED) -> None:
    with pytest.raises(type(error)), operator_told(settings), recorded(settings, "weekly"):
        raise error


def test_a_run_writes_down_how_it_went(configure: Configure) -> None:
    settings = configure(1)
    assert (last_runs(settings), days_since_last_run(settings)) == ({}, None)
    with recorded(settings, "nightly"):
        assert last_runs(settings)["nightly"].exit_code is None
    fail(settings)
    fail(settings)
    runs = last_runs(settings)
    assert (runs["nightly"].went_well, runs["nightly"].tries) == (True, 0)
    assert (runs["weekly"].exit_code, runs["weekly"].tries) == (40, 2)
    assert runs["weekly"].ended_at is not None
    assert not runs["weekly"].may_pass
    assert days_since_last_run(configure(1, now="2026-11-25")) == 9
    with recorded(settings, "weekly"):
        pass
    assert last_runs(settings)["weekly"].tries == 0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"weekly": {}}', '{"weekly": 3}'])
def test_a_damaged_file_is_as_none(text: str, configure: Configure) -> None:
    settings = configure(1)
    settings.last_run.write_text(text)
    assert last_runs(settings) == {}


def test_a_failed_run_is_mailed_once_a_day(
    configure: Configure, mailbox: Mailbox, port: int
) -> None:
    settings = configure(port, mail=OPERATOR)
    fail(settings)
    fail(settings)
    ((recipient, message, _),) = mailbox.got
    assert recipient == "it@clinic.example"
    assert message["Subject"] == "Op koers: een verwerking is mislukt"
    assert "is mislukt, met code 40." in text_of(message)
    assert "a check stopped it" not in text_of(message)  # what a sentence names stays in the log


def test_a_run_that_was_killed_is_told_as_cut_short(
    configure: Configure, mailbox: Mailbox, port: int
) -> None:
    settings = configure(port, mail=OPERATOR)
    with recorded(settings, "weekly"):
        begun = settings.last_run.read_text()
    settings.last_run.write_text(begun)
    assert last_runs(settings)["weekly"].may_pass
    assert tell_operator(settings) == 1
    assert "is afgebroken" in text_of(mailbox.got[0][1])


def test_silence_is_mailed_after_eight_days_and_once_a_week(
    configure: Configure, mailbox: Mailbox, port: int
) -> None:
    with recorded(configure(port, mail=OPERATOR), "nightly"):
        pass
    told = [
        tell_operator(configure(port, mail=OPERATOR, now=f"2026-{day}"))
        for day in ("11-16", "11-24", "11-25", "11-26", "11-30", "12-01")
    ]
    assert told == [0, 0, 1, 0, 1, 0]
    assert "was 9 dagen geleden" in text_of(mailbox.got[0][1])


def test_what_cannot_be_mailed_is_tried_again_and_stops_nothing(
    configure: Configure, mailbox: Mailbox, port: int
) -> None:
    fail(configure(free_port(), mail=OPERATOR))
    assert tell_operator(configure(port, mail=OPERATOR)) == 1
    assert mailbox.recipients() == ["it@clinic.example"]


def test_nobody_is_told_where_nobody_is_named(configure: Configure, port: int) -> None:
    settings = configure(port)
    fail(settings)
    assert tell_operator(settings) == 0
    assert not settings.deliveries.exists()


def test_the_shape_of_the_file_is_the_one_that_pages_read(home: Path, configure: Configure) -> None:
    fail(configure(1))
    told = json.loads((home / "last_run.json").read_text())
    assert set(told) == {"weekly"}
    assert set(told["weekly"]) == {
        "started_at", "ended_at", "exit_code", "tries", "finished_at", "finished_on",
    }  # fmt: skip
    started = datetime.fromisoformat(told["weekly"]["started_at"])
    assert abs((datetime.now(UTC) - started).total_seconds()) < 60
