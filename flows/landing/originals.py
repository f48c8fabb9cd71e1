"""Originals in the archive: encrypted with age, or not kept at all.

age (through pyrage) rather than a format of our own: it streams, and any age
tool can open the file with the key in secrets/ when Op koers is long gone.
"""

import re
from pathlib import Path

import pyrage

from flows.errors import ExitCode, OpKoersError
from flows.landing.keys import key_text, unusable_key
from flows.settings import Settings

KEY_FILE = "archive.key"


def keep_encrypted(file: Path, target: Path, secrets_folder: Path, *, has_earlier: bool) -> None:
    """Write `file` encrypted to `target`; `has_earlier` says that others were before.

    Raises OpKoersError when the key of earlier originals is gone.
    """
    recipient = _identity(secrets_folder, is_in_use=has_earlier).to_public()
    try:
        pyrage.encrypt_file(str(file), str(target), [recipient])
    except pyrage.EncryptError as error:
        raise _as_os_error(error, target) from None


def _as_os_error(error: Exception, target: Path) -> Exception:
    """pyrage tells of a full disk in words only: `... (os error 28)`."""
    number = re.search(r"os error (\d+)", str(error))
    return OSError(int(number[1]), "not written", str(target)) if number else error


def open_original(encrypted: Path, target: Path, secrets_folder: Path) -> None:
    """Write the plain text of an archived original to `target`.

    Raises OpKoersError when the key is gone or is another one.
    """
    identity = _identity(secrets_folder, is_in_use=True)
    try:
        pyrage.decrypt_file(str(encrypted), str(target), [identity])
    except pyrage.DecryptError:
        raise unusable_key(
            secrets_folder / KEY_FILE, "this is not the key of the original"
        ) from None


def _identity(folder: Path, *, is_in_use: bool) -> pyrage.x25519.Identity:
    file = folder / KEY_FILE
    text = key_text(file, lambda: str(pyrage.x25519.Identity.generate()), is_in_use=is_in_use)
    try:
        return pyrage.x25519.Identity.from_str(text)
    except pyrage.IdentityError:
        raise unusable_key(file, "the key is damaged") from None


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
