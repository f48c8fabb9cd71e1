"""A landing that is killed leaves nothing behind, and nothing that the next one trips over."""

import subprocess
import sys


def test_after_a_few_kills_the_archive_is_that_of_an_undisturbed_landing() -> None:
    """`make killtest` does a hundred. A process of its own: it forks, which wants no threads."""
    words = [sys.executable, "-m", "tests.killing", "--landing", "--kills", "5", "--seed", "7"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("5 kills of landing, all held\n")
