"""Exports of patients, episodes, appointments and the other tables beside answers."""

import csv
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from flows.landing.entities import ENTITIES
from tests.landing.homes import LandingHome, Row

EPISODES = """
table = "episodes"
clinic_id = { value = "north" }
patient_id = { column = "client" }
episode_id = { column = "traject" }
therapist_id = { column = "behandelaar" }
[columns]
started_on = { column = "van", format = "%d-%m-%Y" }
ended_on = { column = "tot", format = "%d-%m-%Y" }
end_reason = { column = "reden", values = { "klaar" = "planned", "weg" = "patient_unilateral" } }
format = { value = "individual" }
planned_sessions = { column = "zittingen" }
goals_agreed = { column = "doelen" }
"""
APPOINTMENTS = """
table = "appointments"
clinic_id = { column = "clinic" }
patient_id = { column = "patient" }
[columns]
starts_at = { column = "at" }
attended = { column = "status", values = { "no show" = "no", "held" = "yes" } }
minutes = { column = "minutes" }
"""
NON_RESPONSE = """
table = "non_response"
clinic_id = { value = "north" }
patient_id = { column = "patient" }
[columns]
noted_at = { column = "on" }
instrument = { column = "list" }
reason_code = { column = "code" }
"""
INTAKE = """
decimal = ","
table = "intake"
clinic_id = { value = "north" }
patient_id = { column = "patient" }
missing = ["NA", "-99"]
[columns]
education = { column = "opleiding" }
"first complaint" = { column = "sinds", format = "%d-%m-%Y" }
gaf = { column = "gaf" }
"""


def landed(home: LandingHome, table: str, columns: str) -> list[Row]:
    return home.table(table, columns, "source_line")


def refused(home: LandingHome) -> list[Row]:
    columns = "source_line, column_name, rule, reject_class, value"
    return home.table("rejected", columns, "source_line, column_name")


def test_a_record_of_every_kind_of_column_lands(home: LandingHome) -> None:
    home.source(EPISODES)
    home.export("""
client;traject;behandelaar;van;tot;reden;zittingen;doelen
p1;e1;t1;01-02-2026;01-05-2026;Klaar;12;ja
p1;e2; t2 ;02-05-2026;;;;nee
""")
    receipt = home.receipt()

    assert (receipt.table, receipt.clinics) == ("episodes", ("north",))
    assert (receipt.rows_in, receipt.landed, receipt.cells_rejected) == (2, 2, 0)
    columns = (
        "patient_id, episode_id, therapist_id, group_id, started_on::VARCHAR, ended_on::VARCHAR,"
        " end_reason, format, planned_sessions, goals_agreed, track, source_file, source_line"
    )
    assert landed(home, "episodes", columns) == [
        (
            *("p1", "e1", "t1", None, "2026-02-01", "2026-05-01", "planned", "individual"),
            *(12, True, None, "clinic.csv", 2),
        ),
        (
            *("p1", "e2", "t2", None, "2026-05-02", None, None, "individual"),
            *(None, False, None, "clinic.csv", 3),
        ),
    ]


def test_a_bad_cell_is_left_out_and_a_bad_key_takes_the_record_along(home: LandingHome) -> None:
    home.source(EPISODES)
    home.export("""
client,traject,behandelaar,van,tot,reden,zittingen,doelen
p1,e1,t1,2026-02-01,31-12-2026,verhuisd,twaalf,misschien
p2,e1,t1,01-02-2026,,,-1,
p3,e1,t1,01-02-0206,,,2.5,
p4,e1,t1,01-02-2026,31-01-2026,klaar,12,ja
,e1,t1,01-02-2026,,,,
p6,NA,t1,01-02-2026,,,,
p7,e1,t1,01-02-2026,,,1.0,1
""")
    receipt = home.land(accept=["clinic.csv"])[0].receipt
    assert receipt is not None

    assert (receipt.rows_in, receipt.landed, receipt.rejected_error) == (7, 4, 3)
    assert receipt.cells_rejected == 7
    assert landed(home, "episodes", "patient_id, started_on::VARCHAR, planned_sessions") == [
        ("p1", None, None),
        ("p2", "2026-02-01", None),
        ("p3", None, None),
        ("p7", "2026-02-01", 1),
    ]
    assert refused(home) == [
        (2, "doelen", "not_allowed", "error", "misschien"),
        (2, "reden", "not_allowed", "error", "verhuisd"),
        (2, "van", "unreadable_date", "error", "2026-02-01"),
        (2, "zittingen", "not_a_number", "error", "twaalf"),
        (3, "zittingen", "not_a_count", "error", "-1"),
        (4, "van", "date_before_1900", "error", "01-02-0206"),
        (4, "zittingen", "not_a_count", "error", "2.5"),
        (5, "tot", "ends_before_start", "error", "31-01-2026"),
        (6, "client", "missing_patient", "error", None),
        (7, "traject", "missing_key", "error", None),
    ]


