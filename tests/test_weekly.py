"""The flow in Prefect: one harness for all of it, since starting one takes ten seconds."""

import asyncio
import csv
import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from flows.demo import write_demo
from flows.errors import ExitCode, OpKoersError
from flows.home import make_home
from flows.landing import archive
from flows.last_run import last_runs
from flows.pruning import prune
from flows.settings import load_settings
from tests.conftest import Demo


@pytest.fixture(scope="module")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Prefect's own test harness: a real API with a database of its own."""
    home = tmp_path_factory.mktemp("prefect")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(home))
        patch.setenv("PREFECT_LOGGING_LEVEL", "CRITICAL")
        import_module("flows.weekly")  # first: it sets telemetry off
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=60):
            yield home


def task_runs() -> list[Any]:
    from prefect import get_client

    async def read() -> list[Any]:
        async with get_client() as client:
            return await client.read_task_runs()

    return asyncio.run(read())


def flow_runs() -> list[Any]:
    from prefect import get_client

    async def read() -> list[Any]:
        async with get_client() as client:
            return await client.read_flow_runs()

    return asyncio.run(read())


@pytest.fixture(scope="module")
def ran(prefect: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Demo, list[str]]:
    """A home that ran once, with a file in its inbox that no source reads; what was told of it."""
    from flows.weekly import weekly

    home = tmp_path_factory.mktemp("ran") / "home"
    write_demo(home, patients=60)
    (home / "inbox" / "stray.csv").write_text("a,b\n1,2\n")
    return Demo(home), weekly(home=str(home))


def test_the_flow_runs_every_step_once_and_stores_no_values(ran: tuple[Demo, list[str]]) -> None:
    from flows.running.steps import STEPS

    demo, _ = ran
    assert demo.rows("select count(*) > 0 from score") == [(True,)]
    done = [(run.name, run.state_name) for run in task_runs()]
    assert sorted(done) == sorted((step.__name__, "Completed") for step in STEPS)
    (flow_run,) = flow_runs()
    assert flow_run.state_name == "Completed"
    assert set(flow_run.parameters) <= {"home", "as_of", "known_at", "accept"}
    # CI also reads the bytes of the database file that a real run leaves.
    with (demo.home / "truth/patients.csv").open(newline="") as stream:
        patients = {row["patient_id"] for row in csv.DictReader(stream)}
    told = [run.model_dump_json() for run in (*flow_runs(), *task_runs())]
    assert not any(patient in text for patient in patients for text in told)


def test_a_refused_file_is_told_and_the_rest_goes_on(ran: tuple[Demo, list[str]]) -> None:
    demo, (told,) = ran
    assert told == (
        f"{ExitCode.NO_SOURCE_MATCHES:d} stray.csv: no source file matches this name."
        " Add sources/<name>.toml with a fitting 'match', or take the file out of inbox."
    )
    exports = {file.name for file in (demo.home / "inbox").iterdir()} - {"stray.csv"}
    assert {receipt.name for receipt in archive.receipts(demo.home / "archive")} == exports


def test_a_run_in_a_held_home_fails_with_the_reason(prefect: Path, fresh_demo: Path) -> None:
    from flows.home import locked
    from flows.weekly import weekly

    with locked(fresh_demo), pytest.raises(OpKoersError) as refused:
        weekly(home=str(fresh_demo))
    assert refused.value.exit_code is ExitCode.RUN_IN_PROGRESS
    assert sorted({run.state_name for run in flow_runs()}) == ["Completed", "Failed"]


def test_landing_by_itself_lands_what_is_new_and_skips_quietly(
    prefect: Path, fresh_demo: Path
) -> None:
    from flows.home import locked
    from flows.weekly import landing

    with locked(fresh_demo):
        assert landing(home=str(fresh_demo)) == []
    assert not list((fresh_demo / "archive").iterdir())
    exports = len(list((fresh_demo / "inbox").iterdir()))
    (fresh_demo / "inbox" / "stray.csv").write_text("a,b\n1,2\n")
    (told,) = landing(home=str(fresh_demo))
    assert told.startswith(f"{ExitCode.NO_SOURCE_MATCHES:d} stray.csv: ")
    assert len(archive.receipts(fresh_demo / "archive")) == exports
    names = sorted(link.name for link in (fresh_demo / "published").iterdir() if link.is_symlink())
    assert names == ["current.critical"]
    before = len(task_runs())
    assert landing(home=str(fresh_demo)) == []
    assert len(task_runs()) == before


def test_telemetry_is_off(prefect: Path) -> None:
    from prefect.settings import get_current_settings

    assert get_current_settings().server.analytics_enabled is False
    assert os.environ["DO_NOT_TRACK"] == "1"


