"""A process that ends when this one does, however this one ends (also by kill -9)."""

import atexit
import subprocess
import sys
from contextlib import suppress

# It reads until the other end of the pipe is gone, which the system closes for whoever was killed.
_WATCH = """
import os, signal, sys, time
sys.stdin.buffer.read()
pid = int(sys.argv[1])
for number in (signal.SIGTERM, signal.SIGKILL):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        break
    time.sleep(10)
"""
_watched: dict[int, "subprocess.Popen[bytes]"] = {}


def end_with_us(pid: int) -> None:
    """Have process `pid` ended once this one is gone; asking twice changes nothing."""
    if pid in _watched:
        return
    _watched[pid] = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _WATCH, str(pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    atexit.register(let_go, pid)


def let_go(pid: int) -> None:
    """No longer: it ended already, or is ended in another way."""
    watcher = _watched.pop(pid, None)
    if watcher is None:
        return
    watcher.kill()
    watcher.wait()
    with suppress(OSError):
        if watcher.stdin is not None:
            watcher.stdin.close()
