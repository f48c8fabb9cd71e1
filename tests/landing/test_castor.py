"""Castor EDC: Dutch dates, user-missing codes, and records that do not count."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.landing.castor import what_else
from tests.landing.homes import LandingHome
from tests.landing.text_tables import Exports


@pytest.fixture
def castor(tmp_path: Path) -> Exports:
    return Exports(tmp_path, "castor")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("22-06-2021", "2021-06-22"),
        ("05-01-2026 01:15", "2026-01-05 01:15"),
        ("05-01-2026 10:12:19", "2026-01-05 10:12:19"),
        ("29-02-2024", "2024-02-29"),
        ("31-02-2026", "31-02-2026"),
        ("5-1-2026", "5-1-2026"),
        ("01:30", "01:30"),
        ("Adverse event - 22-06-2021 09:58:12", "Adverse event - 22-06-2021 09:58:12"),
        ("233.0", "233"),
        ("-3.0", "-3"),
        ("28.7", "28.7"),
        ("Not at all", "Not at all"),
        ("", None),
    ],
)
def test_a_cell_is_read_by_how_it_is_written(
    castor: Exports, written: str, read: str | None
) -> None:
    file = castor.file(f'record_id;archived;x\n110001;False;"{written}"\n')

    assert castor.column("x", file) == [read]


@pytest.mark.parametrize("kind", ["-9{0}", "-9{0}.0", "##USER_MISSING_9{0}##"])
@pytest.mark.parametrize("last", "56789")
def test_user_missing_codes_are_empty(castor: Exports, kind: str, last: str) -> None:
    file = castor.file(f"record_id;x\n1;{kind.format(last)}\n")

    assert castor.column("x", file) == [None]


@pytest.mark.parametrize("day", ["01-01", "31-12"])
@pytest.mark.parametrize("time", ["", " 00:00", " 00:00:00"])
def test_days_that_stand_for_missing_are_empty(castor: Exports, day: str, time: str) -> None:
    days = [f"{day}-{year}{time}" for year in (2994, 2995, 2996, 2997, 2998, 2999, 3000)]
    file = castor.file(f"record_id;{';'.join('abcdefg')}\n1;{';'.join(days)}\n")

    (record,) = castor.records(file)

    assert [name for name in "abcdefg" if record[name] is None] == list("bcdef")


@pytest.mark.parametrize("written", ["-94", "-100", "-9", "95", "99"])
def test_other_numbers_near_the_codes_are_numbers(castor: Exports, written: str) -> None:
    assert castor.column("x", castor.file(f"record_id;x\n1;{written}\n")) == [written]


def test_dates_that_the_source_reads_itself_stay_as_they_are(castor: Exports) -> None:
    file = castor.file("record_id;on;at;born\n1;22-06-2021;22-06-2021;31-12-2999\n")
    moment = {"column": "on", "format": "%d-%m-%Y"}

    (record,) = castor.records(file, measured_at=moment)

    assert list(record.values()) == ["1", "22-06-2021", "2021-06-22", None]


def test_archived_records_and_open_surveys_do_not_count(castor: Exports) -> None:
    file = castor.file("""
record_id;progress;completed_on;archived;x
1;100;22-06-2021 10:12:44;False;3
2;100;22-06-2021 10:12:44;True;3
3;80;22-06-2021 10:12:44;False;3
4;100;;False;3
5;0;;True;
""")

    assert castor.rules(file) == [None, "archived", "not_completed", "not_completed", "archived"]
    assert castor.column("x", file) == ["3", "3", "3", "3", None]


def test_surveys_exported_from_the_pages_of_a_study_are_read_alike(castor: Exports) -> None:
    file = castor.file("""
