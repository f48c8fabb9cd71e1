"""kill -9 at random moments of landing, then a landing that nothing disturbs.

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
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from importlib import import_module
from multiprocessing.context import ForkProcess
from pathlib import Path

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
PATIENTS = """match = "patients_*"
format = "csv"
table = "patients"
patient_id = { column = "patient" }
clinic_id = { value = "noord" }
[columns]
born_on = { column = "born" }
"""

View = dict[str, str]


def kill_landings(kills: int, seed: int) -> Iterator[tuple[float, list[str]]]:
    """For each kill its moment in seconds, and what is otherwise than in an undisturbed home."""
    be_private()
    logging.getLogger("opkoers").addHandler(logging.NullHandler())
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        base, work = Path(folder) / "base", Path(folder) / "tmp"
        work.mkdir()
        os.environ |= {"TMPDIR": str(work), MARK: folder}
        make_inbox(base)
        lasting, expected = undisturbed(base, work)
        for _ in range(kills):
            moment = chance.uniform(0, lasting)
            found = after_a_kill(base, work, moment)
            different = {k for k in {*found, *expected} if found.get(k) != expected.get(k)}
            yield moment, sorted(different)


def make_inbox(home: Path) -> None:
    """A home with a file of every format, packed and wrong ones too; one was landed before."""
    make_home(home)
    (home / "opkoers.toml").write_text(SETTINGS)
    inbox = home / "inbox"
    for name, export in exports().items():
        (home / "sources" / f"{name}.toml").write_text(source_text(export))
        (inbox / f"{name}_1{export.suffix}").write_bytes(export.content)
    (home / "sources" / "patients.toml").write_text(PATIENTS)
    header, *rows = sound_table()
    patients = [["patient", "born"], *([row[0], "1980-01-05"] for row in rows[::3])]
    (inbox / "patients_1.csv").write_bytes(separated(patients))
    (home / "sources" / "real.toml").write_text(
        f'match = "real_*"\nformat = "csv"\npatient_ids = "real"\n{WIDE}'
    )
    (inbox / "real_0.csv").write_bytes(separated([header, *rows[:3]]))
    landed(home).join()
    (inbox / "real_2.csv").write_bytes(separated([header, *rows[9:]]))
    (inbox / "csv_2.csv").write_bytes(separated(contradicting(2_000)))
    (inbox / "csv_3.csv").write_bytes(
        separated([header, *([*row[:2], "", *row[3:]] for row in rows)])
    )
    (inbox / "csv_4.zip").write_bytes(zipped(separated([header, *rows[:5]]), "csv_4.csv", "no.csv"))
    (inbox / "csv_5.csv.gz").write_bytes(gzipped(separated([header, *rows[5:]])))
    (inbox / "csv_6.csv").write_bytes(exports()["xlsx"].content)


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


def landed(home: Path) -> ForkProcess:
    """A process that begins to land the inbox now, holding the lock."""
    process = multiprocessing.get_context("fork").Process(target=_land, args=(home,))
    process.start()
    return process


def _land(home: Path) -> None:
    with locked(home):
        land_inbox(load_settings(home), load_instruments())


def undisturbed(base: Path, work: Path) -> tuple[float, View]:
    """How long landing a copy takes, and what it leaves."""
    copy = shutil.copytree(base, base.with_name("undisturbed"))
    started = time.perf_counter()
    _land_whole(copy)
    return time.perf_counter() - started, view(copy, work)


def after_a_kill(base: Path, work: Path, moment: float) -> View:
    """What is left of a copy in which a landing was killed at `moment`, and the next was not."""
    copy = base.with_name("home")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(base, copy)
    process = landed(copy)
    time.sleep(moment)
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
