"""Whether a file names a patient: its text searched as a word, in whatever it is packed."""

import mmap
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

_LOOK = 1 << 16
# A format of databases or statistics packages, where a name need not stand in one piece.
_SQLITE = b"SQLite format 3\0"
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


def may_name(file: Path, names: Sequence[str]) -> bool:
    """Whether one of the names stands in the file as a word of its own.

    True as well for a file in which text cannot be searched.
    """
    if zipfile.is_zipfile(file):
        return _zip_may_name(file, names)
    if file.stat().st_size == 0:
        return False
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as held:
        is_named = any(pattern.search(held) for pattern in _patterns(names))
        return is_named or not _is_searchable(held[:_LOOK])


def names_in_text(file: Path, names: Sequence[str]) -> bool:
    """Whether one of the names stands in the bytes of the file as a word of its own."""
    content = file.read_bytes()
    return any(pattern.search(content) for pattern in _patterns(names))


def _zip_may_name(file: Path, names: Sequence[str]) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                content = archive.read(member)
                if any(pattern.search(content) for pattern in _patterns(names)):
                    return True
                if member.filename.lower().endswith((".zip", ".gz", ".sav", ".dta", ".bin")):
                    return True
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        return True
    return False


def _patterns(names: Sequence[str]) -> Iterator[re.Pattern[bytes]]:
    for name in names:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "cp1252"):
            try:
                said = re.escape(name.encode(encoding))
            except UnicodeEncodeError:
                continue
            is_wide = encoding.startswith("utf-16")
            yield re.compile(said if is_wide else rb"(?<![\w-])" + said + rb"(?![\w-])")


def _is_searchable(start: bytes) -> bool:
    is_wide = start[:2] in _BYTE_ORDER_MARKS
    return is_wide or start.startswith(_SQLITE) or b"\0" not in start
