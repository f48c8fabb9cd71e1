"""make bench, last table: a random slope from rows to fit, and the same by lme4.

    python -m tests.bench.mixed_models [episodes ...]

One core. Each contender runs in a process of its own; its peak memory holds the
rows too. lmer runs where R with lme4 is installed, up to 300,000 episodes. The
growth model of three levels runs where OPKOERS_REFERENCE names the oracles.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator

from tests.bench.episodes import PER_GROUP
from tests.bench.measured import measured, median_of

EPISODES = (60_000, 300_000, 3_000_000)
LMER_UP_TO = 300_000
COLUMNS = ("sums s", "fit s", "both s", "us/row", "peak MB", "lmer s", "x faster")
RUNS = 3
MOST_SECONDS, LEAST_RATIO, MOST_GROWTH = 0.5, 50, 1.0


def main(sizes: tuple[int, ...]) -> None:
    """Print one line for each size, then the growth model, then what is asked of them."""
    print()
    for line in lines(sizes):
        print(line, flush=True)


def lines(sizes: tuple[int, ...]) -> Iterator[str]:
    """The same, line by line."""
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    yield f"Random slope, REML; one core, Python {platform.python_version()}; median of {RUNS}"
    yield f"{'episodes':>11}{'groups':>9}" + "".join(f"{name:>9}" for name in COLUMNS)
    yield from map(_line, sizes)
    reference = os.environ.get("OPKOERS_REFERENCE")
    if reference:
        growth = median_of(RUNS, "tests.bench.our_growth", reference)
        yield f"growth model of three levels, 65,197 scores: {growth.seconds:.2f} s"
    yield (
        f"asked: at most {MOST_SECONDS} s for 300,000, in a straight line; at least"
        f" {LEAST_RATIO} x faster than lmer; growth at most {MOST_GROWTH:.0f} s"
    )


def _line(n: int) -> str:
    ours = median_of(RUNS, "tests.bench.our_mixed_model", str(n))
    told = f"{ours.parts['sums']:9.2f}{ours.parts['fit']:9.2f}{ours.seconds:9.2f}"
    told += f"{ours.seconds / n * 1e6:9.2f}{ours.peak_mb:9.0f}"
    if n <= LMER_UP_TO and has_lme4():
        lmer = measured("tests.bench.lmer_way", str(n)).seconds
        told += f"{lmer:9.1f}{lmer / ours.seconds:9.0f}"
    return f"{n:11,}{n // PER_GROUP:9,}{told}"


def has_lme4() -> bool:
    """Whether R and lme4 are installed here."""
    if shutil.which("Rscript") is None:
        return False
    ask = ["Rscript", "-e", 'quit(status = !requireNamespace("lme4"))']
    return subprocess.run(ask, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    main(tuple(int(word) for word in sys.argv[1:]) or EPISODES)
