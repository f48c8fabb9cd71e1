"""Land an inbox as an ordinary account or with little room; prints what came of it as JSON.

    python -m tests.landing.landing_process HOME [largest file in bytes]

Run by root it becomes the owner of the home first, since rights mean nothing to root.
"""

import json
import os
import resource
import sys
from pathlib import Path

import duckdb

from flows.errors import OpKoersError
from flows.instruments import load_instruments
from flows.landing.land import land_inbox
from flows.mishaps import told_as_sentence
from flows.settings import load_settings


def main(home: Path, largest: int | None) -> None:
    """Landing as a run does it, in this process."""
    duckdb.connect().execute("select 1").fetchall()
    instruments = load_instruments()
    if os.geteuid() == 0:
        owner = home.stat()
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)
    if largest is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    try:
        with told_as_sentence():
            outcomes = land_inbox(load_settings(home), instruments)
    except OpKoersError as error:
        print(json.dumps({"raised": f"{error.exit_code.name}: {error}"}))
        return
    told = [[o.name, o.status, o.error and o.error.exit_code.name, str(o.error)] for o in outcomes]
    print(json.dumps({"outcomes": told}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)
