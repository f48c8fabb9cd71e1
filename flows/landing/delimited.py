"""Delimited text (csv, semicolons, tabs): a reading that DuckDB can select from.

Two ways of reading, tried in turn. The fast one lets DuckDB parse the file and
takes the record number as line number; it holds only when every physical line
is one record. The exact one walks the file with Python's csv module, knows the
physical line of every record (quoted newlines, blank lines) and which lines
have too few or too many fields. A fast reading that does not hold is redone.
"""

import csv
import difflib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from flows.errors import ExitCode, OpKoersError
from flows.landing.source import Source
from flows.landing.sql_text import literal, struct

DELIMITERS = (",", ";", "\t", "|")
LINE_COLUMN = "opkoers_line"
CHUNK = 1 << 20
LARGEST_CELL = 1 << 20


@dataclass(frozen=True)
class Reading:
    """A way to select the records of a file.

    `relation` is the FROM clause, `line` the expression of the physical line
    (over the table that was selected into), `records` the number of rows that
    must come out for the reading to hold (None: whatever comes out), and
    `broken_lines` the lines that are records but have the wrong field count.
    """

    relation: str
    line: str
    records: int | None
    broken_lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class Text:
    """A file as utf-8 without a byte order mark, its header and its number of lines."""

    path: Path
    header: tuple[str, ...]
    header_lines: int
    delimiter: str
    lines: int

    def column(self, name: str) -> str:
        """The SQL name of a column: its place, since a foreign name may be empty or double."""
        return f"c{self.header.index(name)}"


def open_text(file: Path, source: Source, needed: Sequence[str], staging: Path) -> Text:
    """The file as utf-8 text with the columns that the source needs.

    Raises OpKoersError: empty, unreadable encoding, wrong delimiter, unknown column.
    """
    text = _as_utf8(file, source, staging)
    with text.open(encoding="utf-8-sig", newline="") as stream:
        first = _header_line(stream, file.name, source)
    header_lines = first.count("\n") + 1
    lines = _count_lines(text)
    if not first.strip():
        raise _empty(file, "the file is empty")
    delimiter = source.delimiter or _likely_delimiter(first, needed)
    header = _names(first, delimiter)
    _refuse_wrong_header(header, needed, delimiter, file, source)
    if lines <= header_lines:
        raise _empty(file, "there is a header line but no record")
    return Text(text, header, header_lines, delimiter, lines)


def readings(text: Text, name: str, staging: Path) -> Iterator[Reading]:
    """The fast reading, then the exact one."""
    places = [f"c{place}" for place in range(len(text.header))]
    options = _read_csv_options(places, text.delimiter)
    relation = (
        f"read_csv({literal(str(text.path))}, skip = {text.header_lines}, {options},"
        " store_rejects = true)"
    )
    yield Reading(relation, f"record.rowid + {text.header_lines + 1}", text.lines - text.header_lines)
    yield _exact_reading(text, name, places, staging)


def _read_csv_options(columns: Sequence[str], delimiter: str) -> str:
    columns_text = struct({name: "VARCHAR" for name in columns})
    return (
        f"auto_detect = false, header = false, columns = {columns_text}, delim = {literal(delimiter)},"
        " quote = '\"', escape = '\"', null_padding = false, max_line_size = 2097152"
    )


def _exact_reading(text: Text, name: str, places: Sequence[str], staging: Path) -> Reading:
    rewritten = staging / "exact.csv"
    with (
        text.path.open(encoding="utf-8-sig", newline="") as stream,
        rewritten.open("w", encoding="utf-8", newline="") as out,
    ):
        broken = _rewrite(stream, out, text, name)
    options = _read_csv_options((LINE_COLUMN, *places), ",")
    relation = f"read_csv({literal(str(rewritten))}, {options}, parallel = false)"
    return Reading(relation, LINE_COLUMN, None, tuple(broken))


def _rewrite(stream: TextIO, out: TextIO, text: Text, name: str) -> list[int]:
    """Write each whole record behind its physical line; give the lines of the others."""
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(stream, delimiter=text.delimiter, strict=True)
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    broken: list[int] = []
    line = 1
    try:
        next(reader)
        while True:
            line = reader.line_num + 1
            fields = next(reader)
            if not fields:
                continue
            whole = _whole(fields, len(text.header))
            if whole is None:
                broken.append(line)
            else:
                writer.writerow([line, *whole])
    except StopIteration:
        return broken
    except UnicodeDecodeError:
        raise _undecodable(text.path, name) from None
    except csv.Error:
        raise OpKoersError(
            "the quotes or the length of this record are not those of delimited text",
            where=name,
            line=line,
            next_step="Close the quoted field there, or export the file again",
            exit_code=ExitCode.UNREADABLE_FILE,
        ) from None


