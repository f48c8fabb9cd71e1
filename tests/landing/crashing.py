"""Readers that end badly, in a module of their own so that another process can import them."""

import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.errors import ExitCode, OpKoersError
from flows.landing.formats import Format
from flows.landing.reading import Row, Surroundings, Table
from flows.landing.source import Source

IS_LINUX = sys.platform == "linux"
SECRET = "Jansen"  # a value that no sentence and no log may show


@dataclass(frozen=True)
class Ending(Format):
    """A format whose reader hands over one record and then ends in the given way."""

    way: str = ""

    def open_table(self, file: Path, source: Source, surroundings: Surroundings) -> Table:
        def rows() -> Iterator[Row]:
            yield Row(1, ("P1",))
            ENDINGS[self.way](file)

        return Table(("patient",), rows())


def ending(way: str) -> Ending:
    """The format that ends that way."""
    return Ending("sav", "SPSS", (".sav",), None, way)


def _segfault(file: Path) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def _abort(file: Path) -> None:
    os.abort()


def _leave(file: Path) -> None:
    os._exit(0)


def _leave_with_3(file: Path) -> None:
    os._exit(3)


def _fill_memory(file: Path) -> None:
    held = []
    while True:
        held.append(bytearray(10_000_000))


def _fill_memory_at_once(file: Path) -> None:
    import numpy

    numpy.ones(10**9)


def _spin(file: Path) -> None:
    while True:
        pass


def _refuse(file: Path) -> None:
    raise OpKoersError(
        "there is no answer here",
        where=file.name,
        line=7,
        next_step="Fill it in",
        exit_code=ExitCode.EMPTY_FILE,
    )


def _refuse_companion(file: Path) -> None:
    raise OpKoersError(
        "it is not there", where="sources/x.lss", next_step="Add it", exit_code=ExitCode.SOURCE
    )


def _fill_disk(file: Path) -> None:
    raise OSError(28, SECRET, str(file))


def _stumble(file: Path) -> None:
    raise KeyError(SECRET)


def _print(file: Path) -> None:
    os.write(1, SECRET.encode())
    os.write(2, SECRET.encode())
    print(SECRET)
    print(SECRET, file=sys.stderr)


ENDINGS = {
    "segfault": _segfault,
    "abort": _abort,
    "leave": _leave,
    "leave with 3": _leave_with_3,
    "fill memory": _fill_memory,
    "fill memory at once": _fill_memory_at_once,
    "spin": _spin,
    "refuse": _refuse,
    "refuse companion": _refuse_companion,
    "fill disk": _fill_disk,
    "stumble": _stumble,
    "print": _print,
}


# ---------- to be called in a process of its own


def nothing() -> None:
    """As little as can be asked."""


def what_it_is() -> dict[str, Any]:
    """Of the process that this is called in: threads, umask, core limit, and duckdb or not."""
    mask = os.umask(0o077)
    os.umask(mask)
    return {
        "threads": len(list(Path("/proc/self/task").iterdir())) if IS_LINUX else 1,
        "umask": mask,
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "duckdb": "duckdb" in sys.modules,
        "main": sys.modules["__main__"].__spec__.name,  # type: ignore[union-attr]
    }


def sleep_for_ever(place: str) -> None:
    """Write the id of this process and its parent's to `place`, then never end."""
    Path(f"{place}.new").write_text(f"{os.getpid()} {os.getppid()}")
    Path(f"{place}.new").rename(place)
    while True:
        time.sleep(60)


def spin_for_ever(place: str) -> None:
    """As `sleep_for_ever`, busy."""
    Path(f"{place}.new").write_text(f"{os.getpid()} {os.getppid()}")
    Path(f"{place}.new").rename(place)
    while True:
        pass
