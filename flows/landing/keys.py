"""Keys in secrets/: made once, readable by this account alone, never made anew by mistake."""

import os
from collections.abc import Callable
from pathlib import Path

from flows.errors import ExitCode, OpKoersError


def key_text(file: Path, make: Callable[[], str], *, is_in_use: bool) -> str:
    """The key in `file`, which is made when there is none yet.

    Raises OpKoersError when the key is gone while something was made with it
    (`is_in_use`): a new key would not fit what is there.
    """
    if file.exists():
        return file.read_text(encoding="utf-8").strip()
    if is_in_use:
        raise unusable_key(file, "the key is gone, and there are records that were made with it")
    return _new_key(file, make())


def unusable_key(file: Path, what: str) -> OpKoersError:
    """The error of a key that is gone or damaged."""
    return OpKoersError(
        what,
        where=f"secrets/{file.name}",
        next_step="Put this file back from the backup of the home",
        exit_code=ExitCode.SETTINGS,
    )


def _new_key(file: Path, key: str) -> str:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = file.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(f"{key}\n")
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)
    return key
