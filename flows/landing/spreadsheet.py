"""Workbooks (.xlsx, .ods; .xls and .xlsb as well): one sheet -> its records as text.

Calamine reads a whole sheet before its first row can be had, so memory grows
with the sheet: some 80 bytes a cell. What bounds it: a sheet of these formats
ends at row 1,048,576; one laid out in more than MOST_CELLS cells is refused,
and so is a workbook that unpacks to more than `largest_bytes`; the worker that
reads it has a limit of its own.

A formula is never calculated: what it gave when the workbook was saved counts.
An error (#DIV/0!) or a formula that was saved without a result is told as such
a text, so that it is refused as no number; in a column of identifiers it is a
missing value. Where #N/A is how a clinic writes "missing", its source says
`missing = ["#N/A"]`.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
)

from flows.errors import OpKoersError
from flows.landing.compressed import sound_zip
from flows.landing.reading import Row, Surroundings, Table, empty, too_large, unreadable
from flows.landing.sheet_marks import (
    MOST_CELLS,
    WORKBOOK,
    LookUp,
    Marks,
    no_workbook,
    protected,
    survey,
    too_far,
)
from flows.landing.source import Source

CHUNK = 1 << 20
ZIP_BEGINS = b"PK\x03\x04"
OLE_BEGINS = bytes.fromhex("D0CF11E0A1B11AE1")
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
MOST_NAMES = 5
LONGEST_NAME = 31
IDENTIFIERS = (
    "clinic_id",
    "patient_id",
    "therapist_id",
    "episode_id",
    "group_id",
    "respondent",
    "record_id",
)


def open_table(file: Path, source: Source, surroundings: Surroundings) -> Table:
    """The records of the sheet that the source names, or of the only one that holds anything.

    Raises OpKoersError: empty, no workbook, damaged, protected, too large, no
    such sheet, several sheets to choose from, no column names in `header_row`.
    """
    if file.stat().st_size == 0:
        raise empty(file.name, "the file is empty")
    if _begins(file, ZIP_BEGINS):
        with sound_zip(file, file.name, WORKBOOK, surroundings.largest_bytes) as archive:
            workbook = _Workbook(file, survey(archive, file.name))
            return _table(workbook, source, surroundings.chunk_rows)
    if file.stat().st_size > surroundings.largest_bytes:
        raise too_large(file.name, "the workbook is larger than [landing] allows")
    if _begins(file, OLE_BEGINS) and _holds(file, ENCRYPTED):
        raise protected(file.name)
    return _table(_Workbook(file, None), source, surroundings.chunk_rows)


def _begins(file: Path, sign: bytes) -> bool:
    with file.open("rb") as stream:
        return stream.read(len(sign)) == sign


def _holds(file: Path, sign: bytes) -> bool:
    before = b""
    with file.open("rb") as stream:
        while part := stream.read(CHUNK):
            if sign in before + part:
                return True
            before = part[-len(sign) :]
    return False


class _Workbook:
    """An open workbook; `survey` has the marks of each sheet, where they can be known."""

    def __init__(self, file: Path, survey: list[LookUp] | None) -> None:
        self.name = file.name
        otherwise = no_workbook(self.name) if survey is None else _damaged(self.name)
        with _told(self.name, otherwise), file.open("rb") as stream:
            self.book = CalamineWorkbook.from_filelike(stream)
        self.sheet_names: list[str] = self.book.sheet_names
        if survey is not None and len(survey) != len(self.sheet_names):
            raise _damaged(self.name)
        self.survey = survey

    def sheet(self, place: int) -> tuple[CalamineSheet, Marks]:
        """A sheet by its place from 0. Raises OpKoersError when it is laid out too far."""
        marks = self.survey[place]() if self.survey is not None else Marks()
        if marks.cells > MOST_CELLS:
            raise too_far(self.name)
        with _told(self.name, _damaged(self.name)):
            return self.book.get_sheet_by_index(place), marks

    def filled_sheets(self) -> list[int]:
        """The places of the sheets that hold anything."""
        told = enumerate(self.book.sheets_metadata)
        places = [place for place, sheet in told if sheet.typ is SheetTypeEnum.WorkSheet]
        return [place for place in places if self.sheet(place)[0].height > 0]


@contextmanager
def _told(name: str, otherwise: OpKoersError) -> Iterator[None]:
    """What calamine raises, as one sentence; its own messages may quote a cell."""
    try:
        yield
    except PasswordError:
        raise protected(name) from None
    except (CalamineError, ValueError, OverflowError, TypeError):
        raise otherwise from None
    except BaseException as error:
        # A panic of the Rust code is no Exception, and has no name that can be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise otherwise from None


def _damaged(name: str) -> OpKoersError:
    return unreadable(name, "the workbook, or a sheet of it, cannot be read", WORKBOOK.again)


# ---------- which sheet


def _chosen(workbook: _Workbook, source: Source) -> int:
    """The place of the sheet to read, from 0."""
    names = workbook.sheet_names
    if isinstance(source.sheet, str):
        return _named(source.sheet, workbook, source)
    if source.sheet is not None:
        if 1 <= source.sheet <= len(names):
            return source.sheet - 1
        raise _no_sheet(workbook, source, f"sheet {source.sheet}", "")
    filled = [0] if len(names) == 1 else workbook.filled_sheets()
    if len(filled) == 1:
        return filled[0]
    if not filled:
        raise empty(workbook.name, "no sheet of the workbook holds anything")
    raise unreadable(
        workbook.name,
        f"{len(filled)} sheets of the workbook hold something"
        f" ({_listed([names[place] for place in filled])})",
        f'Write sheet = "..." with the name of one in sources/{source.name}.toml',
    )


def _named(name: str, workbook: _Workbook, source: Source) -> int:
    names = workbook.sheet_names
    if name in names:
        return names.index(name)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise _no_sheet(workbook, source, f"sheet '{name}'", hint)


def _no_sheet(workbook: _Workbook, source: Source, what: str, hint: str) -> OpKoersError:
    names = workbook.sheet_names
    return unreadable(
        workbook.name,
        f"there is no {what} among the {len(names)} of the workbook ({_listed(names)}{hint})",
        f"Mend 'sheet' in sources/{source.name}.toml",
    )


def _listed(names: list[str]) -> str:
    """The first names, each as long as Excel allows."""
    told = [" ".join(name.split())[:LONGEST_NAME] for name in names[:MOST_NAMES]]
    return ", ".join([*told, *(["..."] if len(names) > MOST_NAMES else [])])


# ---------- its records


def _table(workbook: _Workbook, source: Source, chunk_rows: int) -> Table:
    sheet, marks = workbook.sheet(_chosen(workbook, source))
    lines = enumerate(_values(sheet, workbook.name, chunk_rows), start=1)
    header = _header(lines, workbook.name, source)
    first_column = sheet.start[1] if sheet.start else 0
    return Table(header, _rows(lines, header, source, _Errors(marks, first_column)))


def _values(sheet: CalamineSheet, name: str, chunk_rows: int) -> Iterator[list[Any]]:
    """The values of every row from row 1 on; columns before the first with a value are left out."""
    rows = iter(sheet.iter_rows())
    while True:
        with _told(name, _damaged(name)):
            chunk = list(islice(rows, chunk_rows))
        if not chunk:
            return
        yield from chunk


def _header(lines: Iterator[tuple[int, list[Any]]], name: str, source: Source) -> tuple[str, ...]:
    """The names in the row that the source tells, up to the last one."""
    last = 0
    for last, values in lines:
        if last == source.header_row:
            names = [(_text(value) or "").strip() for value in values]
            while names and not names[-1]:
                names.pop()
            if names:
                return tuple(names)
            raise _no_header(name, "this row holds no column names", source)
    if last == 0:
        raise empty(name, "the sheet is empty")
    raise _no_header(name, f"the sheet ends at row {last}, before the column names", source)


def _no_header(name: str, what: str, source: Source) -> OpKoersError:
    return unreadable(
        name,
        what,
        f"Write header_row = (the row of the column names) in sources/{source.name}.toml",
        line=source.header_row,
    )


@dataclass(frozen=True)
class _Errors:
    """The marks of a sheet, for rows that begin at `first_column`."""

    marks: Marks
    first_column: int

    def put(self, texts: list[str | None], line: int, identifiers: Set[int]) -> None:
        """Show what calamine left out; an identifier that is an error is none."""
        for column, mark in self.marks.texts[line].items():
            place = column - self.first_column
            if place >= 0:  # else it is in a column without so much as a name
                texts.extend([None] * (place + 1 - len(texts)))
                texts[place] = None if place in identifiers else mark

    def lines_after(self, last: int) -> list[int]:
        """Lines that calamine does not reach: they hold formulas without a result, and no more."""
        return sorted(line for line in self.marks.texts if line > last)


def _rows(
    lines: Iterator[tuple[int, list[Any]]],
    header: tuple[str, ...],
    source: Source,
    errors: _Errors,
) -> Iterator[Row]:
    identifiers = _identifiers(header, source)
    last = source.header_row
    for line, values in lines:
        last = line
        texts = [_text(value) for value in values]
        has_errors = line in errors.marks.texts
        if has_errors:
            errors.put(texts, line, identifiers)
        if has_errors or any(texts):
            yield _row(line, texts, len(header))
    for line in errors.lines_after(last):
        texts = []
        errors.put(texts, line, identifiers)
        yield _row(line, texts, len(header))


def _row(line: int, texts: list[str | None], width: int) -> Row:
    """A record as wide as the header; one with text beyond it is broken."""
    if any(texts[width:]):
        return Row(line, None)
    return Row(line, texts[:width] + [None] * (width - len(texts)))


def _identifiers(header: tuple[str, ...], source: Source) -> Set[int]:
    """The places of columns in which an error must not become somebody's name."""
    told = [getattr(source, key) for key in IDENTIFIERS]
    names = {part.column for part in told if part is not None}
    return {place for place, name in enumerate(header) if name in names}


# ---------- a cell as text


def _text(value: Any) -> str | None:
    """A value of calamine as text; blank is missing."""
    return _TEXTS.get(type(value), str)(value)


def _text_of_string(value: str) -> str | None:
    return value if value.strip() else None


def _text_of_number(value: float) -> str:
    """Plain decimals, as short as they can be: 3, 0.25, never 3.0 or 1e-07."""
    if value.is_integer():
        return str(int(value))
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text


def _text_of_duration(value: timedelta) -> str:
    """Hours may go beyond a day: 30:00:00."""
    seconds = round(value.total_seconds())
    sign = "-" if seconds < 0 else ""
    hours, rest = divmod(abs(seconds), 3600)
    return f"{sign}{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"


_TEXTS: Mapping[type, Callable[[Any], str | None]] = {
    str: _text_of_string,
    float: _text_of_number,
    int: str,
    bool: lambda value: "true" if value else "false",
    datetime: lambda value: value.isoformat(sep=" "),
    date: date.isoformat,
    time: time.isoformat,
    timedelta: _text_of_duration,
}
