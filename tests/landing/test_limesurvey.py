"""LimeSurvey: VV and csv exports, and what the structure of a survey says of their answers."""

from pathlib import Path
from typing import Any

import pytest

from tests.landing.homes import LandingHome
from tests.landing.text_tables import Exports

CODES = "id\tsubmitdate\tlastpage\tstartlanguage\tstartdate\tdatestamp\trecord_id\tPHQ_SQ1\tnote"
TEXTS = "Response ID\tDate submitted\tLast page\tLanguage, 1\tDate started\tLast\tWho, now\t1\tn"


@pytest.fixture
def limesurvey(tmp_path: Path) -> Exports:
    return Exports(tmp_path, "limesurvey")


def vv(*rows: str, end: str = "\n") -> str:
    """A VV export of responses; each is its number, date of submission, answer and note."""
    lines = []
    for row in rows:
        number, submitted, answer, note = row.split("|")
        when = "2026-01-05 10:00:00"
        cells = (number, submitted, "1", "nl", when, when, f"P{number}", answer, note)
        lines.append("\t".join(cells))
    return end.join([TEXTS, CODES, *lines, ""])


def survey(
    answers: list[tuple[str, int, str]],
    *,
    kind: str = "F",
    is_new: bool = False,
    languages: tuple[str, ...] = ("nl",),
) -> str:
    """A survey with one question PHQ of one row SQ1; answers are code, assessment and label."""

    def table(name: str, rows: list[dict[str, Any]]) -> str:
        cells = [
            "".join(f"<{key}><![CDATA[{text}]]></{key}>" for key, text in row.items())
            for row in rows
        ]
        return f"<{name}><rows>{''.join(f'<row>{cell}</row>' for cell in cells)}</rows></{name}>"

    asked = {"qid": 7, "parent_qid": 0, "sid": 1, "gid": 2, "type": kind, "title": "PHQ"}
    row = {"qid": 8, "parent_qid": 7, "sid": 1, "gid": 2, "type": "T", "title": "SQ1"}
    told = {"question": "<p>How often?</p>"}, {"question": "Little &amp; nothing"}
    scale = [
        {"aid": n, "qid": 7, "code": c, "sortorder": n, "assessment_value": v, "scale_id": 0}
        for n, (c, v, _) in enumerate(answers)
    ]
    if is_new:
        parts = [
            table("answers", scale),
            table("questions", [asked]),
            table("subquestions", [row]),
            table("question_l10ns", [{"qid": 7, **told[0]}, {"qid": 8, **told[1]}]),
            table("answer_l10ns", [{"aid": n, "answer": a} for n, (_, _, a) in enumerate(answers)]),
        ]
    else:
        labelled = [
            {**each, "answer": answer + ("" if language == "nl" else f" ({language})")}
            for language in languages
            for each, (_, _, answer) in zip(scale, answers, strict=True)
        ]
        parts = [
            table("answers", labelled),
            table("questions", [{**asked, **told[0]}]),
            table("subquestions", [{**row, **told[1]}]),
        ]
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<document>{"".join(parts)}</document>'


FROM_ZERO = [("A0", 0, "Helemaal niet"), ("A1", 0, "Enkele dagen"), ("A2", 0, "Elke dag")]
FROM_ONE = [("A1", 0, "Helemaal niet"), ("A2", 0, "Enkele dagen"), ("A3", 0, "Elke dag")]
ASSESSED = [("A1", 0, "Helemaal niet"), ("A2", 1, "Enkele dagen"), ("A3", 3, "Elke dag")]


# ---------- the VV export


def test_the_second_row_names_the_columns(limesurvey: Exports) -> None:
    file = limesurvey.file(vv("1|2026-01-05 10:12:00|2|a", "2|2026-01-06 10:12:00|3|"))

    header, rows = limesurvey.read(file)

    assert header == tuple(CODES.split("\t"))
    assert [(row.line, row.rule) for row in rows] == [(3, None), (4, None)]
    assert [row.texts and row.texts[-3:] for row in rows] == [["P1", "2", "a"], ["P2", "3", None]]


