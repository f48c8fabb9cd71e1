"""Exports that correct, move, withdraw or leave out what an earlier one said.

Each export is drawn as a table; the file named first is landed first, a week apart.
What was known at an earlier moment is always rebuilt as it was.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows.home import make_home
from flows.instruments import load_instruments
from flows.landing.land import land_inbox
from flows.running.inputs import gather_inputs
from flows.running.plan import plan_run
from flows.settings import load_settings
from flows.warehouse import critical_lane, main_lane, run_stations
from tests.rules.conftest import DAY_0, Published, Row, moment, rows

SOURCE = """
match = "*.csv"
format = "csv"
clinic_id = { value = "c" }
patient_id = { column = "patient" }
measured_at = { column = "measured", format = "%Y-%m-%d" }
"""
TOTAL = '[[measure]]\ninstrument = "phq-9"\nscale = "total"\ncolumn = "PHQ-9"\n'
BY_ID = 'record_id = { column = "record" }\n'
WITHDRAW = '[[withdraw]]\ncolumn = "status"\nequals = "withdrawn"\n'


@dataclass(frozen=True)
class Sender:
    """A home that gets one export a week."""

    home: Path

    def reads(self, more: str) -> None:
        (self.home / "sources" / "s.toml").write_text(SOURCE + more)

    def sends(self, *exports: str) -> None:
        """Each drawn export lands on day 10, 20, ... in this order."""
        for number, drawn in enumerate(exports, start=1):
            today = moment(str(10 * number)).date().isoformat()
            (self.home / "opkoers.toml").write_text(
                f"[service]\nsimulated = true\nnow = {today}\n[landing]\nstable_seconds = 0\n"
            )
            (self.home / "inbox" / f"{number}.csv").write_text(as_csv(rows(drawn)))
            outcomes = land_inbox(load_settings(self.home), load_instruments())
            assert {o.status for o in outcomes} <= {"landed", "known"}, outcomes

    def scores(self, like: str, known_on: int | None = None, as_of: int | None = None) -> list[Row]:
        """Table `score` as it was known at the end of a day (default: now)."""
        known = moment(str(known_on)) + timedelta(hours=20) if known_on else None
        day = moment(str(as_of)).date() if as_of else None
        plan = plan_run(self.home, known_at=known, as_of=day)
        number = len(list(self.home.glob("*.duckdb")))
        inputs = gather_inputs(replace(plan, run_id=f"run{number}"))
        database = self.home / f"{number}.duckdb"
        run_stations(database, main_lane(100, 599), inputs)
        return Published(database).shows("score", like)

    def critical_items(self) -> list[Row]:
        inputs = gather_inputs(plan_run(self.home))
        database = self.home / "critical.duckdb"
        run_stations(database, critical_lane(), inputs)
        return Published(database).shows("critical", "patient | value")


def as_csv(drawn: list[Row]) -> str:
    """`day` counts from 1 January 2026 and becomes the date of measuring; `-` stays empty."""
    lines = [[_cell(name, text) for name, text in row.items()] for row in drawn]
    names = ["measured" if name == "day" else name for name in drawn[0]]
    return "".join(",".join(line) + "\n" for line in [names, *lines])


def _cell(name: str, text: str) -> str:
    if text == "-":
        return ""
    if name == "day":
        return (DAY_0 + timedelta(days=int(text))).date().isoformat()
    return text


@pytest.fixture
def sender(tmp_path: Path) -> Callable[[str], Sender]:
    def with_source(more: str) -> Sender:
        make_home(tmp_path / "home")
        sender = Sender(tmp_path / "home")
        sender.reads(more)
        return sender

    return with_source


def test_a_corrected_day_moves_the_measurement(sender: Callable[[str], Sender]) -> None:
    """The same record on another day is not a second measurement."""
    clinic = sender(BY_ID + TOTAL)
    clinic.sends(
        """
        record | patient | day | PHQ-9
        r1     | p1      | 0   | 20
        r2     | p1      | 7   | 18
        """,
        """
        record | patient | day | PHQ-9
        r2     | p1      | 9   | 18
        """,
    )
    now = """
        day | score
        0   | 20
        9   | 18
        """
    assert clinic.scores(now) == rows(now)
    before = """
        day | score
        0   | 20
        7   | 18
        """
    assert clinic.scores(before, known_on=10) == rows(before)
    # On day 8 nothing was measured but day 0: what was moved does not come back.
    assert clinic.scores("day | score", as_of=8) == [{"day": "0", "score": "20"}]


def test_a_record_of_another_patient_leaves_the_first(sender: Callable[[str], Sender]) -> None:
    clinic = sender(BY_ID + TOTAL)
    clinic.sends(
        "record | patient | day | PHQ-9\nr1 | p1 | 0 | 20",
        "record | patient | day | PHQ-9\nr1 | p2 | 0 | 20",
    )
    assert clinic.scores("patient | score") == [{"patient": "p2", "score": "20"}]


@pytest.mark.parametrize("record_id", ["", BY_ID])
def test_a_withdrawn_assessment_counts_no_more(
    sender: Callable[[str], Sender], record_id: str
) -> None:
    clinic = sender(record_id + TOTAL + WITHDRAW)
    clinic.sends(
        """
        record | patient | day | PHQ-9 | status
        r1     | p1      | 0   | 20    | final
        r2     | p1      | 7   | 18    | final
        """,
        """
        record | patient | day | PHQ-9 | status
        r2     | p1      | 7   | -     | withdrawn
        """,
    )
    assert clinic.scores("day | score") == [{"day": "0", "score": "20"}]
    assert len(clinic.scores("day | score", known_on=10)) == 2


def test_with_a_record_id_a_withdrawal_needs_nothing_else(sender: Callable[[str], Sender]) -> None:
    clinic = sender(BY_ID + TOTAL + WITHDRAW)
    clinic.sends(
        "record | patient | day | PHQ-9 | status\nr1 | p1 | 0 | 20 | final\nr2 | p1 | 7 | 9 | x",
        "record | patient | day | PHQ-9 | status\nr1 | -  | - | -  | withdrawn",
    )
    assert clinic.scores("day | score") == [{"day": "7", "score": "9"}]


def test_what_is_said_again_after_a_withdrawal_counts(sender: Callable[[str], Sender]) -> None:
    clinic = sender(TOTAL + WITHDRAW)
    clinic.sends(
        "patient | day | PHQ-9 | status\np1 | 0 | 20 | final",
        "patient | day | PHQ-9 | status\np1 | 0 | -  | withdrawn",
        "patient | day | PHQ-9 | status\np1 | 0 | 21 | final",
    )
    assert clinic.scores("day | score") == [{"day": "0", "score": "21"}]
    assert clinic.scores("day | score", known_on=20) == []


def test_what_a_complete_export_leaves_out_is_gone(sender: Callable[[str], Sender]) -> None:
    """Only of the clinics that it tells of; a part leaves the rest standing."""
    clinic = sender('exports = "complete"\n' + TOTAL.replace("[[", "[["))
    text = (clinic.home / "sources" / "s.toml").read_text()
    text = text.replace('clinic_id = { value = "c" }', 'clinic_id = { column = "clinic" }')
    (clinic.home / "sources" / "s.toml").write_text(text)
    clinic.sends(
        """
        clinic | patient | day | PHQ-9
        c      | p1      | 0   | 20
        c      | p2      | 0   | 15
        d      | p3      | 0   | 12
        """,
        """
        clinic | patient | day | PHQ-9
        c      | p1      | 0   | 20
        c      | p1      | 7   | 19
        """,
    )
    now = """
        clinic | patient | day | score
        c      | p1      | 0   | 20
        c      | p1      | 7   | 19
        d      | p3      | 0   | 12
        """
    assert clinic.scores(now) == rows(now)
    assert len(clinic.scores(now, known_on=10)) == 3


def test_a_withdrawn_critical_item_still_reaches_a_person(sender: Callable[[str], Sender]) -> None:
    """Nothing closes or withdraws it by itself: a person looks."""
    items = '[[measure]]\ninstrument = "phq-9"\nitems = { 9 = "i9" }\npartial = true\n'
    clinic = sender(items + WITHDRAW)
    clinic.sends(
        "patient | day | i9 | status\np1 | 0 | 3 | final",
        "patient | day | i9 | status\np1 | 0 | - | withdrawn",
    )
    assert clinic.critical_items() == [{"patient": "p1", "value": "3"}]
