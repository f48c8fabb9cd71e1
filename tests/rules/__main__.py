"""Write what the page 'How Op koers decides' shows, from the tests of the rules: `make rules`."""

import sys

import pytest

from dashboards.drawing.worked_examples import FILE
from tests.rules.decided import CHAPTERS, HERE, Written


def main() -> int:
    """0 once the file is written; otherwise what pytest returns, and the file stays as it was."""
    written = Written()
    modules = [str(HERE / f"{chapter.module}.py") for chapter in CHAPTERS]
    outcome = pytest.main(["-q", "-p", "no:cacheprovider", *modules], plugins=[written])
    if outcome == pytest.ExitCode.OK:
        FILE.write_text(written.text(), encoding="utf-8")
        print(f"wrote {len(written.entries)} examples to {FILE.name}")
    return int(outcome)


if __name__ == "__main__":
    sys.exit(main())
