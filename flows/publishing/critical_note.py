"""What a mail may know of a critical report: counts, and whether it is another one than before.

It lies beside the report as `.critical.json` and goes with it when the folder is replaced. No
patient is in it: what the report lists is told by one digest alone.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flows.publishing.folders import replaced_file

NAME = ".critical.json"
DIGITS = 16


@dataclass(frozen=True)
class CriticalNote:
    """`counts` are `critical`, without an answer, and `late`, of those the ones past their time.

    `lists` is the same for reports that list the same answers, whatever became of them.
    """

    clinic_id: str
    as_of: date
    counts: Mapping[str, int]
    lists: str


def digest_of(listed: Iterable[tuple[object, ...]]) -> str:
    """Hexadecimal digits that differ when another answer is listed, in any order."""
    told = "\n".join(sorted(repr(each) for each in listed))
    return hashlib.sha256(told.encode()).hexdigest()[:DIGITS]


def write_note(folder: Path, note: CriticalNote) -> None:
    """Beside the report in `folder`."""
    told = {
        "clinic_id": note.clinic_id,
        "as_of": note.as_of.isoformat(),
        "counts": dict(note.counts),
        "lists": note.lists,
    }
    with replaced_file(folder / NAME) as beside:
        beside.write_text(json.dumps(told, indent=1), encoding="utf-8")


def read_note(file: Path) -> CriticalNote:
    """What write_note wrote."""
    told = json.loads(file.read_text(encoding="utf-8"))
    return CriticalNote(
        clinic_id=told["clinic_id"],
        as_of=date.fromisoformat(told["as_of"]),
        counts={name: int(count) for name, count in told["counts"].items()},
        lists=told["lists"],
    )
