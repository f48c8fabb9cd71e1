"""make bench, third table: from landed answers to scores and change, beside a bare scan and pandas.

    python -m tests.bench.scoring [assessments ...]

Read the ratios, not the seconds. The scan is DuckDB reading every column of a
CSV of the same records and keeping nothing. Ours begins with the archive's
Parquet, as a run does, and ends with the published tables on disk. Each
contender runs in a process of its own. pandas takes two gigabytes for each
million of assessments and is left out where they would fill the machine.
"""

import os
import platform
import sys

from tests.bench.long_archive import ITEMS, long_archive
from tests.bench.measured import Measured, measured, median_of

ASSESSMENTS = (1_000_000, 3_000_000, 10_000_000)
MOST_FOR_PANDAS = 3_000_000
RUNS = 3
COLUMNS = ("scan s", "pandas s", "ours s", "x scan", "x pandas", "pandas MB", "ours MB")
MOST_SCANS, MOST_PANDAS, MOST_MB = 2.5, 1 / 3, 2000.0


def main(sizes: tuple[int, ...]) -> None:
    """Print one line for each size, the stations of the largest, and what is asked of them."""
    print(
        f"\nPHQ-9 answers to scores and change; {os.cpu_count()} cores, Python"
        f" {platform.python_version()}; median of {RUNS}, of ten million one run"
    )
    print(f"{'assessments':>12}" + "".join(f"{name:>11}" for name in COLUMNS))
    ours = None
    for size in sizes:
        home, export = long_archive(size)
        runs = 1 if size > MOST_FOR_PANDAS else RUNS
        scan = median_of(runs, "tests.bench.bare_scan", str(export))
        small = size <= MOST_FOR_PANDAS
        usual = measured("tests.bench.pandas_scores", str(home)) if small else None
        ours = median_of(runs, "tests.bench.our_scores", str(home))
        _line(size, scan, usual, ours)
    print(
        f"asked: at most {MOST_SCANS} x scan, {MOST_PANDAS:.2f} x pandas and {MOST_MB:,.0f} MB;"
        f" a record is one of the {ITEMS} answers of an assessment"
    )
    if ours is not None:
        slowest = sorted(ours.parts.items(), key=lambda part: -part[1])[:6]
        told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in slowest)
        print(f"slowest stations of the last line: {told}")


def _line(size: int, scan: Measured, usual: Measured | None, ours: Measured) -> None:
    pandas_s = f"{usual.seconds:11.2f}" if usual else f"{'-':>11}"
    pandas_ratio = f"{ours.seconds / usual.seconds:11.2f}" if usual else f"{'-':>11}"
    pandas_mb = f"{usual.peak_mb:11.0f}" if usual else f"{'-':>11}"
    print(
        f"{size:12,}{scan.seconds:11.2f}{pandas_s}{ours.seconds:11.2f}"
        f"{ours.seconds / scan.seconds:11.1f}{pandas_ratio}{pandas_mb}{ours.peak_mb:11.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main(tuple(int(word) for word in sys.argv[1:]) or ASSESSMENTS)
