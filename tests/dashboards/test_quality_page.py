"""What a quality officer sees: tables without small counts, and nobody behind them."""

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from django.test import Client

from dashboards.journal.questions import open_questions
from dashboards.warehouse import QUERIES, statement_of
from flows.station import SQL_FOLDER, tables_read
from tests.access_matrix import add_people

SignedIn = Callable[..., Client]

# What holds no counts of patients: definitions, sources, and what checks said of whole tables.
WITHOUT_COUNTS = {
    "indicator_definition",
    "indicator_absence",
    "source_delivery",
    "check_history",
    "quality_check",
}
PAGES = {
    "/quality": ["Response: 37.5 % in Q3 2026, 75 % in Q2 2026.", "outside the limits",
                 "That is worse."],
    "/quality/indicators": ["Response", "(&lt;5)", "shown_indicator.csv"],
    "/quality/indicators/response_rate": ["Q3 2026", "37.5 %", "Example source",
                                          "opkoers trace shown_indicator"],
    "/quality/indicators/deterioration": ["No picture", "(&lt;5)"],
    "/quality/indicators/drop_out": ["The exports do not tell how treatments ended."],
    "/quality/alerts": ["no proof that answering helps", "70", "(&lt;5)"],
    "/quality/data": ["1 of 3 checks held.", "less than 1 %", "no longer delivers",
                      "Nobody could say how urgent it is."],
}  # fmt: skip
PAGES_IN_DUTCH = {
    "/quality": ["Respons: 37,5 % in K3 2026, 75 % in K2 2026.", "Dat is slechter."],
    "/quality/alerts": ["Dit bewijst niet dat beantwoorden helpt."],
    "/quality/data": ["1 van de 3 controles zijn in orde.", "levert niet meer"],
}


def body(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def officer(signed_in: SignedIn, snapshot: Path) -> Client:
    add_people()
    return signed_in("quality officer", "en")


@pytest.mark.parametrize("query", sorted(file.stem for file in QUERIES.glob("quality_*.sql")))
def test_pages_of_quality_read_tables_without_small_counts_alone(query: str) -> None:
    with duckdb.connect() as connection:
        read = tables_read(connection, statement_of(query))
    assert {table for table in read if not table.startswith("shown_")} <= WITHOUT_COUNTS
    assert "$viewer.scope = 'aggregates'" in statement_of(query)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_says_what_is_shown_and_names_nobody(officer: Client, address: str) -> None:
    page = body(officer, address)

    assert [words for words in PAGES[address] if words not in page] == []
    assert not re.search(r"\b(P\d|T\d)\b|first\.csv", page)
    assert len(page.encode()) < 150_000


@pytest.mark.parametrize("address", PAGES)
def test_the_file_about_therapists_changes_nothing_on_a_page(
    officer: Client, nothing_published: Path, address: str
) -> None:
    """The same to the last character when the file is gone; forms have a token of their own."""
    token = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]+')
    beside = token.sub("", body(officer, address))
    (nothing_published / "published/current.therapists").unlink()

    assert token.sub("", body(officer, address)) == beside


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("address", PAGES_IN_DUTCH)
def test_and_in_dutch(signed_in: SignedIn, address: str) -> None:
    add_people()
    page = body(signed_in("quality officer", "nl"), address)

    assert [words for words in PAGES_IN_DUTCH[address] if words not in page] == []


def test_a_unit_and_a_period_are_chosen_by_the_address(officer: Client) -> None:
    of_clinic = body(officer, "/quality/indicators/response_rate?unit=clinic:noord&period=quarter")

    assert "Response, clinic noord" in of_clinic
    assert "unit=noord" in of_clinic
    assert "(&lt;5)" in of_clinic
    assert "the whole service" in body(officer, "/quality?unit=clinic:elsewhere")
    assert officer.get("/quality/indicators/nothing").status_code == 404


def test_nothing_is_chosen_where_no_unit_has_figures(officer: Client) -> None:
    assert '<select id="unit"' not in body(officer, "/quality/indicators/drop_out")
    assert '<select id="unit"' in body(officer, "/quality/indicators/deterioration")


