"""make bench, indicators: all of them for 200 clinics and 260 weeks.

    python -m tests.bench.indicators [episodes ...]

The stations of a run from scores, episodes, changes and alerts to the table `indicator` with its
control limits, for the service, its clinics and two teams in each, in a process of their own; ten
assessments an episode. The tables are written once, outside of the project. CPU seconds are of the
whole process; they too rise, less than seconds do, while others keep the machine busy.
"""

import os
import platform
import sys

from tests.bench.many_figures import CLINICS, FORMS, many_figures
from tests.bench.measured import Measured, measured

EPISODES = (100_000, 1_000_000)
MOST_SECONDS, MOST_MB = 10.0, 2048.0


def main(sizes: tuple[int, ...]) -> None:
    """Print one line for each size, then the stations of the largest and what is asked of it."""
    print(f"\nIndicators; {os.cpu_count()} cores, Python {platform.python_version()}")
    print(
        f"{'clinics':>8}{'assessments':>13}{'seconds':>9}{'us/form':>9}{'CPU s':>9}{'peak MB':>9}"
    )
    ours = None
    for episodes in sizes:
        ours = measured("tests.bench.our_figures", str(many_figures(episodes)))
        _line(episodes * FORMS, ours)
    if ours is not None:
        parts = sorted(ours.parts.items(), key=lambda part: -part[1])
        print("; ".join(f"{station} {seconds:.2f}" for station, seconds in parts[:6]))
    print(f"asked: at most {MOST_SECONDS:.0f} s and {MOST_MB:,.0f} MB of 10,000,000 assessments")


def _line(forms: int, ours: Measured) -> None:
    per_form = 1e6 * ours.seconds / forms
    cpu = f"{ours.cpu_seconds:9.2f}"
    line = f"{CLINICS:8}{forms:13,}{ours.seconds:9.2f}{per_form:9.2f}{cpu}{ours.peak_mb:9.0f}"
    print(line, flush=True)


if __name__ == "__main__":
    main(tuple(int(word) for word in sys.argv[1:]) or EPISODES)
