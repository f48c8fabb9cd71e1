"""A csv file -> its columns as numbers or labels.

Comma, semicolon, tab or bar; any Unicode encoding with its mark, else utf-8 or
cp1252; decimal points or commas. A column is one of numbers when every cell that is not
missing is a number. Only the columns asked for are read.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flows.errors import ExitCode, OpKoersError
from flows.landing.text_file import (
    CHUNK,
    column_names,
    decoded,
    find_encoding,
    likely_delimiter,
    physical_rows,
    separator,
)
from flows.statistics.formula import Labels, Numbers, Variable

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MISSING = {"", "NA", "NaN", "nan"}
LOGICAL = {"T": "TRUE", "TRUE": "TRUE", "F": "FALSE", "FALSE": "FALSE"}
ENDLESS = {"Inf": np.inf, "-Inf": -np.inf, "inf": np.inf, "-inf": -np.inf}
NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)
THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}", re.ASCII)
MOST_DIGITS = 15


@dataclass(frozen=True)
class Table:
    """The header of a file and how its records are read; `above` counts lines up to the header."""

    file: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    above: int

    def line_of(self, row: int) -> int:
        """The physical line on which record `row` (from 0) begins."""
        return next(islice(self._records(), row, None))[0]

    def first_text(self, name: str) -> int | None:
        """The line of the first cell of a column that keeps it from being one of numbers."""
        place = self.header.index(name)
        with_comma = None
        for line, fields in self._records():
            cell = fields[place].strip() if place < len(fields) else ""
            if cell not in MISSING and not NUMBER.fullmatch(cell):
                return line
            if "," in cell and with_comma is None:
                with_comma = line
        return with_comma

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        rows = physical_rows(
            self.file, encoding=self.encoding, delimiter=self.delimiter, name=self.file.name
        )
        return islice(rows, 1, None)

    def _misshapen(self) -> OpKoersError:
        """The error of the first record with more fields than the header."""
        width = len(self.header)
        for line, fields in self._records():
            if len(fields) > width:
                return _unreadable(
                    self.file,
                    f"this record has {len(fields):,} fields where the header has {width:,}",
                    "Put fields that hold the delimiter or a line end between quotes",
                    line,
                )
        return _unreadable(self.file, "this is no delimited text", "Export it as csv again")

    def columns(self, names: Iterable[str]) -> dict[str, Variable]:
        """These columns. Raises OpKoersError for records of more fields than the header."""
        first = next(self._records(), None)
        if first is None:
            raise _empty(self.file, "there is a header line but no record")
        if len(first[1]) > len(self.header):  # pandas would make an index of it
            raise self._misshapen()
        read = self._read()
        return {name: _variable(read[self.header.index(name)], self.delimiter) for name in names}

    def texts(self, name: str) -> list[str]:
        """The cells of a column as they stand, without blanks around them; "" where missing."""
        cells = (str(cell).strip() for cell in self._read()[self.header.index(name)])
        return ["" if cell in MISSING else cell for cell in cells]

    def _read(self) -> pd.DataFrame:
        """All cells as text; fields that a record lacks at its end are empty, as R has it.

        All, since pandas says nothing of too many fields when it is asked for some columns.
        """
        try:
            return pd.read_csv(
                self.file,
                sep=self.delimiter,
                encoding=self.encoding,
                header=None,
                names=range(len(self.header)),
                skiprows=self.above,
                dtype=str,
                keep_default_na=False,
                skipinitialspace=True,
            )
        except (pd.errors.ParserError, UnicodeError):  # its words quote the record
            raise self._misshapen() from None


# ---------- the header


def open_table(file: Path) -> Table:
    """A csv file with a header. Raises OpKoersError: no file, empty, no text."""
    if file.is_dir():
        raise _unreadable(file, "this is a folder", "Give the path of a csv file in it")
    if not file.is_file():
        raise _unreadable(file, "there is no such file", "Give the path of a csv file")
    encoding = _encoding(file)
    try:
        header, delimiter, above = _header(file, encoding)
    except (UnicodeError, csv.Error):
        raise _unreadable(file, "this is no delimited text", "Export it as csv") from None
    if not any(header):
        raise _empty(file, "there is no header line in this file")
    return Table(file, encoding, delimiter, header, above)


def _encoding(file: Path) -> str:
    """As the mark at its beginning says, else utf-8 where it is that, else cp1252."""
    encoding = find_encoding(file, "utf-8")
    if encoding != "utf-8":
        return encoding
    with file.open("rb") as stream:
        if b"\0" in stream.read(CHUNK):
            raise _unreadable(file, "this is no text", "Save it as csv, not as a workbook")
    try:
        for _ in decoded(file, encoding, file.name):
            pass
    except OpKoersError:
        return "cp1252"
    return encoding


def _header(file: Path, encoding: str) -> tuple[tuple[str, ...], str, int]:
    """Names, delimiter, and the physical lines up to the end of the header."""
    with file.open(encoding=encoding, newline="") as stream:
        above, line = 0, stream.readline()
        announced = separator(line)
        while line and (not line.strip() or (announced and above == 0)):
            above, line = above + 1, stream.readline()
        delimiter = announced or likely_delimiter(line)
        rest = csv.reader(_after(line, stream), delimiter=delimiter, skipinitialspace=True)
        names = column_names(next(rest, []))
        above += rest.line_num
        return _at_full_width(names, next(rest, [])), delimiter, above


def _after(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _at_full_width(names: tuple[str, ...], record: Sequence[str]) -> tuple[str, ...]:
    """With an empty name for each empty field of a record beyond them (a delimiter at its end)."""
    beyond = record[len(names) :]
    return names if any(field.strip() for field in beyond) else names + ("",) * len(beyond)


# ---------- the cells


def _variable(cells: "pd.Series[str]", delimiter: str) -> Variable:
    places, found = pd.factorize(cells)
    codes = places.astype(np.int64)
    texts = [str(text).strip() for text in found]
    if _are_numbers(texts, delimiter):
        return Numbers(np.array([_number(text) for text in texts], dtype=np.float64)[codes])
    return _labels(texts, codes)


def _are_numbers(texts: Sequence[str], delimiter: str) -> bool:
    """Whether each text is a number or missing.

    Whole numbers of more than 15 digits are names. Where commas part the fields, "1,234" may
    mean thousands: there commas are decimal only if one cell cannot be that.
    """
    words = [text for text in texts if text not in MISSING and text not in ENDLESS]
    if not all(NUMBER.fullmatch(word) for word in words):
        return False
    if any(len(word) > MOST_DIGITS and word.isdecimal() for word in words):
        return False
    with_comma = [word for word in words if "," in word]
    if not with_comma:
        return True
    if any("." in word for word in words):
        return False
    return delimiter != "," or not all(THOUSANDS.fullmatch(word) for word in with_comma)


def _number(text: str) -> float:
    if text in MISSING:
        return np.nan
    return ENDLESS[text] if text in ENDLESS else float(text.replace(",", "."))


def _labels(texts: Sequence[str], codes: IntArray) -> Labels:
    """Levels in the order of their code points, as R sorts in the C locale."""
    levels = sorted(set(texts) - MISSING)
    is_logical = set(levels) <= set(LOGICAL)
    if is_logical:
        texts, levels = [LOGICAL.get(text, text) for text in texts], ["FALSE", "TRUE"]
    place = {level: number for number, level in enumerate(levels)}
    new = np.array([place.get(text, -1) for text in texts], dtype=np.int64)
    return Labels(new[codes], tuple(levels), is_logical, _are_mostly_numbers(levels))


def _are_mostly_numbers(levels: Sequence[str]) -> bool:
    """Whether more than half of the different texts are numbers, so that the others are slips."""
    return sum(NUMBER.fullmatch(level) is not None for level in levels) > len(levels) / 2


# ---------- names


def found_name(asked: str, header: Sequence[str]) -> str | None:
    """The column of this name, or the one R would give this name; None where there is none."""
    if asked in header:
        return asked
    near = [name for name in header if r_name(name) == asked]
    return near[0] if len(near) == 1 else None


def r_name(name: str) -> str:
    """The name that R's read.csv makes of a column name."""
    made = re.sub(r"[^\w.]", ".", name)
    return made if re.match(r"[^\W\d_]|\.(?!\d)", made) else f"X{made}"


def likely_name(asked: str, header: Sequence[str]) -> str | None:
    """The column that was probably meant."""
    lower: Mapping[str, str] = {name.lower(): name for name in header if name}
    near = get_close_matches(asked.lower(), list(lower), n=1)
    return lower[near[0]] if near else None


def _unreadable(file: Path, what: str, next_step: str, line: int | None = None) -> OpKoersError:
    return OpKoersError(
        what, where=file.name, line=line, next_step=next_step, exit_code=ExitCode.UNREADABLE_FILE
    )


def _empty(file: Path, what: str) -> OpKoersError:
    return OpKoersError(
        what,
        where=file.name,
        next_step="Export it with the names of the columns on the first line and records below",
        exit_code=ExitCode.EMPTY_FILE,
    )
