"""`opkoers sources guess`: what a first source file says, what it leaves open, what it refuses."""

import json
import tomllib
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyreadstat
import pytest

from flows.cli import main
from flows.errors import ExitCode, OpKoersError
from flows.landing.guess.guessing import Guess, guess
from tests.landing.test_roqua import COMPLETED
from tests.landing.test_roqua import write as write_roqua

PHQ = ",".join(f"phq9_{item}" for item in range(1, 10))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that holds nothing else: what lies beside an export is looked at."""
    place = tmp_path / "exports"
    place.mkdir()
    return place


def of_text(folder: Path, text: str, name: str = "clinic.csv", encoding: str = "utf-8") -> Guess:
    """The guess of a text file; a text starts on the line after the opening quotes."""
    file = folder / name
    file.write_bytes(text.lstrip("\n").encode(encoding))
    return guess(file)


def source(guessed: Guess) -> dict[str, Any]:
    """What the source says."""
    return tomllib.loads(guessed.source)


def measures(guessed: Guess) -> dict[str, Any]:
    """Its [[measure]] parts by instrument."""
    return {measure["instrument"]: measure for measure in source(guessed)["measure"]}


def counts(guessed: Guess) -> tuple[int, int]:
    """Records in and landed; all of them accounted for."""
    receipt = guessed.trial.receipt
    assert receipt is not None, guessed.trial.error
    assert receipt.rows_in == receipt.landed + receipt.duplicate + receipt.rejected
    return receipt.rows_in, receipt.landed


# ---------- how the text is written


def test_a_dutch_export_with_titles_above_the_header(folder: Path) -> None:
    guessed = of_text(
        folder,
        """
Rapport behandelresultaten

Cliëntnummer;Datum afname;Behandelaar;ORS totaal
P1;26-01-2026;Müller;21,5
P2;03-02-2026;Müller;18,0
""",
        encoding="cp1252",
    )
    told = source(guessed)
    assert (told["delimiter"], told["encoding"], told["decimal"]) == (";", "cp1252", ",")
    assert told["header_row"] == 3
    assert told["patient_id"] == {"column": "Cliëntnummer"}
    assert told["therapist_id"] == {"column": "Behandelaar"}
    assert told["measured_at"] == {"column": "Datum afname", "format": "%d-%m-%Y"}
    assert measures(guessed)["ors"]["column"] == "ORS totaal"
    assert counts(guessed) == (2, 2)
    assert any("not utf-8" in doubt for doubt in guessed.doubts)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_other_encodings_and_tabs(folder: Path, encoding: str) -> None:
    text = "patient_id\tdate\tBDI\nP1\t2026-01-05\t21\nP2\t2026-01-06\t19\n"
    guessed = of_text(folder, text, "clinic.txt", encoding)
    assert source(guessed)["delimiter"] == "\t"
    assert counts(guessed) == (2, 2)


def test_a_first_line_that_names_the_separator_is_no_title(folder: Path) -> None:
    guessed = of_text(folder, "sep=;\npatient_id;date;BDI\nP1;2026-01-05;21\n")
    assert "header_row" not in source(guessed)
    assert counts(guessed) == (1, 1)


def test_a_date_in_the_name_will_be_another_one_next_week(folder: Path) -> None:
    guessed = of_text(folder, "patient_id,date,BDI\nP1,2026-01-05,21\n", "rom 2026-01-05 (1).csv")
    assert source(guessed)["match"] == "rom **.csv"
    assert source(guessed)["clinic_id"] == {"value": "rom-1"}


# ---------- dates


@pytest.mark.parametrize(
    ("first", "second", "written"),
    [
        ("13-01-2026", "02-01-2026", "%d-%m-%Y"),
        ("01/13/2026", "01/02/2026", "%m/%d/%Y"),
        ("13.1.26 9:05", "2.1.26 10:10", "%d.%m.%y %H:%M"),
        ("20260113", "20260102", "%Y%m%d"),
        ("13 Jan 2026", "2 Jan 2026", "%d %b %Y"),
    ],
)
def test_an_order_of_day_and_month_that_the_dates_show(
    folder: Path, first: str, second: str, written: str
) -> None:
    guessed = of_text(folder, f"patient_id,date,BDI\nP1,{first},21\nP2,{second},19\n")
    assert source(guessed)["measured_at"] == {"column": "date", "format": written}
    assert counts(guessed) == (2, 2)


def test_day_and_month_that_look_alike_are_left_to_a_person(folder: Path) -> None:
    guessed = of_text(folder, "patient_id,date,BDI\nP1,05-01-2026,21\nP2,12-02-2026,19\n")
    assert '\n# measured_at = { column = "date", format = "%d-%m-%Y" }\n' in guessed.source
    assert '\n# measured_at = { column = "date", format = "%m-%d-%Y" }\n' in guessed.source
    assert "measured_at" not in source(guessed)
    assert any("look alike" in doubt for doubt in guessed.doubts)
    assert guessed.trial.receipt is None
    assert "cannot be told" in str(guessed.trial.error)


def test_the_day_of_filling_in_goes_before_other_dates(folder: Path) -> None:
    guessed = of_text(
        folder,
        """
