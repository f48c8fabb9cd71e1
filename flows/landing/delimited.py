"""Delimited text (csv, semicolons, tabs): a reading that DuckDB can select from.

Two ways of reading, tried in turn. The fast one lets DuckDB parse the file and
takes the record number as line number; it holds only when every physical line
is one record. The exact one walks the file with Python's csv module, knows the
physical line of every record (quoted newlines, blank lines) and which lines
have too few or too many fields. A fast reading that does not hold is redone.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from flows.errors import ExitCode, OpKoersError
from flows.landing.reading import (
    KEY_COLUMN,
    Export,
    Reading,
    check_columns,
    empty,
    read_csv_options,
    unreadable,
)
from flows.landing.source import Source
from flows.landing.sql_text import file_literal
from flows.landing.text_file import (
    CHUNK,
    DELIMITERS,
    Numbered,
    above_header,
    column_names,
    decoded,
    find_encoding,
    likely_delimiter,
    names_in,
    no_text,
    physical_rows,
    separator,
    whole,
    wrong_encoding,
)

LARGEST_HEADER = 1 << 20


@dataclass(frozen=True)
class Text:
    """A file as utf-8, its header, its number of lines, and what stands for a missing value.

    `header_lines` counts every line before the first record. `is_regular` is
    false where lines end in different ways or are too long: DuckDB gives up on those.
    """

    path: Path
    header: tuple[str, ...]
    header_lines: int
    delimiter: str
    lines: int
    is_regular: bool
    missing: tuple[str, ...]
    header_row: int


@dataclass(frozen=True)
class Head:
    """The text of the header line, the line it begins on, and the delimiter told above it."""

    text: str
    line: int
    separator: str | None

    @property
    def lines(self) -> int:
        """Physical lines up to the end of the header."""
        return self.line + self.text.count("\n")


def open_export(file: Path, source: Source, needed: Sequence[str], staging: Path) -> Export:
    """A text file with the columns that the source needs, read in the fast or the exact way.

    Raises OpKoersError: empty, binary, another encoding, wrong delimiter, unknown column.
    """
    text = open_text(file, source, needed, staging)
    return Export(text.header, text.missing, readings(text, file.name, staging))


def open_text(file: Path, source: Source, needed: Sequence[str], staging: Path) -> Text:
    """The file as utf-8 text with the columns that the source needs.

    Raises OpKoersError: empty, binary, another encoding, wrong delimiter, unknown column.
    """
    path = _as_utf8(file, source, staging)
    lines, is_regular = _count_lines(path, file.name)
    head = _head(path, file.name, source.header_row)
    if not head.text.strip():
        raise _no_header(file.name, source, head, lines)
    header, delimiter = _split_header(head, needed, file, source)
    if lines <= head.lines:
        raise empty(file.name, "there is a header line but no record")
    return Text(
        path, header, head.lines, delimiter, lines, is_regular, source.missing_words, head.line
    )


def readings(text: Text, name: str, staging: Path) -> Iterator[Reading]:
    """The fast reading where it can hold, then the exact one."""
    places = [f"c{place}" for place in range(len(text.header))]
    if text.is_regular:
        yield _fast_reading(text, places)
    yield _exact_reading(text, name, places, staging)


def _fast_reading(text: Text, places: Sequence[str]) -> Reading:
    """DuckDB's own parse; what it cannot parse it leaves out, and then the count differs."""
    options = read_csv_options(places, text.delimiter, text.missing)
    relation = (
        f"read_csv({file_literal(text.path)}, skip = {text.header_lines}, {options},"
        " ignore_errors = true)"
    )
    first_line = text.header_lines + 1
    return Reading(relation, f"record.rowid + {first_line}", text.lines - text.header_lines)


def _exact_reading(text: Text, name: str, places: Sequence[str], staging: Path) -> Reading:
    rewritten = staging / "exact.csv"
    rows = physical_rows(
        text.path,
        encoding="utf-8",
        delimiter=text.delimiter,
        name=name,
        header_row=text.header_row,
    )
    next(rows)
    with rewritten.open("w", encoding="utf-8", newline="") as out:
        broken = _rewrite(rows, out, text.header)
    options = read_csv_options((KEY_COLUMN, *places), ",", text.missing)
    relation = f"read_csv({file_literal(rewritten)}, {options}, new_line = '\\n', parallel = false)"
    return Reading(relation, f"substr({KEY_COLUMN}, 2)", None, tuple(broken))


def _rewrite(rows: Iterator[Numbered], out: TextIO, header: Sequence[str]) -> list[int]:
    """Write each whole record behind its physical line; give the lines of the others.

    The L before it keeps a line number from being read as a marker for missing.
    """
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    width, named = len(header), len(column_names(header))
    broken: list[int] = []
    for line, fields in rows:
        if named <= len(fields) < width:  # some programs end only the header with a delimiter
            fields += [""] * (width - len(fields))
        record = whole(fields, width)
        if record is None:
            broken.append(line)
            continue
        if "\r" in "".join(record):
            record = list(map(_with_plain_newlines, record))
        writer.writerow([f"L{line}", *record])
    return broken


