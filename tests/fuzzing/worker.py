"""One process with little memory that lands bad files, one for each number it is sent.

    python -m tests.fuzzing.worker FOLDER SEED

Reads a number (and a format, or nothing) a line, answers with a line of JSON.
What landing writes outside the home, logs or says is looked at as well.
"""

import json
import logging
import os
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flows.errors import OpKoersError
from flows.home import be_private, make_home
from flows.instruments import load_instruments
from flows.landing.land import Outcome, land_inbox
from flows.mishaps import told_as_sentence
from flows.settings import load_settings
from tests.fuzzing.cases import Case, case
from tests.fuzzing.exports import SECRET, exports, source_text
from tests.fuzzing.judging import breaches

GIGABYTE = 1 << 30
# Addresses are cheap and DuckDB takes them by the gigabyte; what is really used is measured.
MOST_ADDRESSES = 8 * GIGABYTE
MOST_SECONDS = 10.0
TODAY = "2026-11-16"


@dataclass(frozen=True)
class Verdict:
    """What became of a case; without breaches all is well."""

    number: int
    format: str
    kind: str
    name: str
    outcome: str
    seconds: float
    peak_mb: float
    breaches: tuple[str, ...]


class Heard(logging.Handler):
    """Everything that is logged while a file lands."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(f"{record.levelname} {record.getMessage()}")


class Sandbox:
    """A home deep in a folder of its own, so that a way out of it can be seen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "a" / "b" / "c" / "home"
        self.work, self.temporary = folder / "work", folder / "tmp"
        for each in (self.home.parent, self.work, self.temporary):
            each.mkdir(parents=True)
        make_home(self.home)
        text = f"layout_version = 1\n[service]\nsimulated = true\nnow = {TODAY}\n"
        (self.home / "opkoers.toml").write_text(text + "[landing]\nstable_seconds = 0\n")
        for name, export in exports().items():
            (self.home / "sources" / f"{name}.toml").write_text(source_text(export))
        self.expected = self.outside()

    def outside(self) -> set[str]:
        """Everything but what a landing may write."""
        may_write = (self.home / "archive", self.home / "inbox", self.home / "secrets")
        return {
            str(file)
            for file in self.folder.rglob("*")
            if not any(folder in file.parents for folder in may_write)
        }

    def empty(self) -> None:
        for folder in ("archive", "inbox"):
            shutil.rmtree(self.home / folder)
            (self.home / folder).mkdir()

    def escaped(self) -> Iterator[str]:
        """What was written where nothing may be."""
        strays = {*map(str, Path("/tmp").glob("opkoers_fuzz_escape*"))}  # noqa: S108
        for file in strays | (self.outside() ^ self.expected):
            yield f"outside the home: {Path(file).name!a}"
            Path(file).unlink(missing_ok=True)


def main(folder: Path, seed: int) -> None:
    """Answer number by number until there are no more."""
    be_private()
    heard, sandbox = _prepared(folder)
    for line in sys.stdin:
        number, _, only = line.strip().partition(" ")
        made = case(seed, int(number), only or None)
        verdict = _verdict(int(number), made, sandbox, heard)
        if verdict.breaches:
            failed = folder.parent / "failed"
            failed.mkdir(exist_ok=True)
            (failed / f"{number}{Path(made.name).suffix}").write_bytes(made.content)
        sys.stdout.buffer.write(json.dumps(asdict(verdict)).encode("utf-8") + b"\n")
        sys.stdout.buffer.flush()


def _prepared(folder: Path) -> tuple[Heard, Sandbox]:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    sandbox = Sandbox(folder)
    os.environ["TMPDIR"] = str(sandbox.temporary)
    os.chdir(sandbox.work)
    heard = Heard()
    logger = logging.getLogger("opkoers")
    logger.addHandler(heard)
    logger.propagate = False
    return heard, sandbox


def _verdict(number: int, made: Case, sandbox: Sandbox, heard: Heard) -> Verdict:
    sandbox.empty()
    heard.messages.clear()
    file = sandbox.home / "inbox" / made.name
    file.write_bytes(made.content)
    _forget_peak()
    started, worked_before = time.perf_counter(), _seconds_worked()
    outcomes, breach = _landed(sandbox.home)
    seconds, worked = time.perf_counter() - started, _seconds_worked() - worked_before
    peak = _peak_mb()
    found = [*breach, *breaches(made, outcomes, sandbox.home / "archive")]
    found += sandbox.escaped()
    found += [m for m in heard.messages if SECRET in m.lower() or m.startswith("ERROR")]
    if file.read_bytes() != made.content:
        found.append("the file in the inbox was changed")
    # On a machine that others use as well the clock runs on while nothing is done here.
    if min(seconds, worked) > MOST_SECONDS:
        found.append(f"it took {seconds:.1f} seconds, {worked:.1f} of them at work")
    if peak > GIGABYTE / 1e6:
        found.append(f"it took {peak:.0f} MB of memory")
    outcome = ", ".join(sorted({_told(each) for each in outcomes}))
    return Verdict(
        number, made.format, made.kind, ascii(made.name), outcome, seconds, peak, tuple(found)
    )


def _landed(home: Path) -> tuple[tuple[Outcome, ...], list[str]]:
    try:
        with told_as_sentence():
            return land_inbox(load_settings(home), _instruments()), []
    except OpKoersError as error:
        return (), [f"it ended the whole landing: {error}"]


def _instruments() -> Any:
    global _loaded
    _loaded = _loaded or load_instruments()
    return _loaded


_loaded: Any = None


def _told(outcome: Outcome) -> str:
    return outcome.status if outcome.error is None else outcome.error.exit_code.name.lower()


def _seconds_worked() -> float:
    """Of this process, and of those it started as long as they live or once they ended."""
    ticks = sum(
        sum(map(int, (process / "stat").read_text().rpartition(")")[2].split()[11:15]))
        for process in _own_processes()
    )
    return ticks / os.sysconf("SC_CLK_TCK")


def _forget_peak() -> None:
    for process in _own_processes():
        (process / "clear_refs").write_text("5")


def _peak_mb() -> float:
    """Highest memory since `_forget_peak`, of this process and those it started, added up."""
    own = sum(map(_high_water, _own_processes())) / 1024
    ended = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return max(own, ended)


def _own_processes() -> list[Path]:
    me = Path("/proc/self")
    children = (me / "task" / str(os.getpid()) / "children").read_text().split()
    return [me, *(Path("/proc") / child for child in children)]


def _high_water(process: Path) -> int:
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
