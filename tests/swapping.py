"""python -m tests.swapping: snapshots swapped under requests; none fails."""

import argparse
import sys
import tempfile
import threading
from pathlib import Path

from flows.warehouse import swap
from tests.dashboards.many_requests import Answered, Ask, ask_all, session_of
from tests.dashboards.published import publish
from tests.dashboards.serving import fill, served

PAGES = ("/", "/alerts/noord-t1-worse", "/overdue", "/help")


def main() -> None:
    """Print what was seen; exits with 1 when a request failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--swaps", type=int, default=30)
    parser.add_argument("--requests", type=int, default=1000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        answered = swap_under_requests(Path(folder), chosen.swaps, chosen.requests)
    failed = sum(times for status, times in answered.statuses.items() if status != 200)
    print(
        f"{chosen.swaps} swaps under {chosen.requests:,} requests in {answered.seconds:.0f} s:"
        f" {failed} failed, statuses {dict(answered.statuses)}"
    )
    sys.exit(1 if failed else 0)


def swap_under_requests(home: Path, swaps: int, requests: int) -> Answered:
    """Publish anew `swaps` times, spread over the requests, as a run does."""
    fill(home)
    published = home / "published"
    ready = [publish(home, f"run-{number}") for number in range(2, swaps + 2)]
    swap(published / "run-1.duckdb", published / "current")
    session = session_of(home, "bea")
    turns = [(requests * number // (swaps + 1), file) for number, file in enumerate(ready, 1)]
    asked = threading.Semaphore(0)

    def swap_in_turn() -> None:
        done = 0
        for turn, file in turns:
            while done < turn:
                asked.acquire()
                done += 1
            swap(file, published / "current")

    swapper = threading.Thread(target=swap_in_turn)
    swapper.start()
    with served(home) as address:
        answered = ask_all(address, session, _pages(requests), asked.release)
    swapper.join()
    return answered


def _pages(count: int) -> list[Ask]:
    return [Ask(PAGES[number % len(PAGES)]) for number in range(count)]


if __name__ == "__main__":
    main()
