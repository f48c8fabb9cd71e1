"""From the bytes of an export to its records: shapes, encodings, lines and fields."""

from pathlib import Path

import pytest

from tests.landing.homes import LandingHome

WIDE = """
delimiter = ";"
decimal = ","
clinic_id = { value = "north" }
patient_id = { column = "client" }
therapist_id = { column = "therapist" }
session_no = { column = "session" }
measured_at = { column = "date", format = "%d-%m-%Y" }
[[measure]]
instrument = "ors"
items = "ors_{item}"
[[measure]]
instrument = "PHQ9"
scale = "total"
column = "phq"
"""
LONG = """
clinic_id = { column = "clinic" }
patient_id = { column = "patient" }
episode_id = { column = "episode" }
group_id = { column = "group" }
respondent = { column = "who" }
measured_at = { column = "at" }
[long]
instrument = { column = "list" }
item = { column = "item" }
value = { column = "answer" }
[long.instruments]
depression = "phq-9"
"""
TOTALS = """
clinic_id = { value = "north" }
patient_id = { column = "patient" }
measured_at = { column = "date" }
[[measure]]
instrument = "bdi"
scale = "total"
column = "BDI"
"""


def test_a_wide_export_has_a_column_for_each_item(home: LandingHome) -> None:
    home.source(WIDE)
    home.export("""
client;therapist;session;date;ors_1;ors_2;ors_3;ors_4;phq
C1;T1;1;05-01-2026;2,5;3;;4,1;17
C2;;2;06-01-2026;;;;;9
""")

    receipt = home.receipt()

    assert (receipt.rows_in, receipt.landed, receipt.rejected) == (2, 2, 0)
    assert receipt.instruments == ("ors", "phq-9")
    columns = (
        "patient_id, therapist_id, session_no, measured_at::DATE::VARCHAR, instrument, item, value"
    )
    assert home.landed(f"source_line, {columns}") == [
        (2, "C1", "T1", 1, "2026-01-05", "ors", "1", 2.5),
        (2, "C1", "T1", 1, "2026-01-05", "ors", "2", 3.0),
        (2, "C1", "T1", 1, "2026-01-05", "ors", "4", 4.1),
        (2, "C1", "T1", 1, "2026-01-05", "phq-9", "total", 17.0),
        (3, "C2", None, 2, "2026-01-06", "phq-9", "total", 9.0),
    ]


def test_a_long_export_has_a_line_for_each_answer(home: LandingHome) -> None:
    home.source(LONG)
    home.export("""
clinic,patient,episode,group,who,at,list,item,answer
north,P1,E1,G1,patient,2026-01-05 14:30,depression,01,3
north,P1,E1,G1,patient,2026-01-05 14:30,GAD 7,7,0
south,P2,,,,2026-01-06,no such list,Q3,250
""")

    assert home.counts() == {"rows_in": 3, "landed": 3}
    ids = "source_line, clinic_id, patient_id, episode_id, group_id, respondent"
    assert home.landed(f"{ids}, measured_at::VARCHAR, instrument, item, value") == [
        (2, "north", "P1", "E1", "G1", "patient", "2026-01-05 14:30:00", "phq-9", "1", 3.0),
        (3, "north", "P1", "E1", "G1", "patient", "2026-01-05 14:30:00", "gad-7", "7", 0.0),
        (4, "south", "P2", None, None, None, "2026-01-06 00:00:00", "no such list", "Q3", 250.0),
    ]


