"""make bench, the expected course: fitting and scoring all courses of a large service.

    python -m tests.bench.course [patients ...]

The stations of a run from the courses to the table `course`, in a process of their
own, on tables of ten PHQ-9 totals each. The fit itself uses the newest
`[course] most_episodes`, so what grows with the service is scoring.
"""

import os
import platform
import sys

from tests.bench.many_courses import SESSIONS, many_courses
from tests.bench.measured import Measured, measured

PATIENTS = (30_000, 100_000, 300_000)
MOST_SECONDS, MOST_MB = 20.0, 3000.0
PARTS = {
    "courses": ("311_followed_course", "312_progress"),
    "fits": ("320_growth_fit", "322_calibration_fit"),
    "scores": ("325_prediction", "328_course"),
}


def main(sizes: tuple[int, ...]) -> None:
    """Print one line for each size, then what is asked of the largest."""
    print(f"\nExpected course; {os.cpu_count()} cores, Python {platform.python_version()}")
    heads = ("seconds", *PARTS, "us/form", "peak MB")
    print(f"{'patients':>10}{'assessments':>13}" + "".join(f"{head:>9}" for head in heads))
    for patients in sizes:
        _line(patients, measured("tests.bench.our_courses", str(many_courses(patients))))
    print(f"asked: at most {MOST_SECONDS:.0f} s and {MOST_MB:,.0f} MB, in a straight line")


def _line(patients: int, ours: Measured) -> None:
    forms = patients * SESSIONS
    parts = [sum(ours.parts[station] for station in group) for group in PARTS.values()]
    print(
        f"{patients:10,}{forms:13,}{ours.seconds:9.2f}"
        + "".join(f"{seconds:9.2f}" for seconds in parts)
        + f"{1e6 * ours.seconds / forms:9.1f}{ours.peak_mb:9.0f}",
        flush=True,
    )


if __name__ == "__main__":
    main(tuple(int(word) for word in sys.argv[1:]) or PATIENTS)
