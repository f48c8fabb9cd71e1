"""Where a clinic's report lies, and how a finished one takes the place of the last."""

import ctypes
import hashlib
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

LONGEST_NAME = 100
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # Linux: fcntl.h, renameat2(2)
RENAME_SWAP = 2  # macOS: renamex_np(2)


def folder_names(clinic_ids: Sequence[str]) -> dict[str, str]:
    """A folder name for each clinic, safe on every file system and never shared.

    Letters, digits, '-' and '_' stand as they are, other bytes as %XX. Names that differ
    only in case (one folder on some systems) or are too long get a piece of a SHA-256.
    """
    plain = {clinic_id: _plain(clinic_id) for clinic_id in clinic_ids}
    shared = Counter(name.lower() for name in plain.values())
    return {
        clinic_id: name
        if shared[name.lower()] == 1 and len(name) <= LONGEST_NAME
        else f"{name[:LONGEST_NAME]}~{hashlib.sha256(clinic_id.encode()).hexdigest()[:12]}"
        for clinic_id, name in plain.items()
    }


def _plain(clinic_id: str) -> str:
    """Percent-encoded; '~' too, because it marks the piece of SHA-256."""
    name = quote(clinic_id, safe="").replace("~", "%7E")
    return (name.replace(".", "%2E", 1) if name.startswith(".") else name) or "~"


def as_known(folder: Path, known_at: datetime | None) -> Path:
    """A folder beside `folder` for what was known at a past moment; itself where that is now."""
    if known_at is None:
        return folder
    return folder.with_name(f"{folder.name}~known-{known_at:%Y%m%dT%H%M%SZ}")


@contextmanager
def replaced_whole(folder: Path) -> Iterator[Path]:
    """An empty folder to write in, which takes the place of `folder` when all went well.

    A reader finds the old folder or the new one, never a half. What an earlier, killed
    writer left behind is cleared away.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left_behind in folder.parent.glob(f".{folder.name}.new-*"):
        shutil.rmtree(left_behind)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
    try:
        yield beside
        _put_in_place(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _put_in_place(beside: Path, folder: Path) -> None:
    """Afterwards `beside` holds what stood at `folder`, or is gone."""
    if not folder.exists():
        beside.rename(folder)
    elif not _exchanged(beside, folder):
        # No exchange on this file system: for an instant there is no folder.
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
        folder.rename(old / folder.name)
        beside.rename(folder)
        shutil.rmtree(old)


def _exchanged(one: Path, other: Path) -> bool:
    """Two folders swapped in one step, where the system can; False where it cannot."""
    library = ctypes.CDLL(None)
    a, b = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin":
        swap = getattr(library, "renamex_np", None)
        return swap is not None and swap(a, b, RENAME_SWAP) == 0
    exchange = getattr(library, "renameat2", None)
    return exchange is not None and exchange(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0


@contextmanager
def replaced_file(file: Path) -> Iterator[Path]:
    """A file to write beside `file`, which takes its place when all went well."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.new")
    try:
        yield beside
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