def test_an_episode_can_end_on_its_first_day(home: LandingHome) -> None:
    home.source(EPISODES)
    home.export("""
client,traject,behandelaar,van,tot,reden,zittingen,doelen
p1,e1,t1,01-02-2026,01-02-2026,,,
""")
    assert home.counts() == {"rows_in": 1, "landed": 1}


REPEATED = """
client,traject,behandelaar,van,tot,reden,zittingen,doelen
p1,e1,t1,01-02-2026,,,12,
p1,e1,t1,01-02-2026,,,12.0,
p1,e1,t1,01-02-2026,,,13,
p2,e1,t1,01-02-2026,,,12,
"""


@pytest.mark.parametrize(
    ("conflict", "counts", "kept"),
    [
        ("later_line", {"landed": 2, "duplicate": 1, "rejected_conflict": 1}, [4, 5]),
        ("earlier_line", {"landed": 2, "duplicate": 1, "rejected_conflict": 1}, [2, 5]),
        ("neither", {"landed": 1, "duplicate": 1, "rejected_conflict": 2}, [5]),
    ],
)
def test_a_repeat_is_a_duplicate_and_a_contradiction_a_conflict(
    home: LandingHome, conflict: str, counts: dict[str, int], kept: list[int]
) -> None:
    """Lines 2 and 3 say the same, line 4 of the same episode another number of sessions."""
    with (home.home / "opkoers.toml").open("a") as settings:
        settings.write(f'[landing]\nstable_seconds = 0\nconflict = "{conflict}"\n')
    home.source(EPISODES)
    home.export(REPEATED)
    found = home.receipt()

    assert {name: getattr(found, name) for name in counts} == counts
    assert found.rows_in == found.landed + found.duplicate + found.rejected
    assert [line for (line,) in landed(home, "episodes", "source_line")] == kept
    assert {rule for _, _, rule, _, _ in refused(home)} == {"conflict"}


def test_whether_somebody_came_is_said_or_unknown(home: LandingHome) -> None:
    """The same moment twice with another outcome is one appointment, and a conflict."""
    home.source(APPOINTMENTS)
    home.export("""
clinic,patient,at,status,minutes
n,p1,2026-02-01 10:00,held,45
n,p1,2026-02-08T10:00,No show,
n,p1,2027-02-15 10:00,,
n,p2,2026-02-01 10:00,cancelled,45
n,p3,2026-02-01 10:00,held,
n,p3,2026-02-01 10:00,no show,
n,p4,later,held,
,p5,2026-02-01 10:00,held,
""")
    receipt = home.land(accept=["clinic.csv"])[0].receipt
    assert receipt is not None

    assert (receipt.landed, receipt.rejected_error, receipt.rejected_conflict) == (5, 2, 1)
    assert landed(home, "appointments", "patient_id, starts_at::VARCHAR, attended, minutes") == [
        ("p1", "2026-02-01 10:00:00", True, 45),
        ("p1", "2026-02-08 10:00:00", False, None),
        ("p1", "2027-02-15 10:00:00", None, None),
        ("p2", "2026-02-01 10:00:00", None, 45),
        ("p3", "2026-02-01 10:00:00", False, None),
    ]
    assert refused(home) == [
        (5, "status", "not_allowed", "error", "cancelled"),
        (6, None, "conflict", "conflict", None),
        (8, "at", "unreadable_date", "error", "later"),
        (9, "clinic", "missing_clinic", "error", None),
    ]


