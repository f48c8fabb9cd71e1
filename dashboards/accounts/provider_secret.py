"""The secret by which the identity provider knows Op koers: one file in `secrets/`."""

import stat
from pathlib import Path

from django.conf import settings


class SecretFileError(Exception):
    """The file cannot be used; the message says which and what to do."""


def client_secret() -> str:
    """The secret, "" for a client without one. Raises SecretFileError."""
    name = settings.OPKOERS.oidc.client_secret_file
    if not name:
        return ""
    file: Path = settings.OPKOERS.secrets / name
    try:
        secret = file.read_text(encoding="utf-8").strip()
        is_open = stat.S_IMODE(file.stat().st_mode) & 0o077
    except (OSError, UnicodeDecodeError):
        raise SecretFileError(
            f"{file} cannot be read. Put the secret of [oidc] in it, or mend client_secret_file."
        ) from None
    if is_open:
        raise SecretFileError(f"{file} can be read by others. Run: chmod 600 {file}")
    if not secret:
        raise SecretFileError(f"{file} is empty. Put the secret of [oidc] in it.")
    return secret
