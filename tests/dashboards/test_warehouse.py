"""The door to the snapshot: what it lets through, what it refuses, and when it reopens."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.test import Client

from dashboards.ready_tables import READY
from dashboards.warehouse import (
    QUERIES,
    NothingPublishedError,
    OtherContractError,
    UnreadableSnapshotError,
    published_snapshot,
)
from tests.access_matrix import add_people
from tests.dashboards.published import point_to, publish

SignedIn = Callable[..., Client]

# Nothing of a patient, or counts only. `demo_therapists` is asked of simulated data alone,
# `whom_refused` names a patient to the access log and to nobody else. Names of questionnaires, and
# who is in training with the viewer (test_progress.py), are of no patient either.
WITHOUT_PATIENTS = {"run", "definitions", "deciding_settings", "demo_therapists", "whom_refused",
                    "progress_scale", "progress_supervisee"}  # fmt: skip
FOR_AGGREGATES = {file.stem for file in QUERIES.glob("quality_*.sql")}
FOR_A_CLINIC = {"clinic_figures", "measured_lately", "leaving_patients"}
ABOUT_PATIENTS = (
    {f.stem for f in QUERIES.glob("*.sql")} - WITHOUT_PATIENTS - FOR_AGGREGATES - FOR_A_CLINIC
)


def test_a_swapped_snapshot_is_noticed(nothing_published: Path) -> None:
    publish(nothing_published, "run-1")
    assert published_snapshot().run.run_id == "run-1"

    publish(nothing_published, "run-2")
    assert published_snapshot().run.run_id == "run-2"


def test_who_still_reads_the_former_snapshot_can_finish(nothing_published: Path) -> None:
    publish(nothing_published, "run-1")
    former = published_snapshot()
    publish(nothing_published, "run-2")
    published_snapshot()

    assert former.rows("run")[0]["run_id"] == "run-1"


def test_the_snapshot_is_opened_once(nothing_published: Path) -> None:
    publish(nothing_published)

    assert published_snapshot() is published_snapshot()


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_text('{file}')",
        "attach '{file}' as other",
        "install httpfs",
        "set enable_external_access = true",
        "delete from run",
    ],
)
def test_the_door_is_shut_in(
    nothing_published: Path, tmp_path_factory: pytest.TempPathFactory, statement: str
) -> None:
    publish(nothing_published)
    file = publish(tmp_path_factory.mktemp("elsewhere"))

    with pytest.raises(duckdb.Error):
        published_snapshot().connection.execute(statement.format(file=file))


@pytest.mark.parametrize("query", sorted(ABOUT_PATIENTS - {"visible_patient"}))
def test_every_query_about_patients_is_limited_by_its_viewer(query: str) -> None:
    """Either all rows are of visible patients, or some of the viewer's clinic by its scope; or of
    one patient who has a `$relation` to the viewer."""
    sql = (QUERIES / f"{query}.sql").read_text("utf-8")

    assert "clinic_id = $viewer.clinic_id" in sql
    if "$relation" in sql:
        assert "        $relation is not null\n        and" in sql or _is_of_one_patient(sql)
        assert "patient_id = $patient_id" in sql
        return
    assert "    -- include: visible_patient.sql\n" in sql
    joined = re.search(r"(?<!left )(inner )?join visible_patient\b", sql)
    assert (
        joined
        or "in (select patient_id from visible_patient)" in sql
        or query in ("alerts", "alert_places")
    )


def _is_of_one_patient(sql: str) -> bool:
    return "\nwhere\n    $relation is not null\n    and" in sql


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("query", ["patient", "patient_alerts", "patient_course", "alliance_turns"])
def test_of_somebody_elses_patient_nothing_is_read(query: str) -> None:
    """P1 of clinic noord is T1's. T2 of the same clinic, and the T1 of another, are told nothing;
    nor is anybody about an id that nobody has."""
    other = [{"therapist_id": "T2", "relation": "own"}]

    assert rows_of(query, VIEWER) != []
    assert rows_of(query, {**VIEWER, "therapists": other}) == []
    assert rows_of(query, {**VIEWER, "therapists": []}) == []
    assert rows_of(query, VIEWER, patient_id="P99") == []


@pytest.mark.parametrize("name", sorted(file.stem for file in READY.glob("*.sql")))
def test_a_table_laid_ready_is_the_same_whoever_looks(name: str) -> None:
    assert "$" not in (READY / f"{name}.sql").read_text("utf-8")


def test_the_snapshot_beside_what_is_laid_ready_stays_read_only(nothing_published: Path) -> None:
    publish(nothing_published)
    snapshot = published_snapshot()
    snapshot.lay_ready()
    with pytest.raises(duckdb.Error):
        snapshot.connection.execute("delete from snapshot.episode")


@pytest.mark.parametrize("query", sorted(FOR_AGGREGATES))
def test_every_query_of_counts_is_for_that_scope_only(query: str) -> None:
    assert "$viewer.scope = 'aggregates'" in (QUERIES / f"{query}.sql").read_text("utf-8")


@pytest.mark.parametrize("query", sorted(FOR_A_CLINIC))
def test_every_query_of_a_clinic_is_for_its_coordinator_only(query: str) -> None:
    sql = (QUERIES / f"{query}.sql").read_text("utf-8")

    assert "$viewer.scope = 'clinic'" in sql
    assert "clinic_id = $viewer.clinic_id" in sql


VIEWER = {
    "actor": "somebody",
    "scope": "own_patients",
    "clinic_id": "noord",
    "therapists": [{"therapist_id": "T1", "relation": "own"}],
    "shared": [],
    "opened": None,
}
REST: dict[str, Any] = {
    "patient_id": "P1",
    "episode_id": "P1-1",
    "alert_id": "noord-t1-worse",
    "wanted": ["noord-t1-worse"],
    "episodes": [{"patient_id": "P1", "episode_id": "P1-1"}],
    "today": date(2026, 11, 16),
}


def test_what_was_read_is_kept_for_the_same_limits_only(nothing_published: Path) -> None:
    publish(nothing_published)
    other = {**VIEWER, "therapists": [{"therapist_id": "T2", "relation": "own"}]}
    rows = rows_of("overdue", VIEWER)
    rows[0]["patient_id"] = "changed by a page"

    assert [row["patient_id"] for row in rows_of("overdue", VIEWER)] == ["P5"]
    assert [row["patient_id"] for row in rows_of("overdue", other)] == ["P6"]


def rows_of(query: str, viewer: dict[str, Any], **other: str) -> list[dict[str, Any]]:
    asked = {name for name in REST if f"${name}" in (QUERIES / f"{query}.sql").read_text("utf-8")}
    given = {name: REST[name] for name in asked} | other
    return published_snapshot().rows(query, viewer=viewer, **given)


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("query", sorted(ABOUT_PATIENTS))
@pytest.mark.parametrize("scope", ["everything", "nothing", "aggregates"])
def test_a_viewer_without_a_scope_of_patients_sees_none(query: str, scope: str) -> None:
    assert rows_of(query, {**VIEWER, "scope": scope}) == []
    assert rows_of(query, VIEWER) != []


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize("query", sorted(FOR_A_CLINIC))
@pytest.mark.parametrize("scope", ["everything", "nothing", "aggregates", "own_patients"])
def test_a_clinic_is_told_to_its_coordinator_only(query: str, scope: str) -> None:
    """As its own: a coordinator of a clinic that has no rows is told nothing."""
    assert rows_of(query, {**VIEWER, "scope": scope}) == []
    assert rows_of(query, {**VIEWER, "scope": "clinic", "clinic_id": "west"}) == []
    assert rows_of(query, {**VIEWER, "scope": "clinic"}) != []


def nothing(_: Path) -> None: ...


def other_contract(home: Path) -> None:
    publish(home, contract_version=99)


def a_missing_table(home: Path) -> None:
    with duckdb.connect(str(publish(home))) as connection:
        for table in ("alert_list", "overdue", "setting", "episode", "shown_indicator"):
            connection.execute(f"drop table {table}")


def no_run_in_it(home: Path) -> None:
    with duckdb.connect(str(publish(home))) as connection:
        connection.execute("drop table run")


def damage(home: Path) -> None:
    file = home / "published" / "run-1.duckdb"
    file.parent.mkdir()
    file.write_bytes(b"not a database" * 500)
    point_to(home, file)


PAGES = [
    ("coordinator", "/"),
    ("coordinator", "/overdue"),
    ("coordinator", "/help"),
    ("therapist", "/alerts/noord-t1-worse"),
    ("therapist", "/patients"),
    ("therapist", "/patients/P1"),
    ("therapist", "/patients/P1/who-looked"),
    ("quality officer", "/quality"),
]


@pytest.mark.parametrize(("viewer", "page"), PAGES)
@pytest.mark.parametrize(
    ("spoil", "in_english", "in_dutch"),
    [
        (nothing, "There are no data yet", "Er zijn nog geen gegevens"),
        (other_contract, "another version of these pages", "een andere versie van deze"),
        (a_missing_table, "The data cannot be read now", "De gegevens zijn nu niet te lezen"),
        (no_run_in_it, "The data cannot be read now", "De gegevens zijn nu niet te lezen"),
        (damage, "The data cannot be read now", "De gegevens zijn nu niet te lezen"),
    ],
)
def test_trouble_is_a_calm_page_in_the_users_language(
    signed_in: SignedIn,
    nothing_published: Path,
    spoil: Callable[[Path], None],
    in_english: str,
    in_dutch: str,
    viewer: str,
    page: str,
) -> None:
    spoil(nothing_published)
    add_people()
    for language, sentence in (("en", in_english), ("nl", in_dutch)):
        response = signed_in(viewer, language).get(page)
        assert response.status_code == 503
        assert sentence in response.content.decode()


@pytest.mark.parametrize("page", ["/accounts", "/settings"])
def test_an_administrator_needs_no_data(
    signed_in: SignedIn, nothing_published: Path, page: str
) -> None:
    add_people()
    assert signed_in("administrator").get(page).status_code == 200


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (nothing, NothingPublishedError),
        (other_contract, OtherContractError),
        (no_run_in_it, UnreadableSnapshotError),
        (damage, UnreadableSnapshotError),
    ],
)
def test_each_trouble_has_its_own_name_and_no_values(
    nothing_published: Path, spoil: Callable[[Path], None], error: type[Exception]
) -> None:
    spoil(nothing_published)

    with pytest.raises(error) as raised:
        published_snapshot()
    assert raised.value.args == ()