def test_reasons_of_non_response_have_the_codes_of_the_sbg(home: LandingHome) -> None:
    """A spreadsheet makes 1 of 01. A reason cannot be noted tomorrow."""
    home.source(NON_RESPONSE)
    home.export("""
patient,on,list,code
p1,2026-02-01,PHQ9,01
p2,2026-02-01,PHQ9,1
p3,2026-02-01,own list,2A
p4,2026-02-01,,10
p5,2026-02-01,PHQ9,11
p6,2026-02-01,PHQ9,
p7,2026-11-17,PHQ9,07
""")
    receipt = home.land(accept=["clinic.csv"])[0].receipt
    assert receipt is not None

    assert (receipt.landed, receipt.rejected_error) == (4, 3)
    assert landed(home, "non_response", "patient_id, instrument, reason_code") == [
        ("p1", "phq-9", "01"),
        ("p2", "phq-9", "01"),
        ("p3", "own list", "02a"),
        ("p4", None, "10"),
    ]
    assert refused(home) == [
        (6, "code", "not_allowed", "error", "11"),
        (7, "code", "missing_key", "error", None),
        (8, "on", "date_in_future", "error", "2026-11-17"),
    ]


def test_intake_becomes_a_row_for_each_covariate(home: LandingHome) -> None:
    """A value that is a number is one too; a date is written as ISO says; -99 is missing."""
    home.source(INTAKE)
    home.export("""
patient;opleiding;sinds;gaf
p1;hbo;01-03-2019;61,5
p2;-99;NA;
p3;mbo;1 maart;-99
""")
    receipt = home.receipt()

    assert (receipt.rows_in, receipt.landed, receipt.rejected_by_rule) == (3, 2, 1)
    assert receipt.cells_rejected == 1
    columns = "patient_id, covariate, value, number, source_line"
    assert home.table("intake", columns, "source_line, covariate") == [
        ("p1", "education", "hbo", None, 2),
        ("p1", "first complaint", "2019-03-01", None, 2),
        ("p1", "gaf", "61,5", 61.5, 2),
        ("p3", "education", "mbo", None, 4),
    ]


def test_of_a_birthday_only_the_year_lands(home: LandingHome) -> None:
    home.source("""
table = "patients"
clinic_id = { value = "north" }
patient_id = { column = "patient" }
[columns]
birth_year = { column = "born", format = "%d-%m-%Y" }
sex = { column = "sex", values = { v = "female", m = "male" } }
""")
    home.export("patient,born,sex\np1,28-11-1980,V\np2,1980,M\np3,28-11-1780,\np4,2027,unknown\n")

    assert home.receipt().cells_rejected == 2
    assert landed(home, "patients", "patient_id, birth_year, sex") == [
        ("p1", 1980, "female"),
        ("p2", 1980, "male"),
        ("p3", None, None),
        ("p4", None, "unknown"),
    ]
    assert [rule for _, _, rule, _, _ in refused(home)] == ["unreadable_year"] * 2


def test_groups_and_therapists_have_no_patient(home: LandingHome) -> None:
    home.source(
        """
table = "groups"
clinic_id = { value = "north" }
group_id = { column = "id" }
[columns]
name = { column = "name" }
started_on = { column = "from" }
""",
        "groups",
    )
    home.source(
        """
table = "therapists"
clinic_id = { value = "north" }
therapist_id = { column = "id" }
[columns]
team_id = { column = "team" }
is_trainee = { column = "trainee" }
supervisor_id = { column = "by" }
""",
        "therapists",
    )
    home.export("id,name,from\ng1,Mindfulness,2026-01-05\n", "groups.csv")
    home.export("id,team,trainee,by\nt1,A,0,\nt2,A,1,t1\n", "therapists.csv")

    assert [outcome.status for outcome in home.land()] == ["landed", "landed"]
    assert landed(home, "groups", "group_id, name, started_on::VARCHAR") == [
        ("g1", "Mindfulness", "2026-01-05")
    ]
    assert landed(home, "therapists", "therapist_id, team_id, is_trainee, supervisor_id") == [
        ("t1", "A", False, None),
        ("t2", "A", True, "t1"),
    ]