def _with_plain_newlines(field: str) -> str:
    """DuckDB wants one kind of line end in a file, inside quotes too."""
    return field.replace("\r\n", "\n").replace("\r", "\n")


def _as_utf8(file: Path, source: Source, staging: Path) -> Path:
    """The file itself where it is utf-8 already, else a copy of it that is."""
    encoding = find_encoding(file, source.encoding)
    if encoding in ("utf-8", "utf-8-sig"):
        return file
    target = staging / "transcoded.txt"
    with target.open("w", encoding="utf-8", newline="") as out:
        for part in decoded(file, encoding, file.name):
            out.write(part)
    return target


def _count_lines(file: Path, name: str) -> tuple[int, bool]:
    """Physical lines, and whether all end alike and each is of a length DuckDB reads.

    Raises OpKoersError for a file with zero bytes: that is no text.
    """
    newlines, returns, pairs, last, has_long = 0, 0, 0, b"\n", False
    with file.open("rb") as stream:
        while part := stream.read(CHUNK):
            if b"\0" in part:
                raise no_text(name, newlines + part[: part.index(b"\0")].count(b"\n") + 1)
            here = part.count(b"\n")
            has_long = has_long or (here == 0 and len(part) == CHUNK)
            pairs += part.count(b"\r\n") + (last == b"\r" and part[:1] == b"\n")
            newlines += here
            returns += part.count(b"\r")
            last = part[-1:]
    lone = returns - pairs
    is_alike = lone == 0 and pairs in (0, newlines)
    return newlines + lone + (last not in b"\r\n"), is_alike and not has_long


def _head(text: Path, name: str, header_row: int) -> Head:
    """The header line, and those after it while a quoted name runs on."""
    try:
        with text.open(encoding="utf-8-sig", newline="") as stream:
            line, first = 1, stream.readline(LARGEST_HEADER)
            told, above = separator(first), above_header(first, header_row)
            while line <= above and first:
                line, first = line + 1, stream.readline(LARGEST_HEADER)
            if first.count('"') % 2:
                first += _until_quotes_end(stream)
    except UnicodeDecodeError:
        raise wrong_encoding(name, "utf-8", _first_wrong_line(text)) from None
    if len(first) >= LARGEST_HEADER:
        raise unreadable(
            name,
            f"the header line is beyond {LARGEST_HEADER:,} characters, or its quotes do not end",
            "Export the file again as text with one header line",
            line,
        )
    return Head(first.rstrip("\r\n"), line, told)


def _until_quotes_end(stream: TextIO) -> str:
    """The lines up to the one that closes the quoted field."""
    lines, length = [], 0
    while length < LARGEST_HEADER and (line := stream.readline(LARGEST_HEADER)):
        lines.append(line)
        length += len(line)
        if line.count('"') % 2:
            break
    return "".join(lines)


def _first_wrong_line(file: Path) -> int:
    """The first line that is not utf-8, of a file that is known to have one."""
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    raise AssertionError("called for a file that is utf-8 throughout")


def _no_header(name: str, source: Source, head: Head, lines: int) -> OpKoersError:
    if lines <= 1:
        return empty(name, "the file is empty")
    if source.header_row == 1:
        return empty(name, "the first line is empty")
    return unreadable(
        name,
        f"there is no header line where its source has one ({lines:,} lines in all)",
        f"Write in sources/{source.name}.toml on which line the header stands: header_row",
        source.header_row,
    )


def _split_header(
    head: Head, needed: Sequence[str], file: Path, source: Source
) -> tuple[tuple[str, ...], str]:
    """Column names and delimiter. Raises OpKoersError unless each needed name is there once."""
    likely = likely_delimiter(head.text, needed)
    delimiter = source.delimiter or head.separator or likely
    header = names_in(head.text, delimiter)
    absent = [name for name in needed if name not in header]
    if absent and (len(header) == 1 or set(needed) <= set(names_in(head.text, likely))):
        raise _wrong_delimiter(delimiter, likely, file, source, head.line)
    check_columns(header, needed, file.name, source, line=head.line)
    return header, delimiter


def _wrong_delimiter(
    delimiter: str, likely: str, file: Path, source: Source, line: int
) -> OpKoersError:
    advice = "the right delimiter" if likely == delimiter else f"delimiter = {DELIMITERS[likely]}"
    return OpKoersError(
        f"the header line is not split by {DELIMITERS.get(delimiter, repr(delimiter))}",
        where=file.name,
        line=line,
        next_step=f"Write {advice} in sources/{source.name}.toml",
        exit_code=ExitCode.WRONG_DELIMITER,
    )
