"""Later exports: what they correct, what was known when, and what a receipt says of it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

from flows.instruments import load_instruments
from flows.landing.land import land_inbox
from flows.running.inputs import gather_inputs
from flows.running.plan import plan_run
from flows.settings import load_settings
from flows.warehouse import main_lane, run_stations
from tests.rules.conftest import File, Published, Serving, moment, rows


def test_the_file_landed_last_counts_answer_by_answer(service: Serving) -> None:
    """b.csv corrects day 7 and adds day 14; c.csv repeats two items of p2 and corrects one; what
    it leaves blank stays as it was (8 x 1 + 3 = 11)."""
    published = service().published(
        """
        file  | patient | day | PHQ-9
        a.csv | p1      | 0   | 20
        a.csv | p1      | 7   | 19
        b.csv | p1      | 7   | 12
        b.csv | p1      | 14  | 11
        a.csv | p2      | 0   | 1 1 1 1 1 1 1 1 1
        c.csv | p2      | 0   | 1 1 . . . . . . 3
        """,
        files=[File("a.csv", "8"), File("b.csv", "15"), File("c.csv", "16")],
        as_of=20,
    )
    expected = """
        patient | day | score
        p1      | 0   | 20
        p1      | 7   | 12
        p1      | 14  | 11
        p2      | 0   | 11
        """
    assert published.shows("score", expected) == rows(expected)


def test_of_two_files_of_one_moment_the_name_decides(service: Serving) -> None:
    """Files are landed in the order of their names."""
    published = service().published(
        """
        file    | patient | day | PHQ-9
        2_b.csv | p1      | 0   | 12
        1_a.csv | p1      | 0   | 20
        """,
        files=[File("2_b.csv", "8"), File("1_a.csv", "8")],
        as_of=20,
    )
    assert published.shows("score", "score") == [{"score": "12"}]
    expected = """
        name    | superseded_since
        1_a.csv | 8 05:00
        2_b.csv | -
        """
    table = "receipt where name <> 'a.csv'"
    assert published.shows(table, expected) == rows(expected)


def test_a_later_file_may_name_another_episode_or_respondent(service: Serving) -> None:
    """The sender began to export episodes, and respondents: these are the same questionnaires.
    Two episodes at one moment in one file are two questionnaires."""
    published = service().published(
        """
        file  | patient | episode | respondent | day | PHQ-9
        a.csv | p1      | -       | -          | 0   | 20
        b.csv | p1      | E1      | patient    | 0   | 20
        b.csv | p2      | E2      | patient    | 0   | 9
        b.csv | p2      | E3      | patient    | 0   | 8
        """,
        files=[File("a.csv", "8"), File("b.csv", "15")],
        as_of=20,
    )
    expected = """
        patient | episode | score
        p1      | E1      | 20
        p2      | E2      | 9
        p2      | E3      | 8
        """
    assert published.shows("score", expected) == rows(expected)


def test_a_receipt_says_since_when_a_later_file_covers_it(service: Serving) -> None:
    """b.csv has another clinic, d.csv spans a.csv whole, e.csv only in part, and
    f.csv begins before e.csv but does not reach its end."""
    published = service().published(
        """
        file  | clinic | patient | day | PHQ-9
        a.csv | c      | p1      | 3   | 20
        a.csv | c      | p1      | 9   | 19
        b.csv | d      | p1      | 0   | 20
        b.csv | d      | p1      | 9   | 20
        d.csv | c      | p1      | 0   | 12
        d.csv | c      | p1      | 9   | 12
        e.csv | c      | p1      | 5   | 12
        e.csv | c      | p1      | 19  | 12
        f.csv | c      | p1      | 4   | 12
        f.csv | c      | p1      | 18  | 12
        """,
        files=[
            File("a.csv", "10"),
            File("b.csv", "11"),
            File("d.csv", "12"),
            File("e.csv", "20"),
            File("f.csv", "21"),
        ],
        as_of=21,
    )
    expected = """
        name  | superseded_since
        a.csv | 12 05:00
        b.csv | -
        d.csv | -
        e.csv | -
        f.csv | -
        """
    assert published.shows("receipt", expected) == rows(expected)


def test_what_was_measured_after_the_day_of_the_data_is_left_out(service: Serving) -> None:
    """Day 7 at 23:59 is on the day, day 8 is not; the alert of day 8 is not there yet."""
    published = service().published(
        """
        patient | day     | session | PHQ-9
        p1      | 0       | 1       | 11
        p1      | 7 23:59 | 2       | 12
        p1      | 8       | 3       | 17
        """,
        as_of=7,
    )
    assert published.shows("score", "day") == [{"day": "0"}, {"day": "7 23:59"}]
    assert published.read("select * from alert") == []


SOURCE = """
    match = "*.csv"
    format = "csv"
    delimiter = ","
    clinic_id = { value = "c" }
    patient_id = { column = "patient" }
    measured_at = { column = "date", format = "%Y-%m-%d" }
    [[measure]]
    instrument = "phq-9"
    scale = "total"
    column = "phq"
"""


def _land(home: Path, day: int, name: str, text: str) -> None:
    now = moment(str(day)).date().isoformat()
    (home / "opkoers.toml").write_text(f"[service]\nsimulated = true\nnow = {now}\n")
    (home / "inbox" / name).write_text(text)
    settings = load_settings(home)
    outcomes = land_inbox(settings, load_instruments())
    assert [outcome.status for outcome in outcomes if outcome.name == name] == ["landed"]


def test_a_past_week_as_it_was_then(tmp_path: Path) -> None:
    """On day 8 the second score was 12. A file landed on day 15 made it 19: known at day 8,
    it is 12; known at day 15, and by default, it is 19."""
    for folder in ("sources", "inbox", "archive", "published", "secrets"):
        (tmp_path / folder).mkdir()
    (tmp_path / "sources" / "s.toml").write_text(dedent(SOURCE))
    head = "patient,date,phq\np1,2026-01-01,11\n"
    _land(tmp_path, 8, "first.csv", f"{head}p1,2026-01-08,12\n")
    _land(tmp_path, 15, "second.csv", f"{head}p1,2026-01-08,19\n")

    def scores(**known: object) -> list[str]:
        number = len(list(tmp_path.glob("*.duckdb")))
        plan = plan_run(tmp_path, **known)  # type: ignore[arg-type]
        inputs = gather_inputs(replace(plan, run_id=f"run{number}"))
        database = tmp_path / f"{number}.duckdb"
        run_stations(database, main_lane(100, 599), inputs)
        found = Published(database).shows("score", "day | score\n0 | 11\n7 | 12\n7 | 19")
        return [row["score"] for row in found]

    assert scores(known_at=moment("8") + timedelta(hours=20)) == ["11", "12"]
    assert scores(known_at=moment("15") + timedelta(hours=20)) == ["11", "19"]
    assert scores() == ["11", "19"]
