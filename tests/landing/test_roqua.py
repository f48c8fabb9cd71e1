"""RoQua exports: what of them may land, in which order, and what a hostile file comes to."""

import re
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from flows.errors import OpKoersError
from flows.landing.reading import Row, Surroundings
from flows.landing.roqua import HEADER, NON_RESPONSE_HEADER, open_table
from flows.landing.source import Source
from tests.landing.homes import LandingHome

# The tables of version 2 of the export, as the project's rules (A4) describe them.
SCHEMA = {
    "dossiers": "id integer primary key, external_identifier text, internally_managed boolean,"
    " tester boolean, metadata text",
    "respondents": "id integer primary key, dossier_id integer, type text, email_present boolean,"
    " label text",
    "protocol_subscriptions": "dossier_id integer, protocol_id integer, start_at text,"
    " stop_at text, status text",
    "responses": "id integer primary key, dossier_id integer, respondent_id integer,"
    " entered_by_id integer, entered_at text, observation_time text, questionnaire_key text,"
    " questionnaire_variant text, requester_id integer, status text, non_response_id integer,"
    " open_from text, open_till text, started_at text, hide_pii_from_researchers boolean,"
    " hide_values_from_professionals boolean, notes text, measurement_id integer,"
    " team_id integer",
    "response_values": "response_id integer, field_key text, data text, question_option_key text",
    "response_scores": "response_id integer, score_key text, score_subkey text, data",
    "non_responses": "id integer primary key, timestamp text, reason_group text,"
    " reason_option text, reason_code text, reason_other text",
}
DOSSIERS = [
    {"id": 1, "external_identifier": "P1", "tester": 0},
    {"id": 2, "external_identifier": "T9", "tester": 1},
]
RESPONDENTS = [
    {"id": 1, "dossier_id": 1, "type": "patient"},
    {"id": 2, "dossier_id": 2, "type": "patient"},
    {"id": 3, "dossier_id": 1, "type": "parent"},
]
COMPLETED = {
    "dossier_id": 1,
    "respondent_id": 1,
    "entered_by_id": 50,
    "entered_at": "2026-01-20 08:00:00",
    "observation_time": "2026-01-05 10:12:00",
    "questionnaire_key": "ors",
    "requester_id": 7,
    "status": "completed",
    "hide_values_from_professionals": 0,
    "measurement_id": 4,
    "team_id": 3,
}


def write(
    file: Path,
    tables: Mapping[str, Iterable[Mapping[str, Any]]],
    schema: Mapping[str, str] = SCHEMA,
) -> Path:
    """An export with these rows; people are there unless other ones are given."""
    with closing(sqlite3.connect(file)) as connection:
        for table, columns in schema.items():
            connection.execute(f"create table {table} ({columns})")
        people = {"dossiers": DOSSIERS, "respondents": RESPONDENTS}
        for table, rows in {**people, **tables}.items():
            for row in rows:
                marks = ", ".join("?" for _ in row)
                names = ", ".join(row)
                connection.execute(
                    f"insert into {table} ({names}) values ({marks})", [*row.values()]
                )
        connection.commit()
    return file


def values(response: int, **answers: Any) -> list[dict[str, Any]]:
    return [{"response_id": response, "field_key": k, "data": v} for k, v in answers.items()]


def read(file: Path, table: str = "responses", timezone: str | None = None) -> list[Row]:
    told: dict[str, Any] = {
        "name": "roqua",
        "match": "*.sqlite",
        "format": "roqua",
        "table": table,
        "timezone": timezone,
        "clinic_id": {"value": "north"},
        "patient_id": {"column": "patient"},
    }
    if table == "responses":
        told |= {
            "measured_at": {"column": "observation_time"},
            "long": {
                "instrument": {"column": "questionnaire"},
                "item": {"column": "item"},
                "value": {"column": "value"},
            },
        }
    surroundings = Surroundings(file.parent, "Europe/Amsterdam", 100, 1 << 30)
    opened = open_table(file, Source.model_validate(told), surroundings)
    rows = list(opened.rows)
    assert all(row.texts is not None and len(row.texts) == len(opened.header) for row in rows)
    assert [row.line for row in rows] == list(range(1, len(rows) + 1))
    return rows


