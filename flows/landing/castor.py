"""Castor EDC: csv exports of a study, its surveys and its repeated measurements.

Castor writes dates as dd-mm-yyyy and nothing else, so they become ISO 8601
cell by cell, without guessing. What a user marked as missing stands in the
export as a number, a day in the thirtieth century or a word; all three are
empty here.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.landing.reading import Row, Surroundings, Table, unreadable
from flows.landing.source import Source
from flows.landing.text_file import Numbered, header_and_rows, whole

DATE = re.compile(r"(\d\d)-(\d\d)-(\d{4})( \d\d:\d\d(:\d\d)?)?", re.ASCII)
MISSING = re.compile(
    r"-9[5-9](\.0+)?|(01-01|31-12)-299[5-9]( .*)?|##USER_MISSING_9[5-9]##", re.ASCII
)
WHOLE_NUMBER = re.compile(r"(-?\d+)\.0+", re.ASCII)
NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)
YES = {"true", "1", "yes"}
REPORT = {"custom_name", "parent"}
OWN_COLUMNS = REPORT | {"record_id", "institute", "created_on", "archived"}
# How the fields of a report that holds no measurements begin.
OTHER_REPORTS = (
    (("ae_", "sae_", "adverse"), "a Castor list of adverse events"),
    (("med_", "medication", "conmed"), "a Castor list of medication"),
    (("comorb",), "a Castor list of comorbidities"),
)


def open_table(file: Path, source: Source, surroundings: Surroundings) -> Table:
    """The records of an export: of a study, one for each patient; of a survey, one for each time.

    Raises OpKoersError: no delimited text, no record, a list without measurements.
    """
    header, rows = header_and_rows(file, source)
    what = what_else(header)
    if what is not None:
        raise unreadable(
            file.name,
            f"this is {what}, not an export of measurements",
            "Take it out of inbox, and export the study or its surveys",
            1,
        )
    return Table(header, _rows(rows, header, source))


def what_else(header: Sequence[str]) -> str | None:
    """What a file with these columns is, when it is a report without measurements."""
    names = {_plain(name) for name in header if name.strip()}
    fields = names - OWN_COLUMNS
    if not names >= REPORT or not fields:
        return None
    kinds = (what for starts, what in OTHER_REPORTS if all(f.startswith(starts) for f in fields))
    return next(kinds, None)


def _plain(name: str) -> str:
    return "_".join(name.lower().split())


@dataclass(frozen=True)
class _Status:
    """The places of the columns that tell whether a record counts."""

    archived: int | None
    progress: int | None
    completed_on: int | None

    def rule(self, fields: Sequence[str]) -> str | None:
        """The rule that keeps a record from landing."""
        if self.archived is not None and fields[self.archived].strip().lower() in YES:
            return "archived"
        done = self.completed_on is None or fields[self.completed_on].strip()
        if not done or (self.progress is not None and not _is_full(fields[self.progress])):
            return "not_completed"
        return None


def _is_full(progress: str) -> bool:
    """Whether a percentage is 100; one that is no number says nothing."""
    number = progress.strip().removesuffix("%")
    return NUMBER.fullmatch(number) is None or float(number) >= 100


def _status(header: Sequence[str]) -> _Status:
    """Surveys exported from the study's own pages write `survey_` before these names."""
    names = [_plain(name).removeprefix("survey_") for name in header]
    places = (
        names.index(name) if name in names else None
        for name in ("archived", "progress", "completed_on")
    )
    return _Status(*places)


def _rows(rows: Iterator[Numbered], header: Sequence[str], source: Source) -> Iterator[Row]:
    status = _status(header)
    own = _own_dates(source)
    readers: list[Callable[[str], str | None]] = [
        _without_missing if name in own else _read for name in header
    ]
    for line, fields in rows:
        record = whole(fields, len(header))
        if record is None:
            yield Row(line, None)
            continue
        texts = [read(text.strip()) for read, text in zip(readers, record, strict=True)]
        yield Row(line, texts, status.rule(record))


def _own_dates(source: Source) -> set[str]:
    """Columns whose dates the source says how to read: those stay as they are written."""
    moments = [source.measured_at, *(measure.measured_at for measure in source.measure)]
    own = {moment.column for moment in moments if moment is not None and moment.format}
    own |= {cell.column for cell in source.columns.values() if cell.format}
    return {column for column in own if column}


def _without_missing(text: str) -> str | None:
    return text if text and not MISSING.fullmatch(text) else None


def _read(text: str) -> str | None:
    """A cell as plain text: ISO 8601 for a date, `3` for 3.0, None for what is missing."""
    if not text or MISSING.fullmatch(text):
        return None
    if date := DATE.fullmatch(text):
        return _iso(date)
    number = WHOLE_NUMBER.fullmatch(text)
    return number[1] if number else text


def _iso(date: re.Match[str]) -> str:
    """The day of a calendar as ISO 8601; another text stays, to be told as unreadable."""
    day, month, year, time, _ = date.groups(default="")
    text = f"{year}-{month}-{day}{time}"
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return date[0]
    return text
