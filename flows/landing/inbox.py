"""The inbox: which of its files are exports, and which of those are there whole.

A copy over the network takes its time, and half an export reads as an export
with fewer patients. What is still being written waits for the next run.
"""

import errno
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from flows.errors import ExitCode, OpKoersError
from flows.settings import Landing

NO_EXPORT_BEGINS = (".", "~")
DONE = ".done"
NO_EXPORT_ENDS = (DONE, ".part", ".partial", ".filepart", ".crdownload", ".tmp", ".lock")
# A share that was mounted anew has handles that are stale; a name may have no room for an ending.
GONE = {errno.ENOENT, errno.ESTALE, errno.ENAMETOOLONG}
# Control characters, halves of letters (a name that is no text) and ends of lines:
# such a name cannot be told in one sentence, nor be written in a receipt.
UNTELLABLE = {"Cc", "Cs", "Zl", "Zp"}


class StillBeingWrittenError(OpKoersError):
    """A file that is left for the next run; no mistake of anybody."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "still being written",
            where=name,
            next_step="It lands with the next run",
            exit_code=ExitCode.OK,
        )


class Stamp(NamedTuple):
    """What changes when a file does: size in bytes, moment of writing, and which file it is."""

    size: int
    modified_ns: int
    inode: int


@dataclass(frozen=True)
class Arrivals:
    """Exports in the inbox, in the order of their names: to be read now, and to be left."""

    complete: tuple[Path, ...]
    incomplete: tuple[Path, ...]


def arrivals(inbox: Path, landing: Landing, wait: Callable[[float], None] = time.sleep) -> Arrivals:
    """The exports of the inbox. All that need a second look get it together, after one wait."""
    first = stamps(inbox)
    if landing.complete_when == "done_file":
        is_complete = {file: _is_done(file) for file in first}
    else:
        is_complete = _are_stable(first, landing, wait)
    return Arrivals(
        tuple(file for file, is_whole in is_complete.items() if is_whole),
        tuple(file for file, is_whole in is_complete.items() if not is_whole),
    )


def complete_files(inbox: Path, landing: Landing) -> Iterator[Path]:
    """The exports that can be read now."""
    return iter(arrivals(inbox, landing).complete)


def stamps(inbox: Path) -> dict[Path, Stamp]:
    """Every export of the inbox, whole or not, in the order of their names."""
    found = {file: stamp(file) for file in sorted(inbox.iterdir()) if _is_export(file)}
    return {file: seen for file, seen in found.items() if seen is not None}


def stamp(file: Path) -> Stamp | None:
    """How a file looks now; None where there is none of that name."""
    try:
        seen = file.stat()
    except OSError as error:
        if error.errno in GONE:
            return None
        raise
    return Stamp(seen.st_size, seen.st_mtime_ns, seen.st_ino)


@contextmanager
def held_still(file: Path, before: Stamp | None) -> Iterator[None]:
    """Read `file` in here; `before` is its stamp from before the first byte was read.

    Raises StillBeingWrittenError when it changed meanwhile, whatever reading made of it.
    """
    try:
        yield
    except Exception:
        if before is None or stamp(file) != before:
            raise StillBeingWrittenError(file.name) from None
        raise
    if before is None or stamp(file) != before:
        raise StillBeingWrittenError(file.name)


def check_name(file: Path) -> None:
    """Raises OpKoersError for a name that cannot be told or kept as text."""
    if any(unicodedata.category(sign) in UNTELLABLE for sign in file.name):
        raise OpKoersError(
            "this file name has characters that are no letters or signs",
            where=tellable(file.name),
            next_step="Give the file a plain name",
            exit_code=ExitCode.UNREADABLE_FILE,
        )


def tellable(name: str) -> str:
    """A file name as text of one line."""
    return "".join(
        ascii(sign)[1:-1] if unicodedata.category(sign) in UNTELLABLE else sign for sign in name
    )


def remove(file: Path) -> None:
    """Take a landed export out of the inbox, and the note beside it that it was whole."""
    file.unlink()
    if _is_done(file):
        _done_file(file).unlink()


def _is_export(file: Path) -> bool:
    name = file.name.lower()
    is_other = name.startswith(NO_EXPORT_BEGINS) or name.endswith(NO_EXPORT_ENDS)
    return not is_other and file.is_file()


def _done_file(file: Path) -> Path:
    return file.with_name(file.name + DONE)


def _is_done(file: Path) -> bool:
    return stamp(_done_file(file)) is not None


def _are_stable(
    first: dict[Path, Stamp], landing: Landing, wait: Callable[[float], None]
) -> dict[Path, bool]:
    """Whether each file can be taken as whole.

    A moment of writing that lies ahead is that of another machine's clock: not quiet either.
    """
    recent = time.time_ns() - int(landing.quiet_seconds * 1e9)
    in_doubt = {file: seen for file, seen in first.items() if seen.modified_ns > recent}
    if in_doubt and landing.stable_seconds > 0:
        wait(landing.stable_seconds)
        moved = {file for file, seen in in_doubt.items() if stamp(file) != seen}
        return {file: file not in moved for file in first}
    return dict.fromkeys(first, True)
