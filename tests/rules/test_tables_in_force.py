"""What counts of each table beside answers once several exports have told of it."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest

from flows.home import make_home
from flows.instruments import load_instruments
from flows.landing.land import land_inbox
from flows.running.inputs import gather_inputs
from flows.running.plan import plan_run
from flows.settings import load_settings
from flows.warehouse import main_lane, run_stations
from tests.rules.conftest import File, Published, Serving, moment, rows

FILES = [File("1.csv", "10"), File("2.csv", "20")]
NOBODY = "patient | day | PHQ-9\np1 | 0 | 10"

IN_FORCE = {
    "patient": (
        "patients",
        """
        file  | patient | birth_year | sex    | withdrawn
        1.csv | p1      | 1980       | male   | no
        1.csv | p2      | 1990       | -      | no
        1.csv | p3      | 1970       | -      | no
        2.csv | p1      | 1981       | female | no
        2.csv | p3      | -          | -      | yes
        """,
        """
        patient | birth_year | sex    | source_file | source_line
        p1      | 1981       | female | 2.csv       | 5
        p2      | 1990       | -      | 1.csv       | 3
        """,
    ),
    "therapy_group": (
        "groups",
        """
        file  | group | name    | started_on | ended_on
        1.csv | g1    | Monday  | 0          | -
        1.csv | g2    | Tuesday | 0          | 31
        2.csv | g1    | Monday  | 0          | 25
        """,
        """
        group | name    | started_on | ended_on
        g1    | Monday  | 0          | 25
        g2    | Tuesday | 0          | -
        """,
    ),
    "therapist": (
        "therapists",
        """
        file  | therapist | team_id | supervisor_id | is_trainee
        1.csv | t1        | A       | -             | no
        1.csv | t2        | A       | t1            | yes
        2.csv | t2        | B       | -             | no
        """,
        """
        therapist | team_id | supervisor_id | is_trainee
        t1        | A       | -             | no
        t2        | B       | -             | no
        """,
    ),
    "non_response": (
        "non_response",
        """
        file  | patient | episode | noted_at | instrument | reason_code
        1.csv | p1      | -       | 5        | phq-9      | 01
        1.csv | p1      | -       | 5        | -          | 03
        1.csv | p2      | -       | 31       | -          | 07
        2.csv | p1      | -       | 5        | phq-9      | 02a
        """,
        """
        patient | noted_at | instrument | reason_code
        p1      | 5        | phq-9      | 02a
        p1      | 5        | -          | 03
        """,
    ),
    "intake": (
        "intake",
        """
        file  | patient | episode | covariate | value | number
        1.csv | p1      | E1      | gaf       | 50    | 50
        1.csv | p1      | E1      | education | mbo   | -
        1.csv | p1      | -       | gaf       | 40    | 40
        2.csv | p1      | E1      | gaf       | 60    | 60
        """,
        """
        patient | episode | covariate | value | number
        p1      | E1      | gaf       | 60    | 60
        p1      | E1      | education | mbo   | -
        p1      | -       | gaf       | 40    | 40
        """,
    ),
}


@pytest.mark.parametrize("table", IN_FORCE)
def test_of_each_key_the_file_landed_last_counts(service: Serving, table: str) -> None:
    """As of day 30; what ends or is noted on day 31 is not known yet."""
    told, drawn, expected = IN_FORCE[table]
    published = service().published(NOBODY, files=FILES, as_of=30, **{told: drawn})
    assert published.shows(table, expected) == rows(expected)


def test_without_such_exports_the_tables_are_there_and_empty(service: Serving) -> None:
    published = service().published(NOBODY, as_of=30)
    for table in (*IN_FORCE, "exported_episode", "appointment", "placed_appointment"):
        assert published.read(f"select count(*) from {table}") == [(0,)]


SOURCES = {
    "answers": """
clinic_id = { value = "c" }
patient_id = { column = "patient" }
measured_at = { column = "on" }
[[measure]]
instrument = "phq-9"
scale = "total"
column = "PHQ-9"
""",
    "episodes": """
table = "episodes"
exports = "complete"
clinic_id = { value = "c" }
patient_id = { column = "patient" }
episode_id = { column = "episode" }
therapist_id = { column = "therapist" }
[columns]
started_on = { column = "from" }
ended_on = { column = "to" }
""",
    "agenda": """
