"""opkoers schedule: the Prefect server with its UI, and the flows served on their crons.

Two processes of their own, because Prefect's `serve` wants to be the main
module; both end with this one.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from flows.delivery.notices import DAYS_WITHOUT_RUN, operator_told
from flows.ending_together import end_with_us, let_go
from flows.errors import ExitCode, OpKoersError
from flows.home import locked
from flows.last_run import days_since_last_run
from flows.settings import Settings, load_settings

HEALTHY_WITHIN_SECONDS = 90
SECONDS_OF_DAY = 24 * 60 * 60


def serve_with_ui(home: Path) -> None:
    """Block until stopped. Raises OpKoersError when Prefect's server does not start."""
    settings = load_settings(home)
    api = f"http://127.0.0.1:{settings.schedule.prefect_port}/api"
    environment = _environment(settings, api)
    _tell_of_troubles(settings)
    server = _start(
        ["-m", "prefect", "server", "start", "--host", "127.0.0.1",
         "--port", str(settings.schedule.prefect_port)],
        environment, home,
    )  # fmt: skip
    try:
        _wait_until_healthy(settings.schedule.prefect_port, server)
        flow = _start(["-m", "flows.weekly", str(home)], environment, home)
        _tell(settings, api)
        try:
            _wait_for_either(server, flow)
        finally:
            _stop(flow)
    finally:
        _stop(server)


def _environment(settings: Settings, api: str) -> dict[str, str]:
    """Prefect's server forgets old runs by itself, on SQLite as on PostgreSQL."""
    return os.environ | {
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs,orphans",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(
            settings.prune.prefect_days * SECONDS_OF_DAY
        ),
        "PREFECT_HOME": str(settings.home / "prefect"),
        "PREFECT_UI_STATIC_DIRECTORY": str(settings.home / "prefect" / "ui"),
        "PREFECT_API_URL": api,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": str(Path(__file__).parent.parent),
    }


def _start(
    words: Sequence[str], environment: dict[str, str], home: Path
) -> subprocess.Popen[bytes]:
    with (home / "logs" / "prefect.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *words], env=environment, stdout=log, stderr=log, cwd=home
        )
    end_with_us(process.pid)
    return process


def _wait_until_healthy(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + HEALTHY_WITHIN_SECONDS
    while time.monotonic() < until and server.poll() is None:
        if _is_healthy(port):
            return
        time.sleep(0.5)
    raise OpKoersError(
        "Prefect's server did not start",
        next_step="Look at logs/prefect.log; often the port is taken: set [schedule] prefect_port",
        exit_code=ExitCode.BUG,
    )


def _is_healthy(port: int) -> bool:
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
            connection.request("GET", "/api/health")
            return connection.getresponse().status == HTTPStatus.OK
    except (HTTPException, OSError):
        return False


def _tell_of_troubles(settings: Settings) -> None:
    """Said and mailed at once, for who starts it again after days: a run failed, or none came."""
    days = days_since_last_run(settings)
    if days is not None and days > DAYS_WITHOUT_RUN:
        print(f"Warning: the last finished run is {days} days old.")
    with suppress(OpKoersError), locked(settings.home), operator_told(settings):
        pass


def _tell(settings: Settings, api: str) -> None:
    schedule = settings.schedule
    crons = {
        "weekly run, with reports": schedule.cron,
        "nightly run, without": schedule.nightly_cron,
        "landing and critical items": schedule.landing_cron,
    }
    print(f"What runs when (minute hour day month weekday, {settings.service.timezone}):")
    for name, cron in crons.items():
        print(f"  {name:<27} {cron or 'never'}")
    print("What was missed meanwhile is caught up now, once.")
    print(f"Prefect shows its runs at {api.removesuffix('/api')}. Stop with Ctrl-C.")
    print("Stopping pauses the schedule; it goes on when this command runs again.")
    sys.stdout.flush()


def _wait_for_either(server: subprocess.Popen[bytes], flow: subprocess.Popen[bytes]) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    while server.poll() is None and flow.poll() is None:
        time.sleep(1)
    raise OpKoersError(
        "Prefect stopped by itself",
        next_step="Look at logs/prefect.log, then start `opkoers schedule` again",
        exit_code=ExitCode.BUG,
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    let_go(process.pid)
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
