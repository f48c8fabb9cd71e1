"""archive/<sha256>/: what was landed from one file, and the receipt that never changes.

A folder counts as landed from the moment its receipt.json is there. It is
filled beside the archive and renamed into it, so a killed run leaves nothing
half-landed. A file that is held back has held_back.json instead of a receipt.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

RECEIPT = "receipt.json"
HELD_BACK = "held_back.json"
STAGING_PREFIX = ".landing-"


class ReadAs(BaseModel):
    """In which coding the answers of an instrument were read that exports write in several ways.

    `how` it was known: the source declares it, an answer that no other coding
    knows shows it for the whole file, or neither did and its own was assumed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    instrument: str
    coding: str
    how: Literal["declared", "seen", "assumed"]


class Receipt(BaseModel):
    """Where each record of a file went; rows_in = landed + duplicate + rejected + erased.

    `erased` counts what landed of patients who were forgotten since; with it
    goes the original, as `is_original_destroyed` says. `cells_rejected` counts
    the answers refused in records that landed all the same. `held_back_at` is
    when a file that was accepted later was first seen; its critical items were
    known then. `read_with` tells by which source and instruments the file was
    read, `envelope` from which zip or gz it came.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    source: str
    name: str
    envelope: str | None = None
    table: str = "responses"
    exports: str = "partial"
    rows_in: int
    landed: int
    duplicate: int
    rejected: int
    erased: int = 0
    is_original_destroyed: bool = False
    cells_rejected: int
    rejected_error: int
    rejected_conflict: int
    rejected_by_rule: int
    landed_at: datetime
    held_back_at: datetime | None = None
    clinics: tuple[str, ...]
    instruments: tuple[str, ...]
    measured_from: datetime | None
    measured_to: datetime | None
    has_record_ids: bool = False
    has_withdrawals: bool = False
    has_artificial_dates: bool
    critical_items_not_watched: tuple[str, ...]
    codings: tuple[ReadAs, ...] = ()
    conflict_rule: str
    read_with: str

    @model_validator(mode="after")
    def _balanced(self) -> Self:
        classes = self.rejected_error + self.rejected_conflict + self.rejected_by_rule
        if self.rows_in != self.landed + self.duplicate + self.rejected + self.erased:
            raise ValueError("rows_in must be landed + duplicate + rejected + erased")
        if self.rejected != classes:
            raise ValueError("each rejected record must have one class")
        return self


def receipts(archive: Path) -> tuple[Receipt, ...]:
    """All receipts, in the order of landing."""
    found = [_read(folder / RECEIPT) for folder in _folders(archive) if (folder / RECEIPT).exists()]
    return tuple(sorted(found, key=lambda receipt: (receipt.landed_at, receipt.sha256)))


def held_back(archive: Path) -> tuple[Receipt, ...]:
    """What the receipts of held-back files would say, in the order of landing."""
    found = [
        _read(folder / HELD_BACK)
        for folder in _folders(archive)
        if (folder / HELD_BACK).exists() and not (folder / RECEIPT).exists()
    ]
    return tuple(sorted(found, key=lambda receipt: (receipt.landed_at, receipt.sha256)))


def as_held_back(archive: Path, sha256: str) -> Receipt | None:
    """What was said of a file when it was held back, also where it was accepted since."""
    file = archive / sha256 / HELD_BACK
    return _read(file) if file.exists() else None


def status(archive: Path, sha256: str) -> str | None:
    """'landed', 'held_back' or None for a file never seen."""
    if (archive / sha256 / RECEIPT).exists():
        return "landed"
    return "held_back" if (archive / sha256 / HELD_BACK).exists() else None


def write_receipt(folder: Path, receipt: Receipt, *, is_held_back: bool) -> None:
    """Write the receipt (or what it would say) durably; it appears whole or not at all."""
    target = folder / (HELD_BACK if is_held_back else RECEIPT)
    beside = target.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as out:
        out.write(receipt.model_dump_json(indent=2) + "\n")
        out.flush()
        os.fsync(out.fileno())
    beside.replace(target)


def next_moment(archive: Path, now: datetime) -> datetime:
    """`now`, or just after the last landing: of two files the later one must be known as such."""
    known = [receipt.landed_at for receipt in (*receipts(archive), *held_back(archive))]
    return max([now, *(moment + timedelta(microseconds=1) for moment in known)])


@contextmanager
def staged(archive: Path, sha256: str) -> Iterator[Path]:
    """An empty folder that becomes the archive's own at the end, or leaves no trace."""
    staging = archive / f"{STAGING_PREFIX}{sha256}"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    try:
        yield staging
        _commit(staging, archive, sha256)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _commit(staging: Path, archive: Path, sha256: str) -> None:
    """Move a filled folder to its place in one rename; a held-back reading before it goes."""
    for file in staging.iterdir():
        with file.open("rb") as written:
            os.fsync(written.fileno())
    place, former = archive / sha256, archive / f"{STAGING_PREFIX}{sha256}.former"
    if place.exists():
        place.rename(former)
    staging.rename(place)
    shutil.rmtree(former, ignore_errors=True)


@contextmanager
def unpacking(archive: Path) -> Iterator[Path]:
    """An empty folder to unpack an envelope in, gone at the end or with the next landing."""
    folder = archive / f"{STAGING_PREFIX}unpacking"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_staging(archive: Path) -> None:
    """Remove what a killed run left behind; only to be called while holding the home's lock."""
    for folder in archive.glob(f"{STAGING_PREFIX}*"):
        shutil.rmtree(folder)


def _folders(archive: Path) -> Iterator[Path]:
    return (folder for folder in sorted(archive.iterdir()) if not folder.name.startswith("."))


def _read(file: Path) -> Receipt:
    return Receipt.model_validate_json(file.read_text(encoding="utf-8"))
