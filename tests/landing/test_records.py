"""Dates, sessions and answers: what lands, what is refused, and which class that is."""

import pytest

from tests.landing.homes import LandingHome, Row

TOTAL = """
[[measure]]
instrument = "bdi"
scale = "total"
column = "BDI"
"""
ITEMS = """
clinic_id = { value = "north" }
patient_id = { column = "patient" }
measured_at = { column = "date" }
[[measure]]
instrument = "phq-9"
items = "q{item}"
"""
LONG = """
clinic_id = { column = "clinic" }
patient_id = { column = "patient" }
measured_at = { column = "date" }
[long]
instrument = { value = "phq-9" }
item = { column = "item" }
value = { column = "answer" }
"""


def totals(measured_at: str, more: str = "") -> str:
    ids = 'clinic_id = { value = "north" }\npatient_id = { column = "patient" }'
    return f"{more}\n{ids}\nmeasured_at = {measured_at}\n{TOTAL}"


@pytest.mark.parametrize(
    ("measured_at", "written", "meant"),
    [
        ('{ column = "at" }', "2026-01-05", "2026-01-05 00:00:00"),
        ('{ column = "at" }', "2026-01-05T14:30:05", "2026-01-05 14:30:05"),
        ('{ column = "at", format = "%d-%m-%Y" }', "05-01-2026", "2026-01-05 00:00:00"),
        ('{ column = "at", format = "%d/%m/%y" }', "05/01/26", "2026-01-05 00:00:00"),
        ('{ column = "at", format = "%Y%m%d %H:%M" }', "20260105 09:15", "2026-01-05 09:15:00"),
        ('{ column = "at", days_since = 2020-01-06 }', "29", "2020-02-04 00:00:00"),
        ('{ column = "at", days_since = 2020-01-06 }', "-1", "2020-01-05 00:00:00"),
        ('{ column = "at", days_since = 2020-01-06 }', "1.5", "2020-01-07 12:00:00"),
        ("{ value = 2026-01-05 }", "whatever", "2026-01-05 00:00:00"),
    ],
)
def test_a_date_is_read_as_the_source_says(
    home: LandingHome, measured_at: str, written: str, meant: str
) -> None:
    home.source(totals(measured_at))
    home.export(f"patient,at,BDI\nP1,{written},20\n")

    assert not home.receipt().has_artificial_dates
    assert home.landed("measured_at::VARCHAR") == [(meant,)]


@pytest.mark.parametrize(
    ("measured_at", "written", "rule", "value"),
    [
        ('{ column = "at" }', "", "missing_date", None),
        ('{ column = "at" }', "05-01-2026", "unreadable_date", "05-01-2026"),
        ('{ column = "at" }', "2026-02-30", "unreadable_date", "2026-02-30"),
        ('{ column = "at" }', "2026-11-17", "date_in_future", "2026-11-17"),
        ('{ column = "at" }', "infinity", "date_in_future", "infinity"),
        ('{ column = "at", format = "%d-%m-%Y" }', "2026-01-05", "unreadable_date", "2026-01-05"),
        ('{ column = "at", format = "%d-%m-%Y" }', "05-01-26", "date_before_1900", "05-01-26"),
        ('{ column = "at", days_since = 2020-01-06 }', "soon", "unreadable_date", "soon"),
        ('{ column = "at", days_since = 2020-01-06 }', "1e300", "unreadable_date", "1e300"),
        ('{ column = "at", days_since = 2020-01-06 }', "nan", "unreadable_date", "nan"),
        ('{ column = "at", days_since = 2020-01-06 }', "9999", "date_in_future", "9999"),
    ],
)
def test_a_date_that_cannot_be_right_is_refused(
    home: LandingHome, measured_at: str, written: str, rule: str, value: str | None
) -> None:
    home.source(totals(measured_at))
    home.export(f"patient,at,BDI\nP1,{written},20\n")

    home.land()

    assert home.rejected() == [(2, rule, "error", value)]
    assert home.landed("value") == []


def test_the_day_of_landing_itself_is_no_future(home: LandingHome) -> None:
    home.source(totals('{ column = "at" }'))
    home.export("patient,at,BDI\nP1,2026-11-16 23:59,20\n")

    assert home.counts() == {"rows_in": 1, "landed": 1}


def test_sessions_without_dates_get_artificial_ones_and_the_receipt_says_so(
    home: LandingHome,
) -> None:
    moment = "{ sessions_since = 2026-01-05, days_per_session = 7 }"
    home.source(totals(moment, 'session_no = { column = "session" }'))
    home.export("""
patient,session,BDI
P1,1,20
P1,3.0,21
P1,,22
P1,last,23
P1,2000000000,24
P1,100,25
""")

    home.land()

    assert home.landed("source_line, session_no, measured_at::DATE::VARCHAR") == [
        (2, 1, "2026-01-05"),
        (3, 3, "2026-01-19"),
    ]
    assert home.rejected() == [
        (4, "missing_session", "error", None),
        (5, "unreadable_session", "error", "last"),
        (6, "unreadable_session", "error", "2000000000"),
        (7, "date_in_future", "error", "100"),
    ]