def test_both_rows_of_names_may_end_with_a_tab(limesurvey: Exports) -> None:
    text = vv("1|2026-01-05 10:12:00|2|a").replace("\tn\n", "\tn\t\n")
    file = limesurvey.file(text.replace("\tnote\n", "\tnote\t\n"))

    assert limesurvey.column("note", file) == ["a"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("68.0000000000", "68"),
        ("2.5000000000", "2.5"),
        (".5000000000", "0.5"),
        ("-3.0000000000", "-3"),
        ("0.0000000000", "0"),
        ("68.0", "68.0"),
        ("{question_not_shown}", None),
        ("N/A", None),
        ("{quote}x{newline}y{cr}{newline}z{tab}{lbrace}tab}", '"x\ny\r\nz\t{tab}'),
        ('say "no", please', 'say "no", please'),
        ('"say ""no"""', 'say "no"'),
        ("{INSERTANS:1}", "{INSERTANS:1}"),
    ],
)
def test_a_cell_is_read_as_the_export_writes_it(
    limesurvey: Exports, written: str, read: str | None
) -> None:
    file = limesurvey.file(vv(f"1|2026-01-05 10:12:00|2|{written}"))

    assert limesurvey.column("note", file) == [read]


@pytest.mark.parametrize("submitted", ["", "{question_not_shown}", "N/A"])
def test_a_response_without_date_of_submission_is_not_completed(
    limesurvey: Exports, submitted: str
) -> None:
    file = limesurvey.file(vv("1|2026-01-05 10:12:00|2|", f"2|{submitted}|3|"))

    assert limesurvey.rules(file) == [None, "not_completed"]


def test_a_survey_that_keeps_no_dates_is_completed_on_no_date(limesurvey: Exports) -> None:
    text = vv("1|1980-01-01 00:00:00|2|").replace("2026-01-05 10:00:00", "1980-01-01 00:00:00")
    file = limesurvey.file(text)

    (record,) = limesurvey.records(file)

    assert limesurvey.rules(file) == [None]
    assert (record["submitdate"], record["startdate"], record["datestamp"]) == (None, None, None)


def test_a_response_of_another_width_is_there_without_texts(limesurvey: Exports) -> None:
    file = limesurvey.file(vv("1|2026-01-05 10:12:00|2|a") + "2\t2026-01-05 10:12:00\n")

    assert [row.texts is None for row in limesurvey.read(file)[1]] == [False, True]


# ---------- the csv export

CSV = '"{0}";"2026-01-05 10:12:00";"1";"nl";"P1";"{1}"\r\n"2";"";"1";"nl";"P2";"{1}"\r\n\r\n'


@pytest.mark.parametrize(
    "header",
    [
        '"id";"submitdate";"lastpage";"startlanguage";"record_id";"PHQ[SQ1]"',
        '"id. Antwoord";"submitdate. Datum";"lastpage. x";"startlanguage. x";"record_id. Wie. U";'
        '"PHQ[SQ1]. Hoe vaak?"',
        '"Response ID";"Date submitted";"Last page";"Start language";"record_id";'
        '"How often? [Little & nothing]"',
    ],
)
def test_headings_of_codes_and_of_texts_name_the_columns_by_code(
    limesurvey: Exports, header: str
) -> None:
    limesurvey.file(survey(ASSESSED), "own.lss")
    file = limesurvey.file(f"\ufeff{header}\r\n{CSV.format(1, 'A3')}".encode())

    names, rows = limesurvey.read(file, survey="own.lss")

    assert names == ("id", "submitdate", "lastpage", "startlanguage", "record_id", "PHQ[SQ1]")
    assert [(row.line, row.rule, row.texts and row.texts[-2:]) for row in rows] == [
        (2, None, ["P1", "3"]),
        (3, "not_completed", ["P2", "3"]),
    ]


def test_an_export_without_date_of_submission_is_refused(limesurvey: Exports) -> None:
    file = limesurvey.file("id;record_id;BDI\n1;P1;3\n")

    assert limesurvey.mistake(file) == (
        "UNKNOWN_COLUMN: export.csv: there is no column 'submitdate', so it cannot be told which"
        " responses were completed. Export the responses again with the date of submission, and"
        " with question codes as headings."
    )