"Participant Id";"Survey Progress";"Survey Completed On";"Survey Archived";x
1;100;22-06-2021 10:12:44;0;3
2;100;22-06-2021 10:12:44;1;3
3;50;;0;3
""")

    assert castor.rules(file) == [None, "archived", "not_completed"]


def test_a_record_may_end_with_a_delimiter_and_hold_quoted_lines(castor: Exports) -> None:
    file = castor.file('record_id;note;x\n1;"a\nb";2;\n\n2;"c;d";3\n3;4\n')

    assert castor.lines(file) == [2, 5, 6]
    assert [row.texts for row in castor.read(file)[1]] == [
        ["1", "a\nb", "2"],
        ["2", "c;d", "3"],
        None,
    ]


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        (("AE_type", "AE_outcome"), "a Castor list of adverse events"),
        (("med_name", "med_dose"), "a Castor list of medication"),
        (("comorbidities",), "a Castor list of comorbidities"),
        (("med_name", "phq9_1"), None),
        (("unsvis_weight",), None),
        ((), None),
    ],
)
def test_reports_without_measurements_are_known_by_their_fields(
    fields: tuple[str, ...], what: str | None
) -> None:
    report = ("record_id", "institute", "created_on", "custom_name", "parent", "archived")

    assert what_else((*report, *fields)) == what
    assert what_else(("record_id", *fields)) is None


# ---------- the reference data


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("CastorAdverseEvent.csv", "adverse events"),
        ("CastorMedication.csv", "medication"),
        ("CastorComorbidities.csv", "comorbidities"),
    ],
)
def test_reference_lists_are_refused_by_what_they_are(
    reference: Path, name: str, what: str
) -> None:
    folder = reference / "data" / "castor"

    assert Exports(folder, "castor").mistake(folder / name) == (
        f"UNREADABLE_FILE: {name}, line 1: this is a Castor list of {what}, not an export of"
        " measurements. Take it out of inbox, and export the study or its surveys."
    )


def test_the_reference_study_holds_one_record_for_each_patient(reference: Path) -> None:
    folder = reference / "data" / "castor"

    first, second = Exports(folder, "castor").records(folder / "CastorStudy.csv")

    assert (first["record_id"], first["onset_stroke"]) == ("110001", "2021-06-21 01:15")
    assert (first["base_sbp"], first["base_hb"]) == ("120", "7.4")
    told = {name for name, text in second.items() if text is not None}
    assert {"pat_height", "base_bl_date", "fac_V_leiden_date", "ic_language#Dutch"} & told == set()


def test_the_reference_visit_holds_measurements(reference: Path) -> None:
    folder = reference / "data" / "castor"

    (visit,) = Exports(folder, "castor").records(folder / "CastorUnscheduledVisit.csv")

    assert (visit["unsvis_date"], visit["unsvis_sbp"]) == ("2021-06-24", "233")


def test_the_reference_survey_lands_without_the_open_one(
    home: LandingHome, reference: Path
) -> None:
    (home.home / "sources" / "clinic.toml").write_text("""
match = "clinic*.csv"
format = "castor"
clinic_id = { column = "institute" }
patient_id = { column = "record_id" }
measured_at = { column = "completed_on" }
[[measure]]
instrument = "vas"
scale = "total"
column = "VAS"
""")
    home.export((reference / "data" / "castor" / "CastorQOLSurvey.csv").read_bytes())

    assert home.counts() == {"rows_in": 2, "landed": 1, "rejected": 1, "rejected_by_rule": 1}
    assert home.landed("patient_id, measured_at::VARCHAR, value") == [
        ("110001", "2021-06-22 10:12:44", 85.0)
    ]
    assert home.rejected() == [(3, "not_completed", "by_rule", None)]


def test_an_entity_reads_its_own_dates_too(castor: Exports) -> None:
    file = castor.file("record_id;start;BDI\n1;22-06-2021;3\n")
    columns = {"started_on": {"column": "start", "format": "%d-%m-%Y"}}

    keys: dict[str, Any] = {
        "table": "episodes",
        "columns": columns,
        "measure": [],
        "measured_at": None,
    }

    assert castor.column("start", file, **keys) == ["22-06-2021"]
    assert castor.column("start", file, measured_at={"value": date(2026, 1, 5)}) == ["2021-06-22"]
