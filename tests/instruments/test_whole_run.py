"""Questionnaires of which little is known, through `opkoers run`: told as such, never guessed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.home import make_home
from tests.conftest import run_once
from tests.instruments.test_extends import CONSTANT
from tests.publishing.pdf import text_of

SOURCE = """
match = "*.csv"
format = "csv"
clinic_id = { value = "noord" }
patient_id = { column = "patient" }
session_no = { column = "session" }
measured_at = { column = "date" }
[long]
instrument = { column = "list" }
item = { column = "item" }
value = { column = "answer" }
"""
SETTINGS = """
[service]
now = 2026-02-16
language = "en"
[instruments]
norms = { "oq-45" = "us" }
"""
WITHOUT_RELIABLE_CHANGE = ("k10", "ham-d", "mhc-sf", "sq-48")
WEEKS = range(1, 7)


def answers() -> Iterator[tuple[int, str, str, int]]:
    """(week, list, item, answer): six weeks of one patient, getting worse and worse."""
    for week in WEEKS:
        yield from ((week, "K10", str(item), min(5, week)) for item in range(1, 11))
        yield from ((week, "HAM-D-17", name, 8 * week) for name in ("total",))
        yield week, "HAM-D-17", "3", 2 if week == 6 else 0
        yield from ((week, "MHC-SF", str(item), max(0, 5 - week)) for item in range(1, 15))
        yield week, "SQ-48", "total", 20 * week
        yield from ((week, "WAV-12", str(item), 3) for item in range(1, 13))
        yield from ((week, "OQ-45", str(item), min(4, week)) for item in range(1, 46))
        yield from ((week, "PHQ-9", str(item), min(3, week)) for item in range(1, 8))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that ran once, with a PHQ-9 of its own that allows two missing items."""
    home = tmp_path_factory.mktemp("little-known") / "home"
    make_home(home)
    (home / "opkoers.toml").write_text(SETTINGS)
    (home / "sources" / "long.toml").write_text(SOURCE)
    own = 'extends = "phq-9"\nid = "phq-9"\n[[scale]]\nid = "total"\n[scale.missing]\nvalue = 2\n'
    (home / "instruments").mkdir()
    (home / "instruments" / "phq-9.toml").write_text(own + CONSTANT)
    lines = [
        f"p1,{week},2026-01-{5 + 7 * (week - 1):02d},{name},{item},{answer}"
        if week < 5
        else f"p1,{week},2026-02-{7 * (week - 5) + 2:02d},{name},{item},{answer}"
        for week, name, item, answer in answers()
    ]
    text = "patient,session,date,list,item,answer\n" + "\n".join(lines) + "\n"
    (home / "inbox" / "a.csv").write_text(text)
    run_once(home)
    return home


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str((home / "published/current").resolve()), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("name", WITHOUT_RELIABLE_CHANGE)
def test_without_a_reliable_change_value_nothing_is_judged(home: Path, name: str) -> None:
    query = f"""
        select distinct class, rci, reliable_change_points, definition from change
        where instrument = '{name}' and scale = 'total' and method = 'JT'
    """
    assert rows(home, query) == [(None, None, None, "no reliable-change value configured")]
    fired = f"select kind from signal where instrument = '{name}' and kind <> 'critical_item'"
    assert rows(home, fired) == []


def test_scores_that_are_only_reported_stand_as_reported(home: Path) -> None:
    query = """
        select instrument, score from score
        where instrument in ('ham-d', 'sq-48') and scale = 'total' and score is not null
            and session_no = 6 order by instrument
    """
    assert rows(home, query) == [("ham-d", 48), ("sq-48", 120)]


def test_a_list_without_scales_lands_and_has_no_score(home: Path) -> None:
    assert rows(home, "select count(*) from score where instrument = 'wav-12'") == [(0,)]
    landed = rows(home, "select count(*) from assessment where instrument = 'wav-12'")
    assert landed == [(len(WEEKS),)]


def test_a_critical_item_is_watched_where_only_the_total_is_scored(home: Path) -> None:
    query = "select item, value, domain from critical where instrument = 'ham-d'"
    (critical,) = (home / "published").glob("*.critical.duckdb")
    with duckdb.connect(str(critical), read_only=True) as connection:
        assert connection.execute(query).fetchall() == [("3", 2, "self_harm")]


def test_the_norm_of_the_settings_is_in_force(home: Path) -> None:
    query = """
        select instrument_scale.cutoff, reliable_change_points, norm_population
        from instrument_scale join instrument using (instrument)
        where instrument = 'oq-45' and scale = 'total'
    """
    assert rows(home, query) == [(64, 14, "US norms")]


def test_the_homes_own_rule_scores_and_the_report_says_so(home: Path) -> None:
    query = "select score, prorated from score where instrument = 'phq-9' and session_no = 1"
    assert rows(home, query) == [(9, True)]
    (report,) = (home / "reports").rglob("report.*.pdf")
    text = text_of(report)
    told = "PHQ-9: Missing answers allowed 2 (mean) instead of 0 (none)."
    assert f"By this service's own instrument files: {told}" in text


def test_the_report_names_what_it_cannot_judge(home: Path) -> None:
    (report,) = (home / "reports").rglob("report.*.pdf")
    assert (
        "No reliable-change value configured: HAM-D-17, K10, MHC-SF ewb, MHC-SF pwb, MHC-SF swb,"
        " MHC-SF, OQ-45.2 asd, SQ-48 aggr" in text_of(report)
    )