def test_totals_need_no_more_than_the_minimal_source(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export("patient,date,BDI\nP1,2026-01-05,25\nP1,2026-02-05,NA\n")

    assert home.counts() == {"rows_in": 2, "landed": 1, "rejected": 1, "rejected_by_rule": 1}
    assert home.landed("patient_id, item, value") == [("P1", "total", 25.0)]
    assert home.rejected() == [(3, "no_measure", "by_rule", None)]


def test_a_file_without_the_critical_item_is_said_not_to_be_watched(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export("patient,date,BDI\nP1,2026-01-05,25\n")

    assert home.receipt().critical_items_not_watched == ("bdi",)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "Zoë"),
        ("utf-8-sig", "Zoë"),
        ("cp1252", "Zoë €"),
        ("latin-1", "Zoë"),
        ("utf-16", "Zoë €"),
        ("utf-16-le", "Zoë €"),
    ],
)
def test_an_export_is_read_in_the_encoding_of_its_source(
    home: LandingHome, encoding: str, name: str
) -> None:
    written = "utf-8" if encoding == "utf-8-sig" else encoding  # a BOM needs no setting
    home.source(f'encoding = "{written}"\n{TOTALS}')
    home.export(f"patient,date,BDI\r\n{name},2026-01-05,25\r\n".encode(encoding))

    assert home.counts() == {"rows_in": 1, "landed": 1}
    assert home.landed("patient_id, source_line") == [(name, 2)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_when_the_source_does_not_say_it(
    home: LandingHome, delimiter: str
) -> None:
    home.source(TOTALS)
    home.export("patient,date,BDI\nP1,2026-01-05,25\n".replace(",", delimiter))

    assert home.counts() == {"rows_in": 1, "landed": 1}


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(home: LandingHome, ending: str) -> None:
    home.source(TOTALS)
    home.export(f"patient,date,BDI{ending}P1,2026-01-05,25{ending}P2,2026-01-05,26".encode())

    assert home.counts() == {"rows_in": 2, "landed": 2}
    assert home.landed("source_line, patient_id") == [(2, "P1"), (3, "P2")]


def test_quoted_newlines_and_blank_lines_keep_physical_line_numbers(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export("""
patient,note,date,BDI
P1,"two
lines",2026-01-05,25

P2,"a ""quoted"" word",2026-01-05,26
P3,,2026-01-05,oops
""")

    assert home.receipt().rows_in == 3
    assert home.landed("source_line, patient_id") == [(2, "P1"), (5, "P2")]
    assert home.rejected() == [(6, "not_a_number", "error", "oops")]


def test_line_ends_may_be_mixed_and_stand_inside_quotes(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export(
        b'patient,note,date,BDI\r\nP1,"a\r\nb\nc\rd",2026-01-05,25\rP2,,2026-01-05,26\nP3,,2026-01-05,27'
    )

    assert home.counts() == {"rows_in": 3, "landed": 3}
    assert home.landed("source_line, patient_id") == [(2, "P1"), (6, "P2"), (7, "P3")]


@pytest.mark.parametrize("text", ["{0}\r\n{1}\n{2}\r\n", "{0}\n{1}\r\n{2}\n"])
def test_newlines_with_and_without_carriage_return_may_be_mixed(
    home: LandingHome, text: str
) -> None:
    home.source(TOTALS)
    records = ("patient,date,BDI", "P1,2026-01-05,25", "P2,2026-01-05,26")
    home.export(text.format(*records).encode())

    assert home.counts() == {"rows_in": 2, "landed": 2}
    assert home.landed("source_line, patient_id") == [(2, "P1"), (3, "P2")]


def test_a_header_over_two_lines_keeps_line_numbers(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export('patient,"remarks\nof all kinds",date,BDI\nP1,x,2026-01-05,25\n')

    assert home.counts() == {"rows_in": 1, "landed": 1}
    assert home.landed("source_line, patient_id") == [(3, "P1")]


def test_lines_with_too_few_or_too_many_fields_are_errors(home: LandingHome) -> None:
    home.source(TOTALS)
    rows = "\n".join(f"P{n},2026-01-05,20" for n in range(98))
    home.export(f"patient,date,BDI\n{rows}\nP98,2026-01-05\nP99,2026-01-05,20,20\n")

    counts = {"rows_in": 100, "landed": 98, "rejected": 2, "rejected_error": 2}
    assert home.counts() == counts
    assert home.rejected() == [
        (100, "field_count", "error", None),
        (101, "field_count", "error", None),
    ]


def test_empty_fields_after_the_last_column_do_no_harm(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export("patient,date,BDI\nP1,2026-01-05,20,,\n")

    assert home.counts() == {"rows_in": 1, "landed": 1}


def test_a_marker_for_missing_is_never_taken_for_a_line_number(home: LandingHome) -> None:
    home.source('missing = ["3"]\n' + TOTALS)
    home.export('patient,date,BDI\n"P\n1",2026-01-05,20\n4,2026-01-05,3\n3,2026-01-05,7\n')

    assert home.receipt().rejected_by_rule == 1
    assert home.landed("source_line, patient_id, value") == [(2, "P\n1", 20.0), (5, "3", 7.0)]


def test_words_for_missing_count_in_every_column_and_numbers_among_answers(
    home: LandingHome,
) -> None:
    home.source('missing = ["n.v.t.", "99"]\n' + WIDE)
    home.export("""
client;therapist;session;date;ors_1;ors_2;ors_3;ors_4;phq
99; n.v.t. ;1;05-01-2026;99;3;n.v.t.; 99 ;17
""")

    assert home.counts() == {"rows_in": 1, "landed": 1}
    assert home.landed("patient_id, therapist_id, instrument, item, value") == [
        ("99", None, "ors", "2", 3.0),
        ("99", None, "phq-9", "total", 17.0),
    ]


def test_blanks_around_a_field_are_not_part_of_it(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export("patient , date, BDI\n P1 , 2026-01-05 , 20 \n")

    assert home.receipt().landed == 1
    assert home.landed("patient_id, value") == [("P1", 20.0)]


def test_a_name_that_looks_like_a_pattern_is_one_file(home: LandingHome) -> None:
    home.source(TOTALS)
    home.export("patient,date,BDI\nP1,2026-01-05,20\n", "clinic[1] (2)*.csv")

    assert home.counts() == {"rows_in": 1, "landed": 1}
    assert home.landed("source_file") == [("clinic[1] (2)*.csv",)]


def test_a_cell_of_a_hundred_thousand_characters_lands_or_is_refused_as_any_other(
    home: LandingHome,
) -> None:
    home.source(TOTALS)
    long = "x" * 100_000
    rows = "\n".join(f"P{n},,2026-01-05,20" for n in range(30))
    home.export(f"patient,note,date,BDI\n{rows}\nQ,{long},2026-01-05,20\nR,,2026-01-05,{long}\n")

    assert home.counts() == {"rows_in": 32, "landed": 31, "rejected": 1, "rejected_error": 1}


def test_an_export_may_have_ten_thousand_columns(home: LandingHome) -> None:
    home.source(TOTALS)
    names = ",".join(f"other_{n}" for n in range(10_000))
    home.export(f"patient,date,{names},BDI\nP1,2026-01-05{',x' * 10_000},20\n")

    assert home.counts() == {"rows_in": 1, "landed": 1}
    assert home.landed("patient_id, value") == [("P1", 20.0)]


EXACT = "\nQ,2026-01-07,22\n"  # a blank line: no longer one record on each line


@pytest.mark.parametrize("more", ["", EXACT])
def test_title_rows_above_the_header_are_skipped_and_line_numbers_stay_physical(
    home: LandingHome, more: str
) -> None:
    home.source(f"header_row = 4\n{TOTALS}")
    home.export(
        f'Report of the "week;\n\n"Clinic, north\npatient,date,BDI\nP1,2026-01-05,20\n'
        f"P2,2026-01-06,21\n{more}"
    )

    assert home.receipt().rejected == 0
    assert home.landed("source_line, patient_id")[:2] == [(5, "P1"), (6, "P2")]
    assert not more or home.landed("source_line, patient_id")[2] == (8, "Q")


def test_quoted_newlines_behind_title_rows_keep_physical_line_numbers(home: LandingHome) -> None:
    home.source(f"header_row = 2\n{TOTALS}")
    home.export('weekly report\npatient,note,date,BDI\nP1,"two\nlines",2026-01-05,20\nP2,,bad,21\n')

    assert home.receipt().rows_in == 2
    assert home.landed("source_line, patient_id") == [(3, "P1")]
    assert home.rejected() == [(5, "unreadable_date", "error", "bad")]


@pytest.mark.parametrize(("row", "lines"), [(2, "4"), (9, "4")])
def test_a_header_row_without_a_header_is_told(home: LandingHome, row: int, lines: str) -> None:
    home.source(f"header_row = {row}\n{TOTALS}")
    home.export("weekly report\n\npatient,date,BDI\nP1,2026-01-05,20\n")

    assert home.mistake() == (
        f"UNREADABLE_FILE: clinic.csv, line {row}: there is no header line where its source has"
        f" one ({lines} lines in all). Write in sources/clinic.toml on which line the header"
        " stands: header_row."
    )


@pytest.mark.parametrize("key", ["", "header_row = 2\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("more", ["", EXACT.replace(",", "|")])
def test_a_first_line_that_names_the_separator_is_no_header(
    home: LandingHome, key: str, encoding: str, more: str
) -> None:
    home.source(key + TOTALS)
    text = f"sep=|\r\npatient|date|BDI\r\nP,1|2026-01-05|20\r\n{more}"
    home.export(text.encode(encoding))

    assert home.receipt().rejected == 0
    assert home.landed("source_line, patient_id, value")[0] == (3, "P,1", 20.0)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("utf-8-sig", "cp1252"),
        ("utf-8-sig", "utf-16"),
        ("utf-16", "utf-8"),
        ("utf-16", "cp1252"),
        ("utf-32", "utf-8"),
    ],
)
def test_a_mark_of_byte_order_goes_before_what_the_source_says(
    home: LandingHome, written: str, told: str
) -> None:
    home.source(f'encoding = "{told}"\n{TOTALS}')
    home.export("patient,date,BDI\nZoë €,2026-01-05,25\n".encode(written))

    assert home.counts() == {"rows_in": 1, "landed": 1}
    assert home.landed("patient_id, source_line") == [("Zoë €", 2)]


@pytest.mark.parametrize("written", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_read_without_a_mark_too(home: LandingHome, written: str) -> None:
    home.source(f'encoding = "utf-16"\n{TOTALS}')
    home.export("patient,date,BDI\nZoë €,2026-01-05,25\n".encode(written))

    assert home.counts() == {"rows_in": 1, "landed": 1}
    assert home.landed("patient_id") == [("Zoë €",)]


def test_a_part_of_a_sign_of_utf_16_without_a_mark_is_told(home: LandingHome) -> None:
    home.source(f'encoding = "utf-16"\n{TOTALS}')
    home.export(b"p\0a\0\n\0\xff")

    assert home.mistake() == (
        "UNREADABLE_FILE: clinic.csv, line 2: the file is not written in utf-16-le."
        " Write its encoding (often cp1252) in its source file."
    )


@pytest.mark.parametrize("more", ["", EXACT])
def test_a_delimiter_may_end_the_header_alone(home: LandingHome, more: str) -> None:
    home.source(TOTALS)
    home.export(f"patient,date,BDI,\nP1,2026-01-05,20\n{more}")

    assert home.receipt().rejected == 0
    assert home.landed("patient_id, value")[0] == ("P1", 20.0)


@pytest.mark.parametrize("more", ["", '\n"Q", "2026-01-07", 22\n'])
def test_a_quote_may_stand_behind_a_blank(home: LandingHome, more: str) -> None:
    home.source(TOTALS)
    home.export(f'patient,date,BDI\n"P1", "2026-01-05", 20\n{more}')

    assert home.receipt().rejected == 0
    assert home.landed("patient_id, value")[0] == ("P1", 20.0)


@pytest.mark.parametrize("date", ["05-01-2026", "5-1-2026", "05/01/2026", "01/05/2026"])
def test_the_order_of_day_and_month_is_never_guessed(home: LandingHome, date: str) -> None:
    home.source(TOTALS)
    home.export(f"patient,date,BDI\nP1,{date},20\n")

    (outcome,) = home.land(accept=["clinic.csv"])

    assert outcome.receipt is not None
    assert outcome.receipt.rejected_error == 1
    assert home.rejected() == [(2, "unreadable_date", "error", date)]


@pytest.mark.parametrize("sign", ["x", "é", "é\n"])
def test_a_record_beyond_what_can_be_read_is_refused_without_its_text(
    home: LandingHome, sign: str
) -> None:
    home.source(TOTALS)
    cell = '"' + sign * (750_000 // len(sign.encode())) + '"'
    rows = "P1,,,,2026-01-05,20\n" * 3
    home.export(f"patient,a,b,c,date,BDI\n{rows}P2,{cell},{cell},{cell},2026-01-05,20\n")

    assert home.mistake() == (
        "UNREADABLE_FILE: clinic.csv, line 5: this record is longer than 2,000,000 bytes."
        " Shorten it, or leave its longest columns out of the export."
    )


def test_a_long_record_within_bounds_lands(home: LandingHome) -> None:
    home.source(TOTALS)
    cell = "é" * 300_000
    home.export(f"patient,a,b,c,date,BDI\nP2,{cell},{cell},{cell},2026-01-05,20\n")

    assert home.counts() == {"rows_in": 1, "landed": 1}


@pytest.mark.parametrize("name", ["answerimport.csv", "answerimportnl.csv"])
def test_the_answer_imports_of_gemstracker_land(
    home: LandingHome, reference: Path, name: str
) -> None:
    home.source("""
clinic_id = { column = "organization_id" }
patient_id = { column = "patient_id" }
measured_at = { column = "completion_date" }
[[measure]]
instrument = "main"
scale = "total"
column = "num_main1_sub1"
""")
    home.export((reference / "data" / "gemstracker" / name).read_bytes())

    assert home.counts() == {"rows_in": 5, "landed": 1, "duplicate": 4}
    assert home.landed("clinic_id, patient_id, measured_at::VARCHAR, value") == [
        ("1", "o1p1", "2018-09-07 12:00:00", 2.0)
    ]
