"""Errors that are planted in the exports, and what landing should say of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import numpy as np

from flows.demo.deliveries import date_of
from flows.demo.exports import Dialect, Export
from flows.demo.simulation import Ints

PER_RECORD = 0.0002
MOST_PER_RECORD = 0.02


@dataclass(frozen=True)
class Edit:
    """Lines that take the place of `removed` lines; the error is in the one `at`."""

    written: tuple[str, ...]
    at: int = 0
    removed: int = 1


@dataclass(frozen=True)
class Planted:
    """One planted error: physical line (header is 1), kind, and the class it should get.

    Classes: `error`, `conflict`, `by_rule`, `duplicate` (the record does not
    land, for that reason), `cell` (it lands without that cell), `landed`
    (nothing is wrong with the record as such).
    """

    file: str
    line: int
    kind: str
    expected: str


Kind = tuple[Callable[[Dialect, str], Edit], str]


def kinds_for(dialect: Dialect, day: int) -> dict[str, Kind]:
    """Kinds planted in a file of that day, each with its edit and the class it should get."""
    cell = "error" if dialect.shape == "long" else "cell"
    kinds: dict[str, Kind] = {
        "unreadable_date": (_unreadable_date, "error"),
        "missing_patient_id": (_missing_patient_id, "error"),
        "out_of_range": (_out_of_range, cell),
        "text_for_a_number": (_text_for_a_number, cell),
        "exact_duplicate": (_exact_duplicate, "duplicate"),
        "two_values_for_one_moment": (_two_values, "conflict"),
        "no_answers": (_no_answers, "by_rule"),
        "date_after_export": (partial(_date_after_export, day), "error"),
    }
    if dialect.has_testers:
        kinds["tester"] = (_tester, "by_rule")
    if dialect.shape != "totals":
        kinds["incomplete"] = (_incomplete, "landed")
    return kinds


def chosen_lines(
    rng: np.random.Generator, dialect: Dialect, export: Export, delivered: Ints
) -> dict[int, str]:
    """Line of the export to the kind of error planted there; `delivered` is the file of each line.

    Each kind stands in a chunk at least once, unless that would touch more
    than MOST_PER_RECORD of the records; no file gets more than that either.
    """
    kinds = list(kinds_for(dialect, int(delivered[-1]) if len(delivered) else 0))
    each = max(1, round(PER_RECORD * len(export.places)))
    count = min(each * len(kinds), int(MOST_PER_RECORD * len(export.places)))
    files, lines = np.unique(delivered, return_counts=True)
    room = dict(zip(files.tolist(), (MOST_PER_RECORD * lines).astype(int).tolist(), strict=True))
    chosen: list[int] = []
    for place in rng.permutation(export.places).tolist():
        file = int(delivered[place])
        if len(chosen) < count and room[file] > 0:
            room[file] -= 1
            chosen.append(place)
    return {place: kinds[number % len(kinds)] for number, place in enumerate(chosen)}


def plant(
    dialect: Dialect, day: int, lines: list[bytes], chosen: Mapping[int, str], lines_before: int
) -> tuple[list[bytes], list[Planted]]:
    """The lines with errors planted, and where; the file of `day` holds `lines_before` already."""
    kinds = kinds_for(dialect, day)
    written: list[bytes] = []
    planted: list[Planted] = []
    done = 0
    for place in sorted(chosen):
        make, expected = kinds[chosen[place]]
        edit = make(dialect, lines[place].decode())
        written += lines[done:place]
        line = lines_before + len(written) + edit.at + 1
        planted.append(Planted(dialect.file(day), line, chosen[place], expected))
        written += [text.encode() for text in edit.written]
        done = place + edit.removed
    return written + lines[done:], planted


def _changed(dialect: Dialect, line: str, column: int, text: str) -> str:
    cells = line.split(dialect.delimiter)
    cells[column] = text
    return dialect.delimiter.join(cells)


def _unreadable_date(dialect: Dialect, line: str) -> Edit:
    text = dialect.date_format.replace("%d", "31").replace("%m", "02").replace("%Y", "2026")
    return Edit((_changed(dialect, line, dialect.date, text),))


def _date_after_export(day: int, dialect: Dialect, line: str) -> Edit:
    later = date_of(day) + timedelta(days=21)
    return Edit((_changed(dialect, line, dialect.date, later.strftime(dialect.date_format)),))


def _missing_patient_id(dialect: Dialect, line: str) -> Edit:
    return Edit((_changed(dialect, line, 0, ""),))


def _out_of_range(dialect: Dialect, line: str) -> Edit:
    return Edit((_changed(dialect, line, dialect.answer, dialect.too_high),))


def _text_for_a_number(dialect: Dialect, line: str) -> Edit:
    return Edit((_changed(dialect, line, dialect.answer, dialect.text),))


def _exact_duplicate(dialect: Dialect, line: str) -> Edit:
    return Edit((line, line), at=1)


def _two_values(dialect: Dialect, line: str) -> Edit:
    """The later line wins, so the conflict is the earlier one."""
    now = line.split(dialect.delimiter)[dialect.answer]
    other = "1" if now in ("", "0") else str(int(now) - 1)
    return Edit((line, _changed(dialect, line, dialect.answer, other)), at=0)


def _no_answers(dialect: Dialect, line: str) -> Edit:
    return Edit((_blanked(dialect, line, dialect.answers),))


def _incomplete(dialect: Dialect, line: str) -> Edit:
    """The first five items of the PHQ-9 are gone, the critical one is still there."""
    if dialect.shape == "long":
        return Edit((), removed=5)
    return Edit((_blanked(dialect, line, 5),))


def _blanked(dialect: Dialect, line: str, count: int) -> str:
    cells = line.split(dialect.delimiter)
    cells[dialect.answer : dialect.answer + count] = [""] * count
    return dialect.delimiter.join(cells)


def _tester(dialect: Dialect, line: str) -> Edit:
    copy = _changed(dialect, _changed(dialect, line, 0, "test"), len(dialect.columns) - 1, "1")
    return Edit((line, copy), at=1)
