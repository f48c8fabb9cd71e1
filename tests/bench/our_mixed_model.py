"""Fit a random slope to simulated episodes, timed without making them."""

import json
import sys
import time

from flows.statistics.mixed_model import fit, sums_of
from tests.bench.episodes import episodes


def main(n: int) -> None:
    """Print the seconds of the sums and of the fit."""
    data = episodes(n)
    started = time.perf_counter()
    sums = sums_of(data)
    summed = time.perf_counter()
    fit(sums)
    done = time.perf_counter()
    print(json.dumps({"sums": summed - started, "fit": done - summed}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
