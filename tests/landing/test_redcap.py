"""REDCap: records with events, repeats, labels and decimal commas, explained by companions."""

from collections import Counter
from pathlib import Path

import pytest

from flows.errors import OpKoersError
from flows.landing.redcap import what_else
from tests.landing.homes import LandingHome
from tests.landing.text_tables import Exports

DICTIONARY = """
"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",\
"Choices, Calculations, OR Slider Labels","Field Note",\
"Text Validation Type OR Show Slider Number"
record_id,intake,,text,"Record ID",,,
weight,intake,,text,"Weight (kg)",,,number_1dp_comma_decimal
score,intake,,text,Score,,,number
phq9_1,phq9,,radio,"<b>Little interest</b> or&nbsp;pleasure",\
"0, Not at all | 1, Several days, or so | 2, More than half the days | 3, Nearly every day",,
phq9_2,phq9,,dropdown,"Feeling down","0, Not at all | 1, Several days, or so",,
ill,phq9,,yesno,"Are you ill?",,,
real,phq9,,truefalse,"Is this true?",,,
"""
API_DICTIONARY = """
field_name,form_name,section_header,field_type,field_label,select_choices_or_calculations,\
field_note,text_validation_type_or_show_slider_number
record_id,intake,,text,Record ID,,,
weight,intake,,text,Weight (kg),,,number_1dp_comma_decimal
score,intake,,text,Score,,,number
phq9_1,phq9,,radio,Little interest,"0, Not at all | 1, Several days, or so",,
"""
EVENTS = """
event_name,arm_num,unique_event_name,custom_event_label,event_id,day_offset
Intake,1,intake_arm_1,,1,0
"Week 4",1,week_4_arm_1,,2,28
Intake,2,intake_arm_2,,3,0
"Last visit",2,last_visit_arm_2,,4,90
"""


@pytest.fixture
def redcap(tmp_path: Path) -> Exports:
    exports = Exports(tmp_path, "redcap")
    exports.file(DICTIONARY, "dictionary.csv")
    exports.file(EVENTS, "events.csv")
    return exports


def test_records_keep_their_columns_and_lines(redcap: Exports) -> None:
    file = redcap.file('record_id,note,check___1,intake_complete\n1,"a\nb",1,2\n\n2,,0,0\n')

    header, rows = redcap.read(file)

    assert header == ("record_id", "note", "check___1", "intake_complete")
    assert [(row.line, row.rule) for row in rows] == [(2, None), (5, None)]
    assert [row.texts for row in rows] == [["1", "a\nb", "1", "2"], ["2", None, "0", "0"]]


def test_repeats_stand_beside_the_record_they_belong_to(redcap: Exports) -> None:
    file = redcap.file("""
record_id,redcap_repeat_instrument,redcap_repeat_instance,born,phq9_1,phq9_complete
1,,,1980-01-01,,
1,phq9,1,,3,2
1,phq9,2,,1,2
""")

    assert redcap.column("redcap_repeat_instance", file) == [None, "1", "2"]
    assert redcap.column("phq9_1", file) == [None, "3", "1"]


def test_the_list_of_events_tells_arm_number_and_day_of_each_record(redcap: Exports) -> None:
    file = redcap.file("""
record_id,redcap_event_name,phq9_1
1,intake_arm_1,3
1,week_4_arm_1,1
2,last_visit_arm_2,2
3,unknown_arm_7,2
4,,1
""")

    header, rows = redcap.read(file, events="events.csv")

    assert header[-3:] == ("redcap_event_number", "redcap_arm", "redcap_day_offset")
    assert [row.texts[-3:] for row in rows if row.texts] == [
        ["0", "1", "0"],
        ["1", "1", "28"],
        ["1", "2", "90"],
        [None, "7", None],
        [None, None, None],
    ]


def test_labels_of_events_become_their_unique_names(redcap: Exports) -> None:
    file = redcap.file("""
record_id,redcap_event_name,intake_complete
1,Intake (Arm 2: Drug B),Complete
1,Last visit,Incomplete
""")

    names = ("redcap_event_name", "redcap_event_number", "intake_complete")
    records = redcap.records(file, events="events.csv")

    assert [[record[name] for name in names] for record in records] == [
        ["intake_arm_2", "0", "2"],
        ["last_visit_arm_2", "1", "0"],
    ]


def test_without_a_list_of_events_the_arm_is_known_and_the_order_is_not(redcap: Exports) -> None:
    file = redcap.file("record_id,redcap_event_name\n1,week_4_arm_1\n1,Week 4 (Arm 3: C)\n1,x\n")

    assert redcap.column("redcap_arm", file) == ["1", "3", None]
    assert redcap.column("redcap_event_number", file) == [None, None, None]


@pytest.mark.parametrize("dictionary", [DICTIONARY, API_DICTIONARY])
def test_decimal_marks_are_those_of_each_field(redcap: Exports, dictionary: str) -> None:
    redcap.file(dictionary, "own.csv")
    file = redcap.file('record_id,weight,score,phq9_complete\n1,"52,3",22.5,2\n2,"-,5","1,5",2\n')

    assert redcap.column("weight", file, dictionary="own.csv") == ["52.3", "-.5"]
    assert redcap.column("score", file, dictionary="own.csv") == ["22.5", "1,5"]


