"""The flows in Prefect; the only importer of prefect.

`weekly` and `nightly` read as the table of contents of flows/running/steps.py, `landing` as that
of flows/watching.py: one task per step, in order, in this process. Parameters are
paths, dates and file names; Prefect stores them, so nothing else may be one.
"""

import asyncio
import os
import sys

# Before prefect is imported: two channels of telemetry, both on by default.
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from prefect import Flow, State, Task, flow, get_client, runtime, task
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import TaskRun
from prefect.deployments.flow_runs import arun_deployment
from prefect.deployments.runner import RunnerDeployment
from prefect.runner import Runner
from prefect.schedules import Cron
from prefect.server.schemas.schedules import CronSchedule
from prefect.settings import PREFECT_API_URL
from prefect.states import Crashed

from flows import watching
from flows.delivery.notices import operator_told
from flows.errors import ExitCode, OpKoersError
from flows.home import be_private, locked, prepare_home
from flows.last_run import PASSING, WHOLE, Kind, last_runs, recorded
from flows.log import log_to
from flows.running.following import follow, perform
from flows.running.plan import RunPlan, Step, StepDone, plan_run
from flows.running.steps import NIGHTLY, STEPS, land, report, report_critical
from flows.settings import Settings, load_settings

log = logging.getLogger("opkoers.schedule")

# Only what touches the outside can fail for a reason that passes: the inbox is
# often a network share, reports may be written to one.
OUTSIDE: dict[Step, int] = {land: 2, report: 2, report_critical: 2}


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
    """Land, watch, build, check, publish, report, deliver; the sentences of what was refused."""
    settings = _set_up(Path(home))
    make_plan = partial(
        plan_run,
        settings.home,
        as_of=date.fromisoformat(as_of) if as_of else None,
        known_at=datetime.fromisoformat(known_at) if known_at else None,
        accept=accept,
    )
    with _home_held(settings):
        if _is_done_already(settings, ("weekly",)):
            return []
        if as_of or known_at:
            return _steps_of(make_plan(), STEPS)
        return _whole_run(settings, make_plan)


@flow(name="nightly", persist_result=False)
def nightly(home: str) -> list[str]:
    """The same without a report, so that pages are of today; with it, where that week's is late."""
    settings = _set_up(Path(home))
    make_plan = partial(plan_run, settings.home)
    with _home_held(settings):
        if _is_done_already(settings, ("weekly", "nightly")):
            return []
        if is_behind(settings, "weekly", datetime.now(UTC)):
            return _whole_run(settings, make_plan)
        with operator_told(settings), recorded(settings, "nightly"):
            return _steps_of(make_plan(), NIGHTLY)


@flow(name="landing", persist_result=False)
def landing(home: str) -> list[str]:
    """Land what arrived whole and watch its critical items; nothing while another run works.

    Afterwards it looks whether a run was missed or cut short, and asks for it.
    """
    settings = _set_up(Path(home))
    try:
        with locked(settings.home):
            plan = plan_run(settings.home)
            with operator_told(settings), recorded(settings, "landing"):
                told = _told(watching.follow(plan, _as_task(plan)))
            missed = kinds_to_catch_up(settings, datetime.now(UTC))
    except OpKoersError as error:
        if error.exit_code is ExitCode.RUN_IN_PROGRESS:
            return []
        raise
    if runtime.deployment.id:
        _ask_for(settings, missed)
    return told


def _set_up(home: Path) -> Settings:
    """A scheduled run is a process of its own: what the command line sets up is set up here."""
    be_private()
    prepare_home(home)
    log_to(home)
    _end_server_with_us()
    return load_settings(home)


def _end_server_with_us() -> None:
    """Prefect's temporary server would go on when this process is killed."""
    if PREFECT_API_URL.value():
        return
    from prefect.server.api.server import SubprocessASGIServer

    from flows.ending_together import end_with_us

    server = SubprocessASGIServer().server_process
    if server is not None:
        end_with_us(server.pid)


@contextmanager
def _home_held(settings: Settings) -> Iterator[None]:
    """The home's lock; a scheduled run waits for whoever holds it."""
    minutes = settings.schedule.wait_minutes if runtime.deployment.id else 0
    with locked(settings.home, patience_seconds=minutes * 60):
        yield


def _is_done_already(settings: Settings, kinds: Sequence[Kind]) -> bool:
    """Whether a run that began after this one's moment already did its work: the machine was off,
    and several of the same wait in a row."""
    if not runtime.deployment.id:
        return False
    runs = [last_runs(settings).get(kind) for kind in kinds]
    moment = runtime.flow_run.scheduled_start_time
    return any(r.finished_at is not None and r.finished_at > moment for r in runs if r)


def _whole_run(settings: Settings, make_plan: Callable[[], RunPlan]) -> list[str]:
    with operator_told(settings), recorded(settings, "weekly"):
        told = _steps_of(make_plan(), STEPS)
    _leave_artifact(settings)
    _prune(settings)
    return told


def _steps_of(plan: RunPlan, steps: Sequence[Step]) -> list[str]:
    return _told(follow(plan, _as_task(plan), steps))


def _leave_artifact(settings: Settings) -> None:
    """What Prefect's page shows of a run: where reports lie in the home, and counts."""
    from flows.delivery.reports import as_markdown, reports_of

    reports = reports_of(settings)
    if reports:
        create_markdown_artifact(as_markdown(reports), key="reports")


def _prune(settings: Settings) -> None:
    from flows.mishaps import told_as_sentence
    from flows.pruning import of_files

    try:
        with told_as_sentence():
            for gone in of_files(settings, is_dry_run=False):
                log.info("pruned %s", gone.words)
    except OpKoersError as error:
        log.warning("not pruned: %s", error.sentence())