def _whole(fields: list[str], width: int) -> list[str] | None:
    """The fields of a record of the right width; empty extras at the end are dropped."""
    if len(fields) < width or any(field.strip() for field in fields[width:]):
        return None
    return fields[:width]


def _as_utf8(file: Path, source: Source, staging: Path) -> Path:
    if source.encoding.lower() in ("utf-8", "utf8", "utf-8-sig"):
        return file
    target = staging / "transcoded.txt"
    try:
        with (
            file.open(encoding=source.encoding, newline="") as stream,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            while part := stream.read(CHUNK):
                out.write(part)
    except UnicodeDecodeError:
        raise _wrong_encoding(file.name, source.encoding, None) from None
    except LookupError:
        raise OpKoersError(
            f"there is no encoding '{source.encoding}'",
            where=f"sources/{source.name}.toml",
            next_step="Write one such as utf-8, cp1252 or utf-16",
            exit_code=ExitCode.SOURCE,
        ) from None
    return target


def _header_line(stream: TextIO, name: str, source: Source) -> str:
    """The first line, and those after it while a quoted name runs on."""
    try:
        first = stream.readline(LARGEST_CELL)
        while first.count('"') % 2 and (more := stream.readline(LARGEST_CELL)):
            first += more
        return first.rstrip("\r\n")
    except UnicodeDecodeError:
        raise _wrong_encoding(name, source.encoding, 1) from None


def _count_lines(file: Path) -> int:
    """Physical lines; every byte is decoded too, so that a wrong encoding is known early."""
    lines, last = 0, b"\n"
    with file.open("rb") as stream:
        while part := stream.read(CHUNK):
            lines += part.count(b"\n")
            last = part[-1:]
    return lines + (last != b"\n")


def _undecodable(file: Path, name: str) -> OpKoersError:
    """The error that names the first line which is not utf-8."""
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return _wrong_encoding(name, "utf-8", number)
    raise AssertionError("called for a file that is utf-8 throughout")


def _names(first: str, delimiter: str) -> tuple[str, ...]:
    reader = csv.reader(io.StringIO(first, newline=""), delimiter=delimiter)
    return tuple(name.strip() for name in next(reader))


def _likely_delimiter(first: str, needed: Sequence[str]) -> str:
    """The delimiter under which most needed columns are found, then most fields."""

    def fit(delimiter: str) -> tuple[int, int]:
        names = _names(first, delimiter)
        return len(set(names) & set(needed)), len(names)

    return max(DELIMITERS, key=fit)


def _refuse_wrong_header(
    header: Sequence[str], needed: Sequence[str], delimiter: str, file: Path, source: Source
) -> None:
    absent = [name for name in needed if name not in header]
    where = f"sources/{source.name}.toml"
    if absent and len(header) == 1:
        raise OpKoersError(
            f"the header line has one column only, so it is not split by {delimiter!r}",
            where=file.name,
            line=1,
            next_step=f"Write the right delimiter in {where}",
            exit_code=ExitCode.WRONG_DELIMITER,
        )
    if absent:
        near = difflib.get_close_matches(absent[0], header, n=1)
        hint = f" (did you mean '{near[0]}'?)" if near else ""
        raise OpKoersError(
            f"there is no column '{absent[0]}' among the {len(header)} of the header line{hint}",
            where=file.name,
            line=1,
            next_step=f"Mend the column name in {where}, or export the file with that column",
            exit_code=ExitCode.UNKNOWN_COLUMN,
        )
    twice = sorted({name for name in needed if header.count(name) > 1})
    if twice:
        raise OpKoersError(
            f"the header line has the column '{twice[0]}' more than once",
            where=file.name,
            line=1,
            next_step="Export the file with one column of that name",
            exit_code=ExitCode.UNKNOWN_COLUMN,
        )


def _empty(file: Path, what: str) -> OpKoersError:
    return OpKoersError(
        what,
        where=file.name,
        next_step="Export it again, or take it out of inbox",
        exit_code=ExitCode.EMPTY_FILE,
    )


def _wrong_encoding(name: str, encoding: str, line: int | None) -> OpKoersError:
    return OpKoersError(
        f"the file is not written in {encoding}",
        where=name,
        line=line,
        next_step="Write its encoding (often cp1252) in its source file",
        exit_code=ExitCode.UNREADABLE_FILE,
    )
