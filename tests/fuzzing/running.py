"""Sends numbers to workers, and ends those that hang."""

import json
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from tests.bench.measured import ROOT
from tests.fuzzing.worker import Verdict

# What takes longer does nothing at all; a worker tells itself of more than ten seconds' work.
SECONDS = 40.0
# Python starts, and makes an export of every format.
SECONDS_TO_START = 60.0


class Worker:
    """One worker process and the thread that listens to it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.errors = folder.with_name(f"{folder.name}.stderr")
        with self.errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fuzzing.worker", str(folder), str(seed)],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                start_new_session=True,
            )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asks: IO[bytes] = self._process.stdin
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._is_fresh = True
        self._listener = threading.Thread(target=self._listen, args=(self._process.stdout,))
        self._listener.start()

    def _listen(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self._answers.put(line)
        self._answers.put(b"")

    def asked(self, number: int, only: str) -> Verdict:
        """The verdict of a case; of one that hung or crashed, a verdict that says so."""
        seconds = SECONDS + (SECONDS_TO_START if self._is_fresh else 0)
        self._is_fresh = False
        try:
            self._asks.write(f"{number} {only}\n".encode())
            self._asks.flush()
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            return _lost(number, f"it hung for more than {seconds:.0f} seconds")
        except BrokenPipeError:
            answer = b""
        if not answer:
            status = self._process.wait()
            return _lost(number, f"the process ended with {status}", *self._said())
        told = json.loads(answer)
        found = (*told.pop("breaches"), *self._said())
        return Verdict(**told, breaches=found)

    def _said(self) -> Iterator[str]:
        """Nothing may come on stderr."""
        text = self.errors.read_text(errors="replace")
        if text.strip():
            yield f"on stderr: {text.strip().splitlines()[-1][:200]}"
            with self.errors.open("r+b") as errors:
                errors.truncate(0)

    def end(self) -> None:
        """End it, and with it the readers it started: they leave when it is gone."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        with suppress(BrokenPipeError):
            self._asks.close()


def _lost(number: int, *breaches: str) -> Verdict:
    return Verdict(number, "?", "?", "?", "lost", 0, 0, breaches)


def verdicts(
    seed: int, numbers: Iterable[int], folder: Path, *, workers: int = 2, only: str = ""
) -> Iterator[Verdict]:
    """The verdict of each number, as they come; files that failed stay in `folder`."""
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    found: queue.SimpleQueue[Verdict | None] = queue.SimpleQueue()
    for number in numbers:
        waiting.put(number)
    threads = [
        threading.Thread(target=_work, args=(seed, waiting, found, folder / f"worker{n}", only))
        for n in range(workers)
    ]
    for thread in threads:
        thread.start()
    for _ in threads:
        while (verdict := found.get()) is not None:
            yield verdict


def _work(
    seed: int,
    waiting: queue.SimpleQueue[int],
    found: queue.SimpleQueue[Verdict | None],
    folder: Path,
    only: str,
) -> None:
    """Ask until there is nothing to ask; a worker that was lost is followed by another."""
    generation, worker = 0, None
    try:
        while True:
            number = waiting.get_nowait()
            worker = worker or Worker(folder.with_name(f"{folder.name}.{generation}"), seed)
            verdict = worker.asked(number, only)
            if verdict.outcome == "lost":
                worker.end()
                worker, generation = None, generation + 1
            found.put(verdict)
    except queue.Empty:
        pass
    finally:
        if worker is not None:
            worker.end()
        _tidy(folder)
        found.put(None)


def _tidy(folder: Path) -> None:
    """Only what failed is kept."""
    for left in folder.parent.glob(f"{folder.name}.*"):
        for part in ("a", "work", "tmp"):
            shutil.rmtree(left / part, ignore_errors=True)
