"""The key that signs sessions: made once, kept in the home, readable by its owner only."""

import os
import secrets
from pathlib import Path


def kept_secret_key(file: Path) -> str:
    """The key in `file`, made with mode 0600 when it is not there yet."""
    if not file.exists():
        _make(file)
    return file.read_text(encoding="ascii").strip()


def _make(file: Path) -> None:
    """Link a complete file into place, so that two processes starting at once share one key."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(64))
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
