"""make bench, second table: landing a long export against DuckDB loading the same file.

    python -m tests.bench.landing [records ...]

Read the ratio, not the seconds. DuckDB reads the file into a table in memory
with its own guess of the types, and keeps all columns; that is the least that
any way of landing has to do. Ours is `land_inbox` as a run calls it: checksum,
every record sorted, parquet written, the original encrypted. Each contender
runs in a process of its own.
"""

import os
import platform
import sys
from pathlib import Path

from tests.bench.long_export import SESSIONS, long_export
from tests.bench.measured import Measured, median_of

RECORDS = (1_000_000, 3_000_000, 10_000_000)
ITEMS = 9
COLUMNS = ("load s", "land s", "x load", "M rec/s", "peak MB")
RUNS = 3
MOST_RATIO, MOST_MB = 6.0, 3000.0


def main(sizes: tuple[int, ...]) -> None:
    """Print one line for each size, then what is asked of them."""
    exports = [long_export(_assessments(records)) for records in sizes]
    print(
        f"\nLanding a long export of PHQ-9 answers; {os.cpu_count()} cores, Python"
        f" {platform.python_version()}; median of {RUNS}"
    )
    print(f"{'records':>12}{'MB':>7}" + "".join(f"{name:>9}" for name in COLUMNS))
    for records, export in zip(sizes, exports, strict=True):
        _line(
            _assessments(records) * ITEMS,
            export,
            median_of(RUNS, "tests.bench.bare_load", str(export)),
            median_of(RUNS, "tests.bench.our_landing", str(export)),
        )
    print(f"asked: at most {MOST_RATIO:.0f} x load and {MOST_MB:,.0f} MB, in a straight line")


def _assessments(records: int) -> int:
    """Of nine answers each, in whole patients of ten sessions."""
    return round(records / ITEMS / SESSIONS) * SESSIONS


def _line(records: int, export: Path, load: Measured, land: Measured) -> None:
    size = export.stat().st_size / 1e6
    print(
        f"{records:12,}{size:7.0f}{load.seconds:9.2f}{land.seconds:9.2f}"
        f"{land.seconds / load.seconds:9.1f}{records / land.seconds / 1e6:9.2f}{land.peak_mb:9.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main(tuple(int(word) for word in sys.argv[1:]) or RECORDS)
