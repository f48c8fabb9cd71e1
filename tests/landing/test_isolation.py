"""A file that crashes its reader is one refused file, and nothing of it stays behind."""

import json
import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

import pytest

from flows.errors import ExitCode, OpKoersError
from flows.landing import isolation
from flows.landing.formats import FORMATS
from flows.landing.reading import Export, Surroundings
from flows.landing.source import Source
from tests.landing import crashing
from tests.landing.crashing import SECRET

ROOT = Path(__file__).parent.parent.parent
NAME = "exports.zip: clinic.sav"
STOPPED = (
    f"{NAME}: the reader of this format stopped at this file."
    " Save it anew in the program it comes from, or export it as delimited text."
)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What the product logs, whatever other tests did to its logger."""
    messages: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("opkoers").addHandler(handler)
    yield messages
    logging.getLogger("opkoers").removeHandler(handler)


class Reading:
    """A file whose reader ends as the test wants."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.patch = patch
        self.file = folder / "member_1"
        self.file.write_text(SECRET)
        self.source = Source.model_validate(
            {
                "name": "clinic",
                "match": "*.sav",
                "format": "sav",
                "clinic_id": {"value": "north"},
                "patient_id": {"column": "patient"},
                "measured_at": {"column": "date"},
                "measure": ({"instrument": "bdi", "scale": "total", "column": "BDI"},),
            }
        )

    def read(self, way: str, *, memory_mb: int = 512, cpu_seconds: int | None = None) -> Export:
        self.patch.setitem(FORMATS, "sav", crashing.ending(way))
        return isolation.read_isolated(
            self.file,
            self.source,
            Surroundings(self.folder, "Europe/Amsterdam", 1000, 1 << 30),
            self.folder,
            name=NAME,
            memory_mb=memory_mb,
            cpu_seconds=cpu_seconds,
        )

    def mistake(self, way: str, *, cpu_seconds: int | None = None) -> OpKoersError:
        with pytest.raises(OpKoersError) as caught:
            self.read(way, cpu_seconds=cpu_seconds)
        assert SECRET not in str(caught.value)
        return caught.value


@pytest.fixture
def reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reading:
    return Reading(tmp_path, monkeypatch)


@pytest.mark.parametrize("way", ["segfault", "abort", "leave", "leave with 3"])
def test_a_crash_refuses_one_file(reading: Reading, logged: list[str], way: str) -> None:
    mistake = reading.mistake(way)
    assert str(mistake) == STOPPED
    assert mistake.exit_code is ExitCode.UNREADABLE_FILE
    assert len(logged) == 1
    assert logged[0].startswith(f"{NAME}: its reader ended with status ")
    assert reading.read("print").header == ("patient",)


@pytest.mark.parametrize("way", ["fill memory", "fill memory at once"])
@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold this limit")
def test_too_much_memory_refuses_one_file(reading: Reading, way: str) -> None:
    mistake = reading.mistake(way)
    assert str(mistake) == (
        f"{NAME}: reading it takes more than 512 MB of memory. Export a smaller part of it."
    )
    assert mistake.exit_code is ExitCode.UNREADABLE_FILE


def test_too_much_time_refuses_one_file(reading: Reading) -> None:
    assert str(reading.mistake("spin", cpu_seconds=1)) == (
        f"{NAME}: reading it takes more than 1 s. Export a smaller part of it."
    )


def test_an_error_of_the_reader_arrives_as_it_was_under_the_name_people_know(
    reading: Reading,
) -> None:
    mistake = reading.mistake("refuse")
    assert str(mistake) == f"{NAME}, line 7: there is no answer here. Fill it in."
    assert (mistake.line, mistake.exit_code) == (7, ExitCode.EMPTY_FILE)
    companion = reading.mistake("refuse companion")
    assert str(companion) == "sources/x.lss: it is not there. Add it."
    assert companion.exit_code is ExitCode.SOURCE


def test_a_full_disk_stays_a_full_disk(reading: Reading) -> None:
    mistake = reading.mistake("fill disk")
    assert mistake.exit_code is ExitCode.DISK_FULL
    assert mistake.where == str(reading.file)


def test_what_was_not_foreseen_is_logged_without_its_words(
    reading: Reading, logged: list[str]
) -> None:
    mistake = reading.mistake("stumble")
    assert mistake.exit_code is ExitCode.BUG
    assert str(mistake).startswith(f"{NAME}: something went wrong that Op koers did not foresee")
    assert "KeyError" in mistake.what
    assert len(logged) == 1
    assert "crashing.py" in logged[0]
    assert SECRET not in logged[0]


def test_what_a_library_prints_is_not_seen(
    reading: Reading, capfd: pytest.CaptureFixture[str]
) -> None:
    export = reading.read("print")
    assert export.header == ("patient",)
    assert (reading.folder / "table.csv").read_text().startswith('"L16777216","","","P1"')
    assert capfd.readouterr() == ("", "")