def picked(file: Path, *names: str, table: str = "responses") -> list[tuple[str | None, ...]]:
    """Some columns of the rows, then the rule that keeps a row from landing."""
    header = HEADERS[table]
    rows = read(file, table)
    return [(*(r.texts[header.index(n)] for n in names), r.rule) for r in rows if r.texts]


HEADERS = {
    "responses": (
        "response_id", "patient", "dossier_id", "respondent", "therapist", "entered_by", "team",
        "observation_time", "questionnaire", "questionnaire_variant", "measurement_id", "status",
        "kind", "item", "value",
    ),
    "non_response": (
        "non_response_id", "timestamp", "reason_group", "reason_option", "reason_code",
        "reason_other", "response_id", "patient", "dossier_id", "respondent", "therapist", "team",
        "observation_time", "questionnaire",
    ),
}  # fmt: skip


def mistake(file: Path, table: str = "responses") -> str:
    with pytest.raises(OpKoersError) as raised:
        read(file, table)
    return str(raised.value)


def test_each_answer_and_each_score_is_a_row_of_its_response(tmp_path: Path) -> None:
    file = write(
        tmp_path / "export.sqlite",
        {
            "responses": [{"id": 12, **COMPLETED}, {"id": 3, **COMPLETED, "respondent_id": 3}],
            "response_values": [*values(12, v_2="6.5", v_1=3), *values(3, v_1="2")],
            "response_scores": [{"response_id": 12, "score_key": "tot", "data": 9.5}],
        },
    )

    columns = ("response_id", "patient", "respondent", "therapist", "kind", "item", "value")
    assert picked(file, *columns) == [
        ("3", "P1", "parent", "7", "answer", "v_1", "2", None),
        ("12", "P1", "patient", "7", "answer", "v_1", "3", None),
        ("12", "P1", "patient", "7", "answer", "v_2", "6.5", None),
        ("12", "P1", "patient", "7", "score", "tot", "9.5", None),
    ]
    others = ("dossier_id", "entered_by", "team", "questionnaire", "measurement_id", "status")
    assert picked(file, *others)[0] == ("1", "50", "3", "ors", "4", "completed", None)


def test_the_moment_is_that_of_observation_not_of_entering(tmp_path: Path) -> None:
    times = ["2026-01-05 10:12:00", "2026-01-05T09:12:00.250Z", "2026-07-05 09:12:00 UTC", None]
    file = write(
        tmp_path / "export.sqlite",
        {
            "responses": [
                {"id": n, **COMPLETED, "observation_time": time} for n, time in enumerate(times)
            ]
        },
    )

    assert [row[0] for row in picked(file, "observation_time")] == [
        "2026-01-05 10:12:00",
        "2026-01-05 10:12:00",
        "2026-07-05 11:12:00",
        None,
    ]


def test_what_is_not_to_land_has_a_rule_and_what_is_hidden_has_no_answers(tmp_path: Path) -> None:
    tester: dict[str, Any] = {"dossier_id": 2, "respondent_id": 2}
    hidden: dict[str, Any] = {"hide_values_from_professionals": 1}
    changes: list[dict[str, Any]] = [
        {}, {"status": "aborted"}, {"status": "open"}, {"non_response_id": 5}, tester, hidden,
        {**tester, **hidden, "status": "open"}, {**hidden, "status": "aborted"},
        {"hide_values_from_professionals": None}, {"hide_values_from_professionals": "t"},
    ]  # fmt: skip
    responses = [{"id": n, **COMPLETED, **change} for n, change in enumerate(changes)]
    answers = [row for n in range(len(changes)) for row in values(n, v_1="3")]
    file = write(tmp_path / "export.sqlite", {"responses": responses, "response_values": answers})

    assert picked(file, "value") == [
        ("3", None),
        ("3", "not_completed"),
        ("3", "not_completed"),
        ("3", "non_response"),
        ("3", "tester"),
        (None, "hidden_from_professionals"),
        ("3", "tester"),
        (None, "hidden_from_professionals"),
        ("3", None),
        (None, "hidden_from_professionals"),
    ]


