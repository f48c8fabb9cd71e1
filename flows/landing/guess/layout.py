"""How a text file is laid out: its encoding, delimiter and header line, found in the file."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from flows.errors import OpKoersError
from flows.landing.text_file import physical_rows, separator

HEAD = 1 << 18
CHUNK = 1 << 20
LINES = 200
DELIMITERS = ",;\t|"
UNDEFINED_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)\s*")

Record = Sequence[str]


@dataclass(frozen=True)
class Layout:
    """A text file: `header_row` counts physical lines from 1, and is that of the column names.

    `records` are the first ones behind it; `is_announced` where the first line
    of the file names the delimiter.
    """

    file: Path
    name: str
    encoding: str
    delimiter: str
    is_announced: bool
    header_row: int
    header: tuple[str, ...]
    records: tuple[Record, ...]

    @property
    def has_names(self) -> bool:
        """Whether its header line holds names rather than a first record."""
        named = [name for name in self.header if name and not NUMBER.fullmatch(name)]
        return len(self.header) > 1 and 2 * len(named) > len(self.header)

    def read(self) -> Iterator[Record]:
        """All records. Raises OpKoersError where the file is not text of this layout."""
        rows = physical_rows(
            self.file,
            encoding=self.encoding,
            delimiter=self.delimiter,
            name=self.name,
            header_row=self.header_row,
        )
        next(rows, None)
        return (fields for _, fields in rows)


def find_layout(file: Path, name: str) -> Layout | None:
    """The layout of a text file; None where it is not text or has no columns.

    `name` is what people call the file, for errors.
    """
    encoding = find_encoding(file)
    if encoding is None:
        return None
    lines = _first_lines(file, encoding)
    announced = separator(lines[0]) if lines else None
    delimiter = announced or _delimiter(lines)
    rows = [_split(line, delimiter) for line in lines]
    above = 0 if announced is None else 1
    place = header_place(rows[above:])
    if place is None:
        return None
    layout = Layout(
        file=file,
        name=name,
        encoding=encoding,
        delimiter=delimiter,
        is_announced=announced is not None,
        header_row=above + place + 1,
        header=tuple(name.strip() for name in rows[above + place]),
        records=(),
    )
    return _with_first_records(layout)


def _with_first_records(layout: Layout) -> Layout:
    """The first records as landing reads them: a quoted field may hold a line end."""
    try:
        records = tuple(map(tuple, islice(layout.read(), LINES)))
    except OpKoersError:
        return layout
    return replace(layout, records=records)


def find_encoding(file: Path) -> str | None:
    """An encoding in which every byte of the file is text; None for a binary file."""
    with file.open("rb") as stream:
        head = stream.read(HEAD)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if b"\0" in head:
        return _without_mark(head)
    if _is_utf8(file):
        return "utf-8"
    return "latin-1" if UNDEFINED_IN_CP1252.search(head) else "cp1252"


def _without_mark(head: bytes) -> str | None:
    """UTF-16 of mostly Latin letters has a zero in every second byte."""
    even, odd = head[0::2], head[1::2]
    if odd.count(0) > 0.6 * len(odd) and even.count(0) < 0.05 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.6 * len(even) and odd.count(0) < 0.05 * len(odd):
        return "utf-16-be"
    return None


def _is_utf8(file: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open("rb") as stream:
        try:
            while part := stream.read(CHUNK):
                decoder.decode(part)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _first_lines(file: Path, encoding: str) -> list[str]:
    """Lines as they stand, each with the next ones where a quoted field runs on."""
    lines: list[str] = []
    with file.open(encoding=encoding, errors="replace", newline="") as stream:
        text = stream.read(HEAD)
    for line in io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")):
        if len(lines) > LINES:
            break
        lines.append(line.rstrip("\n"))
    return lines


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter under which most lines have the same number of fields, above one."""

    def fit(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(_split(line, delimiter)) for line in lines if line.strip())
        width, times = max(
            widths.items(), key=lambda found: (found[0] > 1, found[1]), default=(1, 0)
        )
        return (times if width > 1 else 0, width)

    return max(DELIMITERS, key=fit)


def _reader(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """As landing reads: a quote behind blanks begins a quoted field."""
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True)


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(_reader([line], delimiter), [])
    except csv.Error:
        return [line]


def header_place(rows: Sequence[Record]) -> int | None:
    """The first line that is about as full as the widest of the lines that follow it."""
    widths = [len([cell for cell in row if cell.strip()]) for row in rows]
    if not widths or max(len(row) for row in rows) < 2:
        return None
    usual = Counter(len(row) for row in rows if len(row) > 1).most_common(1)[0][0]
    for place, row in enumerate(rows):
        if len(row) > 1 and 2 * len(row) > usual and 3 * widths[place] >= len(row):
            return place
    return next((place for place, row in enumerate(rows) if len(row) > 1), None)