def test_an_escape_of_the_vv_export_is_plain_text_in_a_csv_export(limesurvey: Exports) -> None:
    file = limesurvey.file("id,submitdate,note\n1,2026-01-05 10:12:00,{tab}\n")

    assert limesurvey.column("note", file) == ["{tab}"]


# ---------- answers


@pytest.mark.parametrize(
    ("answers", "cells", "read"),
    [
        (ASSESSED, ["A1", "A2", "A3"], ["0", "1", "3"]),
        (ASSESSED, ["Helemaal niet", "Elke dag", "iets"], ["0", "3", "iets"]),
        (FROM_ZERO, ["A0", "A1", "A2"], ["0", "1", "2"]),
        (FROM_ZERO, ["Enkele dagen"], ["1"]),
        (FROM_ONE, ["A1", "A2", "A3"], ["A1", "A2", "A3"]),
        (FROM_ONE, ["Elke  dag"], ["A3"]),
        ([("1", 0, "ja"), ("2", 0, "nee")], ["1", "nee"], ["1", "2"]),
        ([("D1", 0, "dag"), ("W1", 0, "week"), ("W0", 0, "nu")], ["W1", "nu"], ["W1", "W0"]),
        ([("A0", 0, "niet"), ("A1", 0, "wel"), ("A2", 0, "wel")], ["wel"], ["wel"]),
    ],
)
@pytest.mark.parametrize("is_new", [False, True])
def test_an_answer_is_its_assessment_value_or_its_number_from_zero(
    limesurvey: Exports,
    answers: list[tuple[str, int, str]],
    cells: list[str],
    read: list[str],
    is_new: bool,
) -> None:
    limesurvey.file(survey(answers, is_new=is_new), "own.lss")
    rows = "".join(f"{n},2026-01-05 10:12:00,{cell}\n" for n, cell in enumerate(cells))
    file = limesurvey.file(f"id,submitdate,PHQ[SQ1]\n{rows}")

    assert limesurvey.column("PHQ[SQ1]", file, survey="own.lss") == read


def test_labels_of_every_language_are_known(limesurvey: Exports) -> None:
    limesurvey.file(survey(ASSESSED, languages=("nl", "en")), "own.lss")
    rows = "1,2026-01-05 10:12:00,Elke dag\n2,2026-01-05 10:12:00,Elke dag (en)\n"
    file = limesurvey.file(f"id,submitdate,PHQ_SQ1\n{rows}")

    assert limesurvey.column("PHQ_SQ1", file, survey="own.lss") == ["3", "3"]


@pytest.mark.parametrize("name", ["PHQ_SQ1", "PHQ[SQ1]", "1X2X7SQ1"])
def test_a_column_is_known_by_every_name_that_exports_give_it(
    limesurvey: Exports, name: str
) -> None:
    limesurvey.file(survey(ASSESSED), "own.lss")
    file = limesurvey.file(vv("1|2026-01-05 10:12:00|A3|").replace("PHQ_SQ1", name))

    assert limesurvey.column(name, file, survey="own.lss") == ["3"]


def test_what_the_source_translates_is_left_to_it(limesurvey: Exports) -> None:
    limesurvey.file(survey(ASSESSED), "own.lss")
    file = limesurvey.file("id,submitdate,PHQ_SQ1\n1,2026-01-05,A3\n2,2026-01-05,Elke dag\n")
    measure = {"instrument": "x", "items": {"1": "PHQ_SQ1"}, "values": {"A3": 2}}

    assert limesurvey.column("PHQ_SQ1", file, survey="own.lss", measure=[measure]) == ["A3", "A3"]


def test_a_text_of_free_choice_is_no_answer_of_a_list(limesurvey: Exports) -> None:
    limesurvey.file(survey(ASSESSED, kind=";"), "own.lss")
    file = limesurvey.file("id,submitdate,PHQ_SQ1\n1,2026-01-05,A3\n")

    assert limesurvey.column("PHQ_SQ1", file, survey="own.lss") == ["A3"]


SHIFTED = [("1", 0, "0"), ("2", 0, "1"), ("3", 0, "vaker")]


