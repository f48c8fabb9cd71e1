"""Run one contender in a process of its own and read its time and peak memory."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Measured:
    """`parts` are seconds by the contender's own clock, without imports.

    `peak_mb` and `cpu_seconds` (of all cores together) are of the whole process.
    """

    parts: dict[str, float]
    peak_mb: float
    cpu_seconds: float = 0.0

    @property
    def seconds(self) -> float:
        return sum(self.parts.values())


def measured(module: str, *arguments: str) -> Measured:
    """Run `python -m module arguments`; its last line is JSON of part: seconds."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = process.stdout.read().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{module} ended with {process.returncode}")
    cpu_seconds = usage.ru_utime + usage.ru_stime
    return Measured(json.loads(lines[-1]), usage.ru_maxrss / 1024, cpu_seconds)


def median_of(runs: int, module: str, *arguments: str) -> Measured:
    """The run with the median total."""
    return sorted((measured(module, *arguments) for _ in range(runs)), key=lambda m: m.seconds)[
        runs // 2
    ]
