"""Who was forgotten on request, kept so that nobody can read from it who that was.

`forgotten.json` in the home holds, for each patient, a keyed hash, the day, the reason and
counts; the key lies in secrets/. With it landing knows a forgotten patient again when an export
still holds one, and refuses those records by rule.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
from pydantic import BaseModel, ConfigDict, ValidationError

from flows.errors import ExitCode, OpKoersError
from flows.landing.keys import key_text, unusable_key
from flows.settings import Settings

FILE = "forgotten.json"
KEY_FILE = "digest.key"
RULE = "forgotten"


class Forgotten(BaseModel):
    """One patient who was forgotten: `mark` is the keyed hash, `counts` what went, by place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mark: str
    at: datetime
    reason: str
    counts: dict[str, int]


class ForgottenList(BaseModel):
    """The contents of forgotten.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    patients: tuple[Forgotten, ...] = ()

    @property
    def marks(self) -> frozenset[str]:
        return frozenset(each.mark for each in self.patients)


def read_list(file: Path) -> ForgottenList:
    """The list in `file`; an empty one where there is none. Raises OpKoersError for another."""
    if not file.exists():
        return ForgottenList()
    try:
        return ForgottenList.model_validate_json(file.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError):
        raise OpKoersError(
            "this is not a list of forgotten patients",
            where=file,
            next_step="Put it back from the last backup: without it they would land again",
            exit_code=ExitCode.SETTINGS,
        ) from None


def write_list(file: Path, told: ForgottenList) -> None:
    """Write the list durably; the old one stands until the new one is whole."""
    write_durably(file, told.model_dump_json(indent=2) + "\n")


def write_durably(file: Path, text: str) -> None:
    """Replace a file of text in one step that outlives a power cut, readable by its owner only."""
    beside = file.with_name(f".{file.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)


def merged(one: ForgottenList, other: ForgottenList) -> ForgottenList:
    """Everybody of both lists, once, the longest forgotten first."""
    known = {each.mark: each for each in (*other.patients, *one.patients)}
    return ForgottenList(patients=tuple(sorted(known.values(), key=lambda e: (e.at, e.mark))))


def digest_key(settings: Settings) -> bytes:
    """The key of marks and of recorded tables, made when nothing was made with it yet.

    Raises OpKoersError when it is gone or damaged.
    """
    is_in_use = (settings.home / FILE).exists() or any(settings.published.glob("*.recorded"))
    file = settings.secrets / KEY_FILE
    text = key_text(file, lambda: secrets.token_hex(32), is_in_use=is_in_use)
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise unusable_key(file, "the key is damaged") from None


def mark_of(key: bytes, clinic_id: str, patient_id: str) -> str:
    """HMAC-SHA256 of clinic and patient, in hexadecimal digits."""
    message = f"patient {len(clinic_id)}:{clinic_id}{patient_id}".encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def forgotten_by(settings: Settings) -> Callable[[str, str], bool]:
    """Whether (clinic, patient) was forgotten in this home; costs nothing where nobody was."""
    marks = read_list(settings.home / FILE).marks
    if not marks:
        return lambda clinic_id, patient_id: False
    key = digest_key(settings)
    return lambda clinic_id, patient_id: mark_of(key, clinic_id, patient_id) in marks


def refuse_forgotten(
    connection: duckdb.DuckDBPyConnection, settings: Settings, setting: str
) -> bool:
    """Give the records of forgotten patients in `record` the columns of `setting`, an UPDATE's.

    Whether there was any.
    """
    is_forgotten = forgotten_by(settings)
    pairs = connection.execute("""
        select distinct clinic_id, patient_id from record
        where clinic_id is not null and patient_id is not null
    """).fetchall()
    known = [(clinic, patient) for clinic, patient in pairs if is_forgotten(clinic, patient)]
    if known:
        connection.execute(
            f"update record set {setting} where (clinic_id, patient_id) in"
            " (select unnest($1), unnest($2))",
            [[clinic for clinic, _ in known], [patient for _, patient in known]],
        )
    return bool(known)
