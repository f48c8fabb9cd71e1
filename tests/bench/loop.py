"""make bench: the loop against a bare scan of the same file and against pandas.

Read the ratios, not the seconds: machines differ and are shared. Every
contender runs in a process of its own; its peak memory is the system's own
account of that process.
"""

import os
import platform
import sys
from pathlib import Path

from tests.bench.long_export import long_export
from tests.bench.measured import Measured, measured, median_of

ASSESSMENTS = 1_000_000
RUNS = 3


def main(assessments: int) -> None:
    """Print one table."""
    export = str(long_export(assessments))
    scan = median_of(RUNS, "tests.bench.bare_scan", export)
    pandas_way = measured("tests.bench.usual_pandas", export)
    ours = median_of(RUNS, "tests.bench.our_way", export)
    prefect = measured("tests.bench.prefect_start")
    imports = ours.parts.pop("imports")
    size = Path(export).stat().st_size / 1e6
    print(
        f"\n{assessments:,} PHQ-9 assessments, {9 * assessments:,} records, {size:.0f} MB;"
        f" {os.cpu_count()} cores, Python {platform.python_version()}; median of {RUNS}"
    )
    print(f"{'':34}{'seconds':>9}{'x scan':>9}{'x pandas':>10}{'peak MB':>9}")
    _line("bare DuckDB scan", scan.seconds, scan, pandas_way, scan.peak_mb)
    _line("pandas, scores and change", pandas_way.seconds, scan, pandas_way, pandas_way.peak_mb)
    _line("Op koers, land + check + build", ours.seconds, scan, pandas_way, ours.peak_mb)
    for name, seconds in ours.parts.items():
        _line(f"  {name}", seconds, scan, pandas_way, None)
    started = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in prefect.parts.items())
    print(f"not in it: imports {imports:.1f} s; Prefect: {started}")


def _line(name: str, seconds: float, scan: Measured, pandas: Measured, peak: float | None) -> None:
    memory = "" if peak is None else f"{peak:9.0f}"
    ratios = f"{seconds / scan.seconds:9.1f}{seconds / pandas.seconds:10.2f}"
    print(f"{name:34}{seconds:9.2f}{ratios}{memory}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ASSESSMENTS)
