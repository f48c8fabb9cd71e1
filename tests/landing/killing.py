"""kill -9 in the midst of landing, then a landing that nothing disturbs.

Every other kill is at a random moment, every other just before a random touch
of the disk: most of what can go wrong does so between two of those.

What must then be as if nothing had happened: the archive byte for byte
(originals, which are encrypted anew each time, once decrypted), the pairs in
the identity store, the inbox; no process and no file is left behind.

Landings are forked from this process, which has imported everything and holds
no thread and no database, so that all of their time is landing.
"""

import hashlib
import logging
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

from flows.home import be_private, locked, make_home
from flows.instruments import load_instruments
from flows.landing.land import land_inbox
from flows.landing.originals import open_original
from flows.settings import load_settings
from tests.fuzzing.damaged_packages import gzipped, zipped
from tests.fuzzing.exports import SECRET, WIDE, exports, separated, sound_table, source_text

SECONDS_TO_LEAVE = 10.0
MARK = "OPKOERS_KILLED_LANDING"
SETTINGS = """layout_version = 1
[service]
simulated = true
now = 2026-11-16
[landing]
stable_seconds = 0
"""
REAL = f'match = "real_*"\nformat = "csv"\npatient_ids = "real"\n{WIDE}'
PATIENTS = """match = "patients_*"
format = "csv"
table = "patients"
patient_id = { column = "patient" }
clinic_id = { value = "noord" }
[columns]
birth_year = { column = "born" }
"""

# What Python tells of itself before it touches the disk.
TOUCHES = (
    "open",
    "os.rename",
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.truncate",
    "sqlite3.connect",
)

View = dict[str, str]


@dataclass(frozen=True)
class Kill:
    """After so many seconds, or before that touch of the disk."""

    seconds: float | None = None
    touch: int | None = None

    def __str__(self) -> str:
        if self.seconds is None:
            return f"before touch {self.touch:5}"
        return f"after {self.seconds:10.3f} s"


def kill_landings(kills: int, seed: int) -> Iterator[tuple[Kill, list[str]]]:
    """For each kill what is otherwise than in an undisturbed home."""
    be_private()
    logging.getLogger("opkoers").addHandler(logging.NullHandler())
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        base, work = Path(folder) / "base", Path(folder) / "tmp"
        work.mkdir()
        os.environ |= {"TMPDIR": str(work), MARK: folder}
        make_inbox(base)
        lasting, expected = undisturbed(base, work)
        touches = touches_of(base)
        for number in range(kills):
            at_moment = Kill(seconds=chance.uniform(0, lasting))
            kill = Kill(touch=chance.randrange(touches)) if number % 2 else at_moment
            found = after(kill, base, work)
            different = {k for k in {*found, *expected} if found.get(k) != expected.get(k)}
            yield kill, sorted(different)


def make_inbox(home: Path) -> None:
    """A home where one file was landed; a file of every format, packed and wrong ones too, wait."""
    make_home(home)
    (home / "opkoers.toml").write_text(SETTINGS)
    for name, export in exports().items():
        (home / "sources" / f"{name}.toml").write_text(source_text(export))
    (home / "sources" / "patients.toml").write_text(PATIENTS)
    (home / "sources" / "real.toml").write_text(REAL)
    waiting = _files()
    (home / "inbox" / "real_0.csv").write_bytes(waiting.pop("real_0.csv"))
    _land_whole(home)
    for name, content in waiting.items():
        (home / "inbox" / name).write_bytes(content)


def _files() -> dict[str, bytes]:
    header, *rows = sound_table()
    patients = [["patient", "born"], *([row[0], "1980"] for row in rows[::3])]
    without_day = [[*row[:2], "", *row[3:]] for row in rows]
    return {f"{name}_1{each.suffix}": each.content for name, each in exports().items()} | {
        "patients_1.csv": separated(patients),
        "real_0.csv": separated([header, *rows[:3]]),
        "real_2.csv": separated([header, *rows[9:]]),
        "csv_2.csv": separated(contradicting(2_000)),
        "csv_3.csv": separated([header, *without_day]),
        "csv_4.zip": zipped(separated([header, *rows[:5]]), "csv_4.csv", "no_source.csv"),
        "csv_5.csv.gz": gzipped(separated([header, *rows[5:]])),
        "csv_6.csv": exports()["xlsx"].content,
    }