@pytest.mark.parametrize(("telling", "read"), [("vaker", "2"), ("3", "1")])
def test_codes_that_are_labels_too_are_read_as_the_export_is_written(
    limesurvey: Exports, telling: str, read: str
) -> None:
    limesurvey.file(survey(SHIFTED), "own.lss")
    file = limesurvey.file(f"id,submitdate,PHQ_SQ1\n1,2026-01-05,1\n2,2026-01-05,{telling}\n")

    assert limesurvey.column("PHQ_SQ1", file, survey="own.lss") == [read, "3"]


def test_codes_that_may_as_well_be_labels_are_refused_but_in_a_vv_export(
    limesurvey: Exports,
) -> None:
    limesurvey.file(survey(SHIFTED), "own.lss")
    csv = limesurvey.file("id,submitdate,PHQ_SQ1\n1,2026-01-05,1\n", "responses.csv")
    tabs = limesurvey.file(vv("1|2026-01-05 10:12:00|1|"), "vv.csv")

    assert limesurvey.mistake(csv, survey="own.lss").startswith(
        "UNREADABLE_FILE: responses.csv: it cannot be told whether this export holds codes or"
    )
    assert limesurvey.column("PHQ_SQ1", tabs, survey="own.lss") == ["1"]


# ---------- structures that are none

BOMB = """<?xml version="1.0"?>
<!DOCTYPE document [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<document><questions><rows/></questions>&c;</document>"""


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no xml",
        "<document>",
        "<document><answers/></document>",
        BOMB,
        '<!DOCTYPE x SYSTEM "other.xml"><document><questions/></document>',
        '<?xml version="1.0" encoding="no-such"?><document><questions/></document>',
        "<a>" * 100_000,
    ],
)
def test_a_structure_that_is_none_is_told(limesurvey: Exports, content: str) -> None:
    limesurvey.file(content, "own.lss")
    file = limesurvey.file("id,submitdate,PHQ_SQ1\n1,2026-01-05,1\n")

    assert limesurvey.mistake(file, survey="own.lss") == (
        "SOURCE: sources/clinic.toml: the file 'own.lss' that it names is not the structure of a"
        " LimeSurvey survey. Export the survey structure (.lss) again and lay it beside this"
        " source."
    )


# ---------- the reference data


@pytest.mark.parametrize("structure", [False, True])
def test_the_reference_survey_lands(home: LandingHome, reference: Path, structure: bool) -> None:
    folder = reference / "data" / "limesurvey"
    own = folder / "limesurvey_survey_DEMO.lss"
    (home.home / "sources" / "own.lss").write_bytes(own.read_bytes())
    (home.home / "sources" / "clinic.toml").write_text(f"""
match = "clinic*.csv"
format = "limesurvey"
{'survey = "own.lss"' if structure else ""}
clinic_id = {{ value = "north" }}
patient_id = {{ column = "Q003ID" }}
measured_at = {{ column = "submitdate" }}
[[measure]]
instrument = "wellbeing"
scale = "total"
column = "Q001SL_SQ001"
""")
    home.export((folder / "vvexport_467000.csv").read_bytes())

    assert home.counts() == {"rows_in": 126, "landed": 126}
    assert home.landed("source_line, patient_id, measured_at::VARCHAR, value")[:2] == [
        (3, "111111", "2022-11-21 13:36:07", 68.0),
        (4, "121212", "2022-11-21 13:36:45", 45.0),
    ]


@pytest.mark.parametrize(
    ("name", "cell", "read"),
    [
        ("Repeat_round_dropdown_survey_365161.lss", "2½ Weken", "2½ Weken"),
        ("Repeat_round_dropdown_survey_365161.lss", "2½ Week", "D18"),
        ("Repeat_round_dropdown_survey_365161.lss", "2 Months", "M2"),
    ],
)
def test_labels_of_a_reference_structure_become_codes(
    limesurvey: Exports, reference: Path, name: str, cell: str, read: str
) -> None:
    limesurvey.file((reference / "data" / "gemstracker" / name).read_bytes(), "own.lss")
    file = limesurvey.file(f"id,submitdate,repeatUnitCount\n1,2026-01-05,{cell}\n")

    assert limesurvey.column("repeatUnitCount", file, survey="own.lss") == [read]
