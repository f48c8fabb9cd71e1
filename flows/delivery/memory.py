"""deliveries.sqlite3: what was delivered to whom, so that a rerun delivers nothing twice.

A delivery is written down as begun before it is made. One that is still begun later was cut
short between the two, by a power cut or a kill: it is made again, under the same Message-ID,
so at most one mail comes twice and its reader's server can drop the second.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

_TABLE = """
    create table if not exists delivery (
        way text not null,
        recipient text not null,
        report text not null,
        clinic_id text not null,
        period text not null,
        revision integer not null,
        language text not null,
        state text not null,
        refusals integer not null,
        first_at text not null,
        last_at text not null,
        primary key (way, recipient, report, clinic_id, period, revision, language)
    ) strict
"""
_MOUNTS = """
    create table if not exists folder_mount (folder text primary key, mount text not null) strict
"""
_BEGIN = """
    insert into delivery
    values (:way, :recipient, :report, :clinic_id, :period, :revision, :language,
            'begun', 0, :now, :now)
    on conflict do update set state = 'begun', last_at = :now
"""
_END = """
    update delivery set state = :state, refusals = refusals + (:state = 'refused')
    where way = :way and recipient = :recipient and report = :report and clinic_id = :clinic_id
        and period = :period and revision = :revision and language = :language
"""
_ALL = """
    select way, recipient, report, clinic_id, period, revision, language, state, refusals, first_at
    from delivery
"""


class State(StrEnum):
    """BEGUN and LATER are tried again; REFUSED too, but not for ever; the others are done with."""

    BEGUN = "begun"
    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    GIVEN_UP = "given_up"


@dataclass(frozen=True)
class Item:
    """One thing to deliver to one recipient: `way` is mail or folder, `period` an ISO week or a
    day. Holds no patient, no therapist and no result."""

    way: str
    recipient: str
    report: str
    clinic_id: str
    period: str
    revision: int
    language: str


@dataclass(frozen=True)
class Remembered:
    """`first_at` is in UTC."""

    state: State
    refusals: int
    first_at: datetime


class Memory:
    """The open file; every change is on disk before the next thing happens."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def everything(self) -> Mapping[Item, Remembered]:
        """What was tried so far, by item."""
        return {
            Item(*row[:7]): Remembered(State(row[7]), row[8], datetime.fromisoformat(row[9]))
            for row in self._connection.execute(_ALL)
        }

    def begin(self, item: Item) -> None:
        """One more try of this item, from now on."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._connection.execute(_BEGIN, asdict(item) | {"now": now})

    def end(self, item: Item, state: State) -> None:
        """How the try that was begun ended."""
        self._connection.execute(_END, asdict(item) | {"state": state})

    def mount_of(self, folder: Path) -> Path | None:
        """Where the disk of a folder was mounted when last something was put there."""
        asked = "select mount from folder_mount where folder = ?"
        row = self._connection.execute(asked, (str(folder),)).fetchone()
        return None if row is None else Path(row[0])

    def note_mount(self, folder: Path, mount: Path) -> None:
        """Remember it, the first time or after somebody moved it on purpose."""
        told = "insert or replace into folder_mount values (?, ?)"
        self._connection.execute(told, (str(folder), str(mount)))


@contextmanager
def opened(file: Path) -> Iterator[Memory]:
    """The memory in `file`, made when it is not there. Whoever comes second waits a while."""
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as connection:
        connection.execute("pragma synchronous = full")
        connection.execute(_TABLE)
        connection.execute(_MOUNTS)
        yield Memory(connection)