def contradicting(patients: int) -> list[list[str]]:
    """Assessments, of which some come again and some come again with another answer."""
    header, *rows = sound_table()
    table = [header]
    for number in range(patients):
        row = [f"{SECRET}{number}", *rows[number % len(rows)][1:]]
        table.append(row)
        if number % 5 == 0:
            table.append(row)
        if number % 7 == 0:
            table.append([*row[:6], "3", *row[7:]])
    return table


def landed(home: Path, touched: Callable[[int], None] | None = None) -> ForkProcess:
    """A process that begins to land the inbox now, holding the lock.

    It tells `touched` the number of each touch of the disk.
    """
    process = multiprocessing.get_context("fork").Process(target=_land, args=(home, touched))
    process.start()
    return process


def _land(home: Path, touched: Callable[[int], None] | None) -> None:
    if touched is not None:
        _watch_touches(touched)
    with locked(home):
        land_inbox(load_settings(home), load_instruments())


def _watch_touches(touched: Callable[[int], None]) -> None:
    numbers = count()

    def told(event: str, arguments: tuple[Any, ...]) -> None:
        if event in TOUCHES and not (event == "open" and arguments[1] == "r"):
            touched(next(numbers))

    sys.addaudithook(told)


def undisturbed(base: Path, work: Path) -> tuple[float, View]:
    """How long landing a copy takes, and what it leaves."""
    copy = shutil.copytree(base, base.with_name("undisturbed"))
    started = time.perf_counter()
    _land_whole(copy)
    return time.perf_counter() - started, view(copy, work)


def touches_of(base: Path) -> int:
    """How often landing a copy touches the disk."""
    copy, numbers = shutil.copytree(base, base.with_name("counted")), base.with_name("numbers")

    def note(number: int) -> None:
        os.write(file, b".")

    file = os.open(numbers, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    landed(copy, note).join()
    os.close(file)
    return numbers.stat().st_size


def after(kill: Kill, base: Path, work: Path) -> View:
    """What is left of a copy in which one landing was killed, and the next was not."""
    copy = base.with_name("home")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(base, copy)

    def die(number: int) -> None:
        if number == kill.touch:
            os.kill(os.getpid(), signal.SIGKILL)

    process = landed(copy, die)
    if kill.seconds is not None:
        time.sleep(kill.seconds)
        process.kill()
    process.join()
    _land_whole(copy)
    return view(copy, work)


def _land_whole(home: Path) -> None:
    process = landed(home)
    process.join()
    assert process.exitcode == 0, f"a landing that nothing disturbed ended with {process.exitcode}"


def view(home: Path, work: Path) -> View:
    """Digests of everything that a landing leaves, and what it should not leave."""
    found = {f"process {pid}": "left over" for pid in _left_processes()}
    found |= {f"tmp/{file.name}": "left over" for file in work.iterdir()}
    for file in sorted(file for file in home.rglob("*") if file.is_file()):
        name = str(file.relative_to(home))
        if file.name == "original":
            found[name] = _digest_of_original(file, home)
        elif file == home / "identity.sqlite3":
            found[name] = _digest_of_pairs(file)
        elif file.parent != home / "secrets":
            found[name] = hashlib.sha256(file.read_bytes()).hexdigest()
        else:
            found[name] = "there"
    return found


def _digest_of_original(file: Path, home: Path) -> str:
    plain = home.with_name("plain")
    open_original(file, plain, home / "secrets")
    return hashlib.sha256(plain.read_bytes()).hexdigest()


def _digest_of_pairs(file: Path) -> str:
    with sqlite3.connect(file) as store:
        tables = store.execute("select name from sqlite_master where type = 'table' order by name")
        rows = [
            sorted(map(str, store.execute(f"select * from {table}")))
            for (table,) in tables.fetchall()
        ]
    store.close()
    return hashlib.sha256(str(rows).encode()).hexdigest()


def _left_processes() -> list[int]:
    """Processes of any landing that are still there some seconds later."""
    until = time.monotonic() + SECONDS_TO_LEAVE
    while (left := list(_marked_processes())) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def _marked_processes() -> Iterator[int]:
    """Those that were started by a landing: they bear the mark of this run."""
    psutil = import_module("psutil")
    for process in psutil.process_iter():
        try:
            is_ours = process.environ().get(MARK) == os.environ[MARK]
        except psutil.Error:  # ended meanwhile, or somebody else's
            continue
        if is_ours and process.status() != psutil.STATUS_ZOMBIE:
            yield process.pid
