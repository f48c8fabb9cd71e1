"""The flows in Prefect; the only importer of prefect.

`weekly` reads as the table of contents of flows/run.py, `landing` as that of
flows/watching.py: one task per step, in order, in this process. Parameters are
paths, dates and file names; Prefect stores them, so nothing else may be one.
"""

import os
import sys

# Before prefect is imported: two channels of telemetry, both on by default.
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from prefect import Flow, State, Task, flow, task
from prefect import serve as serve_all
from prefect.client.schemas.objects import TaskRun
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron

from flows import run, watching
from flows.errors import ExitCode, OpKoersError
from flows.home import be_private, locked, prepare_home
from flows.log import log_to
from flows.settings import Settings, load_settings

# Only what touches the outside can fail for a reason that passes: the inbox is
# often a network share, reports may be written to one.
OUTSIDE: dict[run.Step, int] = {run.land: 2, run.report: 2, run.report_critical: 2}
PASSING = {ExitCode.NO_RIGHTS, ExitCode.BUG}


def _may_pass(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> bool:
    """Whether trying again could help: not after a mistake that a person must mend."""
    error = state.result(raise_on_failure=False)
    return not isinstance(error, OpKoersError) or error.exit_code in PASSING


@flow(name="weekly", persist_result=False)
def weekly(
    home: str,
    as_of: str | None = None,
    known_at: str | None = None,
    accept: tuple[str, ...] = (),
) -> list[str]:
    """Land, watch, build, check, publish, report; the sentences of what was refused."""
    _set_up(Path(home))
    plan = run.plan_run(
        Path(home),
        as_of=date.fromisoformat(as_of) if as_of else None,
        known_at=datetime.fromisoformat(known_at) if known_at else None,
        accept=accept,
    )
    with locked(plan.home):
        return _told(run.follow(plan, _as_task(plan)))


@flow(name="landing", persist_result=False)
def landing(home: str) -> list[str]:
    """Land what arrived whole and watch its critical items; nothing while another run works."""
    _set_up(Path(home))
    try:
        with locked(Path(home)):
            plan = run.plan_run(Path(home))
            return _told(watching.follow(plan, _as_task(plan)))
    except OpKoersError as error:
        if error.exit_code is ExitCode.RUN_IN_PROGRESS:
            return []
        raise


def _set_up(home: Path) -> None:
    """A scheduled run is a process of its own: what the command line sets up is set up here."""
    be_private()
    prepare_home(home)
    log_to(home)


def _as_task(plan: run.RunPlan) -> Callable[[run.Step], run.StepDone]:
    def perform_in_task(step: run.Step) -> run.StepDone:
        in_prefect = task(
            name=step.__name__,
            task_run_name=step.__name__,
            retries=OUTSIDE.get(step, 0),
            retry_delay_seconds=10,
            retry_condition_fn=_may_pass,
            persist_result=False,
        )(run.perform)
        return in_prefect(step, plan)

    return perform_in_task


def _told(mistakes: Iterable[OpKoersError]) -> list[str]:
    return [f"{mistake.exit_code:d} {mistake.sentence()}" for mistake in mistakes]


def serve(home: Path) -> None:
    """Run the flows on the home's crons, in its time zone, one at a time, until stopped."""
    served = deployments(home, load_settings(home))
    serve_all(*served, limit=1, print_starting_message=False)


def deployments(home: Path, settings: Settings) -> Iterator[RunnerDeployment]:
    flows: tuple[Flow[..., list[str]], ...] = (weekly, landing)
    crons = (settings.schedule.cron, settings.schedule.landing_cron)
    for each, cron in zip(flows, crons, strict=True):
        if cron:
            yield RunnerDeployment.from_flow(
                each,
                name=f"{each.name} {settings.service.name}",
                parameters={"home": str(home)},
                schedule=Cron(cron, timezone=settings.service.timezone),
            )


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
