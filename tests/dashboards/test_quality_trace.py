"""The commands that pages of quality print for their numbers, run as they are printed."""

import html
import re
import shlex
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from dashboards.journal.questions import ask, close_question, open_questions
from dashboards.pages.quality_trace import trace_command
from flows.cli import main
from flows.settings import load_settings
from flows.tracing.asked import row_asked
from flows.tracing.opened import opened
from flows.tracing.question import QUESTION, question_asked
from tests.access_matrix import add_people
from tests.conftest import Demo

SignedIn = Callable[..., Client]

DUE = date(2026, 12, 1)

NUMBERED = ("response_rate", "alerts_answered", "data_rejected", "reliable_improvement")
PAGES = (
    "/quality",
    "/quality?unit=clinic:noord",
    "/quality/indicators",
    "/quality/indicators?unit=clinic:zuid",
    *(f"/quality/indicators/{each}" for each in NUMBERED),
    *(f"/quality/indicators/{each}?unit=clinic:noord&period=week" for each in NUMBERED),
    "/quality/alerts",
    "/quality/data",
)


@pytest.fixture
def home(demo: Demo, journal: Path, settings: Settings, tmp_path: Path) -> Path:
    """The demo with a journal of this test's own, as pages and commands both read it."""
    home = tmp_path / "demo-home"
    home.mkdir()
    for part in ("archive", "checks", "published", "secrets", "sources", "opkoers.toml"):
        if (demo.home / part).exists():
            (home / part).symlink_to(demo.home / part)
    (home / "journal.sqlite3").symlink_to(journal)
    settings.OPKOERS = settings.OPKOERS.model_copy(update={"home": home})
    return home


@pytest.fixture
def printed(home: Path, signed_in: SignedIn) -> dict[str, list[list[str]]]:
    """By page the commands on it, as a shell takes them apart; two questions are open."""
    add_people()
    for text in ("Why so few in 'noord'?", "Where is <June>?"):
        ask("quality officer", text, "data manager", DUE, source="midden")
    officer = signed_in("quality officer", "en")
    return {page: list(commands(officer.get(page).content.decode())) for page in PAGES}


def commands(page: str) -> Iterator[list[str]]:
    for command in re.findall(r"<code>(opkoers trace .*?)</code>", page):
        yield shlex.split(html.unescape(command))


def test_every_command_names_one_row(home: Path, printed: dict[str, list[list[str]]]) -> None:
    settings = load_settings(home)
    told = {tuple(words) for page in printed.values() for words in page}
    assert len(told) > 100
    with opened(settings, "shown_indicator") as published:
        for _, _, table, *key in told:
            if table == QUESTION:
                assert question_asked(settings, key)["owner"] == "data manager"
            else:
                row = row_asked(published, table, key)
                assert {word.partition("=")[2] for word in key} <= {str(v) for v in row.values()}


def test_each_page_prints_one_for_each_of_its_tables(
    printed: dict[str, list[list[str]]],
) -> None:
    tables = {page: {words[2] for words in told} for page, told in printed.items()}
    assert "shown_indicator" in tables["/quality"]
    assert "shown_indicator" in tables["/quality/indicators"]
    assert "shown_loop_audit" in tables["/quality/alerts"]
    assert {"shown_file", "quality_check", "check_history", QUESTION} <= tables["/quality/data"]
    of_outcome = tables["/quality/indicators/reliable_improvement"]
    assert {"shown_indicator", "shown_missing_outcome"} <= of_outcome


def test_as_printed_they_run(
    home: Path, printed: dict[str, list[list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    """One of each table; the numbers are the same as those published."""
    by_table = {words[2]: words for page in printed.values() for words in page}
    for _, *words in by_table.values():
        assert main([*words, "--home", str(home)]) == 0
        told = capsys.readouterr().out
        assert "All of it is the same as published." in told, words


@pytest.mark.usefixtures("printed")
def test_a_question_is_followed_to_its_events(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = open_questions()[0].number
    close_question("quality officer", first, "A holiday.")
    assert main(["trace", QUESTION, f"number={first}", "--home", str(home)]) == 0
    told = capsys.readouterr().out
    assert "owner = data manager" in told
    assert "answer = A holiday." in told
    assert "events 2" in told


@pytest.mark.usefixtures("printed")
def test_in_dutch_the_commands_are_the_same(signed_in: SignedIn) -> None:
    page = signed_in("quality officer", "nl").get("/quality/alerts").content.decode()
    assert "Hoe deze getallen tot stand kwamen" in page
    english = signed_in("quality officer", "en").get("/quality/alerts").content.decode()
    assert list(commands(page)) == list(commands(english))


@pytest.mark.parametrize(
    ("value", "word"),
    [("noord", "unit=noord"), ("A 1/it's", "'unit=A 1/it'\"'\"'s'"), (None, "unit=-")],
)
def test_a_shell_takes_a_name_as_it_is(value: str | None, word: str) -> None:
    command = trace_command("shown_indicator", {"unit": value})
    assert command == f"opkoers trace shown_indicator {word}"
    assert shlex.split(command)[-1] == f"unit={'-' if value is None else value}"
