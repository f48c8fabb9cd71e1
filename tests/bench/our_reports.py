"""Write the reports of a snapshot: of its clinics, or what its therapists' own add to them."""

import json
import sys
import tempfile
import time
from pathlib import Path

from flows.publishing.report import write_reports


def main(snapshot: str, whose: str) -> None:
    """The last line is the seconds, as tests/bench/measured.py reads it."""
    with tempfile.TemporaryDirectory(prefix="opkoers-reports-") as folder:
        if whose == "clinics":
            print(json.dumps({"clinics": _seconds(snapshot, folder, ("nl", "en"), False)}))
        else:
            alone = _seconds(snapshot, f"{folder}/alone", ("nl",), False)
            together = _seconds(snapshot, f"{folder}/together", ("nl",), True)
            print(json.dumps({"therapists": together - alone}))


def _seconds(snapshot: str, folder: str, languages: tuple[str, ...], has_therapists: bool) -> float:
    started = time.perf_counter()
    write_reports(Path(snapshot), Path(folder), languages, has_therapists=has_therapists)
    return time.perf_counter() - started


if __name__ == "__main__":
    main(*sys.argv[1:])
