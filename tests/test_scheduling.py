"""What runs when, by Prefect's own schedule, and what is caught up; no server is started."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flows.settings import Schedule, Settings, SettingsError, load_settings
from flows.systemd import units

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
# The last Sundays of March and of October 2026 (Directive 2000/84/EC).
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@pytest.fixture(scope="module")
def weekly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
        patch.setenv("PREFECT_LOGGING_LEVEL", "CRITICAL")
        yield import_module("flows.weekly")


def moments(weekly: ModuleType, cron: str, day: date, days: int) -> list[datetime]:
    """All moments of a cron from the start of `day` on, one after the other, as local times."""
    settings = Settings(home=Path("/nowhere"))
    moment = datetime.combine(day, datetime.min.time(), AMSTERDAM)
    until = datetime.combine(day + timedelta(days=days), datetime.min.time(), AMSTERDAM)
    found = []
    while (moment := weekly.next_moment(settings, cron, moment)) < until:
        found.append(moment.astimezone(AMSTERDAM))
        moment = moment.astimezone(UTC) + timedelta(seconds=1)
    return found


@pytest.mark.parametrize("change", [SPRING, AUTUMN])
def test_the_week_of_a_change_of_clocks_has_one_report_at_six(
    change: date, weekly: ModuleType
) -> None:
    found = moments(weekly, Schedule().cron, change - timedelta(days=6), 14)
    monday = change + timedelta(days=1)
    assert [moment.replace(tzinfo=None) for moment in found] == [
        datetime(day.year, day.month, day.day, 6) for day in (monday - timedelta(days=7), monday)
    ]


@pytest.mark.parametrize("cron", [Schedule().nightly_cron, "30 2 * * *"])
@pytest.mark.parametrize("change", [SPRING, AUTUMN])
def test_every_night_has_one_run_also_when_its_hour_is_not_there_or_twice(
    cron: str, change: date, weekly: ModuleType
) -> None:
    found = moments(weekly, cron, change - timedelta(days=1), 3)
    assert [moment.date() for moment in found] == [change + timedelta(days=n) for n in (-1, 0, 1)]


@pytest.mark.parametrize(("change", "hours"), [(SPRING, 23), (AUTUMN, 24)])
def test_items_are_watched_every_hour_of_those_days(
    change: date, hours: int, weekly: ModuleType
) -> None:
    """In autumn 02:30 comes twice and counts once: then two hours pass between two looks."""
    found = moments(weekly, Schedule().landing_cron, change, 1)
    gaps = [b.astimezone(UTC) - a.astimezone(UTC) for a, b in pairwise(found)]
    assert len(found) == hours
    assert max(gaps) <= timedelta(hours=2)


# A Monday at 06:00 in Amsterdam, in winter.
MONDAY = datetime(2026, 11, 16, 5, 0, tzinfo=UTC)
SUNDAY_NIGHT = datetime(2026, 11, 15, 3, 15, tzinfo=UTC)


def run_of(started: datetime, **told: Any) -> dict[str, Any]:
    return {
        "started_at": started.isoformat(),
        "ended_at": (started + timedelta(minutes=3)).isoformat(),
        "exit_code": 0,
        "tries": 0,
        "finished_at": started.isoformat(),
        "finished_on": f"{started:%Y-%m-%d}",
    } | told


def settings_with(home: Path, text: str = "", **runs: dict[str, Any]) -> Settings:
    (home / "opkoers.toml").write_text(text)
    (home / "last_run.json").write_text(json.dumps(runs))
    return load_settings(home)


BEFORE = MONDAY - timedelta(days=7)
CUT_SHORT = {"ended_at": None, "exit_code": None, "finished_at": BEFORE.isoformat()}


@pytest.mark.parametrize(
    ("what", "runs", "expected"),
    [
        ("nothing ran yet", {}, ()),
        ("all is well", {"weekly": run_of(MONDAY)}, ()),
        ("this week's was missed", {"weekly": run_of(BEFORE)}, ("weekly",)),
        ("five weeks were missed", {"weekly": run_of(MONDAY - timedelta(35))}, ("weekly",)),
        ("it was cut short", {"weekly": run_of(MONDAY, tries=1, **CUT_SHORT)}, ("weekly",)),
        ("three times", {"weekly": run_of(MONDAY, tries=3, **CUT_SHORT)}, ()),
        (
            "no rights, which may pass",
            {"weekly": run_of(MONDAY, tries=1, exit_code=30, finished_at=BEFORE.isoformat())},
            ("weekly",),
        ),
        (
            "checks stopped it: a person must look",
            {"weekly": run_of(MONDAY, tries=1, exit_code=40, finished_at=BEFORE.isoformat())},
            (),
        ),
        (
            "the first run ever was cut short",
            {"weekly": run_of(MONDAY, tries=1, **CUT_SHORT | {"finished_at": None})},
            ("weekly",),
        ),
        (
            "the night was missed",
            {"weekly": run_of(MONDAY), "nightly": run_of(SUNDAY_NIGHT)},
            ("nightly",),
        ),
        (
            "both were missed: the weekly run is more than the nightly one",
            {"weekly": run_of(BEFORE), "nightly": run_of(BEFORE)},
            ("weekly",),
        ),
    ],
)
def test_what_is_caught_up_on_monday_afternoon(
    what: str, runs: dict[str, Any], expected: tuple[str, ...], weekly: ModuleType, tmp_path: Path
) -> None:
    settings = settings_with(tmp_path, **runs)
    assert weekly.kinds_to_catch_up(settings, MONDAY + timedelta(hours=8)) == expected


def test_nothing_is_caught_up_of_what_never_runs(weekly: ModuleType, tmp_path: Path) -> None:
    text = '[schedule]\ncron = ""\nnightly_cron = ""\n'
    settings = settings_with(tmp_path, text, weekly=run_of(BEFORE), nightly=run_of(BEFORE))
    assert weekly.kinds_to_catch_up(settings, MONDAY + timedelta(days=30)) == ()
    assert [each.name for each in weekly.deployments(tmp_path, settings)] == ["landing Op koers"]


def test_each_flow_is_served_on_its_cron_in_the_time_of_the_service(
    weekly: ModuleType, tmp_path: Path
) -> None:
    settings = settings_with(tmp_path, '[service]\nname = "Noord/Zuid 100%"\n')
    served = list(weekly.deployments(tmp_path, settings))
    schedules = [each.schedules[0].schedule for each in served if each.schedules]
    assert [(s.cron, s.timezone) for s in schedules] == [
        ("0 6 * * 1", "Europe/Amsterdam"),
        ("15 4 * * *", "Europe/Amsterdam"),
        ("30 * * * *", "Europe/Amsterdam"),
    ]
    assert {each.name for each in served} == {
        f"{name} Noord Zuid 100 " for name in ("weekly", "nightly", "landing")
    }
    assert {tuple(each.parameters) for each in served} == {("home",)}


@pytest.mark.parametrize("cron", ["every monday", "0 6 * *", "0 6 * * 1 2", "0 6 * * 1\n"])
def test_a_cron_of_other_than_five_fields_is_refused(cron: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not a cron of five fields"):
        settings_with(tmp_path, f"[schedule]\ncron = {json.dumps(cron)}\n")


def test_the_units_of_systemd_name_this_home_and_this_program(tmp_path: Path) -> None:
    home = tmp_path / "a home 100%"
    home.mkdir()
    told = units(settings_with(home, '[delivery]\nfolder = "/mnt/drop"\n'))
    escaped = str(home).replace("%", "%%")
    command = Path(sys.executable).with_name("opkoers")
    assert f'ExecStart="{command}" schedule --home "{escaped}"\n' in told
    assert f'ExecStart="{command}" serve --home "{escaped}"\n' in told
    assert told.count('ReadWritePaths="-/mnt/drop"\n') == 2
    assert command.exists()


def test_systemd_itself_finds_nothing_wrong_with_them(tmp_path: Path) -> None:
    program = Path("/usr/bin/systemd-analyze")
    if not program.exists():
        pytest.skip("systemd is not installed here")
    files = []
    for part in units(settings_with(tmp_path)).split("\n# opkoers-")[1:]:
        files.append(tmp_path / f"opkoers-{part.partition(',')[0]}")
        files[-1].write_text(f"# opkoers-{part}")
    assert len(files) == 2
    done = subprocess.run([program, "verify", *files], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


HOLDER = """
import subprocess, sys, time
from flows.ending_together import end_with_us
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
end_with_us(child.pid)
print(child.pid, flush=True)
time.sleep(60)
"""


def test_what_a_killed_process_started_ends_with_it() -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder.stdout as told:
        child = int(told.readline())
    os.kill(child, 0)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    for _ in range(100):
        if _is_gone(child):
            return
        time.sleep(0.05)
    raise AssertionError("it still runs")


def _is_gone(pid: int) -> bool:
    """Not there, or ended and not yet taken note of by whoever inherited it."""
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"