def test_a_response_without_answers_and_an_answer_without_response_are_counted(
    tmp_path: Path,
) -> None:
    file = write(
        tmp_path / "export.sqlite",
        {
            "responses": [
                {"id": 2, **COMPLETED, "status": "scheduled", "observation_time": None},
                {"id": 4, **COMPLETED},
                {"id": 6, **COMPLETED, "dossier_id": 77},
            ],
            "response_values": [*values(1, a="1"), *values(4, a="2"), *values(5, a="3")],
            "response_scores": [{"response_id": 9, "score_key": "tot", "data": "4"}],
        },
    )

    assert picked(file, "response_id", "patient", "item", "value") == [
        ("1", None, "a", "1", None),
        ("2", "P1", None, None, "not_completed"),
        ("4", "P1", "a", "2", None),
        ("5", None, "a", "3", None),
        ("6", None, None, None, None),
        ("9", None, "tot", "4", None),
    ]


def test_an_empty_answer_is_the_option_chosen_and_a_score_has_its_parts(tmp_path: Path) -> None:
    answers = [
        {"response_id": 1, "field_key": "a", "data": "2", "question_option_key": "a2"},
        {"response_id": 1, "field_key": "b", "data": "", "question_option_key": "a3"},
        {"response_id": 1, "field_key": "c", "data": None, "question_option_key": None},
        {"response_id": 1, "field_key": "d", "data": b"4", "question_option_key": None},
    ]
    scores = [
        {"response_id": 1, "score_key": "tot", "score_subkey": "value", "data": 12.0},
        {"response_id": 1, "score_key": "tot", "score_subkey": "interpretation", "data": "high"},
    ]
    file = write(
        tmp_path / "export.sqlite",
        {
            "responses": [{"id": 1, **COMPLETED}],
            "response_values": answers,
            "response_scores": scores,
        },
    )

    assert [row[:2] for row in picked(file, "item", "value")] == [
        ("a", "2"),
        ("b", "a3"),
        ("c", None),
        ("d", "4"),
        ("tot.interpretation", "high"),
        ("tot", "12"),
    ]


def test_the_first_version_has_other_names(tmp_path: Path) -> None:
    first = {
        table: columns.replace("entered_at", "completed_at").replace("field_key", "question_key")
        for table, columns in SCHEMA.items()
    }
    response = {k: v for k, v in COMPLETED.items() if k != "entered_at"}
    file = write(
        tmp_path / "export.sqlite",
        {
            "responses": [{"id": 1, **response, "completed_at": "2026-01-20"}],
            "response_values": [{"response_id": 1, "question_key": "v_1", "data": "3"}],
        },
        first,
    )

    assert picked(file, "item", "value") == [("v_1", "3", None)]


def test_ids_may_be_texts(tmp_path: Path) -> None:
    texts = {table: columns.replace("integer", "text") for table, columns in SCHEMA.items()}
    responses = [{"id": key, **COMPLETED} for key in ("b-2", "a-10", "a-9", "é")]
    file = write(
        tmp_path / "export.sqlite",
        {
            "responses": responses,
            "response_values": [
                {"response_id": r["id"], "field_key": "v", "data": r["id"]} for r in responses
            ],
        },
        texts,
    )

    assert [row[:2] for row in picked(file, "response_id", "value")] == [
        ("a-10", "a-10"), ("a-9", "a-9"), ("b-2", "b-2"), ("é", "é"),
    ]  # fmt: skip


def test_reasons_for_not_responding(tmp_path: Path) -> None:
    file = write(
        tmp_path / "export.sqlite",
        {
            "responses": [
                {"id": 1, **COMPLETED, "status": "expired", "non_response_id": 5},
                {"id": 2, **COMPLETED, "dossier_id": 2, "non_response_id": 6},
            ],
            "non_responses": [
                {"id": 5, "timestamp": "2026-02-01T08:00:00Z", "reason_code": "07",
                 "reason_group": "not approached", "reason_option": "no action"},
                {"id": 6, "timestamp": "2026-02-02", "reason_code": "01"},
                {"id": 9, "timestamp": "2026-02-03", "reason_code": "10", "reason_other": "moved"},
            ],
        },
    )  # fmt: skip

    columns = ("non_response_id", "timestamp", "reason_code", "reason_other", "patient",
               "response_id", "questionnaire", "therapist")  # fmt: skip
    assert picked(file, *columns, table="non_response") == [
        ("5", "2026-02-01 09:00:00", "07", None, "P1", "1", "ors", "7", None),
        ("6", "2026-02-02", "01", None, "T9", "2", "ors", "7", "tester"),
        ("9", "2026-02-03", "10", "moved", None, None, None, None, None),
    ]


