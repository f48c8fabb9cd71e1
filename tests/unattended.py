"""python -m tests.unattended: three weeks of the schedule by itself, with a crash and a late file.

A real `opkoers schedule` with Prefect's own server runs in a small synthetic service. Its days
are those of `[service] now`, moved on from outside; each day's runs are put in line as Prefect's
crons put them there, and nothing else is done by hand. In the second week the run is killed
while it works, and one clinic's export comes two days late. Mail goes to a real server.
"""

import argparse
import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flows.demo import SYNTHETIC_NOW, write_demo
from flows.home import make_home
from flows.last_run import last_runs
from flows.settings import load_settings
from tests.delivery.mail_server import Authority, Mailbox, free_port, serving

PATIENTS = 60
WEEKS = 3
LATE_CLINIC = "midden"
CLINICS = ("noord", "midden", "zuid")
OPERATOR = "it@clinic.example"
# Moments that never come by themselves while this runs; deployments need one.
NEVER = "0 0 29 2 *"


@dataclass
class Unattended:
    """A home, its schedule and its mailbox; `lines` is what happened."""

    home: Path
    mailbox: Mailbox
    port: int
    lines: list[str] = field(default_factory=list)

    def note(self, day: date, what: str, ended: str) -> None:
        mails = len(self.mailbox.got)
        weeks = sorted(f.name for f in (self.home / "reports").glob("[0-9]*-W[0-9][0-9]"))
        line = f"{day:%a %Y-%m-%d}  {what:<32} {ended:<12} {mails:>3} mails  {' '.join(weeks)}"
        self.lines.append(line)
        print(line, flush=True)


def main() -> None:
    """Three weeks; exits with 1 when something does not hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--nights", type=int, default=6, help="nightly runs in each week")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the home there")
    chosen = parser.parse_args()
    if chosen.keep:
        chosen.keep.mkdir(parents=True)
        broken = unattended(chosen.keep.absolute(), nights=chosen.nights)
    else:
        with tempfile.TemporaryDirectory() as folder:
            broken = unattended(Path(folder), nights=chosen.nights)
    print("\n".join(broken) or "all held")
    sys.exit(1 if broken else 0)


def unattended(folder: Path, *, nights: int, weeks: int = WEEKS) -> list[str]:
    """What did not hold; an empty list when all went as it should."""
    home, mailbox, authority = folder / "home", Mailbox(), Authority(folder)
    write_demo(home, patients=PATIENTS)
    late = [file.rename(folder / file.name) for file in (home / "inbox").glob(f"{LATE_CLINIC}_*")]
    with serving(mailbox, security="starttls", context=authority.context_for("localhost")) as port:
        _configure(home, port, authority)
        with _schedule(home) as api:
            told = Unattended(home, mailbox, api)
            for week in range(weeks):
                _one_week(told, SYNTHETIC_NOW + timedelta(days=7 * week), nights,
                          has_crash=week == 1, late=late if week == 1 else [])  # fmt: skip
    return list(_broken(told, weeks))


def _one_week(
    told: Unattended, monday: date, nights: int, *, has_crash: bool, late: list[Path]
) -> None:
    _set_day(told.home, monday)
    if has_crash:
        told.note(monday, "weekly, killed while it works", _killed_run(told))
        told.note(monday, "landing, which finds it", _run(told, "landing"))
        _wait_until(lambda: last_runs(load_settings(told.home))["weekly"].went_well)
        told.note(monday, "weekly, caught up by itself", "Completed")
    else:
        told.note(monday, "weekly", _run(told, "weekly"))
    for number in range(1, nights + 1):
        day = monday + timedelta(days=number)
        _set_day(told.home, day)
        if number == min(2, nights):
            for file in late:
                file.rename(told.home / "inbox" / file.name)
                told.note(day, "landing, of a late export", _run(told, "landing"))
        told.note(day, "nightly", _run(told, "nightly"))


def _configure(home: Path, port: int, authority: Authority) -> None:
    people = "".join(
        f'[[mail.recipient]]\naddress = "{clinic}@clinic.example"\nclinic = "{clinic}"\n'
        for clinic in CLINICS
    )
    file = home / "opkoers.toml"
    file.write_text(
        file.read_text()
        + f'[schedule]\ncron = "{NEVER}"\nnightly_cron = "{NEVER}"\nlanding_cron = "{NEVER}"\n'
        f"prefect_port = {free_port()}\n"
        f'[mail]\nhost = "localhost"\nport = {port}\nsender = "koers@clinic.example"\n'
        f'operator = "{OPERATOR}"\ncertificates = "{authority.file}"\n{people}'
        '[[mail.recipient]]\naddress = "quality@clinic.example"\nreport = "quality"\n'
    )


def _set_day(home: Path, day: date) -> None:
    file = home / "opkoers.toml"
    beside = file.with_name(".opkoers.toml.new")
    beside.write_text(re.sub(r"(?m)^now = .*$", f"now = {day}", file.read_text()))
    beside.replace(file)


@contextmanager
def _schedule(home: Path) -> Iterator[int]:
    """A running `opkoers schedule`; the port of Prefect's server."""
    port = load_settings(home).schedule.prefect_port
    make_home(home)
    with (home / "logs" / "unattended.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", "schedule", "--home", str(home)],
            stdout=log, stderr=log, env=os.environ | {"OPKOERS_LANDING_STABLE_SECONDS": "0",
                                                      "PREFECT_RUNNER_POLL_FREQUENCY": "1"},
        )  # fmt: skip
        try:
            _wait_until(lambda: "Stop with Ctrl-C" in _text(home / "logs" / "unattended.log"))
            yield port
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _run(told: Unattended, flow: str) -> str:
    """The state in which a run of this flow ended, put in line as its cron would."""
    run = _put_in_line(told, flow, wait=True)
    return str(run.state_name)


