"""Sealed batches of the journal and its access log: each seal holds all that lay before it.

The chain is that of a tamper-evident log (each head is a SHA-256 over the head before and the
rows of its batch). It shows that a sealed row was changed, removed or put in later. What goes
when a patient is forgotten is told apart from that: the erasure is an event itself, and says
what the head of each batch is without those rows; all later heads stay what they were. Who can
write the whole database can also make a new chain, which is why the head is printed in the
weekly report, beyond the reach of that database: `verify` holds the chain against it.
"""

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flows.errors import ExitCode, OpKoersError
from flows.journal import OpenJournal, Place, as_object, in_utc, opened
from flows.settings import ACCESS_LOCK, JOURNAL_LOCK

FIRST_HEAD = "0" * 64
BEFORE_ALL = -(2**63)
PRINTED_DIGITS = 32

_EVENTS = """
    select seq, at, actor, kind, clinic_id, patient_id, alert_kind, measured_at, payload
    from journal_event
    where seq > ? and seq <= ?
    order by seq
"""
_ENTRIES = """
    select seq, at, actor, role, page, clinic_id, patient_id, result, reason, source
    from access_log
    where seq > ? and seq <= ?
    order by seq
"""
_SEALS = """
    select number, sealed_at, journal_seq, access_seq, head
    from journal_seal
    order by number
"""
_ERASURES = "select at, payload from journal_event where kind = 'patient_erased' order by seq"
_NEW_SEAL = "insert into journal_seal values (?, ?, ?, ?, ?)"
_BOUNDS = """
    select
        (select coalesce(max(seq), 0) from journal_event),
        (select coalesce(max(seq), 0) from access_log)
"""
_COUNT = """
    select
        (select count(*) from journal_event where seq > ?),
        (select count(*) from access_log where seq > ?)
"""


@dataclass(frozen=True)
class Seal:
    """The end of a batch: the last event and access-log entry in it, and the chain's head."""

    number: int
    sealed_at: datetime
    journal_seq: int
    access_seq: int
    head: str


_NOTHING_SEALED = Seal(0, datetime.min.replace(tzinfo=UTC), BEFORE_ALL, BEFORE_ALL, FIRST_HEAD)


@dataclass(frozen=True)
class ErasedBatch:
    """A batch out of which events went when a patient was forgotten, and what its head is now.

    An event `patient_erased` of the journal says so, which is sealed in a later batch itself.
    """

    number: int
    head: str
    events: int
    erased_at: datetime


@dataclass(frozen=True)
class Verified:
    """A chain that holds: its last seal (None when there is none), and what is not sealed yet.

    `erased` are the batches that are what the last erasure left of them.
    """

    last: Seal | None
    loose_events: int
    loose_entries: int
    erased: tuple[ErasedBatch, ...] = ()


def seal(place: Place, at: datetime) -> Seal | None:
    """Close a batch with all that was written since the last; the seal that is now the last.

    None where no page was ever served. Nothing new: no new seal. Two at once make one.
    Raises OpKoersError when the journal is damaged, cannot be reached, or may not be written.
    """
    with opened(place, to_write=True) as journal:
        if journal is None or not journal.has("journal_seal"):
            return None
        before = _last(journal)
        journal_seq, access_seq = _bounds(journal)
        if (journal_seq, access_seq) <= (max(before.journal_seq, 0), max(before.access_seq, 0)):
            return before if before.number else None
        _write(journal, _next_seal(journal, before, journal_seq, access_seq, at))
        return _last(journal)


def seal_at(place: Place, moment: datetime) -> Seal | None:
    """The last seal made at or before a moment (UTC); None where there is none."""
    with opened(place) as journal:
        if journal is None or not journal.has("journal_seal"):
            return None
        made = [each for each in _seals(journal) if each.sealed_at <= moment.replace(tzinfo=UTC)]
        return made[-1] if made else None


def verify(place: Place, printed_head: str | None = None) -> Verified:
    """Count every batch anew. `printed_head` is one that a report printed, spaces allowed;
    it may be the first half of the digits, as there.

    Raises OpKoersError naming the first batch that does not hold, or when no batch ends in the
    printed head.
    """
    with opened(place) as journal:
        if journal is None or not journal.has("journal_seal"):
            return _without_seals(printed_head)
        seals, erased = _seals(journal), erased_batches(journal)
        for before, after in zip([_NOTHING_SEALED, *seals], seals, strict=False):
            _hold(journal, before, after, erased.get(after.number))
        if printed_head is not None:
            _find(seals, printed_head)
        last = seals[-1] if seals else None
        until = last or _NOTHING_SEALED
        ((events, entries),) = journal.rows(_COUNT, until.journal_seq, until.access_seq)
        return Verified(last, events, entries, tuple(erased.values()))


def _without_seals(printed_head: str | None) -> Verified:
    if printed_head is not None:
        _find((), printed_head)
    return Verified(None, 0, 0)


def erased_batches(journal: OpenJournal) -> dict[int, ErasedBatch]:
    """By number, the batches out of which a patient was erased, as last said of them."""
    found: dict[int, ErasedBatch] = {}
    for at, payload in journal.rows(_ERASURES):
        for told in as_object(payload)["batches"]:
            number = int(told["number"])
            before = found[number].events if number in found else 0
            events = before + int(told["events"])
            found[number] = ErasedBatch(number, str(told["head"]), events, in_utc(at))
    return dict(sorted(found.items()))