def test_other_tables_are_not_in_it(tmp_path: Path) -> None:
    assert "gives responses and non_response" in mistake(
        write(tmp_path / "export.sqlite", {}), "patients"
    )


def test_the_columns_are_those_that_sources_name() -> None:
    assert {"responses": HEADER, "non_response": NON_RESPONSE_HEADER} == HEADERS


# ---------- files that are no such export


SENTENCE = re.compile(r"^export\.sqlite: [^.]+\. [^.]+\.$")


@pytest.mark.parametrize(
    "table", sorted(SCHEMA.keys() - {"protocol_subscriptions", "non_responses"})
)
def test_a_table_that_is_not_there_is_named(tmp_path: Path, table: str) -> None:
    others = {name: columns for name, columns in SCHEMA.items() if name != table}
    people: dict[str, Any] = {name: () for name in ("dossiers", "respondents") if name == table}
    told = mistake(write(tmp_path / "export.sqlite", people, others))

    assert f"there is no plain table '{table}'" in told
    assert SENTENCE.match(told)


@pytest.mark.parametrize(
    ("table", "column"),
    [("responses", "hide_values_from_professionals"), ("dossiers", "tester"),
     ("responses", "observation_time"), ("response_values", "field_key")],
)  # fmt: skip
def test_an_export_that_cannot_be_honoured_is_refused(
    tmp_path: Path, table: str, column: str
) -> None:
    schema = {**SCHEMA, table: SCHEMA[table].replace(column, "something_else")}
    people: dict[str, Any] = {"dossiers": ()} if table == "dossiers" else {}

    told = mistake(write(tmp_path / "export.sqlite", people, schema))

    assert f"the table '{table}' has no column '{column}'" in told


def test_no_database(tmp_path: Path) -> None:
    file = tmp_path / "export.sqlite"
    for content, what in (
        (b"", "the file is empty"),
        (b"id;name\n1;a\n", "no SQLite database"),
        (b"SQLite format 3\0", "damaged or cut off"),
        (b"SQLite format 3\0" + b"\xff" * 5000, "damaged or cut off"),
    ):
        file.write_bytes(content)
        told = mistake(file)
        assert what in told
        assert SENTENCE.match(told)