def test_real_ids_become_the_pseudonyms_that_answers_get(home: LandingHome) -> None:
    answers = """
patient_ids = "real"
clinic_id = { value = "north" }
patient_id = { column = "client" }
measured_at = { column = "date" }
[[measure]]
instrument = "bdi"
scale = "total"
column = "BDI"
"""
    home.source(answers, "answers")
    home.source('patient_ids = "real"\n' + EPISODES, "episodes")
    home.export("client,date,BDI\n12345,2026-02-01,20\n", "answers.csv")
    home.export(
        "client,traject,behandelaar,van,tot,reden,zittingen,doelen\n12345,e1,t1,01-02-2026,,,,\n",
        "episodes.csv",
    )
    home.land()

    ((of_answer,),) = home.landed("patient_id")
    ((of_episode,),) = landed(home, "episodes", "patient_id")
    assert of_episode == of_answer != "12345"
    with closing(sqlite3.connect(home.home / "identity.sqlite3")) as store:
        assert store.execute("select patient_id, pseudonym from identity").fetchall() == [
            ("12345", of_answer)
        ]


def test_what_is_skipped_or_withdrawn(home: LandingHome) -> None:
    """A withdrawal needs its key and no more; it lands, so that later stations know of it."""
    more = '[[skip]]\ncolumn = "zittingen"\nequals = "test"\nrule = "tester"\n'
    more += '[[withdraw]]\ncolumn = "reden"\nequals = "vervallen"\n'
    home.source(EPISODES.replace("[columns]", f"{more}[columns]"))
    home.export("""
client,traject,behandelaar,van,tot,reden,zittingen,doelen
p1,e1,t1,01-02-2026,,,test,
p2,e1,,,,vervallen,,
""")
    receipt = home.receipt()

    assert (receipt.landed, receipt.rejected_by_rule) == (1, 1)
    assert landed(home, "episodes", "patient_id, is_withdrawn") == [("p2", True)]


def test_physical_lines_and_broken_ones(home: LandingHome) -> None:
    """A quoted newline moves the lines after it; a line with a field too many is one record."""
    home.source("""
table = "groups"
clinic_id = { value = "north" }
group_id = { column = "id" }
[columns]
name = { column = "name" }
""")
    home.export('id,name\ng1,"one\nname"\ng2,two,more\ng3,three\n')
    receipt = home.land(accept=["clinic.csv"])[0].receipt
    assert receipt is not None

    assert (receipt.rows_in, receipt.landed, receipt.rejected_error) == (3, 2, 1)
    assert landed(home, "groups", "group_id, source_line") == [("g1", 2), ("g3", 5)]
    assert home.rejected() == [(4, "field_count", "error", None)]


def test_other_formats_bring_entity_tables_too(home: LandingHome) -> None:
    """Dates that a spreadsheet knows as such are read whatever format the source names."""
    source = f'match = "clinic*.xlsx"\nformat = "xlsx"\n{EPISODES}'
    (home.home / "sources" / "clinic.toml").write_text(source)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    names = "client,traject,behandelaar,van,tot,reden,zittingen,doelen"
    sheet.append(names.split(","))
    sheet.append(["p1", "e1", "t1", datetime(2026, 2, 1), "01-05-2026", "klaar", 12, True])
    sheet.append(["p1", "e1", "t1", datetime(2026, 2, 1), "01-05-2026", "klaar", 12, True])
    book.save(home.home / "inbox" / "clinic.xlsx")

    assert home.counts() == {"rows_in": 2, "landed": 1, "duplicate": 1}
    columns = "started_on::VARCHAR, ended_on::VARCHAR, planned_sessions, goals_agreed, source_line"
    assert landed(home, "episodes", columns) == [("2026-02-01", "2026-05-01", 12, True, 3)]