table = "appointments"
clinic_id = { value = "c" }
patient_id = { column = "patient" }
[columns]
starts_at = { column = "at" }
attended = { column = "came", values = { nee = "no" } }
""",
}


class Clinic:
    """A home to which three systems of one clinic send exports."""

    def __init__(self, home: Path) -> None:
        self.home = home
        make_home(home)
        for name, text in SOURCES.items():
            source = f'match = "{name}*.csv"\nformat = "csv"\n{text}'
            (home / "sources" / f"{name}.toml").write_text(source)

    def sends(self, day: int, **exports: Sequence[Sequence[str]]) -> None:
        today = moment(str(day)).date()
        (self.home / "opkoers.toml").write_text(
            f"[service]\nsimulated = true\nnow = {today}\n[landing]\nstable_seconds = 0\n"
        )
        for name, lines in exports.items():
            out = StringIO()
            csv.writer(out).writerows(lines)
            (self.home / "inbox" / f"{name}_{day}.csv").write_text(out.getvalue())
        outcomes = land_inbox(load_settings(self.home), load_instruments())
        assert {each.status for each in outcomes} <= {"landed", "known"}, outcomes

    def published(self, known_on: int) -> Published:
        """As it was known at the end of a day."""
        known = moment(str(known_on)) + timedelta(hours=20)
        plan = replace(plan_run(self.home, known_at=known), run_id=f"run{known_on}")
        database = self.home / f"{known_on}.duckdb"
        run_stations(database, main_lane(100, 599), gather_inputs(plan))
        return Published(database)


def test_three_systems_tell_of_one_course_and_each_correction_is_dated(tmp_path: Path) -> None:
    """On day 20 the record of p2 was a mistake, which the complete export of day 30 leaves out;
    it also ends E1 on day 25. Nobody came on day 0, so that the form of day 6 is the start."""
    clinic = Clinic(tmp_path / "home")
    clinic.sends(
        20,
        answers=[
            ("patient", "on", "PHQ-9"),
            *(("p1", "2026-01-01", "20"), ("p1", "2026-01-07", "18"), ("p1", "2026-01-15", "9")),
            ("p2", "2026-01-15", "15"),
        ],
        episodes=[
            ("patient", "episode", "therapist", "from", "to"),
            *(("p1", "E1", "t1", "2026-01-01", ""), ("p2", "E2", "t1", "2026-01-01", "")),
        ],
        agenda=[
            ("patient", "at", "came"),
            ("p1", "2026-01-01 10:00", "Nee"),
            *(("p1", "2026-01-08 10:00", "ja"), ("p1", "2026-01-15 10:00", "ja")),
        ],
    )
    clinic.sends(
        30,
        answers=[("patient", "on", "PHQ-9"), ("p1", "2026-01-29", "12")],
        episodes=[
            ("patient", "episode", "therapist", "from", "to"),
            ("p1", "E1", "t1", "2026-01-01", "2026-01-26"),
        ],
    )
    expected = """
        patient | episode | day | therapist | session | score | baseline_score | is_follow_up
        p1      | E1      | 0   | t1        | 0       | 20    | 18             | no
        p1      | E1      | 6   | t1        | 0       | 18    | 18             | no
        p1      | E1      | 14  | t1        | 2       | 9     | 18             | no
        p2      | E2      | 14  | t1        | -       | 15    | 15             | no
        """
    assert clinic.published(20).shows("score", expected) == rows(expected)
    expected = """
        patient | episode     | day | therapist | session | score | baseline_score | is_follow_up
        p1      | E1          | 0   | t1        | 0       | 20    | 18             | no
        p1      | E1          | 6   | t1        | 0       | 18    | 18             | no
        p1      | E1          | 14  | t1        | 2       | 9     | 18             | no
        p1      | E1          | 28  | t1        | -       | 12    | 18             | yes
        p2      | p2-20260115 | 14  | -         | -       | 15    | 15             | no
        """
    published = clinic.published(30)
    assert published.shows("score", expected) == rows(expected)
    expected = """
        patient | episode     | is_closed | ended_at | origin
        p1      | E1          | yes       | 25       | export
        p2      | p2-20260115 | no        | -        | gap
        """
    assert published.shows("episode", expected) == rows(expected)
