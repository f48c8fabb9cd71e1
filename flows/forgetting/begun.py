"""A forgetting that has begun: written down before anything goes, gone when all is done.

It is the one file that names the patient, so that a run that comes after a power cut can finish
what was begun; `finish.py` does.
"""

from datetime import date, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from flows.landing.forgotten import write_durably

FILE = ".forgetting.json"


class FileLeft(BaseModel):
    """What the receipt of one file will say: records landed, and erased, of all forgotten."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    landed: int
    erased: int


class Begun(BaseModel):
    """Whom it is about and what it will leave; `since` is the first day of the patient here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clinic_id: str
    patient_id: str
    numbers: tuple[str, ...]
    mark: str
    reason: str
    actor: str
    at: datetime
    since: date | None
    files: dict[str, FileLeft]
    counts: dict[str, int]

    @property
    def names(self) -> tuple[str, ...]:
        """Everything by which the patient is called in a file."""
        return (self.patient_id, *self.numbers)


def read_begun(home: Path) -> Begun | None:
    """What was begun and not finished; None where nothing was."""
    file = home / FILE
    return Begun.model_validate_json(file.read_text("utf-8")) if file.exists() else None


def write_begun(home: Path, begun: Begun) -> None:
    """From here on the forgetting will be finished, whatever happens."""
    write_durably(home / FILE, begun.model_dump_json() + "\n")


def clear_begun(home: Path) -> None:
    """All is done."""
    (home / FILE).unlink(missing_ok=True)
