"""What a quality officer sees: counts, none of them small, and nobody behind them."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.test import Client

from dashboards.warehouse import published_snapshot
from tests.access_matrix import add_people
from tests.dashboards.published import publish

SignedIn = Callable[..., Client]

OFFICER: dict[str, Any] = {
    "actor": "x",
    "scope": "aggregates",
    "clinic_id": "",
    "therapists": [],
    "shared": [],
    "opened": None,
}
EPISODE = """insert into episode (clinic_id, patient_id, episode_id, therapist_id, is_closed)
    values (?, ?, ?, ?, false)"""
ALERT = """insert into alert
    (alert_id, clinic_id, patient_id, kind, opened_at, answered_at, closed_at, withdrawn)
    values (?, ?, ?, 'reliable_deterioration', '2026-11-01', ?, ?, false)"""
NOW = "2026-11-03"


@pytest.fixture
def empty(nothing_published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A snapshot without episodes and alerts, to be filled."""
    with duckdb.connect(str(publish(nothing_published))) as connection:
        connection.execute("delete from episode")
        connection.execute("delete from alert")
        yield connection


def caseloads(connection: duckdb.DuckDBPyConnection, clinic: str, *episodes: int) -> None:
    """One therapist for each number, with so many episodes."""
    for therapist, many in enumerate(episodes):
        for place in range(many):
            name = f"{clinic}-{therapist}-{place}"
            connection.execute(EPISODE, [clinic, name, name, f"{clinic}-T{therapist}"])


def alerts(
    connection: duckdb.DuckDBPyConnection, clinic: str, opened: int, answered: int, closed: int
) -> None:
    for place in range(opened):
        said = NOW if place < answered else None
        done = NOW if place < closed else None
        name = f"{clinic}-{place}"
        connection.execute(ALERT, [name, clinic, name, said, done])


def loop(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    connection.close()
    return [
        (row["clinic_id"], row["opened"], row["answered"], row["still_open"], row["days_to_answer"])
        for row in published_snapshot().rows("loop_closing", viewer=OFFICER)
    ]


@pytest.mark.parametrize(
    ("opened", "answered", "closed", "shown"),
    [
        # opened, answered, closed -> opened, answered, still open, days
        (4, 0, 0, (None, None, None, None)),
        (5, 0, 0, (5, 0, 5, None)),
        (5, 5, 5, (5, 5, 0, 2.0)),
        (9, 4, 0, (9, None, 9, None)),
        (9, 5, 0, (9, None, 9, None)),  # 4 were not answered: that is a small count too
        (10, 5, 4, (10, 5, None, 2.0)),
        (10, 5, 6, (10, 5, None, 2.0)),
        (10, 10, 5, (10, 10, 5, 2.0)),
    ],
)
def test_counts_of_one_to_four_and_what_would_give_them_away_are_left_out(
    empty: duckdb.DuckDBPyConnection,
    opened: int,
    answered: int,
    closed: int,
    shown: tuple[float | None, ...],
) -> None:
    caseloads(empty, "noord", 1, 1, 1, 1, 1)
    alerts(empty, "noord", opened, answered, closed)

    assert loop(empty) == [("noord", *shown)]


@pytest.mark.parametrize(
    ("noord", "zuid", "units"),
    [
        ((1, 1, 1, 1, 1), (1, 1, 1, 1, 1), ["noord", "zuid"]),
        ((4, 1, 1, 1, 1), (1, 1, 1, 1, 1), ["noord", "zuid"]),  # exactly half is not above it
        ((5, 1, 1, 1, 1), (1, 1, 1, 1, 1), [None]),
        ((1, 1, 1, 1), (1, 1, 1, 1, 1), [None]),
        ((1, 1), (1, 1), []),
        ((20, 1, 1), (1, 1), []),
        ((1, 1, 1, 1, 1), (), [None]),  # alerts of a clinic of which no therapist is known
    ],
)
def test_a_unit_in_which_a_therapist_could_be_recognised_is_not_shown(
    empty: duckdb.DuckDBPyConnection,
    noord: tuple[int, ...],
    zuid: tuple[int, ...],
    units: list[str | None],
) -> None:
    for clinic, episodes in (("noord", noord), ("zuid", zuid)):
        caseloads(empty, clinic, *episodes)
        alerts(empty, clinic, 6, 6, 6)

    assert [row[0] for row in loop(empty)] == units


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["1 of 3 checks held.", "Nobody could say how urgent it is.", "too few therapists"]),
        ("nl", ["1 van de 3 controles zijn in orde.", "te weinig behandelaren"]),
    ],
)
def test_the_page_shows_no_small_count_and_nobody(
    signed_in: SignedIn, language: str, words: list[str]
) -> None:
    """One of its files had 2 records refused, one of its checks failed on 3 rows."""
    add_people()
    page = signed_in("quality officer", language).get("/quality").content.decode()

    assert [word for word in words if word not in page] == []
    figures = re.findall(r'<td class="figure"[^>]*>([^<]*)</td>', page)
    assert {"900", "8", "9", "400", "70", "–"} == set(figures)
    assert not re.search(r"\b(P\d|T\d)\b|first\.csv", page)


@pytest.mark.usefixtures("snapshot")
def test_who_has_no_alerts_begins_elsewhere(signed_in: SignedIn) -> None:
    add_people()
    for viewer, start in (("quality officer", "/quality"), ("administrator", "/accounts")):
        assert signed_in(viewer).get("/").headers["Location"] == start