def _put_in_line(told: Unattended, flow: str, *, wait: bool) -> Any:
    os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{told.port}/api"
    os.environ["PREFECT_HOME"] = str(told.home / "prefect")
    from prefect.deployments.flow_runs import arun_deployment

    import flows.weekly  # noqa: F401 - it sets telemetry off before prefect comes in

    service = load_settings(told.home).service.name
    name = f"{flow}/{flow} {service}"

    async def ask() -> Any:
        for _ in range(60):  # the schedule may still be telling Prefect of its flows
            try:
                return await arun_deployment(name, timeout=600 if wait else 0, poll_interval=1)
            except Exception as error:
                if type(error).__name__ != "ObjectNotFound":
                    raise
                await asyncio.sleep(1)
        raise AssertionError(f"{name} is not served")

    return asyncio.run(ask())


def _killed_run(told: Unattended) -> str:
    """kill -9 of the process that runs the weekly flow, once it is computing."""
    _put_in_line(told, "weekly", wait=False)
    published = told.home / "published"
    _wait_until(lambda: any(published.glob(".building-*/warehouse.duckdb")))
    (holder,) = _holders(told.home / ".lock")
    os.kill(holder, signal.SIGKILL)
    _wait_until(lambda: not _holders(told.home / ".lock"))
    return "killed"


def _holders(file: Path) -> list[int]:
    """Processes other than this one that have a file open."""
    found = {
        int(each.parts[2])
        for each in Path("/proc").glob("[0-9]*/fd/*")
        if _leads_to(each) == str(file) and int(each.parts[2]) != os.getpid()
    }
    return sorted(found)


def _leads_to(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def _wait_until(holds: Callable[[], bool], seconds: float = 300) -> None:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise AssertionError("waited too long")
        time.sleep(0.2)


def _broken(told: Unattended, weeks: int) -> Iterator[str]:
    """What does not hold afterwards, one sentence each."""
    monday = SYNTHETIC_NOW
    expected = {f"{monday + timedelta(days=7 * n):%G-W%V}" for n in range(weeks)}
    found = {f.name for f in (told.home / "reports").glob("[0-9]*-W[0-9][0-9]")}
    if found != expected:
        yield f"reports of {sorted(found)} instead of {sorted(expected)}"
    yield from (line for line in told.lines if " Completed " not in line and "killed" not in line)
    ids = Counter(str(message["Message-ID"]) for _, message, _ in told.mailbox.got)
    yield from (f"mailed {n} times: {each}" for each, n in ids.items() if n > 1)
    subjects = Counter((recipient, str(m["Subject"])) for recipient, m, _ in told.mailbox.got)
    yield from _broken_mails(subjects, sorted(expected), told.home)
    failures = [subject for recipient, subject in subjects if recipient == OPERATOR]
    if weeks > 1 and failures != ["Op koers: een verwerking is mislukt"]:
        yield f"the operator was told {failures}"


def _broken_mails(
    subjects: Counter[tuple[str, str]], expected: list[str], home: Path
) -> Iterator[str]:
    for week in expected:
        for clinic in (*CLINICS, "quality"):
            # A correction of a past week is a mail of its own, under its own number.
            mails = [
                subject
                for recipient, subject in subjects.elements()
                if recipient.startswith(clinic) and week in subject and "herziening" not in subject
            ]
            has_report = clinic == "quality" or (home / "reports" / week / clinic).is_dir()
            if len(mails) != has_report:
                yield f"{clinic} got {len(mails)} mails about {week}"


if __name__ == "__main__":
    main()
