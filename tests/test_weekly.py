"""The flow in Prefect: one harness for all of it, since starting one takes ten seconds."""

import asyncio
import csv
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.errors import ExitCode, OpKoersError
from flows.landing import archive


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


def test_the_flow_runs_every_step_once_and_stores_no_values(
    prefect: Path, fresh_demo: Path
) -> None:
    from flows.run import STEPS
    from flows.weekly import weekly

    assert weekly(home=str(fresh_demo)) == []
    with duckdb.connect(str((fresh_demo / "published/current").resolve()), read_only=True) as c:
        assert c.execute("select count(*) > 0 from score").fetchone() == (True,)
    done = [(run.name, run.state_name) for run in task_runs()]
    assert sorted(done) == sorted((step.__name__, "Completed") for step in STEPS)
    (flow_run,) = flow_runs()
    assert flow_run.state_name == "Completed"
    assert set(flow_run.parameters) <= {"home", "as_of", "known_at", "accept"}
    # CI also reads the bytes of the database file that a real run leaves.
    with (fresh_demo / "truth/patients.csv").open(newline="") as stream:
        patients = {row["patient_id"] for row in csv.DictReader(stream)}
    told = [run.model_dump_json() for run in (*flow_runs(), *task_runs())]
    assert not any(patient in text for patient in patients for text in told)


def test_a_refused_file_is_told_and_the_rest_goes_on(prefect: Path, fresh_demo: Path) -> None:
    from flows.weekly import weekly

    (fresh_demo / "inbox" / "stray.csv").write_text("a,b\n1,2\n")
    (told,) = weekly(home=str(fresh_demo))
    assert told == (
        f"{ExitCode.NO_SOURCE_MATCHES:d} stray.csv: no source file matches this name."
        " Add sources/<name>.toml with a fitting 'match', or take the file out of inbox."
    )
    assert len(archive.receipts(fresh_demo / "archive")) == 4


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
    (fresh_demo / "inbox" / "stray.csv").write_text("a,b\n1,2\n")
    (told,) = landing(home=str(fresh_demo))
    assert told.startswith(f"{ExitCode.NO_SOURCE_MATCHES:d} stray.csv: ")
    assert len(archive.receipts(fresh_demo / "archive")) == 4
    names = sorted(link.name for link in (fresh_demo / "published").iterdir() if link.is_symlink())
    assert names == ["current.critical"]
    before = len(task_runs())
    assert landing(home=str(fresh_demo)) == []
    assert len(task_runs()) == before


def test_telemetry_is_off(prefect: Path) -> None:
    from prefect.settings import get_current_settings

    assert get_current_settings().server.analytics_enabled is False
    assert os.environ["DO_NOT_TRACK"] == "1"
