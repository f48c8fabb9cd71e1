"""A text file as it stands: its encoding, its physical lines, and the records in them.

Every format that is delimited text walks its file here, so that quoted line
ends, blank lines, marks of byte order and broken quotes mean the same in all.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from flows.errors import OpKoersError
from flows.landing.reading import LARGEST_CELL, empty, unreadable
from flows.landing.source import Source

CHUNK = 1 << 20
LONGEST_RECORD = 1 << 22
# DuckDB reads no longer line (2,097,152 bytes in `read_csv_options`); the rest is for its key.
LARGEST_RECORD = 2_000_000
DELIMITERS = {",": '","', ";": '";"', "\t": r'"\t"', "|": '"|"'}
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Excel reads and writes such a first line where its list separator is not that of the file.
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)

Numbered = tuple[int, list[str]]


def header_and_rows(
    file: Path, source: Source, delimiter: str | None = None
) -> tuple[tuple[str, ...], Iterator[Numbered]]:
    """The column names of a text file, and its records as `physical_rows` gives them.

    `delimiter` is that of the format, where the source names none.

    Raises OpKoersError for a file without any line that is not blank.
    """
    rows = physical_rows(
        file,
        encoding=source.encoding,
        delimiter=source.delimiter or delimiter,
        name=file.name,
        header_row=source.header_row,
    )
    first = next(rows, None)
    if first is None:
        raise empty(file.name, "there is no header line and no record in this file")
    return column_names(first[1]), rows


def column_names(fields: Sequence[str]) -> tuple[str, ...]:
    """The fields of a header row without the empty ones at its end, which have no records."""
    names = [name.strip() for name in fields]
    while len(names) > 1 and not names[-1]:
        names.pop()
    return tuple(names)


def physical_rows(
    file: Path, *, encoding: str, delimiter: str | None, name: str, header_row: int = 1
) -> Iterator[Numbered]:
    """(line, fields) of each record, the header first; `line` is the physical one it begins on.

    What stands above line `header_row`, a line that names the separator, and
    blank lines are no records. Without a delimiter the one that splits the
    header most is taken. One record at a time is held in memory.

    Raises OpKoersError: another encoding, zero bytes, quotes or lengths that
    are not those of delimited text.
    """
    lines = physical_lines(file, find_encoding(file, encoding), name)
    first = next(lines, "")
    announced = separator(first)
    lines = chain([first], lines)
    before = above_header(first, header_row)
    for _ in islice(lines, before):
        pass
    header = next(lines, "")
    while header and not header.strip():
        before, header = before + 1, next(lines, "")
    sign = delimiter or announced or likely_delimiter(header)
    yield from _records(chain([header], lines), sign, before, name)


def _records(lines: Iterable[str], delimiter: str, before: int, name: str) -> Iterator[Numbered]:
    """Records of lines of which `before` were left out."""
    length = 0

    def counted() -> Iterator[str]:
        nonlocal length
        for text in lines:
            length += len(text)
            if length > LONGEST_RECORD:
                raise csv.Error
            yield text

    csv.field_size_limit(LARGEST_CELL)
    # DuckDB takes a quote behind blanks as the begin of a quoted field: so must this.
    reader = csv.reader(counted(), delimiter=delimiter, strict=True, skipinitialspace=True)
    line = before + 1
    try:
        while True:
            line, length = before + reader.line_num + 1, 0
            fields = next(reader)
            # A sign takes four bytes at most, so only long records are measured.
            if length >= LARGEST_RECORD // 8:
                _check_size(fields, line, name)
            if fields:
                yield line, fields
    except StopIteration:
        return
    except csv.Error:
        raise misquoted(name, line) from None


def _check_size(fields: Sequence[str], line: int, name: str) -> None:
    """Raises OpKoersError for a record that DuckDB cannot read once it is written down."""
    if sum(len(field.encode()) + field.count('"') + 3 for field in fields) > LARGEST_RECORD:
        raise unreadable(
            name,
            f"this record is longer than {LARGEST_RECORD:,} bytes",
            "Shorten it, or leave its longest columns out of the export",
            line,
        )


def physical_lines(file: Path, encoding: str, name: str) -> Iterator[str]:
    """The lines of a file, each with its own end.

    Raises OpKoersError: another encoding, zero bytes, a line without end.
    """
    number = 0
    try:
        with file.open(encoding=encoding, newline="") as stream:
            while text := stream.readline(LONGEST_RECORD):
                number += 1
                if "\0" in text:
                    raise no_text(name, number)
                if len(text) >= LONGEST_RECORD:
                    raise misquoted(name, number)
                yield text
    except UnicodeError:
        raise _where_it_breaks(file, encoding, name) from None


def find_encoding(file: Path, told: str) -> str:
    """The encoding of a file: as its mark of byte order says, else as its source tells."""
    with file.open("rb") as stream:
        head = stream.read(CHUNK)
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    encoding = codecs.lookup(told).name
    return _byte_order(head) if encoding == "utf-16" else encoding


def _byte_order(head: bytes) -> str:
    """UTF-16 without a mark: line ends, digits and delimiters have their zero before or behind."""
    zeros = [head[0::2].count(0), head[1::2].count(0)]
    if not any(zeros):
        return "utf-16"
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def decoded(file: Path, encoding: str, name: str) -> Iterator[str]:
    """The text of a file, in parts. Raises OpKoersError naming the line that cannot be decoded."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with file.open("rb") as stream:
        while True:
            part, before = stream.read(CHUNK), decoder.getstate()
            try:
                text = decoder.decode(part, final=not part)
            except UnicodeError as error:
                line += _newlines_before(error, decoder, before, part)
                raise wrong_encoding(name, encoding, line) from None
            line += text.count("\n")
            yield text
            if not part:
                return


