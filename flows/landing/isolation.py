"""Foreign files are read in a process of their own, so that one file cannot end a run.

Readers of binary formats are C and Rust: a damaged file can crash them, fill
the memory or keep them busy for ever. Here that becomes one sentence about one
file. What a reader hands over lies as text in a folder (see reading.py).
"""

import atexit
import json
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from flows.errors import ExitCode, OpKoersError
from flows.landing.formats import FORMATS, OpenTable
from flows.landing.reader_process import Job
from flows.landing.reading import Export, Surroundings, open_written, too_large, write_table
from flows.landing.source import Source

log = logging.getLogger("opkoers")

MEMORY_MB = 1024
SECONDS_TO_START = 120
SECONDS_TO_END = 5
# The run decides what these mean for the other files, by the place that they name.
CONCERN_MORE = (ExitCode.DISK_FULL, ExitCode.NO_RIGHTS)


def read_isolated(
    file: Path,
    source: Source,
    surroundings: Surroundings,
    folder: Path,
    *,
    name: str,
    memory_mb: int = MEMORY_MB,
    cpu_seconds: int | None = None,
) -> Export:
    """The records of a file, read by a process with limits; `folder` holds them as text.

    `name` is what people call the file. Raises OpKoersError as its reader
    does, and when the reader crashes or reaches a limit.
    """
    nearby = replace(surroundings, companions=surroundings.companions.absolute())
    reader = FORMATS[source.format].open_table
    call = partial(write_down, reader, file.absolute(), source, nearby, folder.absolute(), name)
    call_isolated(call, name=name, memory_mb=memory_mb, cpu_seconds=cpu_seconds)
    return open_written(folder, source)


def read_here(
    file: Path, source: Source, surroundings: Surroundings, folder: Path, *, name: str
) -> Export:
    """As `read_isolated`, in this process and without limits; no exception is translated."""
    write_down(FORMATS[source.format].open_table, file, source, surroundings, folder, name)
    return open_written(folder, source)


def write_down(
    reader: OpenTable,
    file: Path,
    source: Source,
    surroundings: Surroundings,
    folder: Path,
    name: str,
) -> None:
    """Write what a reader finds in `file` to `folder`; errors about the file bear `name`."""
    try:
        write_table(reader(file, source, surroundings), folder, name, surroundings.largest_bytes)
    except OpKoersError as error:
        raise _named(error, file, name) from None


def call_isolated(
    call: Callable[[], object],
    *,
    name: str,
    memory_mb: int = MEMORY_MB,
    cpu_seconds: int | None = None,
) -> Any:
    """The answer of `call`, which must pickle, from a process with limits; it passes as JSON.

    `name` is that of the file it reads. Raises OpKoersError: its own, or one
    sentence for a crash, a limit that was reached or an exception of another kind.
    """
    job = pickle.dumps(Job(call, memory_mb, cpu_seconds))
    with _lock:
        ending = _asked(job)
    if ending is None:
        log.error("%s: the reading process ended by itself", name)
        raise _stopped(name)
    status, told = ending
    for message in told.get("messages", ()):
        log.error("%s", message)
    if "answer" in told:
        return told["answer"]
    if "refused" in told:
        raise _restored(told["refused"], name)
    raise _broken_off(status, "exhausted" in told, name, memory_mb, cpu_seconds)


# ---------- sentences


def _named(error: OpKoersError, file: Path, name: str) -> OpKoersError:
    """A reader knows its file by the name it has on disk, a person by another."""
    if error.where != file.name or error.exit_code in CONCERN_MORE:
        return error
    return OpKoersError(
        error.what,
        where=name,
        line=error.line,
        next_step=error.next_step,
        exit_code=error.exit_code,
    )


def _restored(told: Mapping[str, Any], name: str) -> OpKoersError:
    exit_code = ExitCode(told["exit_code"])
    return OpKoersError(
        told["what"],
        where=name if exit_code is ExitCode.BUG else told["where"],
        line=told["line"],
        next_step=told["next_step"],
        exit_code=exit_code,
    )


def _broken_off(
    status: int, is_exhausted: bool, name: str, memory_mb: int, cpu_seconds: int | None
) -> OpKoersError:
    if is_exhausted:
        return too_large(name, f"reading it takes more than {memory_mb:,} MB of memory")
    if cpu_seconds is not None and status in (-signal.SIGXCPU, -signal.SIGKILL):
        return too_large(name, f"reading it takes more than {cpu_seconds:,} s")
    log.error("%s: its reader ended with status %d", name, status)
    return _stopped(name)


def _stopped(name: str) -> OpKoersError:
    return OpKoersError(
        "the reader of this format stopped at this file",
        where=name,
        next_step="Save it anew in the program it comes from, or export it as delimited text",
        exit_code=ExitCode.UNREADABLE_FILE,
    )


# ---------- the process


@dataclass(frozen=True)
class _Server:
    """A process started by this one, and our end of the channel to it."""

    process: subprocess.Popen[bytes]
    channel: Connection
    started_by: int

    @property
    def is_ours(self) -> bool:
        """Whether it still answers, and to us: a fork of this process has a copy of the channel."""
        return self.started_by == os.getpid() and self.process.poll() is None


_lock = threading.Lock()
_server: _Server | None = None


def _asked(job: bytes) -> tuple[int, dict[str, Any]] | None:
    """Exit status and JSON of the child that did a job; nothing when its server ended."""
    server = _running()
    try:
        server.channel.send_bytes(job)
        ending = json.loads(server.channel.recv_bytes())
    except (EOFError, OSError):
        _stop()
        return None
    except BaseException:
        # Ctrl-C, or a thread being ended: the child must not read on alone.
        _stop()
        raise
    return int(ending["status"]), _read_json(ending["told"])


def _read_json(text: str) -> dict[str, Any]:
    """What a child told, or nothing where it ended in the midst of it."""
    with suppress(ValueError):
        told = json.loads(text)
        if isinstance(told, dict):
            return told
    return {}


def _running() -> _Server:
    """The server, started where there is none."""
    global _server
    if _server is None or not _server.is_ours:
        _stop()
        _server = _start()
    return _server


def _start() -> _Server:
    """Raises OpKoersError when it does not come up."""
    ours, theirs = Pipe()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "flows.landing.reader_process", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, **_environment()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    server = _Server(process, ours, os.getpid())
    with suppress(EOFError, OSError):
        if ours.poll(SECONDS_TO_START) and ours.recv_bytes() == b"ready":
            return server
    _end(server)
    raise OpKoersError(
        "the process that reads files does not start",
        next_step="Look whether this machine has memory left, and install Op koers anew",
        exit_code=ExitCode.BUG,
    )


def _environment() -> dict[str, str]:
    """The same modules as here, and no threads of numpy's: they do not survive a fork."""
    places = [place or str(Path.cwd()) for place in sys.path]
    return {"PYTHONPATH": os.pathsep.join(places), "OPENBLAS_NUM_THREADS": "1"}


@atexit.register
def _stop() -> None:
    """End the server and with it the child that is reading."""
    global _server
    if _server is not None and _server.started_by == os.getpid():
        _end(_server)
    _server = None


def _end(server: _Server) -> None:
    """Its end of the channel closes, at which it kills its child and leaves."""
    server.channel.close()
    try:
        server.process.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
