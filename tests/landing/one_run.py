"""Land an inbox holding the home's lock, as a run does; begins when the file GO appears.

    python -m tests.landing.one_run HOME GO

Says "ready" when it waits, then what became of each file, or why it did not begin.
"""

import sys
from pathlib import Path

from flows.errors import OpKoersError
from flows.home import locked
from flows.instruments import load_instruments
from flows.landing.land import land_inbox
from flows.settings import load_settings


def main(home: Path, go: Path) -> None:
    """Wait without sleeping, so that several begin at the same moment."""
    settings, instruments = load_settings(home), load_instruments()
    print("ready", flush=True)
    while not go.exists():
        pass
    try:
        with locked(home):
            for outcome in land_inbox(settings, instruments):
                print(outcome.status)
    except OpKoersError as error:
        print(error.exit_code.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