def test_the_nightly_run_leaves_reports_alone_and_both_say_how_they_went(
    ran: tuple[Demo, list[str]],
) -> None:
    from flows.weekly import nightly

    home = ran[0].home
    (home / "inbox" / "stray.csv").unlink()
    reports = {f: f.stat().st_mtime_ns for f in (home / "reports").rglob("report.json")}
    assert reports
    first = (home / "published/current").resolve()

    assert nightly(home=str(home)) == []

    assert (home / "published/current").resolve() != first
    assert {file: file.stat().st_mtime_ns for file in reports} == reports
    runs = last_runs(load_settings(home))
    assert {kind: run.went_well for kind, run in runs.items()} == {"weekly": True, "nightly": True}


def test_what_prefect_shows_of_a_run_names_nobody(prefect: Path) -> None:
    """The artifacts of the runs before: a path and six counts for each clinic."""
    from prefect import get_client

    async def read() -> list[Any]:
        async with get_client() as client:
            return await client.read_artifacts()

    texts = [str(each.data) for each in asyncio.run(read())]
    row = r"\| `reports/\d{4}-W\d\d/(noord|midden|zuid)`( \| \d+){6} \|"
    assert texts
    assert all(re.fullmatch(row, line) for text in texts for line in text.splitlines()[2:])


def test_what_prefect_remembers_of_old_runs_goes(prefect: Path, tmp_path: Path) -> None:
    """In a copy of its real database, in which all runs but one are long ago."""
    from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL

    make_home(tmp_path / "home")
    url = str(PREFECT_API_DATABASE_CONNECTION_URL.value())
    file = tmp_path / "home" / "prefect" / "prefect.db"
    with (
        closing(sqlite3.connect(url.partition("///")[2])) as real,
        closing(sqlite3.connect(file)) as copy,
    ):
        real.backup(copy)
        (newest,) = copy.execute("select id from flow_run order by end_time desc").fetchone()
        runs = copy.execute("select count(*) from flow_run").fetchone()[0]
        copy.execute("update flow_run set end_time = '2020-01-01' where id <> ?", (newest,))
        copy.commit()
    assert runs > 2

    (gone,) = prune(load_settings(tmp_path / "home"), is_dry_run=False)

    assert gone.words == f"{runs - 1} runs that Prefect remembered"
    with closing(sqlite3.connect(file)) as left:
        assert left.execute("select id from flow_run").fetchall() == [(newest,)]
        for table in ("task_run", "flow_run_state", "artifact"):
            kept = left.execute(f"select distinct flow_run_id from {table}").fetchall()
            assert set(kept) <= {(newest,)}, table
        owners = "select id from task_run"
        orphans = f"select count(*) from task_run_state where task_run_id not in ({owners})"
        assert left.execute(orphans).fetchone() == (0,)


def test_a_missed_run_is_asked_for_once_and_what_was_cut_short_is_cleared(
    prefect: Path, tmp_path: Path
) -> None:
    """A machine was off: one run was killed, five moments passed, and two looks find it."""
    from prefect import State, get_client
    from prefect.client.schemas.objects import FlowRun
    from prefect.states import Running, Scheduled

    from flows import weekly as schedule

    make_home(tmp_path / "home")
    settings = load_settings(tmp_path / "home")
    killed = {"started_at": "2026-11-16T05:00:00+00:00", "tries": 1} | dict.fromkeys(
        ("ended_at", "exit_code", "finished_at", "finished_on")
    )
    settings.last_run.write_text(json.dumps({"weekly": killed}))

    def _scheduled_for(moment: datetime) -> State[Any]:
        return Scheduled(scheduled_time=moment)

    async def was_off_and_is_on_again() -> list[FlowRun]:
        served = [await each.aapply() for each in schedule.deployments(settings.home, settings)]
        async with get_client() as client:
            passed = [datetime.now(UTC) - timedelta(hours=hours) for hours in range(1, 6)]
            states: list[State[Any]] = [Running(), *map(_scheduled_for, passed)]
            for state in states:
                await client.create_flow_run_from_deployment(served[0], state=state)
            await schedule._clear_what_was_cut_short(client)
            for _ in range(2):
                missed = schedule.kinds_to_catch_up(settings, datetime.now(UTC))
                await schedule._ask(settings, missed)
            runs = await client.read_flow_runs()
            return [run for run in runs if run.deployment_id == served[0]]

    runs = asyncio.run(was_off_and_is_on_again())

    now = datetime.now(UTC) + timedelta(minutes=1)
    ours = [run for run in runs if run.expected_start_time and run.expected_start_time < now]
    assert sorted(str(run.state_name) for run in ours) == ["Crashed", "Scheduled"]
