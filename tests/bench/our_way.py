"""Land, check and build the same file with the steps of a run, each timed by itself."""

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

started = time.perf_counter()
import great_expectations  # noqa: E402, F401  # counted as import, not as checking

from flows.home import make_home  # noqa: E402
from flows.running.plan import plan_run  # noqa: E402
from flows.running.steps import STEPS, report  # noqa: E402
from tests.bench.long_export import SOURCE  # noqa: E402

IMPORTS = time.perf_counter() - started


def main(export: Path) -> None:
    """Print the seconds of each step but the report."""
    with tempfile.TemporaryDirectory(dir=export.parent) as folder:
        home = Path(folder) / "home"
        make_home(home)
        (home / "sources" / "long.toml").write_text(SOURCE)
        (home / "inbox" / export.name).hardlink_to(export)
        plan = plan_run(home)
        parts = {"imports": IMPORTS}
        for step in STEPS:
            if step is not report:
                began = time.perf_counter()
                done = step(plan)
                assert not done.mistakes, done.mistakes
                parts[done.name] = time.perf_counter() - began
        shutil.rmtree(home)
    print(json.dumps(parts))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