patient_id,date_of_birth,sent_on,completed_on,BDI
P1,1980-05-06,2026-01-05,2026-01-07,21
""",
    )
    assert source(guessed)["measured_at"] == {"column": "completed_on"}


def test_days_weeks_and_nothing_become_artificial_dates(folder: Path) -> None:
    days = of_text(folder, "id,study_day,BDI\n1,0,30\n1,40,20\n2,0,31\n2,41,22\n")
    assert source(days)["measured_at"] == {"column": "study_day", "days_since": date(2020, 1, 6)}
    weeks = of_text(folder, "id,week,BDI\n1,0,30\n1,6,20\n2,0,31\n2,6,22\n")
    made = {"sessions_since": date(2020, 1, 6), "days_per_session": 7}
    assert (source(weeks)["session_no"], source(weeks)["measured_at"]) == ({"column": "week"}, made)
    nothing = of_text(folder, "id,BDI\n1,30\n2,31\n")
    assert source(nothing)["measured_at"] == {"value": date(2020, 1, 6)}
    for guessed in (days, weeks, nothing):
        assert any("artificial" in doubt or "stands in" in doubt for doubt in guessed.doubts)


# ---------- instruments


def test_items_by_pattern_with_codes_for_missing(folder: Path) -> None:
    guessed = of_text(
        folder,
        f"""
patient_id,date,{PHQ},phq9_10
P1,2026-01-05,1,2,3,0,1,2,3,9,9,1
P2,2026-01-06,1,2,3,0,1,2,3,7,1,2
""",
    )
    assert measures(guessed) == {"phq-9": {"instrument": "phq-9", "items": "phq9_{item}"}}
    assert source(guessed)["missing"][-2:] == ["7", "9"]
    assert any("left out" in doubt for doubt in guessed.doubts)
    assert counts(guessed) == (2, 2)
    assert guessed.trial.receipt is not None
    assert guessed.trial.receipt.cells_rejected == 0


def test_a_code_for_missing_that_is_a_score_elsewhere_is_not_taken_out(folder: Path) -> None:
    guessed = of_text(
        folder,
        f"""
patient_id,date,{PHQ},BDI
P1,2026-01-05,1,2,3,0,1,2,9,9,9,9
P2,2026-01-06,1,2,3,0,1,2,3,1,1,20
""",
    )
    assert "missing" not in source(guessed)
    assert any("value elsewhere" in doubt for doubt in guessed.doubts)


def test_items_counted_in_tens_from_zero_or_by_other_names(folder: Path) -> None:
    tens = ",".join(f"DPQ{item:02}0" for item in range(1, 10))
    from_zero = ",".join(f"GAD.{item}" for item in range(7))
    guessed = of_text(folder, f"SEQN,date,{tens},{from_zero}\n1,2026-01-05,{'1,' * 9}{'2,' * 6}2\n")
    assert measures(guessed)["phq-9"]["items"] == "DPQ0{item}0"
    assert measures(guessed)["gad-7"]["items"] == {str(n): f"GAD.{n - 1}" for n in range(1, 8)}
    assert counts(guessed) == (1, 1)


def test_a_slip_of_the_pen_is_no_code_for_missing(folder: Path) -> None:
    rows = [f"P{day},2026-01-{day:02},{'1,' * 8}{answer}" for day, answer in
            enumerate(["7", "o", *"12301230" * 3], start=1)]  # fmt: skip
    guessed = of_text(folder, f"patient_id,date,{PHQ}\n" + "\n".join(rows))
    assert "missing" not in source(guessed)
    assert any("no numbers" in doubt for doubt in guessed.doubts)
    assert guessed.trial.receipt is not None
    assert guessed.trial.receipt.cells_rejected == 2


def test_testers_and_lists_that_were_not_completed_are_left_out(folder: Path) -> None:
    guessed = of_text(
        folder,
        """
