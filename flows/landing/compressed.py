"""Envelopes: a zip or gz file -> the exports in it, unpacked one at a time.

Nothing of an envelope is trusted. What is in it is unpacked to numbered files
in the scratch folder, whatever path it claims; its name is kept apart, without
folders and without signs that cannot be told in a sentence. A zip file is
proved whole (bounds, checksums) before its first export is handed over.

Two exports of one name get the name of their folder as well: `north/bdi.csv`
and `south/bdi.csv` arrive as `bdi_north.csv` and `bdi_south.csv`; the folder of
what lies in an inner zip file is the name of that file. Where that does not
tell them apart, a number does.
"""

import errno
import gzip
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from flows.errors import OpKoersError
from flows.landing.reading import empty, too_large, unreadable

CHUNK = 1 << 20
# A clinic's yearly export holds dozens of files; a thousand is a bomb or somebody's whole disk.
MOST_MEMBERS = 1_000
# An envelope in an envelope is how a download of mailed exports looks; deeper is nobody's export.
DEEPEST = 2
LONGEST_NAME = 150
# Text that repeats itself packs ten to a hundred times smaller; a bomb is nothing but repetition.
MOST_FOLDS = 250
FOLDS_MATTER_FROM = 1 << 24
ENTRY_BEGINS = b"PK\x01\x02"
ORDINARY = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
IS_ENCRYPTED = 0x1
IS_DOS_FOLDER = 0x10
NO_EXPORTS = ("thumbs.db", "desktop.ini")
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class Arrival(NamedTuple):
    """One export to land: its name, where it can be read, and the envelope it came in, if any.

    `path` is there until the next arrival is asked for.
    """

    name: str
    path: Path
    envelope: str | None


@dataclass(frozen=True)
class Packed:
    """A sort of file that is a zip inside, for errors: what it is, and how to get a sound one."""

    title: str
    again: str


ZIP = Packed("zip file", "Pack the exports again and put that in inbox")
GZ = Packed("gz file", "Pack the export again and put that in inbox")


def is_envelope(name: str) -> bool:
    """Whether a file of this name is unpacked; a workbook is a zip inside but no envelope."""
    return name.lower().endswith((".zip", ".gz"))


def arrivals(file: Path, scratch: Path, largest_bytes: int) -> Iterator[Arrival]:
    """The file itself, or each export in it, in the order of their names.

    What is unpacked into `scratch` is deleted when the next one is asked for.
    Raises OpKoersError: damaged, protected, nothing in it, too deep, or more
    than `largest_bytes` in all. What came from an outer envelope before a
    broken inner one has been handed over by then.
    """
    unpacking = _Unpacking(file.name, scratch, largest_bytes)
    yield from unpacking.exports_of(file, _Place(file.name), 0)


@contextmanager
def sound_zip(
    file: Path, name: str, packed: Packed, largest_bytes: int
) -> Iterator[zipfile.ZipFile]:
    """An open zip whose directory keeps within bounds; `name` is that of the file, for errors.

    A member never gives more bytes than the directory says. Raises OpKoersError:
    damaged, protected, packed in a rare way, more than `largest_bytes` unpacked.
    """
    _check_length(file, name, packed)
    # Opened here and not by ZipFile, which keeps a file open as long as a member half read.
    with file.open("rb") as stream:
        with _damage_told(name, packed):
            archive = zipfile.ZipFile(stream)
        with archive:
            _check_directory(archive.infolist(), name, packed, largest_bytes)
            yield archive


def pieces(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, packed: Packed
) -> Iterator[bytes]:
    """What a member holds, piece by piece; its checksum is proved with the last one."""
    with _damage_told(name, packed):
        stream = archive.open(member)
    with stream:
        yield from _pieces(stream, name, packed)


def _pieces(stream: IO[bytes] | gzip.GzipFile, name: str, packed: Packed) -> Iterator[bytes]:
    while True:
        with _damage_told(name, packed):
            piece = stream.read(CHUNK)
        if not piece:
            return
        yield piece


