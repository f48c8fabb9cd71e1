"""Originals in the archive: encrypted with age, or not kept at all.

age (through pyrage) rather than a format of our own: it streams, and any age
tool can open the file with the key in secrets/ when Op koers is long gone.
"""

import os
from pathlib import Path

import pyrage

from flows.errors import ExitCode, OpKoersError
from flows.settings import Settings

KEY_FILE = "archive.key"


def keep_encrypted(file: Path, target: Path, secrets_folder: Path) -> None:
    """Write `file` encrypted to `target`."""
    recipient = _identity(secrets_folder).to_public()
    pyrage.encrypt_file(str(file), str(target), [recipient])


def open_original(encrypted: Path, target: Path, secrets_folder: Path) -> None:
    """Write the plain text of an archived original to `target`."""
    pyrage.decrypt_file(str(encrypted), str(target), [_identity(secrets_folder)])


def _identity(folder: Path) -> pyrage.x25519.Identity:
    file = folder / KEY_FILE
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(f"{pyrage.x25519.Identity.generate()}\n")
        beside.replace(file)
    return pyrage.x25519.Identity.from_str(file.read_text().strip())


def restore_original(settings: Settings, sha256: str, target: Path) -> None:
    """Decrypt the original of an archived file.

    Raises OpKoersError when there is none, or more than one begins with `sha256`.
    """
    found = [folder / "original" for folder in settings.archive.glob(f"{sha256}*")]
    kept = [file for file in found if file.exists()]
    if len(kept) != 1:
        raise OpKoersError(
            f"{len(kept)} archived originals begin with this sha256",
            next_step="Take one from `opkoers export receipt`; originals are kept only where"
            " keep_originals is 'encrypted'",
            exit_code=ExitCode.USAGE,
        )
    open_original(kept[0], target, settings.secrets)
