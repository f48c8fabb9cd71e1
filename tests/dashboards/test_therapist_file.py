"""The one door to what is computed about therapists: own rows alone, and a trainee's two yeses."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from django.core.exceptions import PermissionDenied

from dashboards import therapist_file
from dashboards.access import Role, Viewer
from dashboards.therapist_file import OWN_QUERIES, OtherQueryError, confined, own_rows
from dashboards.warehouse import NothingPublishedError

GOOD = Path(__file__).parents[1] / "expectations" / "good.sql"
ME = Viewer(actor="anna", role=Role.THERAPIST, clinic_id="a", therapist_id="t1")
TRAINEE = replace(ME, actor="bo", therapist_id="t2")
OWN_TABLES = ("therapist_effect", "therapist_view", "closed_course", "own_alert_outcome")


@pytest.fixture
def queries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of tests/expectations, in force; queries of this test's own."""
    file = tmp_path / "run.therapists.duckdb"
    text = GOOD.read_text(encoding="utf-8")
    with duckdb.connect(str(file)) as connection:
        connection.execute(text[text.index("create table therapist_run") :])
    monkeypatch.setattr(
        "dashboards.therapist_file.settings.OPKOERS",
        type("Settings", (), {"therapist_file": file})(),
        raising=False,
    )
    monkeypatch.setattr(therapist_file, "OWN_QUERIES", tmp_path)
    monkeypatch.setattr(therapist_file, "_opened", None)
    therapist_file._statement.cache_clear()
    for table in (*OWN_TABLES, "case_mix"):
        (tmp_path / f"{table}.sql").write_text(f"-- all of it\nselect * from {table}")
    return tmp_path


@pytest.mark.parametrize("table", OWN_TABLES)
def test_own_rows_and_no_others(queries: Path, table: str) -> None:
    rows = own_rows(ME, table, consented=False)
    assert rows
    assert {(row["clinic_id"], row["therapist_id"]) for row in rows} == {("a", "t1")}


def test_the_same_id_in_another_clinic_is_somebody_else(queries: Path) -> None:
    assert own_rows(replace(ME, clinic_id="b"), "therapist_effect", consented=True) == []


@pytest.mark.parametrize("role", [r for r in Role if r not in therapist_file.MAY_LOOK])
def test_no_other_role_gets_in_even_with_a_therapists_id(queries: Path, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        own_rows(replace(ME, role=role), "therapist_effect", consented=True)


@pytest.mark.parametrize("therapist", [None, ""])
def test_nobody_gets_in_without_being_a_therapist(queries: Path, therapist: str | None) -> None:
    viewer = replace(ME, role=Role.SUPERVISOR, therapist_id=therapist)
    with pytest.raises(PermissionDenied):
        own_rows(viewer, "closed_course", consented=True)


def test_being_deputy_or_shared_with_opens_nothing(queries: Path) -> None:
    viewer = replace(
        TRAINEE, stands_in_for=frozenset({"t1"}), shared=frozenset({("t1", "a1")}), opened="a1"
    )
    assert {r["therapist_id"] for r in own_rows(viewer, "closed_course", consented=True)} == {"t2"}


def test_a_trainees_zone_opens_with_two_yeses_only(queries: Path) -> None:
    with duckdb.connect(str(queries / "run.therapists.duckdb")) as connection:
        connection.execute("""
            update therapist_effect set estimate = 1, lower = 0.5, upper = 1.5, shown = 'estimate'
            where therapist_id = 't2'
        """)
    (closed,) = own_rows(TRAINEE, "therapist_effect", consented=False)
    assert [closed[name] for name in therapist_file.FIGURES] == [None] * 7
    assert (closed["shown"], closed["n_episodes"]) == ("needs_consent", 12)
    assert own_rows(TRAINEE, "therapist_view", consented=False) == []
    (opened,) = own_rows(TRAINEE, "therapist_effect", consented=True)
    assert (opened["shown"], opened["estimate"]) == ("estimate", 1)
    assert own_rows(TRAINEE, "therapist_view", consented=True)


def test_who_is_no_trainee_needs_no_yes(queries: Path) -> None:
    (row,) = own_rows(ME, "therapist_effect", consented=False)
    assert (row["shown"], row["estimate"]) == ("estimate", 1.5)


def test_what_is_of_the_whole_service_is_there_for_every_therapist(queries: Path) -> None:
    assert len(own_rows(ME, "case_mix", consented=False)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "select * from main.therapist_effect",
        "select * from MAIN . therapist_effect",
        'select * from "main".therapist_effect',
        "select * from duckdb_tables()",
        "select * from query('from therapist_effect')",
        "select 1; select * from therapist_effect",
        "from therapist_effect",
        "attach 'x' as y",
        "copy therapist_effect to 'x'",
    ],
)
def test_a_query_that_would_go_round_it_is_refused(text: str) -> None:
    with pytest.raises(OtherQueryError):
        confined(text)


def test_names_of_a_query_cannot_widen_it(queries: Path) -> None:
    (queries / "own.sql").write_text(
        "with mine as (select * from closed_course) select count(*) as n from mine"
    )
    assert own_rows(ME, "own", consented=False) == [{"n": 1}]


def test_before_the_first_run_there_is_nothing(queries: Path) -> None:
    (queries / "run.therapists.duckdb").unlink()
    with pytest.raises(NothingPublishedError):
        own_rows(ME, "case_mix", consented=False)


def test_the_queries_of_the_pages_pass_the_door() -> None:
    files = list(OWN_QUERIES.glob("*.sql"))
    assert files
    for file in files:
        confined(file.read_text(encoding="utf-8"))
