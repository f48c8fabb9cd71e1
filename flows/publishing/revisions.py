"""Corrections: a week's report that changes is issued again, and what stood before stays.

The report in force lies in the clinic's own folder, earlier ones beside it in r1, r2, ... Two
reports are the same when they tell the same, whatever the moment at which they were made.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

RECORD = ".revision.json"
TOLD = "report.json"


@dataclass(frozen=True)
class Change:
    """An alert that came, went or has another level; `before` and `now` are levels."""

    patient_id: str | None
    kind: str
    before: str | None
    now: str | None

    @property
    def what(self) -> str:
        if self.before is None:
            return "added"
        return "gone" if self.now is None else "level"


@dataclass(frozen=True)
class Revision:
    number: int
    changes: Sequence[Change] = ()


FIRST = Revision(1)


@dataclass(frozen=True)
class Issued:
    """A report as it was issued: `alerts` as report.json has them, by what they are about."""

    number: int
    fingerprint: str
    known_at: datetime
    folder: Path
    alerts: Mapping[tuple[str, ...], str]


@dataclass(frozen=True)
class Draft:
    """A report about to be issued."""

    fingerprint: str
    known_at: datetime
    alerts: Mapping[tuple[str, ...], str]


def fingerprint(told: object) -> str:
    """SHA-256 of what a report tells."""
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def alerts_by_subject(alerts: Iterable[Mapping[str, Any]]) -> Mapping[tuple[str, ...], str]:
    """Levels by patient, kind, and what it is about; a file's alert by its own id."""
    return {_subject(alert): str(alert["level"]) for alert in alerts}


def _subject(alert: Mapping[str, Any]) -> tuple[str, ...]:
    patient = alert["patient_id"]
    about = alert["domain"] or "" if patient else alert["alert_id"]
    return (patient or "", alert["kind"], about)


def issued(folder: Path) -> Sequence[Issued]:
    """Every revision of this clinic and week that still stands, oldest first."""
    places = [folder, *folder.glob("r[0-9]*")]
    found = [_read(place) for place in places if (place / RECORD).exists()]
    return sorted(found, key=lambda each: each.number)


def _read(folder: Path) -> Issued:
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    told = json.loads((folder / TOLD).read_text(encoding="utf-8"))
    return Issued(
        number=told["revision"],
        fingerprint=record["fingerprint"],
        known_at=datetime.fromisoformat(record["known_at"]),
        folder=folder,
        alerts=alerts_by_subject(told["alerts"]),
    )


def next_revision(draft: Draft, history: Sequence[Issued]) -> Revision:
    """Its number and what changed; a report that tells what the last one told has its number."""
    if not history:
        return FIRST
    last = history[-1]
    if last.fingerprint == draft.fingerprint:
        return revision_after(draft, last.number, history)
    return revision_after(draft, last.number + 1, history)


def revision_as_known(draft: Draft, history: Sequence[Issued]) -> Revision:
    """What a report of a past moment was: the same number and changes as were issued then."""
    same = [each.number for each in history if each.fingerprint == draft.fingerprint]
    earlier = [each.number for each in history if each.known_at < draft.known_at]
    return revision_after(draft, same[0] if same else max(earlier, default=0) + 1, history)


def revision_after(draft: Draft, number: int, history: Sequence[Issued]) -> Revision:
    """The revision with this number, beside the last one before it."""
    before = [each for each in history if each.number < number]
    if not before:
        return Revision(number)
    return Revision(number, changes(before[-1].alerts, draft.alerts))


def changes(
    before: Mapping[tuple[str, ...], str], now: Mapping[tuple[str, ...], str]
) -> Sequence[Change]:
    """What came, went or has another level, by kind and patient."""
    subjects = sorted(set(before) | set(now), key=lambda each: (each[1], each))
    return tuple(
        Change(subject[0] or None, subject[1], before.get(subject), now.get(subject))
        for subject in subjects
        if before.get(subject) != now.get(subject)
    )


def record(folder: Path, draft: Draft) -> None:
    """What the next run compares itself with."""
    told = {"fingerprint": draft.fingerprint, "known_at": draft.known_at.isoformat()}
    (folder / RECORD).write_text(json.dumps(told), encoding="utf-8")


def keep_earlier(history: Sequence[Issued], number: int, beside: Path) -> None:
    """Every revision before this one, in a folder r<number> of its own."""
    for each in history:
        if each.number < number:
            shutil.copytree(
                each.folder,
                beside / f"r{each.number}",
                copy_function=_linked,
                ignore=_not_of_this_revision,
            )


def _not_of_this_revision(folder: str, names: list[str]) -> list[str]:
    """Earlier revisions inside the report in force, and what a stopped run left there."""
    if not (Path(folder) / RECORD).exists():
        return []
    return [name for name in names if _is_revision(name) or name.startswith("critical.")]


def _is_revision(name: str) -> bool:
    return name.startswith("r") and name[1:].isdigit()


def _linked(source: str, target: str) -> None:
    """The same file under a second name, or a copy where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