def test_a_table_is_given_as_a_file_and_no_other(officer: Client) -> None:
    answer = officer.get("/quality/tables/shown_indicator.csv")

    lines = answer.content.decode().splitlines()
    assert answer["Content-Type"].startswith("text/csv")
    assert lines[0].startswith("unit_kind,unit,indicator")
    assert len(lines) == 6
    for table in ("indicator", "score", "shown_count"):
        assert officer.get(f"/quality/tables/{table}.csv").status_code == 404


def test_a_question_is_asked_with_an_owner_and_a_day_and_closed_with_an_answer(
    officer: Client,
) -> None:
    asked = {"text": "Why so few?", "owner": "data manager", "due_on": "2026-12-01", "source": ""}

    refused = officer.post("/quality/data", asked | {"owner": "", "due_on": "soon"})
    assert refused.status_code == 422
    assert "Name who finds out." in refused.content.decode()
    assert "Why so few?" in refused.content.decode()
    assert not open_questions()

    assert officer.post("/quality/data", asked).status_code == 302
    (question,) = open_questions()
    assert (question.owner, str(question.due_on)) == ("data manager", "2026-12-01")
    assert "data manager, by 1 Dec 2026" in body(officer, "/quality/data")

    officer.post("/quality/data/close", {"number": question.number, "answer": " "})
    assert len(open_questions()) == 1
    officer.post("/quality/data/close", {"number": question.number, "answer": "A holiday."})
    assert not open_questions()


LOOP = ("alerts", "seen", "answered", "answered_in_time", "acted_on")


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        # alerts, seen, answered, in time, acted on -> as shown
        ((4, 0, 0, 0, 0), (None, None, None, None, None)),
        ((5, 0, 0, 0, 0), (5, 0, 0, 0, 0)),
        ((5, 5, 5, 5, 5), (5, 5, 5, 5, 5)),
        ((20, 9, 4, 0, 0), (20, 9, None, None, None)),
        ((20, 18, 10, 5, 5), (20, None, None, 5, 5)),  # 2 were not seen
        ((20, 20, 16, 10, 10), (20, 20, None, None, None)),  # 4 were not answered
        ((20, 15, 10, 5, 7), (20, 15, 10, 5, None)),  # on 3 of 10 nothing was done
    ],
)
def test_what_became_of_alerts_tells_no_count_of_one_to_four(
    counts: tuple[int, ...], shown: tuple[int | None, ...]
) -> None:
    assert audited([("service", counts)])["service"] == shown


def test_clinics_are_shown_all_or_none_of_a_count() -> None:
    """40 seen in the service, 20 in noord and 18 in zuid would tell of the 2 of oost."""
    found = audited(
        [
            ("noord", (30, 20, 10, 5, 5)),
            ("zuid", (30, 18, 8, 0, 0)),
            ("oost", (30, 2, 0, 0, 0)),
        ]
    )
    assert [each[:2] for each in found.values()] == [(30, None)] * 3


def audited(rows: list[tuple[str, tuple[int, ...]]]) -> dict[str, tuple[int | None, ...]]:
    """The station on a loop_audit of one kind of alert."""
    with duckdb.connect() as connection:
        columns = ", ".join(f"{name} bigint" for name in LOOP)
        connection.execute(f"""
            create table loop_audit (unit_kind varchar, unit varchar, clinic_id varchar,
                kind varchar, rule varchar, {columns}, hours_to_seen double,
                hours_to_answer_lower double, hours_to_answer double,
                hours_to_answer_upper double, answered_known bigint default 0,
                answered_back bigint default 0, comparable_known bigint default 0,
                expected_back double, caution varchar)
        """)
        for unit, counts in rows:
            kind = "service" if unit == "service" else "clinic"
            connection.execute(
                f"insert into loop_audit (unit_kind, unit, kind, rule, {', '.join(LOOP)})"
                " values (?, ?, 'off_course', 'off_course', ?, ?, ?, ?, ?)",
                [kind, unit, *counts],
            )
        station = (SQL_FOLDER / "495_shown_loop_audit.sql").read_text("utf-8")
        found = connection.execute(f"select unit, {', '.join(LOOP)} from ({station})").fetchall()
    return {row[0]: row[1:] for row in found}


@pytest.mark.usefixtures("snapshot")
def test_who_has_no_alerts_begins_elsewhere(signed_in: SignedIn) -> None:
    add_people()
    for viewer, start in (("quality officer", "/quality"), ("administrator", "/accounts")):
        assert signed_in(viewer).get("/").headers["Location"] == start
