"""`opkoers access-log`: who looked at whom, to a file; and whether nobody changed it since."""

import csv
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from flows.errors import ExitCode, OpKoersError
from flows.journal import OpenJournal, Place, in_utc, opened
from flows.sealing import ErasedBatch, Seal, Verified

COLUMNS = (
    "seq",
    "at",
    "actor",
    "role",
    "page",
    "clinic_id",
    "patient_id",
    "result",
    "reason",
    "source",
)
_ENTRIES = f"select {', '.join(COLUMNS)} from access_log where {{condition}} order by seq"


def export_access_log(
    place: Place,
    target: Path,
    *,
    clinic_id: str | None = None,
    patient_id: str | None = None,
    since: date | None = None,
) -> int:
    """Write the entries as csv, oldest first, `at` in UTC; the number of them.

    Each of the last three leaves out what is about another clinic or patient, or lies before
    that day. Raises OpKoersError when the journal cannot be read or the folder is not there.
    """
    if not target.parent.is_dir():
        raise OpKoersError(
            "there is no such folder",
            where=target.parent,
            next_step="Make it, or give another file",
            exit_code=ExitCode.USAGE,
        )
    wanted = {"clinic_id = ?": clinic_id, "patient_id = ?": patient_id, "at >= ?": _start(since)}
    limits = {condition: value for condition, value in wanted.items() if value is not None}
    with opened(place) as journal:
        entries = _entries(journal, limits)
    _write(target, entries)
    return len(entries)


def told(verified: Verified) -> list[str]:
    """What `--verify` found, in sentences."""
    if verified.last is None:
        return ["Nothing is sealed yet. `opkoers run` and `opkoers access-log --seal` do that."]
    loose = f"{verified.loose_events:,} events and {verified.loose_entries:,} log entries"
    return [
        f"All {verified.last.number:,} batches hold.",
        *(_erased(batch) for batch in verified.erased),
        f"Not sealed yet: {loose}.",
        seal_told(verified.last),
    ]


def _erased(batch: ErasedBatch) -> str:
    return (
        f"Batch {batch.number:,}: {batch.events:,} events erased on request, last on"
        f" {batch.erased_at:%Y-%m-%d}; what was left holds."
    )


def seal_told(last: Seal | None) -> str:
    """Number, moment and head of a seal; or that there is nothing to seal."""
    if last is None:
        return "There is nothing to seal."
    return f"Last seal: {last.number}, of {last.sealed_at:%Y-%m-%d %H:%M} UTC, head {last.head}"


def _start(since: date | None) -> str | None:
    return None if since is None else datetime.combine(since, time()).isoformat(sep=" ")


def _entries(journal: OpenJournal | None, limits: dict[str, str]) -> Sequence[tuple[Any, ...]]:
    if journal is None or not journal.has("access_log"):
        return []
    if journal.is_postgresql:
        journal.rows("set timezone = 'UTC'")
    condition = " and ".join(["seq is not null", *limits])
    return list(journal.rows(_ENTRIES.format(condition=condition), *limits.values()))


def _write(target: Path, entries: Sequence[tuple[Any, ...]]) -> None:
    beside = target.with_name(f".{target.name}.part")
    with beside.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for seq, at, *rest in entries:
            moment = in_utc(at).replace(tzinfo=None).isoformat(timespec="seconds")
            writer.writerow([seq, f"{moment}Z", *rest])
    beside.replace(target)
