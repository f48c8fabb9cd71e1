"""R, with lme4 or alone, asked by a script: another answer to the same question."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import skip_or_fail

# said(what, ...) writes one line: what was asked, then texts, or numbers with 17 digits.
BEFORE = """
said <- function(...) cat(paste(sapply(list(...), function(x)
  if (is.numeric(x)) paste(formatC(as.vector(x), digits = 17), collapse = " ")
  else paste(x, collapse = "\x1f")), collapse = "\\t"), "\\n", sep = "")
"""


def lme4_says(script: str, folder: Path) -> Iterator[list[str]]:
    """As r_says, of a script that needs lme4."""
    return r_says("suppressMessages(library(lme4))\n" + script, folder)


def r_says(script: str, folder: Path) -> Iterator[list[str]]:
    """The fields of each line that a script `said`; it runs in `folder`.

    The test is skipped where R or lme4 is absent (apt: r-base-core, r-cran-lme4).
    """
    if shutil.which("Rscript") is None:
        skip_or_fail("R is not installed")
    file = folder / "ask.R"
    file.write_text(BEFORE + script, encoding="utf-8")
    done = subprocess.run(
        ["Rscript", "--vanilla", file.name],  # noqa: S607
        cwd=folder, capture_output=True, check=False, text=True,
    )  # fmt: skip
    if "no package called" in done.stderr:
        skip_or_fail("the package lme4 of R is not installed")
    assert done.returncode == 0, done.stderr
    return (line.split("\t") for line in done.stdout.split("\n")[:-1])