def test_artificial_dates_stand_in_the_receipt(home: LandingHome) -> None:
    moment = "{ sessions_since = 2026-01-05, days_per_session = 7 }"
    home.source(totals(moment, 'session_no = { column = "session" }'))
    home.export("patient,session,BDI\nP1,1,20\n")

    assert home.receipt().has_artificial_dates


@pytest.mark.parametrize("session", ["1.5", "-1", "1e9", "two", "nan"])
def test_a_session_that_is_no_whole_number_is_told_and_the_rest_lands(
    home: LandingHome, session: str
) -> None:
    home.source(totals('{ column = "at" }', 'session_no = { column = "session" }'))
    home.export(f"patient,at,session,BDI\nP1,2026-01-05,{session},20\n")

    assert home.counts() == {"rows_in": 1, "landed": 1}
    assert home.landed("session_no, value") == [(None, 20.0)]
    assert home.rejected() == [(2, "unreadable_session", "error", session)]


def test_a_record_without_clinic_or_patient_is_refused(home: LandingHome) -> None:
    home.source(LONG)
    home.export("""
clinic,patient,date,item,answer
,P1,2026-01-05,1,2
north,,2026-01-05,1,2
""")

    home.land()

    assert home.rejected() == [
        (2, "missing_clinic", "error", None),
        (3, "missing_patient", "error", None),
    ]


def test_a_wide_record_lands_without_the_cells_that_are_wrong(home: LandingHome) -> None:
    home.source(ITEMS)
    home.export("""
patient,date,q1,q2,q3,q4,q5,q6,q7,q8,q9
P1,2026-01-05,0,3,4,-1,often,1e999,2,,1
""")

    expected = {"rows_in": 1, "landed": 1, "cells_rejected": 4}
    assert home.counts() == expected
    assert home.landed("item, value") == [("1", 0.0), ("2", 3.0), ("7", 2.0), ("9", 1.0)]
    assert sorted(home.rejected()) == [
        (2, "not_a_number", "error", "1e999"),
        (2, "not_a_number", "error", "often"),
        (2, "out_of_range", "error", "-1"),
        (2, "out_of_range", "error", "4"),
    ]


def test_a_wide_record_of_which_every_cell_is_wrong_is_refused_as_a_whole(
    home: LandingHome,
) -> None:
    home.source(ITEMS)
    home.export("patient,date,q1,q2,q3,q4,q5,q6,q7,q8,q9\nP1,2026-01-05,9,,,,,,,,x\n")

    assert home.counts() == {"rows_in": 1, "rejected": 1, "rejected_error": 1}


@pytest.mark.parametrize(
    ("item", "answer", "expected"),
    [
        ("1", "3", None),
        ("009", "0", None),
        ("Total", "27", None),
        ("total", "28", (2, "out_of_range", "error", "28")),
        ("10", "1", (2, "unknown_item", "error", "1")),
        ("", "1", (2, "unknown_item", "error", "1")),
        ("1", "4", (2, "out_of_range", "error", "4")),
        ("1", "1,5", (2, "not_a_number", "error", "1,5")),
        ("1", "", (2, "no_measure", "by_rule", None)),
    ],
)
def test_an_answer_of_a_long_export_lands_or_is_refused(
    home: LandingHome, item: str, answer: str, expected: Row | None
) -> None:
    home.source(LONG)
    home.export(f'clinic,patient,date,item,answer\nnorth,P1,2026-01-05,{item},"{answer}"\n')

    assert home.receipt().rows_in == 1
    assert home.rejected() == ([] if expected is None else [expected])
    assert len(home.landed("value")) == (expected is None)


def test_skip_rules_name_what_is_not_meant_to_land(home: LandingHome) -> None:
    skips = """
[[skip]]
column = "tester"
equals = "1"
rule = "tester"
[[skip]]
column = "status"
differs_from = "completed"
rule = "not_completed"
[[skip]]
column = "team"
equals = ""
rule = "no_team"
"""
    home.source(totals('{ column = "at" }') + skips)
    home.export("""
patient,at,tester,status,team,BDI
P1,2026-01-05,0,completed,A,20
P2,2026-01-05, 1 ,completed,A,21
P3,2026-01-05,0,aborted,A,22
P4,2026-01-05,,,A,23
P5,2026-01-05,0,completed,NA,24
""")

    counts = {"rows_in": 5, "landed": 1, "rejected": 4, "rejected_by_rule": 4}
    assert home.counts() == counts
    assert [row[:3] for row in home.rejected()] == [
        (3, "tester", "by_rule"),
        (4, "not_completed", "by_rule"),
        (5, "not_completed", "by_rule"),
        (6, "no_team", "by_rule"),
    ]
    assert home.set_aside("patient_id, value") == [("P3", 22.0), ("P4", 23.0), ("P5", 24.0)]


def test_answers_of_refused_records_are_set_aside_for_the_critical_lane(
    home: LandingHome,
) -> None:
    home.source(ITEMS)
    home.export("""
patient,date,q1,q2,q3,q4,q5,q6,q7,q8,q9
P1,someday,0,0,0,0,0,0,0,0,2
""")

    home.land()

    assert home.set_aside("patient_id, instrument, item, value")[-1] == ("P1", "phq-9", "9", 2.0)
    assert home.landed("item") == []