def whole_export(file: Path, responses: int = 400) -> Path:
    return write(
        file,
        {
            "responses": [{"id": n, **COMPLETED} for n in range(responses)],
            "response_values": [r for n in range(responses) for r in values(n, a="1", b="2")],
        },
    )


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    whole = whole_export(tmp_path / "whole.sqlite").read_bytes()
    file = tmp_path / "export.sqlite"
    for length in (600, 4096, len(whole) // 2, len(whole) - 4096):
        file.write_bytes(whole[:length])
        assert SENTENCE.match(mistake(file))


def test_damage_anywhere_is_a_sentence_or_does_no_harm(tmp_path: Path) -> None:
    """One byte in every 97 is turned over in turn; each file is read whole or refused."""
    whole = whole_export(tmp_path / "whole.sqlite", responses=30).read_bytes()
    file = tmp_path / "export.sqlite"
    told = set()
    for place in range(16, len(whole), 97):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            read(file)
        except OpKoersError as error:
            told.add(str(error))

    assert told
    assert all(SENTENCE.match(sentence) for sentence in told)


def hostile(file: Path, *statements: str, leave_out: Iterable[str] = ()) -> Path:
    """An export in which one table is what the statements make of it."""
    schema = {name: columns for name, columns in SCHEMA.items() if name not in set(leave_out)}
    write(file, {"dossiers": (), "respondents": (), "responses": [{"id": 1, **COMPLETED}]}
          if "responses" in schema else {"dossiers": (), "respondents": ()}, schema)  # fmt: skip
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return file


def test_a_view_in_the_place_of_a_table_is_not_read(tmp_path: Path) -> None:
    endless = """create view response_values as
        with recursive n(x) as (select 1 union all select x + 1 from n)
        select x as response_id, 'a' as field_key, 'b' as data, null as question_option_key from n
    """
    file = hostile(tmp_path / "export.sqlite", endless, leave_out=["response_values"])

    assert "there is no plain table 'response_values'" in mistake(file)


def test_a_virtual_table_is_not_read(tmp_path: Path) -> None:
    virtual = "create virtual table response_values using fts5(response_id, field_key, data)"
    file = hostile(tmp_path / "export.sqlite", virtual, leave_out=["response_values"])

    assert "there is no plain table 'response_values'" in mistake(file)


def test_a_column_that_is_computed_is_not_read(tmp_path: Path) -> None:
    made = """create table response_values (response_id integer, field_key text,
        data text as (hex(zeroblob(10))), question_option_key text)"""
    file = hostile(
        tmp_path / "export.sqlite",
        made,
        "insert into response_values (response_id, field_key) values (1, 'a')",
        leave_out=["response_values"],
    )

    assert "there is no plain table 'response_values'" in mistake(file)


def test_a_cell_too_long_is_refused(tmp_path: Path) -> None:
    file = write(
        tmp_path / "export.sqlite",
        {
            "responses": [{"id": 1, **COMPLETED}],
            "response_values": values(1, a="x" * (2 << 20)),
        },
    )

    told = mistake(file)
    assert "a cell is longer than 1,048,576 bytes" in told
    assert SENTENCE.match(told)


def test_a_join_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand dossiers of one id make a thousand rows of each response."""
    monkeypatch.setattr("flows.landing.sqlite_file.LEAST_STEPS", 3_000_000)
    monkeypatch.setattr("flows.landing.sqlite_file.STEPS_PER_BYTE", 1)
    schema = {**SCHEMA, "dossiers": SCHEMA["dossiers"].replace(" primary key", "")}
    file = write(
        tmp_path / "export.sqlite",
        {
            "dossiers": DOSSIERS[:1] * 1000,
            "responses": [{"id": n, **COMPLETED} for n in range(300)],
        },
        schema,
    )

    assert "takes longer than its size can explain" in mistake(file)


def test_reading_leaves_the_file_and_its_folder_as_they_are(tmp_path: Path) -> None:
    file = whole_export(tmp_path / "a name?with #signs%20.sqlite")
    before = file.read_bytes()

    assert len(read(file)) == 800

    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


# ---------- landed


MINIMAL = """
match = "*.sqlite"
format = "roqua"
clinic_id = { value = "north" }
patient_id = { column = "patient" }
therapist_id = { column = "therapist" }
respondent = { column = "respondent" }
measured_at = { column = "observation_time" }
[long]
instrument = { column = "questionnaire" }
item = { column = "item" }
value = { column = "value" }
item_pattern = "v_{item}"
items = { tot = "total" }
"""


def test_a_minimal_source_lands_what_may_be_seen(home: LandingHome) -> None:
    (home.home / "sources" / "roqua.toml").write_text(MINIMAL)
    phq = {**COMPLETED, "questionnaire_key": "phq9"}
    responses = [
        {"id": 1, **phq},
        {"id": 2, **phq, "dossier_id": 2, "respondent_id": 2},
        {"id": 3, **phq, "hide_values_from_professionals": 1},
        {"id": 4, **phq, "status": "aborted", "observation_time": "2026-01-07"},
        {"id": 5, **phq, "status": "scheduled", "observation_time": None},
    ]
    write(
        home.home / "inbox" / "roqua.sqlite",
        {
            "responses": responses,
            "response_values": [row for n in range(1, 5) for row in values(n, v_9=n - 1)],
            "response_scores": [{"response_id": 1, "score_key": "tot", "data": 12.0}],
        },
    )

    counts = home.counts()

    assert (counts["rows_in"], counts["landed"], counts["rejected_by_rule"]) == (6, 2, 4)
    assert home.landed("patient_id, therapist_id, respondent, instrument, item, value") == [
        ("P1", "7", "patient", "phq-9", "9", 0.0),
        ("P1", "7", "patient", "phq-9", "total", 12.0),
    ]
    assert [rule for _, rule, *_ in home.rejected()] == [
        "tester", "hidden_from_professionals", "not_completed", "not_completed",
    ]  # fmt: skip
    assert home.set_aside("source_line, item, value") == [(5, "9", 3.0)]