patient_id,date,tester,status,BDI
P1,2026-01-05,0,completed,21
P2,2026-01-05,1,completed,21
P3,2026-01-05,0,open,21
""",
    )
    assert source(guessed)["skip"] == [
        {"column": "tester", "equals": "1", "rule": "tester"},
        {"column": "status", "differs_from": "completed", "rule": "not_completed"},
    ]
    assert counts(guessed) == (3, 1)


def test_an_ors_in_millimetres(folder: Path) -> None:
    guessed = of_text(
        folder,
        """
patient_id,session,date,ors_1,ors_2,ors_3,ors_4
P1,1,2026-01-05,42,38,55,61
P1,2,2026-01-12,44,39,52,60
""",
    )
    assert measures(guessed)["ors"]["unit"] == "mm"
    assert source(guessed)["session_no"] == {"column": "session"}
    assert guessed.trial.first[0][-1] == "4.2"


def test_a_k10_that_is_counted_from_0(folder: Path) -> None:
    header = "patient_id,date," + ",".join(f"k10_{n}" for n in range(1, 11))
    guessed = of_text(folder, f"{header}\nP1,2026-01-05,0,1,2,3,4,3,2,1,0,0\n")
    assert measures(guessed)["k10"]["coding"] == "0-4"


def test_a_k10_that_does_not_show_from_where_it_is_counted(folder: Path) -> None:
    header = "patient_id,date," + ",".join(f"k10_{n}" for n in range(1, 11))
    guessed = of_text(folder, f"{header}\nP1,2026-01-05,1,1,2,3,4,3,2,1,1,1\n")
    assert "coding" not in measures(guessed)["k10"]


def test_a_code_by_which_a_list_itself_says_unknown_is_no_missing_of_the_source(
    folder: Path,
) -> None:
    """9 in a HoNOS; elsewhere in the file a 9 may well be an answer."""
    header = "patient_id,date," + ",".join(f"honos_{n}" for n in range(1, 13))
    guessed = of_text(folder, f"{header}\nP1,2026-01-05,0,1,2,9,9,9,9,4,3,2,1,0\n")
    assert "missing" not in source(guessed)


@pytest.mark.parametrize("stem", ["bdi2", "core34", "phq15"])
def test_another_number_is_another_instrument(folder: Path, stem: str) -> None:
    guessed = of_text(folder, f"patient_id,date,{stem}_total\nP1,2026-01-05,11\n")
    assert set(measures(guessed)).isdisjoint({"bdi", "core-10", "phq-9"})
    assert any("no instrument file describes" in doubt for doubt in guessed.doubts)


def test_items_that_are_not_there_are_told(folder: Path) -> None:
    names = ",".join(f"phq9_{item}" for item in range(1, 9))
    guessed = of_text(folder, f"patient_id,date,{names}\nP1,2026-01-05,{'1,' * 7}1\n")
    assert measures(guessed)["phq-9"]["partial"] is True
    assert any("no column for item 9" in doubt for doubt in guessed.doubts)
    assert counts(guessed) == (1, 1)


def test_a_scale_that_is_followed_is_a_measure_and_its_coarser_version_is_not(
    folder: Path,
) -> None:
    guessed = of_text(
        folder,
        """
