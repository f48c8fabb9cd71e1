"""The weekly flow in Prefect; the only importer of prefect.

It reads as the table of contents of flows/run.py: one task per step, in order,
in this process. Parameters are paths, dates and file names; Prefect stores
them, so nothing else may be one.
"""

import os
import sys

# Before prefect is imported: two channels of telemetry, both on by default.
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")

from datetime import date, datetime
from pathlib import Path
from typing import Any

from prefect import State, Task, flow, task
from prefect.client.schemas.objects import TaskRun
from prefect.schedules import Cron

from flows import run
from flows.errors import ExitCode, OpKoersError
from flows.home import be_private, locked, prepare_home
from flows.log import log_to
from flows.settings import load_settings

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
    # A scheduled run is a process of its own, so what the command line sets up is set up here.
    be_private()
    prepare_home(Path(home))
    log_to(Path(home))
    plan = run.plan_run(
        Path(home),
        as_of=date.fromisoformat(as_of) if as_of else None,
        known_at=datetime.fromisoformat(known_at) if known_at else None,
        accept=accept,
    )

    def as_task(step: run.Step) -> run.StepDone:
        in_prefect = task(
            name=step.__name__,
            task_run_name=step.__name__,
            retries=OUTSIDE.get(step, 0),
            retry_delay_seconds=10,
            retry_condition_fn=_may_pass,
            persist_result=False,
        )(run.perform)
        return in_prefect(step, plan)

    with locked(plan.home):
        mistakes = run.follow(plan, as_task)
    return [f"{mistake.exit_code:d} {mistake.sentence()}" for mistake in mistakes]


def serve(home: Path) -> None:
    """Run the flow on the home's cron, in its time zone, until stopped."""
    settings = load_settings(home)
    weekly.serve(
        name=f"weekly {settings.service.name}",
        parameters={"home": str(home)},
        schedule=Cron(settings.schedule.cron, timezone=settings.service.timezone),
        limit=1,
        print_starting_message=False,
    )


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
