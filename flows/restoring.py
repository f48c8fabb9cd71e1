"""A backup back into an empty home: every file checked, and all of it or nothing."""

import json
import os
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from flows.backup import FORMAT, MANIFEST, Manifest, private, sha256_of
from flows.errors import ExitCode, OpKoersError
from flows.forgetting.finish import AGAIN
from flows.home import make_home
from flows.journal import Server, place_of
from flows.journal_copy import FOLDER, Migrate, load_tables
from flows.landing.forgotten import FILE, ForgottenList, merged, read_list, write_list
from flows.settings import LAYOUT_VERSION, load_settings


def restore_backup(
    source: Path, home: Path, migrate: Migrate, forgotten: Path | None = None
) -> Manifest:
    """Put a backup back into `home`, which must be new or empty, as must a journal's database.

    Patients of the list `forgotten` are forgotten once more by the next run. When anything is
    wrong the home is left as empty as it was. Raises OpKoersError when it is not empty, or the
    backup is damaged, incomplete or of a later version.
    """
    _refuse_filled(home)
    later = ForgottenList() if forgotten is None else _list_of(forgotten)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        manifest = _restored_files(source, home)
        if later.patients:
            write_list(home / FILE, merged(read_list(home / FILE), later))
            (home / AGAIN).touch(mode=0o600)
        place = place_of(load_settings(home))
        if isinstance(place, Server) and manifest.tables:
            load_tables(place, home / FOLDER, manifest.shape, migrate)
            shutil.rmtree(home / FOLDER)
    except BaseException:
        _empty(home)
        raise
    make_home(home)
    return manifest


def _list_of(file: Path) -> ForgottenList:
    if not file.exists():
        raise OpKoersError(
            "there is no such list of forgotten patients",
            where=file,
            next_step="Name forgotten.json of the home as it was last, or of the newest backup",
            exit_code=ExitCode.BACKUP,
        )
    return read_list(file)


def _restored_files(source: Path, home: Path) -> Manifest:
    with tempfile.TemporaryDirectory(dir=home, prefix=".restoring-") as beside:
        folder = Path(beside)
        manifest = _unpack(source, folder)
        # The settings come last: after a power cut a home without them is seen to be half.
        for entry in sorted(folder.iterdir(), key=lambda each: each.name == "opkoers.toml"):
            shutil.move(entry, home / entry.name)
    return manifest


def _empty(home: Path) -> None:
    for entry in home.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _refuse_filled(home: Path) -> None:
    if home.exists() and not (home.is_dir() and not any(home.iterdir())):
        raise OpKoersError(
            "a backup is put back into an empty home only",
            where=home,
            next_step="Name a folder that does not exist yet, or one that is empty",
            exit_code=ExitCode.BACKUP,
        )


def _unpack(source: Path, folder: Path) -> Manifest:
    try:
        with tarfile.open(source, mode="r:") as tar:
            members = iter(tar)
            manifest = _manifest(tar, next(members, None), source)
            found = {_extract(tar, member, manifest, folder, source) for member in members}
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(source, f"it is not a whole tar file ({type(error).__name__})") from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise _damaged(source, "it ends too early") from None
    missing = set(manifest.files) - found
    if missing:
        raise _damaged(source, f"{len(missing)} of its {len(manifest.files)} files are missing")
    return manifest


def _manifest(tar: tarfile.TarFile, member: tarfile.TarInfo | None, source: Path) -> Manifest:
    content = tar.extractfile(member) if member and member.name == MANIFEST else None
    if content is None:
        raise _damaged(source, "it does not begin with a manifest")
    try:
        told: dict[str, Any] = json.loads(content.read())
        later = told["format"] > FORMAT or told["layout_version"] > LAYOUT_VERSION
        manifest = None if later else Manifest(**told)
    except (ValueError, KeyError, TypeError):
        raise _damaged(source, "its manifest cannot be read") from None
    if manifest is None:
        raise OpKoersError(
            f"this backup was made by a later version, {told.get('code_version')}",
            where=source,
            next_step="Put it back with that version of Op koers",
            exit_code=ExitCode.BACKUP,
        )
    return manifest


def _extract(
    tar: tarfile.TarFile, member: tarfile.TarInfo, manifest: Manifest, folder: Path, source: Path
) -> str:
    """The member's name, its content checked and written beside the home."""
    target = (folder / member.name).resolve()
    content = tar.extractfile(member) if member.isreg() else None
    known = member.name in manifest.files and target.is_relative_to(folder.resolve())
    if content is None or not known:
        raise _damaged(source, "it holds something that its manifest does not name")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(target, "xb", opener=private) as stream:
        shutil.copyfileobj(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    if sha256_of(target) != manifest.files[member.name]:
        raise _damaged(source, f"{member.name} is not what it was")
    return member.name


def _damaged(source: Path, how: str) -> OpKoersError:
    return OpKoersError(
        f"this backup is damaged: {how}",
        where=source,
        next_step="Nothing was put back; take an earlier backup, or another copy of this one",
        exit_code=ExitCode.BACKUP,
    )
