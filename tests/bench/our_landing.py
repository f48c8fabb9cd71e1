"""Land the same file in an empty home, as a run does, timed without imports."""

import json
import sys
import tempfile
import time
from pathlib import Path

from flows.home import make_home
from flows.instruments import load_instruments
from flows.landing.land import land_inbox
from flows.settings import load_settings
from tests.bench.long_export import SOURCE


def main(export: Path) -> None:
    """Print the seconds of landing; the file is long at rest, so nothing waits for it."""
    with tempfile.TemporaryDirectory(dir=export.parent) as folder:
        home = Path(folder) / "home"
        make_home(home)
        (home / "sources" / "long.toml").write_text(SOURCE)
        (home / "inbox" / export.name).hardlink_to(export)
        (home / "opkoers.toml").write_text("[landing]\nstable_seconds = 0\n")
        settings, instruments = load_settings(home), load_instruments()
        started = time.perf_counter()
        (outcome,) = land_inbox(settings, instruments)
        seconds = time.perf_counter() - started
        assert outcome.receipt is not None, outcome.error
        assert outcome.receipt.rows_in == outcome.receipt.landed, "some records do not land"
    print(json.dumps({"land": seconds}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