def test_reading_here_gives_the_same_and_hides_nothing(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    surroundings = Surroundings(reading.folder, "Europe/Amsterdam", 1000, 1 << 30)

    def here(way: str) -> Export:
        monkeypatch.setitem(FORMATS, "sav", crashing.ending(way))
        return isolation.read_here(
            reading.file, reading.source, surroundings, reading.folder, name=NAME
        )

    with pytest.raises(KeyError):
        here("stumble")
    with pytest.raises(OpKoersError, match=r"clinic\.sav, line 7: there is no answer here"):
        here("refuse")


def test_a_process_of_its_own_is_cheap_and_bare() -> None:
    def seconds() -> float:
        started = time.perf_counter()
        isolation.call_isolated(crashing.nothing, name=NAME)
        return time.perf_counter() - started

    seconds()
    assert median(seconds() for _ in range(15)) < 0.1
    found = isolation.call_isolated(crashing.what_it_is, name=NAME)
    assert found == {
        "threads": 1,
        "umask": 0o077,
        "core": 0,
        "duckdb": False,
        "main": "flows.landing.reader_process",
    }


def test_it_works_from_threads() -> None:
    answers: list[object] = []

    def ask() -> None:
        answers.append(isolation.call_isolated(crashing.what_it_is, name=NAME)["threads"])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1, 1, 1, 1]


def test_a_reading_process_that_was_killed_is_replaced(tmp_path: Path, logged: list[str]) -> None:
    isolation.call_isolated(crashing.nothing, name=NAME)
    idle = isolation._running().process.pid
    os.kill(idle, signal.SIGKILL)
    assert _gone(idle)
    isolation.call_isolated(crashing.nothing, name=NAME)

    def kill_it() -> None:
        _, server = _ids(tmp_path / "ids")
        os.kill(server, signal.SIGKILL)

    killer = threading.Thread(target=kill_it)
    killer.start()
    with pytest.raises(OpKoersError, match="the reader of this format stopped"):
        isolation.call_isolated(partial(crashing.sleep_for_ever, str(tmp_path / "ids")), name=NAME)
    killer.join()
    assert _gone(*_ids(tmp_path / "ids"))
    assert logged == [f"{NAME}: the reading process ended by itself"]
    isolation.call_isolated(crashing.nothing, name=NAME)


# The main module of whoever reads is not imported by the reader: this one has no guard.
PROGRAM = """
    import os, signal, sys, time
    from functools import partial
    from flows.landing import isolation
    from tests.landing import crashing

    # A shell starts what it runs in the background with SIGINT ignored, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(isolation.call_isolated(crashing.what_it_is, name="x")["threads"], flush=True)
    for busy in (crashing.spin_for_ever, crashing.sleep_for_ever)[int(sys.argv[2]):]:
        try:
            isolation.call_isolated(partial(busy, sys.argv[1]), name="x")
        except KeyboardInterrupt:
            print("interrupted", flush=True)
            time.sleep(60)
"""


@pytest.mark.parametrize(
    ("end", "busy"),
    [(signal.SIGKILL, 0), (signal.SIGKILL, 1), (signal.SIGTERM, 0), (signal.SIGINT, 0)],
    ids=["killed spinning", "killed sleeping", "terminated", "interrupted"],
)
def test_nothing_is_left_of_a_reader_whose_run_was_ended(
    tmp_path: Path, end: signal.Signals, busy: int
) -> None:
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(PROGRAM))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ids = tmp_path / "ids"
    with subprocess.Popen(
        [sys.executable, str(program), str(ids), str(busy)],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "1\n"
        child, server = _ids(ids)
        os.kill(run.pid, end)
        if end is signal.SIGINT:
            assert run.stdout.readline() == "interrupted\n"
            assert run.poll() is None
        assert _gone(child, server)
        run.kill()


def test_a_fork_of_the_one_who_asked_has_a_reading_process_of_its_own(tmp_path: Path) -> None:
    program = """
        import os, json
        from flows.landing import isolation
        from tests.landing import crashing

        isolation.call_isolated(crashing.nothing, name="x")
        first = isolation._running().process.pid
        child = os.fork()
        isolation.call_isolated(crashing.nothing, name="x")
        second = isolation._running().process.pid
        if child == 0:
            isolation._stop()
            os._exit(0 if second != first else 1)
        print(json.dumps([os.waitpid(child, 0)[1], second == first]))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == [0, True]


def _ids(place: Path) -> tuple[int, int]:
    """Child and server, once the child has written them down."""
    until = time.monotonic() + 30
    while not place.exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    child, server = place.read_text().split()
    return int(child), int(server)


def _gone(*processes: int) -> bool:
    """Whether all of them end within some seconds; one that nobody asked after has ended too."""
    until = time.monotonic() + 10
    while any(map(_runs, processes)):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _runs(process: int) -> bool:
    """Whether a process is there and has not ended (Z: nobody asked how)."""
    asked = ["ps", "-o", "stat=", "-p", str(process)]
    state = subprocess.run(asked, capture_output=True, check=False, text=True).stdout.strip()
    return state != "" and not state.startswith("Z")