def test_labels_become_codes(redcap: Exports) -> None:
    file = redcap.file("""
record_id,phq9_1,phq9_2,ill,real,check___1,phq9_complete
1,"Several  days, or so",Not at all,Yes,False,Checked,Complete
2,Nearly every day,,No,True,Unchecked,Unverified
3,none of these,,Ja,,,Incomplete
""")

    records = redcap.records(file, dictionary="dictionary.csv")

    assert [list(record.values()) for record in records] == [
        ["1", "1", "0", "1", "0", "1", "2"],
        ["2", "3", None, "0", "1", "0", "1"],
        ["3", "none of these", None, "1", None, None, "0"],
    ]


def test_headings_of_an_export_with_labels_become_names_of_fields(redcap: Exports) -> None:
    file = redcap.file("""
"Record ID","Event Name","Repeat Instance","Weight (kg)",Score,Complete?,"Survey Timestamp",\
"Little interest or pleasure","Feeling down","Something else",Complete?
1,Week 4,,"52,3",4,Complete,2026-01-05 10:12:00,Nearly every day,Not at all,x,Incomplete
""")

    header, rows = redcap.read(file, dictionary="dictionary.csv", events="events.csv")

    assert header == (
        "record_id", "redcap_event_name", "redcap_repeat_instance", "weight", "score",
        "intake_complete", "phq9_timestamp", "phq9_1", "phq9_2", "Something else",
        "phq9_complete", "redcap_event_number", "redcap_arm", "redcap_day_offset",
    )  # fmt: skip
    assert rows[0].texts == [
        "1", "week_4_arm_1", None, "52.3", "4", "2", "2026-01-05 10:12:00", "3", "0", "x", "0",
        "1", "1", "28",
    ]  # fmt: skip


def test_a_heading_of_several_fields_tells_each_in_turn_only_if_all_are_there(
    redcap: Exports,
) -> None:
    twins = (
        "field_name,form_name,field_type,field_label\na,f,text,Twin\nb,f,text,Twin\nc,f,text,C\n"
    )
    redcap.file(twins, "twins.csv")
    both = redcap.file("Twin,Twin,C\n1,2,3\n", "both.csv")
    one = redcap.file("Twin,C\n1,3\n", "one.csv")

    assert redcap.read(both, dictionary="twins.csv")[0] == ("a", "b", "c")
    assert redcap.read(one, dictionary="twins.csv")[0] == ("Twin", "c")


SHIFTED = """
field_name,form_name,field_type,field_label,select_choices_or_calculations
record_id,f,text,Record ID,
days,f,radio,Days,"1, 0 | 2, 1 | 3, 2"
"""


@pytest.mark.parametrize(("complete", "days"), [("2", "1"), ("Complete", "2")])
def test_codes_that_are_labels_too_are_read_as_the_export_is_written(
    redcap: Exports, complete: str, days: str
) -> None:
    redcap.file(SHIFTED, "shifted.csv")
    file = redcap.file(f"record_id,days,f_complete\n1,1,\n2,1,{complete}\n")

    assert redcap.column("days", file, dictionary="shifted.csv") == [days, days]


def test_codes_that_may_as_well_be_labels_are_refused(redcap: Exports) -> None:
    redcap.file(SHIFTED, "shifted.csv")
    file = redcap.file("record_id,days\n1,1\n")

    assert redcap.mistake(file, dictionary="shifted.csv") == (
        "UNREADABLE_FILE: export.csv: it cannot be told whether this export holds codes or"
        " labels, and some codes are labels of other answers. Export it with codes, and with"
        " all columns of the project or survey."
    )


def test_a_survey_that_was_not_completed_has_no_moment(redcap: Exports) -> None:
    file = redcap.file("record_id,phq9_timestamp,phq9_complete\n1,[not completed],0\n2,2026,2\n")

    assert redcap.column("phq9_timestamp", file) == [None, "2026"]
    assert redcap.rules(file) == [None, None]


def test_a_record_with_other_fields_than_the_header_is_there_without_texts(
    redcap: Exports,
) -> None:
    file = redcap.file("record_id,a\n1,2,3\n2\n3,4,\n")

    assert [row.texts for row in redcap.read(file)[1]] == [None, None, ["3", "4"]]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_of_the_export_is_found(redcap: Exports, delimiter: str) -> None:
    file = redcap.file("record_id,a,a_complete\n1,3,2\n".replace(",", delimiter))

    assert redcap.records(file) == [{"record_id": "1", "a": "3", "a_complete": "2"}]


def test_an_export_without_records_is_told(redcap: Exports) -> None:
    assert redcap.mistake(redcap.file(b"\n")) == (
        "EMPTY_FILE: export.csv: there is no header line and no record in this file."
        " Export it again, or take it out of inbox."
    )