MISTAKES = {
    "an unknown column": (
        EPISODES.replace("track", "x").replace("goals_agreed", "goals"),
        "episodes have no column 'goals', only: started_on, ended_on, end_reason, track,",
    ),
    "no key": (EPISODES.replace("episode_id", "group_id"), "the key 'episode_id' is missing"),
    "a key of answers": (
        EPISODES.replace("[columns]", 'session_no = { column = "n" }\n[columns]'),
        "a source of episodes has no key 'session_no'",
    ),
    "a head that it has not": (
        INTAKE.replace("[columns]", 'therapist_id = { column = "t" }\n[columns]'),
        "a source of intake has no key 'therapist_id'",
    ),
    "appointments without attendance": (
        APPOINTMENTS.replace("attended", "minutes").replace('minutes = { column = "minutes" }', ""),
        "[columns] needs 'attended'",
    ),
    "a reason without a code": (
        NON_RESPONSE.replace('reason_code = { column = "code" }', ""),
        "[columns] needs 'reason_code'",
    ),
    "intake of nothing": (INTAKE.split("[columns]")[0], "[columns] needs one covariate at least"),
    "real ids of nobody": (
        'table = "groups"\npatient_ids = "real"\nclinic_id = { value = "n" }\n'
        'group_id = { column = "g" }\n',
        "groups have no patients whose ids could be real",
    ),
}


@pytest.mark.parametrize(("source", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_source_that_cannot_be_is_refused(home: LandingHome, source: str, sentence: str) -> None:
    home.source(source)
    mistake = home.mistake()
    assert mistake.startswith("SOURCE: sources/clinic.toml: ")
    assert sentence in mistake


def test_a_column_that_the_export_lacks_is_named(home: LandingHome) -> None:
    home.source(EPISODES)
    home.export("client,traject,behandelaar,vanaf,tot,reden,zittingen,doelen\np1,e1,,,,,,\n")
    assert "there is no column 'van'" in home.mistake()


def test_a_file_without_a_record_is_refused(home: LandingHome) -> None:
    home.source(EPISODES)
    home.export("client,traject,behandelaar,van,tot,reden,zittingen,doelen\n")
    assert home.mistake().startswith("EMPTY_FILE")


def test_every_table_lands_and_balances(home: LandingHome) -> None:
    """One good, one repeated and one keyless record of each table."""
    for entity in ENTITIES.values():
        names = [*entity.heads, *entity.columns, *(["score"] if entity.has_covariates else [])]
        given = [f'{name} = {{ column = "{name}" }}' for name in names]
        heads = "\n".join(line for line in given if line.split(" ")[0] in entity.heads)
        own = "\n".join(line for line in given if line.split(" ")[0] not in entity.heads)
        home.source(f'table = "{entity.table}"\n{heads}\n[columns]\n{own}\n', entity.table)
        good = {"reason_code": "03", "score": "1"} | dict.fromkeys(
            ("noted_at", "starts_at"), "2026-01-01"
        )
        cells = [good.get(name, "x" if name in entity.heads else "") for name in names]
        with (home.home / "inbox" / f"{entity.table}.csv").open("w", newline="") as out:
            csv.writer(out).writerows([names, cells, cells, ["", *cells[1:]]])
    outcomes = home.land(accept=[f"{table}.csv" for table in ENTITIES])

    assert len(outcomes) == len(ENTITIES)
    for outcome in outcomes:
        assert outcome.receipt is not None, outcome.error
        found = outcome.receipt
        assert (found.rows_in, found.landed, found.duplicate, found.rejected) == (3, 1, 1, 1)


def test_nothing_of_a_patient_is_logged(
    home: LandingHome, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level("DEBUG")
    home.source(EPISODES)
    home.export("""
client,traject,behandelaar,van,tot,reden,zittingen,doelen
SENTINEL,e1,t1,SENTINEL,,SENTINEL,SENTINEL,
""")
    home.land()
    assert caplog.text
    assert "SENTINEL" not in caplog.text
