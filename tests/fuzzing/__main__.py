"""make fuzz: bad files by the thousand, over all formats.

    python -m tests.fuzzing --files 10000 --seed 1
    python -m tests.fuzzing --seed 1 --number 4711      one of them again
    python -m tests.fuzzing --format xlsx               one format only

Ends with 1 when anything did not hold; the files are kept where the end says.
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.fuzzing.running import verdicts
from tests.fuzzing.worker import Verdict

EVERY = 500


def main() -> None:
    """Run the asked cases, tell of each breach and count the outcomes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--number", type=int, action="append", help="this case only")
    parser.add_argument("--format", default="", help="this format only")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="opkoers-fuzz-"))
    numbers = chosen.number or range(1, chosen.files + 1)
    done = []
    for verdict in verdicts(
        chosen.seed, numbers, folder, workers=chosen.workers, only=chosen.format
    ):
        done.append(verdict)
        _tell(verdict, chosen.seed, chosen.format, is_asked=bool(chosen.number))
        if len(done) % EVERY == 0:
            print(f"{len(done):,} files", flush=True)
    _sum_up(done)
    if any(verdict.breaches for verdict in done):
        print(f"the files that failed are in {folder}/failed")
        sys.exit(1)


def _tell(verdict: Verdict, seed: int, only: str, *, is_asked: bool) -> None:
    if not verdict.breaches and not is_asked:
        return
    print(f"{verdict.number}: {verdict.format}, {verdict.kind}, {verdict.name}: {verdict.outcome},"
          f" {verdict.seconds:.2f} s, {verdict.peak_mb:.0f} MB")  # fmt: skip
    for breach in verdict.breaches:
        print(f"    {breach}")
    if verdict.breaches:
        of_format = f" --format {only}" if only else ""
        print(f"    python -m tests.fuzzing --seed {seed} --number {verdict.number}{of_format}")


def _sum_up(done: list[Verdict]) -> None:
    formats = sorted({verdict.format for verdict in done})
    columns = ("landed", "held_back", "empty_file", "unknown_column", "wrong_delimiter",
               "unreadable_file", "other", "broken")  # fmt: skip
    print(f"\n{'format':12}" + "".join(f"{name.replace('_', ' '):>16}" for name in columns))
    for name in formats:
        counted = Counter(_column(v, columns) for v in done if v.format == name)
        print(f"{name:12}" + "".join(f"{counted[column]:16,}" for column in columns))
    slowest = max(done, key=lambda v: v.seconds)
    largest = max(done, key=lambda v: v.peak_mb)
    kinds = len({(v.format, v.kind) for v in done})
    print(
        f"\n{len(done):,} files of {kinds} kinds;"
        f" slowest {slowest.seconds:.1f} s ({slowest.number}: {slowest.format}, {slowest.kind}),"
        f" largest {largest.peak_mb:.0f} MB ({largest.number}: {largest.format}, {largest.kind});"
        f" {sum(bool(v.breaches) for v in done)} broken"
    )


def _column(verdict: Verdict, columns: tuple[str, ...]) -> str:
    if verdict.breaches:
        return "broken"
    return verdict.outcome if verdict.outcome in columns else "other"


if __name__ == "__main__":
    main()
