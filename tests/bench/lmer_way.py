"""The same random slope by lme4's lmer, as R itself times it."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.bench.episodes import FORMULA, episodes

ASK = f"""
suppressMessages(library(lme4))
n <- as.integer(commandArgs(TRUE))
m <- matrix(readBin("episodes", "double", 3 * n), n)
d <- data.frame(post = m[, 1], bc = m[, 2], therapist_id = m[, 3])
cat(system.time(lmer({FORMULA}, d))[["elapsed"]])
"""


def main(n: int) -> None:
    """Print the seconds of lmer."""
    data = episodes(n)
    table = np.column_stack([data.y, data.x[:, 1], data.terms[0].codes])
    with tempfile.TemporaryDirectory() as folder:
        table.T.tofile(Path(folder) / "episodes")
        (Path(folder) / "ask.R").write_text(ASK, encoding="utf-8")
        done = subprocess.run(
            ["Rscript", "--vanilla", "ask.R", str(n)],  # noqa: S607
            cwd=folder, capture_output=True, check=True, text=True,
        )  # fmt: skip
    print(json.dumps({"lmer": float(done.stdout)}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
