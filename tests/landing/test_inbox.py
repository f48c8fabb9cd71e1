"""Which files of the inbox are read: whole ones, once, whoever looks at the same time."""

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from flows import watching
from flows.errors import ExitCode, OpKoersError
from flows.home import locked
from flows.landing import archive, inbox, progress
from flows.running.following import perform
from flows.running.plan import Step, StepDone, plan_run
from flows.settings import Landing, load_settings
from tests.landing.homes import LandingHome

SOURCE = """
clinic_id = { value = "noord" }
patient_id = { column = "patient" }
measured_at = { column = "date" }
[long]
instrument = { value = "phq-9" }
item = { column = "item" }
value = { column = "answer" }
"""
HEADER = "patient,date,item,answer\n"
SUICIDAL = f"{HEADER}p1,2026-01-05,9,3\np1,2026-01-05,1,2\n"


def never(seconds: float) -> None:
    raise AssertionError("nothing here needs a second look")


def at_rest(file: Path) -> None:
    """As if nothing was written to it for two minutes."""
    past = time.time() - 120
    os.utime(file, (past, past))


def names(files: tuple[Path, ...]) -> list[str]:
    return [file.name for file in files]


# ---------- which files


@pytest.mark.parametrize(
    "name",
    [".hidden.csv", "~$clinic.xlsx", "clinic.csv.part", "clinic.csv.PARTIAL", "clinic.tmp",
     "clinic.csv.filepart", "clinic.zip.crdownload", "clinic.csv.done", "clinic.csv.lock"],
)  # fmt: skip
def test_what_other_programs_leave_there_is_no_export(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    (tmp_path / "folder.csv").mkdir()
    assert inbox.arrivals(tmp_path, Landing(), never) == inbox.Arrivals((), ())


def test_files_at_rest_are_read_without_waiting(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv"):
        (tmp_path / name).write_text("x")
        at_rest(tmp_path / name)
    assert names(inbox.arrivals(tmp_path, Landing(), never).complete) == ["a.csv", "b.csv"]
    assert names(tuple(inbox.complete_files(tmp_path, Landing()))) == ["a.csv", "b.csv"]


def test_all_fresh_files_are_looked_at_again_after_one_wait(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "c.csv", "d.csv"):
        (tmp_path / name).write_text("x")
    at_rest(tmp_path / "d.csv")
    waits = []

    def others_write(seconds: float) -> None:
        waits.append(seconds)
        with (tmp_path / "b.csv").open("a") as growing:
            growing.write("more")
        (tmp_path / "c.csv").unlink()

    seen = inbox.arrivals(tmp_path, Landing(stable_seconds=1.5), others_write)
    assert waits == [1.5]
    assert names(seen.complete) == ["a.csv", "d.csv"]
    assert names(seen.incomplete) == ["b.csv", "c.csv"]


def test_a_clock_that_is_ahead_is_not_trusted(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x")
    os.utime(file, (time.time() + 3600,) * 2)
    waits: list[float] = []
    inbox.arrivals(tmp_path, Landing(), waits.append)
    assert waits == [1]


def test_with_done_files_only_those_are_read(tmp_path: Path) -> None:
    longest = "n" * 251 + ".csv"  # no name that is longer can exist, so it cannot be done
    for name in ("a.csv", "b.csv", "b.csv.done", longest):
        (tmp_path / name).write_text("x")
    seen = inbox.arrivals(tmp_path, Landing(complete_when="done_file"), never)
    assert names(seen.complete) == ["b.csv"]
    assert names(seen.incomplete) == ["a.csv", longest]


# ---------- landing them


@contextmanager
def growing(file: Path, begins: threading.Event | None = None) -> Iterator[None]:
    """Another program writes record after record to `file`."""
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with file.open("a") as out:
                out.write(f"p{number},2026-01-05,1,2\n")
            if begins is not None:
                begins.set()
            time.sleep(0.02)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def test_a_growing_file_lands_with_the_next_run(
    home: LandingHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPKOERS_LANDING_STABLE_SECONDS", "0.3")
    home.source(SOURCE)
    file = home.export(HEADER)
    home.export(SUICIDAL, "clinic_whole.csv")
    with growing(file):
        statuses = {outcome.name: outcome.status for outcome in home.land()}
    assert statuses == {"clinic.csv": "still_written", "clinic_whole.csv": "landed"}
    records = len(file.read_text().splitlines()) - 1
    (landed,) = [o.receipt for o in home.land() if o.name == "clinic.csv"]
    assert landed is not None
    assert landed.rows_in == landed.landed == records


def test_what_changes_while_it_is_read_is_thrown_away(home: LandingHome) -> None:
    home.source(SOURCE)
    file = home.export(HEADER + "p0,2026-01-05,1,2\n" * 100_000)

    def append_once_landing_began() -> None:
        while not any((home.home / "archive").glob(".landing-*")):
            time.sleep(0.001)
        with file.open("a") as out:
            out.write("p1,2026-01-05,1,2\n")

    other = threading.Thread(target=append_once_landing_began)
    other.start()
    (outcome,) = home.land()
    other.join()
    assert (outcome.status, outcome.error) == ("still_written", None)
    assert not any((home.home / "archive").iterdir())
    assert home.receipt().rows_in == 100_001


def test_a_reading_that_fails_because_the_file_changes_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("half")

    def stumble() -> None:
        raise ValueError("half of it cannot be read")

    before = inbox.stamp(file)
    with pytest.raises(ValueError, match="cannot be read"), inbox.held_still(file, before):
        stumble()
    file.write_text("half and more")
    with pytest.raises(inbox.StillBeingWrittenError), inbox.held_still(file, before):
        stumble()


def test_a_landed_file_is_removed_with_its_done_file(
    home: LandingHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPKOERS_LANDING_COMPLETE_WHEN", "done_file")
    monkeypatch.setenv("OPKOERS_LANDING_INBOX_AFTER_LANDING", "remove")
    home.source(SOURCE)
    home.export(SUICIDAL)
    home.export(SUICIDAL, "clinic_2.csv")
    home.export("", "clinic.csv.done")
    statuses = {outcome.name: outcome.status for outcome in home.land()}
    assert statuses == {"clinic.csv": "landed", "clinic_2.csv": "still_written"}
    assert [file.name for file in (home.home / "inbox").iterdir()] == ["clinic_2.csv"]


@pytest.mark.parametrize("name", ["clinic\n.csv", "clinic\x1b[31m.csv", "clinic\udc80.csv"])
def test_a_name_that_is_no_text_is_refused_in_one_line(home: LandingHome, name: str) -> None:
    home.source(SOURCE)
    home.export(SUICIDAL, name)
    told = home.mistake()
    assert told.startswith("UNREADABLE_FILE: clinic\\")
    assert told.isprintable()


# ---------- two at once, and watching


def test_of_two_runs_at_the_same_moment_one_lands(home: LandingHome, tmp_path: Path) -> None:
    home.source(SOURCE)
    home.export(SUICIDAL)
    go = tmp_path / "go"
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.landing.one_run", str(home.home), str(go)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    go.touch()
    told = sorted(process.communicate()[0].strip() for process in processes)
    assert told in (["RUN_IN_PROGRESS", "landed"], ["known", "landed"])
    assert len(archive.receipts(home.home / "archive")) == 1


def followed(home: Path) -> list[str]:
    """The steps that one look at the inbox takes."""
    steps = []

    def note(step: Step) -> StepDone:
        steps.append(step.__name__)
        return perform(step, plan)

    with locked(home):
        plan = plan_run(home)
        watching.follow(plan, note)
    return steps


def test_between_runs_new_files_land_and_their_critical_items_are_seen(home: LandingHome) -> None:
    home.source(SOURCE)
    assert followed(home.home) == ["land"]
    assert followed(home.home) == []
    home.export(SUICIDAL)
    assert followed(home.home) == ["land", "watch_critical_items"]
    published = home.home / "published"
    with duckdb.connect(str((published / "current.critical").resolve()), read_only=True) as lane:
        assert lane.execute("select patient_id, value from critical").fetchall() == [("p1", 3)]
    assert not (published / "current").exists()
    assert not list(published.glob(".building-*"))
    assert followed(home.home) == []


def test_critical_items_that_could_not_be_watched_are_watched_at_the_next_look(
    home: LandingHome,
) -> None:
    home.source(SOURCE)
    home.export(SUICIDAL)
    home.land()  # a run that ended right after landing
    assert followed(home.home) == ["land", "watch_critical_items"]
    home.export("no source reads this", "stray.txt")
    assert followed(home.home) == ["land"]


def test_a_mended_source_is_a_reason_to_look_again(home: LandingHome) -> None:
    home.source(SOURCE.replace("patient", "client"))
    home.export(SUICIDAL)
    assert followed(home.home) == ["land"]
    home.source(SOURCE)
    assert followed(home.home) == ["land", "watch_critical_items"]


def test_a_landing_that_meets_an_obstacle_is_tried_again(home: LandingHome) -> None:
    home.source(SOURCE)
    home.export(SUICIDAL)
    full = OpKoersError("full", next_step="Make room", exit_code=ExitCode.DISK_FULL)

    def fail(step: Step) -> StepDone:
        raise full

    with pytest.raises(OpKoersError):
        watching.follow(plan_run(home.home), fail)
    assert followed(home.home) == ["land", "watch_critical_items"]


def test_no_landing_by_itself_where_the_settings_say_so(home: LandingHome) -> None:
    from flows.weekly import deployments

    def served() -> list[str]:
        return [each.name for each in deployments(home.home, load_settings(home.home))]

    assert served() == ["weekly Op koers", "nightly Op koers", "landing Op koers"]
    with (home.home / "opkoers.toml").open("a") as settings:
        settings.write('[schedule]\nlanding_cron = ""\n')
    assert served() == ["weekly Op koers", "nightly Op koers"]


# ---------- progress


class Screen(io.StringIO):
    """A terminal, as far as anybody asks."""

    def isatty(self) -> bool:
        return True


def told_while_counting(monkeypatch: pytest.MonkeyPatch, screen: io.StringIO) -> str:
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with duckdb.connect() as connection, progress.shown(connection, "big[1].csv", after=0):
        connection.execute("select count(*) from range(1_000_000) t(i) where md5(i::text) > 'f'")
        time.sleep(0.5)
    return screen.getvalue()


def test_on_a_terminal_a_long_landing_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "landing big[1].csv" in told_while_counting(monkeypatch, Screen())


def test_elsewhere_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told_while_counting(monkeypatch, io.StringIO()) == ""