@pytest.mark.parametrize(
    ("header", "what"),
    [
        (["field_name", "form_name", "field_type"], "a REDCap data dictionary"),
        (["Variable / Field Name", "Form Name"], "a REDCap data dictionary"),
        (["event_name", "arm_num", "unique_event_name"], "REDCap's list of events"),
        (["arm_num", "name"], "REDCap's list of arms"),
        (["arm_num", "unique_event_name", "form"], "REDCap's list of instruments by event"),
        (["instrument_name", "instrument_label"], "REDCap's list of instruments"),
        (["record_id", "name", "arm_num"], None),
    ],
)
def test_other_files_of_a_project_are_known_by_their_columns(
    header: list[str], what: str | None
) -> None:
    assert what_else(header) == what


@pytest.mark.parametrize("name", ["dictionary", "events"])
def test_companions_that_are_not_what_the_source_says_are_told(redcap: Exports, name: str) -> None:
    file = redcap.file("record_id,a\n1,2\n")
    redcap.file("a,b\n1,2\n", "other.csv")

    missing = redcap.mistake(file, **{name: "absent.csv"})
    other = redcap.mistake(file, **{name: "other.csv"})

    assert missing == (
        "SOURCE: sources/clinic.toml: the file 'absent.csv' that it names is not there."
        " Lay it beside this source."
    )
    assert other.startswith("SOURCE: sources/clinic.toml: the file 'other.csv' that it names is")


# ---------- the reference data


@pytest.mark.parametrize(
    ("project", "records"),
    [
        ("arm-multiple-delete", 60),
        ("arm-single-longitudinal", 9),
        ("checkboxes-1", 4),
        ("dag", 3),
        ("decimal-comma", 4),
        ("decimal-comma-and-dot", 4),
        ("decimal-dot", 4),
        ("longitudinal", 18),
        ("multilevel-model-1", 220),
        ("potentially-problematic-values", 2),
        ("repeating-instruments", 6),
        ("repeating-instruments-sparse", 9),
        ("russian", 3),
        ("survey", 2),
        ("validation-types-1", 1),
        ("vignette-repeating", 17),
    ],
)
def test_reference_projects_are_read_whole(reference: Path, project: str, records: int) -> None:
    folder = reference / "data" / "redcap" / "projects" / project
    dictionary = next((file.name for file in folder.glob("dictiona*.csv")), None)
    events = "event.csv" if (folder / "event.csv").exists() else None

    exports = Exports(folder, "redcap")
    rows = exports.read(folder / "data.csv", dictionary=dictionary, events=events)[1]

    assert len(rows) == records
    assert all(row.texts is not None for row in rows)


def test_every_other_reference_file_is_refused_by_what_it_is(reference: Path) -> None:
    folder = reference / "data" / "redcap" / "projects"
    others = [file for file in sorted(folder.glob("*/*.csv")) if not file.stem.startswith("data")]
    told: Counter[str] = Counter()
    for file in others:
        with pytest.raises(OpKoersError) as raised:
            Exports(file.parent, "redcap").read(file)
        told[raised.value.what] += 1

    assert told == {
        "this is a REDCap data dictionary, not an export of records": 18,
        "this is REDCap's list of events, not an export of records": 3,
        "this is REDCap's list of arms, not an export of records": 3,
    }


def test_both_decimal_marks_of_the_reference_project_are_points(reference: Path) -> None:
    folder = reference / "data" / "redcap" / "projects" / "decimal-comma-and-dot"
    exports = Exports(folder, "redcap")

    for companion in ("dictionary.csv", "metadata.csv"):
        records = exports.records(folder / "data.csv", dictionary=companion)
        assert [record["height_comma"] for record in records] == ["1.54", "1.84", "1.95", "1.61"]
        assert [record["height_dot"] for record in records] == ["1.54", "1.84", "1.95", "1.61"]


def test_the_visits_of_a_reference_project_land_by_event(
    home: LandingHome, reference: Path
) -> None:
    folder = reference / "data" / "redcap" / "projects" / "arm-single-longitudinal"
    (home.home / "sources" / "event.csv").write_bytes((folder / "event.csv").read_bytes())
    (home.home / "sources" / "clinic.toml").write_text("""
match = "clinic*.csv"
format = "redcap"
events = "event.csv"
clinic_id = { value = "north" }
patient_id = { column = "record_id" }
session_no = { column = "redcap_event_number" }
measured_at = { column = "interview_date" }
[[measure]]
instrument = "weight"
scale = "total"
column = "weight"
""")
    home.export((folder / "data.csv").read_bytes())

    assert home.counts() == {"rows_in": 9, "landed": 9}
    assert home.landed("source_line, patient_id, session_no, measured_at::DATE::VARCHAR, value")[
        :4
    ] == [
        (2, "1", 0, "2001-01-01", 11.0),
        (3, "1", 1, "2001-01-02", 12.0),
        (4, "1", 2, "2001-01-03", 13.0),
        (5, "2", 0, "2001-02-01", 21.0),
    ]
