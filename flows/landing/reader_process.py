"""The process in which foreign files are read: a child for each file, forked when it is asked for.

    python -m flows.landing.reader_process DESCRIPTOR

`isolation.py` starts it once and keeps it. It has imported what readers need,
has one thread and holds no database, so that a child costs milliseconds and
inherits nothing that could hang or leak. The fork server of multiprocessing
would import the main module of whoever asks in each child; under Prefect that
is a second for each file.
"""

import ctypes
import importlib
import json
import logging
import os
import pickle
import resource
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from flows.errors import OpKoersError
from flows.home import be_private

# What children need; each is imported here so that no child has to.
FORMAT_LIBRARIES = ("pyreadstat", "python_calamine", "ijson")
MEGABYTE = 1 << 20
# What a child may have beyond its limit, to say that it reached it.
LAST_WORDS = 64 * MEGABYTE
LARGEST_ANSWER = 64 * MEGABYTE
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


@dataclass(frozen=True)
class Job:
    """Something to call in a child, and the limits of that child.

    `call` must pickle, and its answer be JSON. Memory counts what a process
    may write to (RLIMIT_DATA), libraries and numpy's buffers included.
    """

    call: Callable[[], object]
    memory_mb: int
    cpu_seconds: int | None = None


def main(descriptor: int) -> None:
    """Answer jobs until the process that started this one closes its end."""
    be_private()
    _import_what_children_need()
    channel = Connection(descriptor)
    channel.send_bytes(b"ready")
    with suppress(EOFError, OSError):
        while (ending := _ending(channel.recv_bytes(), channel)) is not None:
            channel.send_bytes(ending)


def _import_what_children_need() -> None:
    from flows.landing.formats import FORMATS

    modules = {f"flows.landing.{f.module}" for f in FORMATS.values() if f.module is not None}
    for name in ("flows.landing.isolation", *sorted(modules), *FORMAT_LIBRARIES):
        with suppress(ImportError):
            importlib.import_module(name)


def _ending(job: bytes, channel: Connection) -> bytes | None:
    """How the child of a job ended and what it told; nothing when nobody waits for it any more."""
    told, telling = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            os.close(told)
            channel.close()
            _die_with(parent)
            _follow(job, telling)
        finally:
            os._exit(1)
    os.close(telling)
    answer = _heard(told, channel)
    os.close(told)
    if answer is None:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if answer is None:
        return None
    return json.dumps({"status": os.waitstatus_to_exitcode(status), "told": answer}).encode()


def _heard(told: int, channel: Connection) -> str | None:
    """What a child says until it ends; nothing when the other end of the channel closes first."""
    parts: list[bytes] = []
    while sum(map(len, parts)) <= LARGEST_ANSWER:
        ready, _, _ = select.select([told, channel.fileno()], [], [])
        if channel.fileno() in ready:
            return None
        part = os.read(told, MEGABYTE)
        if not part:
            return b"".join(parts).decode("utf-8", "replace")
        parts.append(part)
    return None


# ---------- the child


def _follow(job: bytes, telling: int) -> None:
    """Do a job within its limits and tell what came of it. Does not return."""
    messages = _log_messages()
    told: dict[str, Any]
    try:
        wanted: Job = pickle.loads(job)  # noqa: S301 - from the process that started us
        _limit(wanted)
        told = {"answer": wanted.call()}
    except MemoryError:
        told = {"exhausted": True}
        _lift_memory_limit()
    except Exception as error:
        _lift_memory_limit()
        told = _refusal(error)
    text = json.dumps({**told, "messages": messages}).encode()
    while text:
        text = text[os.write(telling, text) :]
    os._exit(0)


def _refusal(error: Exception) -> dict[str, Any]:
    """An error as JSON. One that was not foreseen is told by its kind and places alone."""
    sentence = error if isinstance(error, OpKoersError) else _sentence(error)
    return {"refused": {**vars(sentence), "exit_code": int(sentence.exit_code)}}


def _sentence(error: Exception) -> OpKoersError:
    # Imported here alone: it imports duckdb, which starts threads.
    from flows.mishaps import told_as_sentence

    try:
        with told_as_sentence():
            raise error
    except OpKoersError as sentence:
        return sentence


def _log_messages() -> list[str]:
    """The list to which everything logged from now on is added, since a child has no log."""
    messages: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("opkoers").addHandler(handler)
    return messages


def _limit(job: Job) -> None:
    """Limits that the system does not know (macOS lacks some) are left out."""
    memory = job.memory_mb * MEGABYTE
    limits = [(resource.RLIMIT_CORE, 0, 0), (resource.RLIMIT_DATA, memory, memory + LAST_WORDS)]
    if job.cpu_seconds is not None:
        limits.append((resource.RLIMIT_CPU, job.cpu_seconds, job.cpu_seconds + 1))
    for limit in limits:
        with suppress(ValueError, OSError):
            resource.setrlimit(limit[0], limit[1:])


def _lift_memory_limit() -> None:
    with suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def _die_with(parent: int) -> None:
    """End this process when its parent ends, whatever it is doing then."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
