"""Originals in the archive: encrypted with age, or not kept at all.

age (through pyrage) rather than a format of our own: it streams, and any age
tool can open the file with the key in secrets/ when Op koers is long gone.
"""

import os
from pathlib import Path

import pyrage

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
