"""A home as one archive: everything that cannot be computed again, as it was at one moment.

In it: settings, sources, the service's own instruments, the archive of landed files, who is who
(identity), who was forgotten, what past runs recorded of themselves, the journal with accounts
and access log, and the keys in secrets/ when asked for.
Not in it: what a run makes again (published tables, reports), what it leaves (logs, prefect), the
inbox, whose landed files are in the archive. The archive is a tar whose first member,
manifest.json, holds a SHA-256 of every file.
"""

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

from flows.errors import ExitCode, OpKoersError
from flows.home import locked
from flows.journal import Server, place_of
from flows.journal_copy import FOLDER, Shape, copy_file, copy_tables
from flows.landing import forgotten
from flows.recorded import ENDING
from flows.settings import LAYOUT_VERSION, Settings, load_settings

FORMAT = 1
MANIFEST = "manifest.json"
FOLDERS = ("sources", "instruments", "archive", "checks", "released")
SECRETS = "secrets"


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. `files` goes from a path in the home to its SHA-256.

    `tables` and `migrations` describe the copy of a journal on PostgreSQL, and are empty else.
    """

    format: int
    layout_version: int
    code_version: str
    made_at: str
    with_secrets: bool
    files: Mapping[str, str]
    tables: Mapping[str, tuple[str, ...]]
    migrations: Mapping[str, str]

    @property
    def shape(self) -> Shape:
        return Shape({k: tuple(v) for k, v in self.tables.items()}, self.migrations)


def write_backup(home: Path, target: Path, *, with_secrets: bool) -> Manifest:
    """Write the archive of a home to `target`, whole or not at all, readable by its owner only.

    No run works in the home meanwhile; pages may go on. Raises OpKoersError when `target` is
    there already, its folder is not, a run is working, or the journal cannot be read.
    """
    _refuse_target(target)
    settings = load_settings(home)
    with locked(home), tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as beside:
        folder = Path(beside)
        shape = _copy_databases(settings, folder)
        files = dict(sorted(_files(home, folder, with_secrets=with_secrets)))
        manifest = Manifest(
            format=FORMAT,
            layout_version=LAYOUT_VERSION,
            code_version=version("opkoers"),
            made_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            with_secrets=with_secrets,
            files={name: sha256_of(file) for name, file in files.items()},
            tables=shape.tables,
            migrations=shape.migrations,
        )
        written = folder / "backup.tar"
        _write(written, manifest, files)
        _refuse_changed(written, manifest)
        written.replace(target)
    _sync(target.parent)
    return manifest


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return _hash_of(stream)


def _hash_of(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while part := stream.read(1 << 20):
        digest.update(part)
    return digest.hexdigest()


def _refuse_target(target: Path) -> None:
    if target.exists():
        what, next_step = "there is a file of this name already", "Give the backup another name"
    elif not target.parent.is_dir():
        what, next_step = "there is no such folder", "Make it, or give another file"
    else:
        return
    raise OpKoersError(what, where=target, next_step=next_step, exit_code=ExitCode.BACKUP)


def _copy_databases(settings: Settings, folder: Path) -> Shape:
    """Journal and identity store at one moment each; the shape of a journal on PostgreSQL."""
    for file in (settings.identity, settings.deliveries):  # a restored home mails nothing twice
        if file.exists():
            copy_file(file, folder / "home" / file.name)
    place = place_of(settings)
    if isinstance(place, Server):
        return copy_tables(place, folder / "home" / FOLDER)
    if place.exists():
        copy_file(place, folder / "home" / place.name)
    return Shape({}, {})


def _files(home: Path, folder: Path, *, with_secrets: bool) -> Iterator[tuple[str, Path]]:
    """Name in the archive, and the file that goes there."""
    for name in ("opkoers.toml", forgotten.FILE):
        if (home / name).exists():
            yield name, home / name
    for file in sorted((home / "published").glob(f"*{ENDING}/*.json")):
        yield file.relative_to(home).as_posix(), file
    roots = [(home, name) for name in (*FOLDERS, *([SECRETS] if with_secrets else []))]
    for root, name in [*roots, (folder / "home", ".")]:
        for file in (root / name).rglob("*"):
            if file.is_file() and not file.is_symlink():
                yield file.relative_to(root).as_posix(), file


def _write(target: Path, manifest: Manifest, files: Mapping[str, Path]) -> None:
    told = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
    with open(target, "xb", opener=private) as stream:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
            tar.addfile(_member(MANIFEST, len(told)), io.BytesIO(told))
            for name, file in files.items():
                with file.open("rb") as content:
                    tar.addfile(_member(name, os.fstat(content.fileno()).st_size), content)
        stream.flush()
        os.fsync(stream.fileno())


def _refuse_changed(written: Path, manifest: Manifest) -> None:
    """Raise OpKoersError unless the archive reads back as its manifest says."""
    with tarfile.open(written, mode="r:") as tar:
        held = {m.name: content_hash(tar, m) for m in tar if m.name != MANIFEST}
    if held != manifest.files:
        raise OpKoersError(
            "something in the home was changed while it was read",
            where=written.parent.parent,
            next_step="Nothing was written; try again when nobody edits settings or sources",
            exit_code=ExitCode.BACKUP,
        )


def content_hash(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str | None:
    """SHA-256 of a member of an archive; None when it is no plain file."""
    content = tar.extractfile(member) if member.isreg() else None
    return None if content is None else _hash_of(content)


def _member(name: str, size: int) -> tarfile.TarInfo:
    """No owner, no time: two backups of the same home differ in their manifest alone."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
