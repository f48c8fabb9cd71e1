"""make statistics: what flows/statistics/ promises, measured and written into its README.

    python -m tests.accuracy.promises

Needs OPKOERS_REFERENCE, and R with lme4 and survival (apt: r-base-core,
r-cran-lme4, r-cran-survival): figures without them would be half of what stands there.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.accuracy import mixed_models, survival
from tests.bench import mixed_models as bench
from tests.statistics import lme4_comparison

README = Path(__file__).parent.parent.parent / "flows/statistics/README.md"
BEGIN, END = "<!-- measured:begin -->", "<!-- measured:end -->"


def main() -> int:
    """Print the figures and write them; 1 where what they are compared with is absent."""
    if not os.environ.get("OPKOERS_REFERENCE") or not bench.has_lme4():
        print("Set OPKOERS_REFERENCE, and install R with lme4 and survival.", file=sys.stderr)
        return 1
    told = []
    for line in lines():
        print(line, flush=True)
        told.append(line)
    readme = README.read_text(encoding="utf-8")
    README.write_text(with_figures(readme, told), encoding="utf-8")
    return 0


def lines() -> Iterator[str]:
    """Mixed models, then survival, then speed."""
    yield from mixed_models.lines(mixed_models.SIMULATIONS)
    yield ""
    yield from lme4_comparison.lines(1)
    yield ""
    for row in survival.survival_rows():
        yield f"{row.what:56}{row.difference:8.1e} from R, asked: at most {row.allowed:.0e}"
    yield ""
    yield from bench.lines(bench.EPISODES)


def with_figures(readme: str, told: list[str]) -> str:
    """A README with other figures between its marks."""
    before, _, behind = readme.partition(BEGIN)
    _, _, after = behind.partition(END)
    block = "\n".join(line.rstrip() for line in told)
    return f"{before}{BEGIN}\n```\n{block}\n```\n{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