@contextmanager
def _damage_told(name: str, packed: Packed) -> Iterator[None]:
    """What Python's readers of zip and gz say of damaged bytes, as one sentence."""
    try:
        yield
    except OSError as error:
        # A seek to before the file is damage; all else with a number is the disk's own trouble.
        if error.errno not in (None, errno.EINVAL):
            raise
        raise _damaged(name, packed) from None
    except DAMAGE:
        raise _damaged(name, packed) from None


def _damaged(name: str, packed: Packed) -> OpKoersError:
    return unreadable(name, f"the {packed.title} is damaged or cut short", packed.again)


def _check_length(file: Path, name: str, packed: Packed) -> None:
    """Raises OpKoersError for a directory so long that only reading it would fill the memory."""
    entries, before = 0, b""
    with file.open("rb") as stream:
        while part := stream.read(CHUNK):
            entries += (before + part).count(ENTRY_BEGINS)
            before = part[-len(ENTRY_BEGINS) + 1 :]
    if entries > 10 * MOST_MEMBERS:
        raise _too_many(name, packed)


def _check_directory(
    members: list[zipfile.ZipInfo], name: str, packed: Packed, largest_bytes: int
) -> None:
    if any(member.flag_bits & IS_ENCRYPTED for member in members):
        raise unreadable(
            name,
            f"the {packed.title} is protected with a password",
            "Send it without one, by a way that is safe by itself",
        )
    if any(member.compress_type not in ORDINARY for member in members):
        raise unreadable(
            name, f"the {packed.title} is packed in a way that is not read here", packed.again
        )
    if sum(not member.filename.endswith("/") for member in members) > MOST_MEMBERS:
        raise _too_many(name, packed)
    for member in members:
        _check_folds(member.file_size, member.compress_size, name)
    if sum(member.file_size for member in members) > largest_bytes:
        raise _too_much(name)


def _check_folds(unpacked: int, packed: int, name: str) -> None:
    if unpacked > max(FOLDS_MATTER_FROM, MOST_FOLDS * packed):
        raise too_large(name, f"it unpacks to more than {MOST_FOLDS} times its size")


def _folds_checked(content: Iterator[bytes], packed: int, name: str) -> Iterator[bytes]:
    """The same pieces, as long as there are not too many of them for a file of `packed` bytes."""
    unpacked = 0
    for piece in content:
        unpacked += len(piece)
        _check_folds(unpacked, packed, name)
        yield piece


def _too_many(name: str, packed: Packed) -> OpKoersError:
    return too_large(name, f"the {packed.title} holds more than {MOST_MEMBERS:,} files")


def _too_much(name: str) -> OpKoersError:
    return too_large(name, "it unpacks to more than largest_unpacked_mb of [landing] allows")


class _Place(NamedTuple):
    """Where an export lies: its name, its folders as one word, and whether others bear its name."""

    name: str
    folder: str = ""
    is_repeated: bool = False

    @property
    def inside(self) -> str:
        """The folder of what lies in it."""
        return _joined(self.folder, self.name.rpartition(".")[0])