id,age,visit,mood,mood_low,treatment
1,40,1,10,0,1
1,40,2,5,0,1
1,40,3,3,1,1
2,50,1,10,0,2
2,50,2,4,1,2
""",
    )
    assert list(measures(guessed)) == ["mood"]
    assert "# Not used: age, mood_low, treatment." in guessed.source


def test_of_two_columns_for_one_score_one_is_taken(folder: Path) -> None:
    guessed = of_text(folder, "patient_id,date,BDI,bdi_total\nP1,2026-01-05,21,21\n")
    assert [measure["column"] for measure in source(guessed)["measure"]] == ["BDI"]
    assert any("left out" in doubt for doubt in guessed.doubts)
    assert counts(guessed) == (1, 1)


# ---------- several moments in one line


def test_moments_and_items_in_the_names_of_columns(folder: Path) -> None:
    items = [f"t{moment}_phq9_{item}" for moment in (0, 1, 2) for item in range(1, 10)]
    dates = "date_t0,date_t1,date_t2"
    guessed = of_text(
        folder,
        f"patient_id,{dates},{','.join(items)}\n"
        f"P1,2026-01-05,2026-01-12,2026-01-19,{','.join('1' * 27)}\n",
    )
    assert measures(guessed)["phq-9"]["items"] == "{occasion}_phq9_{item}"
    assert measures(guessed)["phq-9"]["occasions"] == {"t0": 0, "t1": 1, "t2": 2}
    assert source(guessed)["measured_at"] == {"column": "date_{occasion}"}
    assert counts(guessed) == (3, 3)


@pytest.mark.parametrize(
    ("columns", "occasions", "days"),
    [
        ("bdi.pre,bdi.2m,bdi.5m", {"pre": 0, "2m": 2, "5m": 5}, 30),
        ("bdi_s0,bdi_s1,bdi_fu1", {"s0": 0, "s1": 1, "fu1": 2}, 7),
        ("pre_bdi,mid_bdi,post_bdi", {"pre": 0, "mid": 1, "post": 2}, 7),
        ("bdi1,bdi2,bdi3", {"1": 1, "2": 2, "3": 3}, 7),
    ],
)
def test_totals_at_several_moments(
    folder: Path, columns: str, occasions: dict[str, int], days: int
) -> None:
    guessed = of_text(folder, f"id,{columns}\n1,30,25,20\n2,31,,18\n")
    assert measures(guessed)["bdi"]["occasions"] == occasions
    assert source(guessed)["measured_at"]["days_per_session"] == days
    rows_in, _ = counts(guessed)
    assert rows_in == 2 * len(occasions)


def test_named_moments_in_a_column(folder: Path) -> None:
    guessed = of_text(folder, "id,moment,BDI\n1,voor,30\n1,na,20\n2,voor,31\n2,na,22\n")
    assert source(guessed)["session_no"] == {"column": "moment", "values": {"voor": 0, "na": 1}}
    assert counts(guessed) == (4, 4)


# ---------- words


def test_words_that_count_as_many_as_the_answers_of_an_item(folder: Path) -> None:
    words = ["Not at all", "Several days", "More than half the days", "Nearly every day"] * 3
    guessed = of_text(folder, f"patient_id,date,{PHQ}\nP1,2026-01-05,{','.join(words[:9])}\n")
    assert list(measures(guessed)["phq-9"]["values"].values()) == [0, 1, 2, 3]
    assert counts(guessed) == (1, 1)


def test_words_of_which_nobody_knows_what_they_count(folder: Path) -> None:
    guessed = of_text(
        folder, "patient_id,date,hads_1,hads_2\nP1,2026-01-05,as ever,hardly\nP1,2026-02-05,1,2\n"
    )
    assert "# values = " in guessed.source
    assert "hardly" not in guessed.source
    assert any("written as words" in doubt for doubt in guessed.doubts)


# ---------- one answer a line


def test_a_long_export(folder: Path) -> None:
    rows = [f"P1,2026-01-05,vragenlijst PHQ-9,q{item},1" for item in range(1, 10)]
    rows += ["P1,2026-01-05,vragenlijst PHQ-9,sumscore,9", "P1,2026-01-05,CES-D,1,2"]
    guessed = of_text(folder, "client,datum,vragenlijst,vraag,antwoord\n" + "\n".join(rows))
    assert source(guessed)["long"] == {
        "instrument": {"column": "vragenlijst"},
        "item": {"column": "vraag"},
        "value": {"column": "antwoord"},
        "item_pattern": "q{item}",
        "instruments": {"vragenlijst PHQ-9": "phq-9"},
        "items": {"sumscore": "total"},
    }
    assert counts(guessed) == (11, 11)
    assert any("'CES-D'" in doubt for doubt in guessed.doubts)


# ---------- other formats


def test_a_workbook_with_a_cover_sheet_and_titles(folder: Path) -> None:
    workbook = openpyxl.Workbook()
    cover = workbook.active
    assert cover is not None
    cover.append(["About this file", "made by", "us"])
    cover.append(["version", "1", "2"])
    sheet = workbook.create_sheet("Answers")
    sheet.append(["Export of January"])
    sheet.append([])
    sheet.append(["patient_id", "date", "BDI"])
    sheet.append(["P1", date(2026, 1, 5), 21])
    workbook.save(folder / "clinic.xlsx")
    guessed = guess(folder / "clinic.xlsx")
    told = source(guessed)
    assert (told["sheet"], told["header_row"]) == ("Answers", 3)
    assert counts(guessed) == (1, 1)


def test_a_file_of_a_statistics_package(folder: Path) -> None:
    scores = [12.0, 99.0, 99.0, 99.0]
    frame = pd.DataFrame({"patient_id": [1.0, 2.0, 3.0, 4.0], "phq9_total": scores})
    pyreadstat.write_sav(frame, str(folder / "clinic.sav"))
    guessed = guess(folder / "clinic.sav")
    assert source(guessed)["format"] == "sav"
    assert source(guessed)["missing"][-1] == "99"
    assert counts(guessed) == (4, 1)


def test_a_zip_is_guessed_by_what_is_in_it(folder: Path) -> None:
    with zipfile.ZipFile(folder / "week.zip", "w") as packed:
        packed.writestr("bdi.csv", "patient_id,date,BDI\nP1,2026-01-05,21\n")
        packed.writestr("other.csv", "x")
    guessed = guess(folder / "week.zip")
    assert source(guessed)["match"] == "bdi.csv"
    assert counts(guessed) == (1, 1)
    assert any("more than one export" in doubt for doubt in guessed.doubts)


def test_roqua(folder: Path) -> None:
    values = [{"response_id": 1, "field_key": f"v_{n}", "data": "7"} for n in range(1, 5)]
    file = write_roqua(
        folder / "clinic.sqlite3",
        {"responses": [{"id": 1, **COMPLETED}], "response_values": values},
    )
    guessed = guess(file)
    told = source(guessed)
    assert (told["format"], told["patient_id"]) == ("roqua", {"column": "patient"})
    assert told["measured_at"] == {"column": "observation_time"}
    assert told["long"]["item_pattern"] == "v_{item}"
    assert counts(guessed) == (4, 4)


def test_qualtrics(folder: Path) -> None:
    names = ["StartDate", "Finished", "RecordedDate", "ResponseId", "ExternalReference", "Q1_1"]
    ids = [json.dumps({"ImportId": name, "timeZone": "Z"}) for name in names]
    rows = [
        names,
        names,
        ids,
        ["2026-01-05 10:00:00", "True", "2026-01-05 10:05:00", "R_1", "P1", "4"],
    ]
    text = "\n".join(",".join('"' + c.replace('"', '""') + '"' for c in row) for row in rows)
    guessed = of_text(folder, text)
    told = source(guessed)
    assert (told["format"], told["record_id"]) == ("qualtrics", {"column": "ResponseId"})
    assert told["measured_at"]["column"] == "RecordedDate"
    assert counts(guessed) == (1, 1)


def test_redcap_takes_its_dictionary_from_beside_it(folder: Path) -> None:
    (folder / "project_DataDictionary.csv").write_text(
        "Variable / Field Name,Form Name,Field Type,Field Label,"
        '"Choices, Calculations, OR Slider Labels"\n'
        "record_id,list,text,Id,\nvisit_date,list,text,Date,\n"
        'mood_1,list,radio,Mood,"0, Bad | 1, Good"\nmood_2,list,radio,Sleep,"0, Bad | 1, Good"\n'
    )
    guessed = of_text(
        folder, "record_id,visit_date,mood_1,mood_2,list_complete\n1,2026-01-05,Bad,Good,Complete\n"
    )
    assert source(guessed)["dictionary"] == "project_DataDictionary.csv"
    assert [each.name for each in guessed.companions] == ["project_DataDictionary.csv"]
    assert counts(guessed) == (1, 1)
    assert [row[-1] for row in guessed.trial.first] == ["0", "1"]


# ---------- what is no export


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.csv", "variable,label\nphq1,Little interest\n", "codebook"),
        ("a.csv", "field_name,form_name,field_type\na,b,text\n", "dictionary"),
        ("a.csv", "patient_id,AE_type,AE_severity,AE_outcome\n1,a,b,c\n", "adverse events"),
        ("a.csv", "patient_id,med_name,med_dose\n1,a,b\n", "medication"),
        ("a.csv", "arm_num,name\n1,a\n", "arms"),
        ("a.csv", "patient_id,date,weight,height\n1,2026-01-05,70,180\n", "body measures"),
        ("a.csv", "patient_id,date,name\n1,2026-01-05,Jan\n", "no column holds answers"),
        ("a.csv", "question,answer_text\nwhat,that\n", "whose answers"),
        ("a.csv", "1,2,3\n4,5,6\n", "no line with names of columns"),
        ("a.csv", "", "empty"),
        ("a.csv", "patient_id,BDI\n", "no record"),
        ("a.txt", "Dear colleague\n", "no text with columns"),
        ("a.json", '{"resourceType": "Questionnaire", "id": "q"}', "Questionnaire"),
        ("a.json", '{"resourceType": "Patient"}', "a list of patients"),
        ("a.json", '{"a": [', "JSON"),
        ("a.lss", "<?xml ?><document>\n<LimeSurveyDocType>Survey</LimeSurveyDocType>", "structure"),
        ("a.pdf", "%PDF-1.7", "PDF"),
        ("a.xlsx", "PK\x03\x04 and no more", "damaged"),
    ],
)
def test_files_without_answers_are_refused_by_what_they_are(
    folder: Path, name: str, text: str, told: str
) -> None:
    with pytest.raises(OpKoersError, match=told) as refused:
        of_text(folder, text, name)
    assert str(refused.value).startswith(name)


def test_real_ids_are_recognised(folder: Path) -> None:
    guessed = of_text(folder, "patient_id,date,BDI\n111222333,2026-01-05,21\n")
    assert any("BSN" in doubt for doubt in guessed.doubts)


def test_no_value_of_a_patient_stands_in_the_source(folder: Path) -> None:
    guessed = of_text(
        folder,
        """
