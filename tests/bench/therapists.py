"""make bench: all that is computed about therapists, of a large service.

    python -m tests.bench.therapists [therapists episodes]

The tables that the stations read are made first; timed is what `build therapists` does with
them, from shares of episodes to the finished file, in a process of its own.
"""

import platform
import sys

from tests.bench.measured import median_of

THERAPISTS, EPISODES, RUNS, MOST_SECONDS = 6_000, 300_000, 3, 10.0


def main(therapists: int, episodes: int) -> None:
    """Print seconds by station, and the peak memory."""
    ours = median_of(RUNS, "tests.bench.our_therapists", str(therapists), str(episodes))
    print()
    print(
        f"About therapists: {therapists:,} of them, {episodes:,} closed episodes;"
        f" Python {platform.python_version()}; median of {RUNS}"
    )
    for station, seconds in ours.parts.items():
        print(f"  {station:24}{seconds:8.2f} s")
    print(f"  {'all':24}{ours.seconds:8.2f} s{ours.peak_mb:9.0f} MB")
    print(f"asked: at most {MOST_SECONDS:.0f} s")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given if len(given) == 2 else (THERAPISTS, EPISODES)))
