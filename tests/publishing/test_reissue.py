"""Two weeks of a small clinic: a late file corrects the first, and the past stays as it was."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from flows.home import make_home
from flows.reissuing import PastWeek, is_late, past_weeks
from tests.conftest import run_once
from tests.publishing.pdf import text_of

SOURCE = """
match = "*.csv"
format = "csv"
clinic_id = { value = "noord" }
patient_id = { column = "patient" }
therapist_id = { value = "t1" }
session_no = { column = "session" }
measured_at = { column = "date" }
[[measure]]
instrument = "phq-9"
scale = "total"
column = "total"
"""
SETTINGS = '[service]\nname = "Proef"\nsimulated = true\nnow = {now}\nlanguage = "nl"\n'
FIRST, SECOND = date(2026, 11, 16), date(2026, 11, 23)
LAST_FORM = date(2026, 11, 9)


def forms(patient: str, totals: list[int]) -> str:
    """Weekly totals of a patient, the last a week before the first report."""
    start = LAST_FORM - timedelta(weeks=len(totals) - 1)
    lines = [
        f"{patient},{n + 1},{start + timedelta(weeks=n)},{total}" for n, total in enumerate(totals)
    ]
    return "\n".join(["patient,session,date,total", *lines, ""])


def bytes_of(folder: Path) -> Mapping[str, bytes]:
    """Content by name, but for earlier revisions and the record of the moment."""
    files = [f.relative_to(folder) for f in folder.rglob("*") if f.is_file() and f.name[0] != "."]
    return {f.as_posix(): (folder / f).read_bytes() for f in files if f.parts[0] != "r1"}


def on(home: Path, day: date) -> None:
    (home / "opkoers.toml").write_text(SETTINGS.format(now=day), encoding="utf-8")


@pytest.fixture(scope="module")
def first_report() -> dict[str, bytes]:
    return {}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, first_report: dict[str, bytes]) -> Path:
    """A home that ran on two Mondays; of p2 nobody knew before the second."""
    home = tmp_path_factory.mktemp("two-weeks") / "home"
    make_home(home)
    (home / "sources" / "totals.toml").write_text(SOURCE)
    on(home, FIRST)
    (home / "inbox" / "one.csv").write_text(forms("p1", [12, 14, 19]))
    run_once(home)
    first_report |= bytes_of(home / "reports/2026-W47/noord")
    on(home, SECOND)
    (home / "inbox" / "late.csv").write_text(forms("p2", [10, 12, 21]))
    run_once(home)
    return home


def test_late_data_reissue_the_week_they_belong_to(
    home: Path, first_report: Mapping[str, bytes]
) -> None:
    folder = home / "reports/2026-W47/noord"
    told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert told["revision"] == 2
    assert told["as_of"] == FIRST.isoformat()
    assert {(c["patient_id"], c["kind"], c["what"]) for c in told["changes"]} == {
        ("p2", "reliable_deterioration", "added")
    }
    assert "p2 Betrouwbare verslechtering nieuw" in text_of(folder / "report.nl.pdf")
    assert bytes_of(folder / "r1") == first_report


def test_this_weeks_report_is_a_first_one(home: Path) -> None:
    told = json.loads((home / "reports/2026-W48/noord/report.json").read_text(encoding="utf-8"))
    assert (told["revision"], told["week"]) == (1, "2026-W48")


def test_the_snapshot_in_force_and_the_workplaces_are_left_as_they_should(home: Path) -> None:
    published = home / "published"
    assert (published / "current").resolve().name.startswith("20261123")
    assert list(published.glob(".building-*")) == []


def test_a_past_moment_makes_the_report_as_it_was(
    home: Path, first_report: Mapping[str, bytes]
) -> None:
    run_once(home, known_at=datetime(2026, 11, 16, 12))
    (folder,) = home.glob("reports/2026-W47~known-*/noord")
    assert bytes_of(folder) == first_report
    told = json.loads((home / "reports/2026-W47/noord/report.json").read_text(encoding="utf-8"))
    assert told["revision"] == 2


@pytest.mark.parametrize(("most", "weeks"), [(0, []), (1, ["2026-W47"]), (9, ["2026-W47"])])
def test_only_so_many_weeks_are_looked_at_again(home: Path, most: int, weeks: list[str]) -> None:
    found = past_weeks(home / "reports", SECOND, most)
    assert [week.week for week in found] == weeks


def test_a_file_about_later_days_alone_is_not_late(home: Path) -> None:
    from flows.landing import archive

    receipts = {each.name: each for each in archive.receipts(home / "archive")}
    week = PastWeek("2026-W47", FIRST, datetime(2026, 11, 16, 6))
    assert is_late(receipts["late.csv"], week)
    assert not is_late(receipts["one.csv"], week)
    of_later = receipts["late.csv"].model_copy(update={"measured_from": datetime(2026, 11, 20)})
    assert not is_late(of_later, week)
