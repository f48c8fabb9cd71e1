"""A line that holds several moments, and columns that bring their own date."""

from tests.landing.homes import LandingHome

IDS = """
clinic_id = { value = "north" }
patient_id = { column = "id" }
"""
WEEKLY = "measured_at = { sessions_since = 2026-01-05, days_per_session = 7 }\n"
COURSE = f"""{IDS}{WEEKLY}
[[measure]]
instrument = "bdi"
scale = "total"
column = "bdi_{{occasion}}"
occasions = ["s0", "s1", "s2", "fu"]
"""


def test_each_moment_of_a_line_is_a_record(home: LandingHome) -> None:
    home.source(COURSE)
    home.export("id,bdi_s0,bdi_s1,bdi_s2,bdi_fu\nP1,33,,37,10\nP2,20,99,18,9\n")

    receipt = home.receipt()

    assert home.landed("source_line, patient_id, session_no, value") == [
        (2, "P1", 0, 33),
        (2, "P1", 2, 37),
        (2, "P1", 3, 10),
        (3, "P2", 0, 20),
        (3, "P2", 2, 18),
        (3, "P2", 3, 9),
    ]
    assert home.rejected() == [
        (2, "no_measure", "by_rule", None),
        (3, "out_of_range", "error", "99"),
    ]
    assert (receipt.rows_in, receipt.landed, receipt.rejected) == (8, 6, 2)
    assert (receipt.rejected_error, receipt.rejected_by_rule) == (1, 1)
    assert receipt.has_artificial_dates


def test_the_column_of_a_refused_answer_is_that_of_its_moment(home: LandingHome) -> None:
    home.source(COURSE)
    home.export("id,bdi_s0,bdi_s1,bdi_s2,bdi_fu\nP1,33,x,37,10\n")
    home.land(accept=["clinic.csv"])
    assert home.table("rejected", "source_line, column_name", "1") == [(2, "bdi_s1")]


def test_occasions_may_name_their_session_and_their_own_date(home: LandingHome) -> None:
    home.source(f"""{IDS}
measured_at = {{ column = "date_{{occasion}}", format = "%d-%m-%Y" }}
[[measure]]
instrument = "bdi"
scale = "total"
column = "bdi_{{occasion}}"
occasions = {{ pre = 0, post = 12 }}
""")
    home.export("id,date_pre,bdi_pre,date_post,bdi_post\nP1,05-01-2026,30,06-04-2026,12\n")
    home.receipt()
    assert home.landed("session_no, measured_at::date::varchar, value") == [
        (0, "2026-01-05", 30),
        (12, "2026-04-06", 12),
    ]


def test_two_lists_of_one_line_may_have_two_dates(home: LandingHome) -> None:
    home.source(f"""{IDS}
measured_at = {{ column = "phq_date" }}
[[measure]]
instrument = "phq-9"
scale = "total"
column = "phq"
[[measure]]
instrument = "gad-7"
scale = "total"
column = "gad"
measured_at = {{ column = "gad_date" }}
""")
    home.export("id,phq_date,phq,gad_date,gad\nP1,2026-01-05,12,2026-01-06,9\n")
    receipt = home.receipt()
    assert home.landed("instrument, measured_at::date::varchar, value") == [
        ("gad-7", "2026-01-06", 9),
        ("phq-9", "2026-01-05", 12),
    ]
    assert (receipt.rows_in, receipt.landed) == (2, 2)


def test_two_informants_of_one_line_are_kept_apart(home: LandingHome) -> None:
    home.source(f"""{IDS}
measured_at = {{ column = "date" }}
[[measure]]
instrument = "ors"
scale = "total"
column = "child"
respondent = {{ value = "patient" }}
[[measure]]
instrument = "ors"
scale = "total"
column = "mother"
respondent = {{ value = "parent" }}
""")
    home.export("id,date,child,mother\nP1,2026-01-05,30,20\n")
    home.receipt()
    assert home.table("responses", "respondent, value", "1") == [("parent", 20), ("patient", 30)]


def test_lines_with_quoted_newlines_keep_their_physical_line(home: LandingHome) -> None:
    home.source(COURSE)
    home.export('id,note,bdi_s0,bdi_s1,bdi_s2,bdi_fu\nP1,"two\nlines",30,29,28,27\nP2,,9,8,7,6\n')
    home.receipt()
    assert home.landed("distinct source_line, patient_id") == [(2, "P1"), (4, "P2")]


def test_two_columns_of_one_moment_are_refused(home: LandingHome) -> None:
    home.source(COURSE.replace('["s0", "s1", "s2", "fu"]', "{ s0 = 1, s1 = 1 }"))
    (refused,) = home.land()
    assert "the columns 'bdi_s0' and 'bdi_s1' both give 'total' of bdi" in str(refused.error)
