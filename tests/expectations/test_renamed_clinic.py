"""A clinic that goes on under another name is asked about: it looks like one that stopped."""

import warnings
from collections.abc import Sequence
from datetime import date, timedelta

import duckdb
import pytest

DAY_0 = date(2026, 1, 1)
SAME = ("t1", "t2", "t3", "t4", "t5")


def _question() -> str:
    """The query of the expectation; Great Expectations warns of its own parts when imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from expectations.quality_unit import RENAMED
    return RENAMED


def _asked(
    therapists: Sequence[str] = SAME,
    patients: Sequence[str] = ("q1", "q2", "q3", "q4", "q5"),
    last: int = 30,
    begins: int = 60,
    renamed: str = "",
) -> list[tuple[str, str]]:
    """`old` has patients p1-p5 of t1-t5, last measured on day `last`; then `new` begins; it is
    asked on day 180."""
    with duckdb.connect() as connection:
        connection.execute("""
            create table run (as_of date);
            create table setting (name varchar, value varchar);
            create table episode (clinic_id varchar, patient_id varchar, therapist_id varchar,
                started_at timestamp, last_measured_at timestamp)
        """)
        connection.execute("insert into run values (?)", [DAY_0 + timedelta(days=180)])
        if renamed:
            connection.execute("insert into setting values ('renamed_clinics.old', ?)", [renamed])
        for n, (therapist, patient) in enumerate(zip(therapists, patients, strict=True), 1):
            for clinic, who, by, first, end in (
                ("old", f"p{n}", f"t{n}", 0, last),
                ("new", patient, therapist, begins, 170),
            ):
                days = [DAY_0 + timedelta(days=day) for day in (first, end)]
                connection.execute(
                    "insert into episode values (?, ?, ?, ?, ?)", [clinic, who, by, *days]
                )
        return connection.execute(_question()).fetchall()


def test_the_same_therapists_elsewhere_are_asked_about() -> None:
    """Measured until 31 January and from 15 February on by another name; 2 March is too late."""
    assert _asked(begins=45) == [("old", "new")]
    assert _asked(begins=60) == []


def test_the_same_patients_are_asked_about_too() -> None:
    patients = ("p1", "p2", "p3", "q4", "q5")
    assert _asked(["u1", "u2", "u3", "u4", "u5"], patients, begins=45) == [("old", "new")]


@pytest.mark.parametrize(
    "therapists", [("t1", "t2", "u3", "u4", "u5"), ("u1", "u2", "u3", "u4", "u5")]
)
def test_most_of_them_must_be_the_same(therapists: Sequence[str]) -> None:
    assert _asked(therapists, begins=45) == []


def test_a_clinic_that_goes_on_has_not_been_renamed() -> None:
    assert _asked(last=170, begins=45) == []


def test_what_is_set_is_asked_no_more() -> None:
    assert _asked(begins=45, renamed="new") == []
    assert _asked(begins=45, renamed="other") == [("old", "new")]