def _as_task(plan: RunPlan) -> Callable[[Step], StepDone]:
    def perform_in_task(step: Step) -> StepDone:
        in_prefect = task(
            name=step.__name__,
            task_run_name=step.__name__,
            retries=OUTSIDE.get(step, 0),
            retry_delay_seconds=10,
            retry_condition_fn=_may_pass,
            persist_result=False,
        )(perform)
        return in_prefect(step, plan)

    return perform_in_task


def _told(mistakes: Iterable[OpKoersError]) -> list[str]:
    return [f"{mistake.exit_code:d} {mistake.sentence()}" for mistake in mistakes]


# ---------- the schedule


def serve(home: Path) -> None:
    """Run the flows on the home's crons, in its time zone, one at a time, until stopped."""
    settings = load_settings(home)
    asyncio.run(_serve(settings, kinds_to_catch_up(settings, datetime.now(UTC))))


async def _serve(settings: Settings, missed: Iterable[Kind]) -> None:
    runner = Runner(limit=1)
    for deployment in deployments(settings.home, settings):
        await runner.aadd_deployment(deployment)
    async with get_client() as client:
        await _clear_what_was_cut_short(client)
        # What came in while the machine was off is landed now; that run also looks for missed ones.
        for name in _names(settings, "landing"):
            await arun_deployment(name, client, timeout=0, as_subflow=False)
    if not settings.schedule.landing_cron:
        await _ask(settings, missed)
    await runner.start()


async def _clear_what_was_cut_short(client: PrefectClient) -> None:
    """Runs of a killed schedule are marked as crashed; moments that passed are taken away."""
    states = {"state": {"type": {"any_": ["RUNNING", "PENDING", "SCHEDULED"]}}}
    now = datetime.now(UTC)
    for flow_run in await client.read_flow_runs(flow_run_filter=FlowRunFilter(**states)):
        if flow_run.state_type is not None and flow_run.state_type.value != "SCHEDULED":
            await client.set_flow_run_state(flow_run.id, Crashed(), force=True)
        elif flow_run.expected_start_time is not None and flow_run.expected_start_time < now:
            await client.delete_flow_run(flow_run.id)


def deployments(home: Path, settings: Settings) -> Iterator[RunnerDeployment]:
    """Each flow with its cron, where it has one."""
    for each, cron in _on_cron(settings):
        yield RunnerDeployment.from_flow(
            each,
            name=_deployment_name(each, settings),
            parameters={"home": str(home)},
            schedule=Cron(cron, timezone=settings.service.timezone),
        )


def _on_cron(settings: Settings) -> Iterator[tuple[Flow[..., list[str]], str]]:
    schedule = settings.schedule
    flows: tuple[Flow[..., list[str]], ...] = (weekly, nightly, landing)
    crons = (schedule.cron, schedule.nightly_cron, schedule.landing_cron)
    return ((each, cron) for each, cron in zip(flows, crons, strict=True) if cron)


def _deployment_name(each: Flow[..., Any], settings: Settings) -> str:
    """Prefect takes neither / nor % in a name."""
    return f"{each.name} {settings.service.name.replace('/', ' ').replace('%', ' ')}"


def _names(settings: Settings, kind: Kind) -> list[str]:
    """What Prefect calls the deployment of this kind; none where it has no cron."""
    return [
        f"{each.name}/{_deployment_name(each, settings)}"
        for each, _ in _on_cron(settings)
        if each.name == kind
    ]


def kinds_to_catch_up(settings: Settings, now: datetime) -> tuple[Kind, ...]:
    """The run to make now because its moment passed without it: weekly before nightly, one of them.

    A run that a person must mend something for is not tried again until the night.
    """
    for kind in WHOLE:
        last = last_runs(settings).get(kind)
        if last is not None and is_behind(settings, kind, now):
            may_help = last.went_well or last.may_pass
            return (kind,) if may_help and last.tries < settings.schedule.tries else ()
    return ()


def is_behind(settings: Settings, kind: Kind, now: datetime) -> bool:
    """Whether the last run of this kind failed or was cut short, or its cron's moment passed since.

    Never before any run: a new home waits for its first moment.
    """
    last = last_runs(settings).get(kind)
    cron = settings.schedule.cron if kind == "weekly" else settings.schedule.nightly_cron
    if last is None or not cron:
        return False
    if not last.went_well or last.finished_at is None:
        return True
    return next_moment(settings, cron, last.finished_at + timedelta(seconds=1)) <= now


def next_moment(settings: Settings, cron: str, since: datetime) -> datetime:
    """The first moment of a cron in the service's time zone at or after `since`, in UTC.

    Around a change of clocks Prefect also names one just before: 02:30 where there is none.
    """
    schedule = CronSchedule(cron=cron, timezone=settings.service.timezone)
    moments = asyncio.run(schedule.get_dates(3, start=since.astimezone(UTC)))
    plain = (datetime.fromtimestamp(moment.timestamp(), UTC) for moment in moments)
    return next(moment for moment in plain if moment >= since)


def _ask_for(settings: Settings, kinds: Iterable[Kind]) -> None:
    asyncio.run(_ask(settings, kinds))


async def _ask(settings: Settings, kinds: Iterable[Kind]) -> None:
    """Put a run of each kind in line; asking twice for the same try gives one run."""
    async with get_client() as client:
        for kind in kinds:
            last = last_runs(settings)[kind]
            key = f"{kind} after {last.started_at.isoformat()}"
            log.warning("a %s run was missed or cut short; it is run now", kind)
            for name in _names(settings, kind):
                await arun_deployment(
                    name, client, timeout=0, as_subflow=False, idempotency_key=key
                )


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