def _where_it_breaks(file: Path, encoding: str, name: str) -> OpKoersError:
    # The decoder that drops a mark counts from behind it; the one that keeps it does not.
    try:
        for _ in decoded(file, encoding.removesuffix("-sig"), name):
            pass
    except OpKoersError as error:
        return error
    return wrong_encoding(name, encoding, 1)


def _newlines_before(
    error: UnicodeError,
    decoder: codecs.IncrementalDecoder,
    state: tuple[bytes, int],
    part: bytes,
) -> int:
    """Newlines of `part` before what cannot be decoded; the decoder's buffer comes before it."""
    if not isinstance(error, UnicodeDecodeError):
        return 0
    decoder.setstate(state)
    try:
        return decoder.decode(part[: max(0, error.start - len(state[0]))]).count("\n")
    except UnicodeError:  # too little of it to tell the order of bytes
        return 0


def separator(first: str) -> str | None:
    """The delimiter that the first line of a file announces, where it does."""
    announced = SEPARATOR_LINE.fullmatch(first)
    return announced[1] if announced else None


def above_header(first: str, header_row: int) -> int:
    """Physical lines before the header line; `first` is the first line of the file."""
    return max(header_row - 1, 0 if separator(first) is None else 1)


def likely_delimiter(header: str, needed: Sequence[str] = ()) -> str:
    """The delimiter under which most needed columns are found, then most fields."""

    def fit(delimiter: str) -> tuple[int, int]:
        names = names_in(header, delimiter)
        return len(set(names) & set(needed)), len(names)

    return max(DELIMITERS, key=fit)


def names_in(header: str, delimiter: str) -> tuple[str, ...]:
    """The column names in a header line."""
    csv.field_size_limit(LONGEST_RECORD)
    stream = io.StringIO(header, newline="")
    reader = csv.reader(stream, delimiter=delimiter, skipinitialspace=True)
    return tuple(name.strip() for name in next(reader, []))


def whole(fields: list[str], width: int) -> list[str] | None:
    """The fields of a record of the right width; empty extras at the end are dropped."""
    if len(fields) < width or any(field.strip() for field in fields[width:]):
        return None
    return fields[:width]


def misquoted(name: str, line: int) -> OpKoersError:
    """The error of a record whose quotes or length cannot be."""
    return unreadable(
        name,
        "the quotes or the length of this record are not those of delimited text",
        "Close the quoted field there, or export the file again",
        line,
    )


def no_text(name: str, line: int) -> OpKoersError:
    """The error of a file with zero bytes."""
    return unreadable(
        name,
        "there are zero bytes here, so the file is not text in the encoding of its source",
        "Export it as delimited text, or write its encoding (such as utf-16) in its source file",
        line,
    )


def wrong_encoding(name: str, encoding: str, line: int) -> OpKoersError:
    """The error of a file that is not in its encoding."""
    return unreadable(
        name,
        f"the file is not written in {encoding.removesuffix('-sig')}",
        "Write its encoding (often cp1252) in its source file",
        line,
    )