@dataclass
class _Unpacking:
    """One envelope on its way out: what it may still unpack, and which names are given away."""

    envelope: str
    scratch: Path
    bytes_left: int
    members: int = 0
    unpacked: int = 0
    given: set[str] = field(default_factory=set)

    def exports_of(self, file: Path, place: _Place, depth: int) -> Iterator[Arrival]:
        """The file itself, or what is in it; `depth` counts the envelopes around it."""
        if not is_envelope(place.name):
            envelope = self.envelope if depth else None
            yield Arrival(self._own_name(place), file, envelope)
            return
        if depth == DEEPEST:
            raise unreadable(
                self.envelope,
                f"a file in it is packed more than {DEEPEST} times",
                "Unpack it and put the exports themselves in inbox",
            )
        if file.stat().st_size == 0:
            raise empty(self.envelope, "a zip or gz file is empty")
        opened = self._in_gz if place.name.lower().endswith(".gz") else self._in_zip
        yield from opened(file, place, depth)

    def _in_gz(self, file: Path, place: _Place, depth: int) -> Iterator[Arrival]:
        inner = place._replace(name=place.name[: -len(".gz")] or "unnamed")
        with gzip.open(file) as stream:
            content = _folds_checked(
                _pieces(stream, self.envelope, GZ), file.stat().st_size, self.envelope
            )
            with self._written(content, inner.name) as path:
                yield from self.exports_of(path, inner, depth + 1)

    def _in_zip(self, file: Path, place: _Place, depth: int) -> Iterator[Arrival]:
        with sound_zip(file, self.envelope, ZIP, self.bytes_left) as archive:
            members = self._members(archive)
            for member in members:
                for _ in pieces(archive, member, self.envelope, ZIP):
                    pass
            for member, inner in _places(members, place.inside if depth else ""):
                content = pieces(archive, member, self.envelope, ZIP)
                with self._written(content, inner.name) as path:
                    yield from self.exports_of(path, inner, depth + 1)

    def _members(self, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
        members = sorted(filter(_is_export, archive.infolist()), key=lambda m: m.filename)
        self.members += len(members)
        if self.members > MOST_MEMBERS:
            raise _too_many(self.envelope, ZIP)
        if not members:
            raise empty(self.envelope, "there is no export in the zip file")
        return members

    @contextmanager
    def _written(self, content: Iterator[bytes], name: str) -> Iterator[Path]:
        """The content as a file that is deleted again."""
        self.unpacked += 1
        path = self.scratch / f"{self.unpacked:04d}{_ending(name)}"
        try:
            with path.open("wb") as out:
                for piece in content:
                    self.bytes_left -= len(piece)
                    if self.bytes_left < 0:
                        raise _too_much(self.envelope)
                    out.write(piece)
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _own_name(self, place: _Place) -> str:
        """A name that no other export of this envelope was given."""
        stem, ending = _split(place.name)
        name = place.name
        if place.folder and (place.is_repeated or name in self.given):
            stem = _joined(stem, place.folder)
            name = stem + ending
        number = 1
        while name in self.given:
            number += 1
            name = f"{stem}_{number}{ending}"
        self.given.add(name)
        return name


def _is_export(member: zipfile.ZipInfo) -> bool:
    """Whether it is a file that somebody put there, and no link, folder or system's own."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    is_folder = member.external_attr & IS_DOS_FOLDER or member.filename[-1:] in "/\\"
    parts = _parts(member)
    is_hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    is_own = parts[-1].startswith("~") or parts[-1].lower() in NO_EXPORTS
    return kind in (0, stat.S_IFREG) and not (is_folder or is_hidden or is_own)


def _places(
    members: list[zipfile.ZipInfo], around: str
) -> Iterator[tuple[zipfile.ZipInfo, _Place]]:
    """Each member and its place; `around` is the folder of the zip file they lie in."""
    paths = [_parts(member) for member in members]
    times = Counter(path[-1] for path in paths)
    for member, (*folders, name) in zip(members, paths, strict=True):
        yield member, _Place(name, _joined(around, *folders), times[name] > 1)


def _parts(member: zipfile.ZipInfo) -> list[str]:
    """Folders and name, whichever system wrote them; steps up and drive letters are left out."""
    *folders, name = re.split(r"[/\\]", re.sub(r"^[A-Za-z]:", "", member.filename))
    told = [_plain(part) for part in folders]
    return [*(part for part in told if part.strip(".")), _plain(name) or "unnamed"]


def _plain(part: str) -> str:
    """The part without signs that cannot be told in a sentence (control, halves of letters)."""
    told = "".join(sign for sign in part if sign.isspace() or unicodedata.category(sign)[0] != "C")
    return " ".join(told.split())[-LONGEST_NAME:].strip()


def _split(name: str) -> tuple[str, str]:
    ending = PurePosixPath(name).suffix
    return name.removesuffix(ending), ending


def _joined(*parts: str) -> str:
    return "_".join(part for part in parts if part)[:LONGEST_NAME]


def _ending(name: str) -> str:
    """The end of a name that some readers go by, where it is a harmless one."""
    ending = _split(name)[1]
    return ending if re.fullmatch(r"\.[A-Za-z0-9]{1,10}", ending) else ""