patient_id,therapist,date,note,HADS,sex
patientvalue1,therapistvalue,2026-01-05,notevalue,4711,sexvalue
patientvalue2,therapistvalue,2026-01-12,notevalue,4713,sexvalue
""",
    )
    for value in ("patientvalue", "therapistvalue", "notevalue", "sexvalue", "4711", "4713"):
        assert value not in guessed.source
        assert not any(value in doubt for doubt in guessed.doubts)


# ---------- the command


def test_the_command_prints_the_source_and_the_counts(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "clinic.csv"
    file.write_text("patient_id,date,BDI\nP1,2026-01-05,21\nP1,2026-01-05,21\n")
    assert main(["sources", "guess", str(file)]) == ExitCode.OK
    printed = capsys.readouterr()
    assert 'patient_id = { column = "patient_id" }' in printed.out
    assert "2 records in: 1 landed, 1 duplicate, 0 rejected" in printed.out
    assert "What it is unsure about" in printed.out
    assert not printed.err


def test_the_command_never_writes_over_a_source(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, output = folder / "clinic.csv", folder / "clinic.toml"
    file.write_text("patient_id,date,BDI\nP1,2026-01-05,21\n")
    output.write_text("mine")
    words = ["sources", "guess", str(file), "-o", str(output)]
    assert main(words) == ExitCode.SOURCE
    assert output.read_text() == "mine"
    assert main([*words, "--force"]) == ExitCode.OK
    assert tomllib.loads(output.read_text())["match"] == "clinic.csv"
    assert "Mend what is marked CHECK" in capsys.readouterr().out


def test_the_command_knows_the_instruments_of_a_home(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    assert main(["init", "--home", str(home)]) == ExitCode.OK
    own = Path("flows/instruments/ors.toml").read_text().replace('"ors"', '"mood-4"')
    (home / "instruments").mkdir()
    (home / "instruments" / "mood-4.toml").write_text(own.replace('"ORS"', '"MOOD-4"'))
    file = folder / "clinic.csv"
    file.write_text("patient_id,date,mood4_total\nP1,2026-01-05,21\n")
    assert main(["sources", "guess", str(file), "--home", str(home)]) == ExitCode.OK
    assert 'instrument = "mood-4"' in capsys.readouterr().out
    assert not [each for each in home.iterdir() if each.name.startswith(".guess")]


def test_a_file_that_would_be_held_back_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "clinic.csv"
    file.write_text("patient_id,date,BDI\nP1,2026-01-05,21\nP2,2926-01-05,21\n")
    assert main(["sources", "guess", str(file)]) == ExitCode.OK
    printed = capsys.readouterr()
    assert "it would not land" in printed.out
    assert not printed.err
