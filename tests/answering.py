"""python -m tests.answering: every alert answered twice at once; none lost, none double.

The form of each alert is sent by two connections at the same moment, as two clicks would, to
the real server of 2 processes x 4 threads. Afterwards the journal holds one answer to each.
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flows.journal import Place, place_of, read_events
from flows.sealing import verify
from flows.settings import load_settings
from tests.dashboards.many_requests import Answered, Ask, ask_all, session_of, with_many_alerts
from tests.dashboards.serving import fill, served
from tests.postgresql import programs, running

FORM = {"shown_seq": "0", "action": "consult", "discussed": "no"}


@dataclass(frozen=True)
class Seen:
    """What came of it: `lost` alerts have no answer, `double` more than one."""

    answered: Answered
    kept: int
    lost: int
    double: int

    @property
    def held(self) -> bool:
        return set(self.answered.statuses) == {302} and (self.lost, self.double) == (0, 0)


def main() -> None:
    """Print what was seen; exits with 1 when an answer was lost or doubled, or a request failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--answers", type=int, default=4000)
    parser.add_argument("--postgresql", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _database(postgresql=chosen.postgresql):
        seen = answer_all(Path(folder), chosen.answers)
    kind = "PostgreSQL" if chosen.postgresql else "SQLite"
    requests = sum(seen.answered.statuses.values())
    print(
        f"{chosen.answers:,} alerts, each answered twice at once, on {kind}: {requests:,} requests"
        f" in {seen.answered.seconds:.0f} s, statuses {dict(seen.answered.statuses)};"
        f" {seen.kept:,} answers kept, {seen.lost} lost, {seen.double} double"
    )
    sys.exit(0 if seen.held else 1)


def answer_all(home: Path, count: int) -> Seen:
    """Answer `count` alerts in a new home; the environment says on which database."""
    fill(home)
    alerts = with_many_alerts(home / "published" / "run-1.duckdb", count)
    session = session_of(home, "bea")
    asks = [
        Ask(f"/alerts/{alert}/answer", {**FORM, "note": f"Answer to {alert}"})
        for alert in alerts
        for _ in range(2)
    ]
    with served(home) as address:
        answered = ask_all(address, session, asks)
    return _seen(place_of(load_settings(home)), answered, count)


def _seen(place: Place, answered: Answered, count: int) -> Seen:
    verify(place)
    answers = Counter(e.patient_id for e in read_events(place) if e.kind == "alert_answered")
    wanted = {f"L{number}" for number in range(count)}
    return Seen(
        answered=answered,
        kept=answers.total(),
        lost=len(wanted - set(answers)),
        double=sum(times > 1 for times in answers.values()),
    )


@contextmanager
def _database(*, postgresql: bool) -> Iterator[None]:
    if not postgresql:
        yield
        return
    folder = programs()
    if folder is None:
        sys.exit("PostgreSQL is not installed here")
    with running(folder, keeps_writes=True) as cluster:
        os.environ["OPKOERS_JOURNAL_DATABASE"] = cluster.address(cluster.new_database())
        yield


if __name__ == "__main__":
    main()