def heads_now(journal: OpenJournal, numbers: Collection[int]) -> dict[int, str]:
    """What the heads of these batches would be by what lies in them now."""
    seals = _seals(journal)
    return {
        after.number: _next_seal(
            journal, before, after.journal_seq, after.access_seq, after.sealed_at
        ).head
        for before, after in zip([_NOTHING_SEALED, *seals], seals, strict=False)
        if after.number in numbers
    }


def batches_of(journal: OpenJournal, seqs: Collection[int]) -> dict[int, int]:
    """The sealed batches that these events lie in, and how many in each."""
    ends = [(each.journal_seq, each.number) for each in _seals(journal)]
    found: dict[int, int] = {}
    for seq in seqs:
        number = next((number for end, number in ends if seq <= end), None)
        if number is not None:
            found[number] = found.get(number, 0) + 1
    return found


def _hold(
    journal: OpenJournal, before: Seal, after: Seal, erased: ErasedBatch | None = None
) -> None:
    counted = _next_seal(journal, before, after.journal_seq, after.access_seq, after.sealed_at)
    is_next = after.number == before.number + 1
    goes_on = after.journal_seq >= before.journal_seq and after.access_seq >= before.access_seq
    heads = {after.head, *([erased.head] if erased else [])}
    if not (is_next and goes_on and counted.head in heads):
        raise OpKoersError(
            f"batch {after.number}, sealed {after.sealed_at:%Y-%m-%d %H:%M} UTC, does not hold:"
            f" in it, events {max(before.journal_seq, 0) + 1} to {after.journal_seq} or log entries"
            f" {max(before.access_seq, 0) + 1} to {after.access_seq}, a row was changed, removed or"
            " put in",
            next_step="Keep the database as it is, compare that range with a backup, and tell who"
            " answers for privacy in this service",
            exit_code=ExitCode.SEAL_BROKEN,
        )


def _find(seals: Sequence[Seal], printed_head: str) -> None:
    wanted = "".join(printed_head.split()).lower()
    if len(wanted) < PRINTED_DIGITS or not any(each.head.startswith(wanted) for each in seals):
        raise OpKoersError(
            "no batch ends in that seal: it was printed from another journal, or the chain was"
            " made anew since",
            next_step="Compare it with the report letter by letter; if it is the same, keep the"
            " database as it is and tell who answers for privacy in this service",
            exit_code=ExitCode.SEAL_BROKEN,
        )


def _next_seal(
    journal: OpenJournal, before: Seal, journal_seq: int, access_seq: int, at: datetime
) -> Seal:
    """The seal of what lies after `before`, up to both numbers; nothing is written."""
    number = before.number + 1
    digest = hashlib.sha256(f"{before.head}\n".encode())
    digest.update(_line([number, _moment(at), journal_seq, access_seq]))
    for seq, moment, *rest, payload in journal.rows(_EVENTS, before.journal_seq, journal_seq):
        said = as_object(payload)
        digest.update(_line(["event", seq, _moment(in_utc(moment)), *rest, said]))
    for seq, moment, *rest in journal.rows(_ENTRIES, before.access_seq, access_seq):
        digest.update(_line(["access", seq, _moment(in_utc(moment)), *rest]))
    return Seal(number, at, journal_seq, access_seq, digest.hexdigest())


def _line(values: Sequence[object]) -> bytes:
    """One row in the one way in which it is counted, whatever database it stands in."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return f"{text}\n".encode()


def _moment(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(timespec="microseconds")


def _bounds(journal: OpenJournal) -> tuple[int, int]:
    """The last numbers below which nothing can appear any more.

    On PostgreSQL a number can be given out and its row become visible after that of a later
    one; with both locks nobody is half-way.
    """
    if journal.is_postgresql:
        journal.rows("select pg_advisory_xact_lock(?)", JOURNAL_LOCK)
        journal.rows("select pg_advisory_xact_lock(?)", ACCESS_LOCK)
    ((journal_seq, access_seq),) = journal.rows(_BOUNDS)
    journal.connection.commit()
    return journal_seq, access_seq


def _last(journal: OpenJournal) -> Seal:
    return [_NOTHING_SEALED, *_seals(journal)][-1]


def _seals(journal: OpenJournal) -> list[Seal]:
    return list(_read_seals(journal))


def _read_seals(journal: OpenJournal) -> Iterator[Seal]:
    for number, sealed_at, journal_seq, access_seq, head in journal.rows(_SEALS):
        yield Seal(number, in_utc(sealed_at), journal_seq, access_seq, head)


def _write(journal: OpenJournal, made: Seal) -> None:
    """Keep a seal; nothing when another run made one of this number in the meantime."""
    at = made.sealed_at.replace(tzinfo=UTC)
    sealed_at = at if journal.is_postgresql else f"{at:%Y-%m-%d %H:%M:%S.%f}"
    try:
        journal.write(
            _NEW_SEAL, made.number, sealed_at, made.journal_seq, made.access_seq, made.head
        )
    except sqlite3.IntegrityError:
        journal.connection.rollback()
    except Exception as error:
        if getattr(error, "sqlstate", None) != "23505":  # a key that is there already
            raise
        journal.connection.rollback()
