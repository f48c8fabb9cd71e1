"""Delimited text (csv, semicolons, tabs): a reading that DuckDB can select from.

Two ways of reading, tried in turn. The fast one lets DuckDB parse the file and
takes the record number as line number; it holds only when every physical line
is one record. The exact one walks the file with Python's csv module, knows the
physical line of every record (quoted newlines, blank lines) and which lines
have too few or too many fields. A fast reading that does not hold is redone.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from flows.errors import ExitCode, OpKoersError
from flows.landing.reading import (
    KEY_COLUMN,
    LARGEST_CELL,
    Export,
    Reading,
    check_columns,
    empty,
    read_csv_options,
)
from flows.landing.source import Source
from flows.landing.sql_text import file_literal

DELIMITERS = {",": '","', ";": '";"', "\t": r'"\t"', "|": '"|"'}
CHUNK = 1 << 20
LARGEST_HEADER = 1 << 20


@dataclass(frozen=True)
class Text:
    """A file as utf-8, its header, its number of lines, and what stands for a missing value.

    `ends_alike` is false where a lone carriage return ends some line.
    """

    path: Path
    header: tuple[str, ...]
    header_lines: int
    delimiter: str
    lines: int
    ends_alike: bool
    missing: tuple[str, ...]


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
    text = _as_utf8(file, source, staging)
    lines, ends_alike = _count_lines(text, file.name)
    first = _header_line(text, file.name)
    if not first.strip():
        raise empty(file.name, "the file is empty" if lines <= 1 else "the first line is empty")
    header_lines = first.count("\n") + 1
    header, delimiter = _split_header(first, needed, file, source)
    if lines <= header_lines:
        raise empty(file.name, "there is a header line but no record")
    return Text(text, header, header_lines, delimiter, lines, ends_alike, source.missing_words)


def readings(text: Text, name: str, staging: Path) -> Iterator[Reading]:
    """The fast reading where it can hold, then the exact one."""
    places = [f"c{place}" for place in range(len(text.header))]
    if text.ends_alike:
        yield _fast_reading(text, places)
    yield _exact_reading(text, name, places, staging)


def _fast_reading(text: Text, places: Sequence[str]) -> Reading:
    """DuckDB's own parse; what it cannot parse it leaves out, and then the count differs."""
    options = read_csv_options(places, text.delimiter, text.missing)
    relation = (
        f"read_csv({file_literal(text.path)}, skip = {text.header_lines}, {options},"
        " store_rejects = true)"
    )
    first_line = text.header_lines + 1
    return Reading(relation, f"record.rowid + {first_line}", text.lines - text.header_lines)


def _exact_reading(text: Text, name: str, places: Sequence[str], staging: Path) -> Reading:
    rewritten = staging / "exact.csv"
    with (
        text.path.open(encoding="utf-8-sig", newline="") as stream,
        rewritten.open("w", encoding="utf-8", newline="") as out,
    ):
        broken = _rewrite(stream, out, text, name)
    options = read_csv_options((KEY_COLUMN, *places), ",", text.missing)
    relation = f"read_csv({file_literal(rewritten)}, {options}, new_line = '\\n', parallel = false)"
    return Reading(relation, f"substr({KEY_COLUMN}, 2)", None, tuple(broken))


def _rewrite(stream: TextIO, out: TextIO, text: Text, name: str) -> list[int]:
    """Write each whole record behind its physical line; give the lines of the others.

    The L before it keeps a line number from being read as a marker for missing.
    """
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(stream, delimiter=text.delimiter, strict=True)
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
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
                writer.writerow([f"L{line}", *map(_with_plain_newlines, whole)])
    except StopIteration:
        return broken
    except UnicodeDecodeError:
        raise _wrong_encoding(name, "utf-8", _first_wrong_line(text.path)) from None
    except csv.Error:
        raise OpKoersError(
            "the quotes or the length of this record are not those of delimited text",
            where=name,
            line=line,
            next_step="Close the quoted field there, or export the file again",
            exit_code=ExitCode.UNREADABLE_FILE,
        ) from None


def _with_plain_newlines(field: str) -> str:
    """DuckDB wants one kind of line end in a file, inside quotes too."""
    return field.replace("\r\n", "\n").replace("\r", "\n") if "\r" in field else field


def _whole(fields: list[str], width: int) -> list[str] | None:
    """The fields of a record of the right width; empty extras at the end are dropped."""
    if len(fields) < width or any(field.strip() for field in fields[width:]):
        return None
    return fields[:width]


def _as_utf8(file: Path, source: Source, staging: Path) -> Path:
    """The file itself where it is utf-8 already, else a copy of it that is."""
    if source.encoding.lower() in ("utf-8", "utf8", "utf-8-sig"):
        return file
    target = staging / "transcoded.txt"
    with target.open("w", encoding="utf-8", newline="") as out:
        for part in _decoded(file, source):
            out.write(part)
    return target


def _decoded(file: Path, source: Source) -> Iterator[str]:
    """The text of a file in the source's encoding, in parts."""
    decoder = codecs.getincrementaldecoder(source.encoding)()
    line = 1
    with file.open("rb") as stream:
        while True:
            part, before = stream.read(CHUNK), decoder.getstate()
            try:
                text = decoder.decode(part, final=not part)
            except UnicodeError as error:
                line += _newlines_before(error, decoder, before, part)
                raise _wrong_encoding(file.name, source.encoding, line) from None
            line += text.count("\n")
            yield text
            if not part:
                return


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
    return decoder.decode(part[: max(0, error.start - len(state[0]))]).count("\n")


def _header_line(text: Path, name: str) -> str:
    """The first line, and those after it while a quoted name runs on."""
    try:
        with text.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.readline(LARGEST_HEADER)
            if first.count('"') % 2:
                first += _until_quotes_end(stream)
    except UnicodeDecodeError:
        raise _wrong_encoding(name, "utf-8", _first_wrong_line(text)) from None
    if len(first) >= LARGEST_HEADER:
        raise OpKoersError(
            f"the header line is beyond {LARGEST_HEADER:,} characters, or its quotes do not end",
            where=name,
            line=1,
            next_step="Export the file again as text with one header line",
            exit_code=ExitCode.UNREADABLE_FILE,
        )
    return first.rstrip("\r\n")


def _until_quotes_end(stream: TextIO) -> str:
    """The lines up to the one that closes the quoted field."""
    lines, length = [], 0
    while length < LARGEST_HEADER and (line := stream.readline(LARGEST_HEADER)):
        lines.append(line)
        length += len(line)
        if line.count('"') % 2:
            break
    return "".join(lines)


def _count_lines(file: Path, name: str) -> tuple[int, bool]:
    """Physical lines, and whether no lone carriage return ends one of them.

    Raises OpKoersError for a file with zero bytes: that is no text.
    """
    newlines, returns, pairs, last = 0, 0, 0, b"\n"
    with file.open("rb") as stream:
        while part := stream.read(CHUNK):
            if b"\0" in part:
                raise _no_text(name, newlines + part[: part.index(b"\0")].count(b"\n") + 1)
            pairs += part.count(b"\r\n") + (last == b"\r" and part[:1] == b"\n")
            newlines += part.count(b"\n")
            returns += part.count(b"\r")
            last = part[-1:]
    lone = returns - pairs
    return newlines + lone + (last not in b"\r\n"), lone == 0


def _first_wrong_line(file: Path) -> int:
    """The first line that is not utf-8, of a file that is known to have one."""
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    raise AssertionError("called for a file that is utf-8 throughout")


def _split_header(
    first: str, needed: Sequence[str], file: Path, source: Source
) -> tuple[tuple[str, ...], str]:
    """Column names and delimiter. Raises OpKoersError unless each needed name is there once."""
    likely = _likely_delimiter(first, needed)
    delimiter = source.delimiter or likely
    header = _names(first, delimiter)
    absent = [name for name in needed if name not in header]
    if absent and (len(header) == 1 or set(needed) <= set(_names(first, likely))):
        raise _wrong_delimiter(delimiter, likely, file, source)
    check_columns(header, needed, file.name, source, line=1)
    return header, delimiter


def _names(first: str, delimiter: str) -> tuple[str, ...]:
    reader = csv.reader(io.StringIO(first, newline=""), delimiter=delimiter)
    return tuple(name.strip() for name in next(reader))


def _likely_delimiter(first: str, needed: Sequence[str]) -> str:
    """The delimiter under which most needed columns are found, then most fields."""

    def fit(delimiter: str) -> tuple[int, int]:
        names = _names(first, delimiter)
        return len(set(names) & set(needed)), len(names)

    return max(DELIMITERS, key=fit)


def _wrong_delimiter(delimiter: str, likely: str, file: Path, source: Source) -> OpKoersError:
    advice = "the right delimiter" if likely == delimiter else f"delimiter = {DELIMITERS[likely]}"
    return OpKoersError(
        f"the header line is not split by {DELIMITERS.get(delimiter, repr(delimiter))}",
        where=file.name,
        line=1,
        next_step=f"Write {advice} in sources/{source.name}.toml",
        exit_code=ExitCode.WRONG_DELIMITER,
    )


def _no_text(name: str, line: int) -> OpKoersError:
    return OpKoersError(
        "there are zero bytes here, so the file is not text in the encoding of its source",
        where=name,
        line=line,
        next_step="Export it as delimited text, or write its encoding (such as utf-16) in its"
        " source file",
        exit_code=ExitCode.UNREADABLE_FILE,
    )


def _wrong_encoding(name: str, encoding: str, line: int) -> OpKoersError:
    return OpKoersError(
        f"the file is not written in {encoding}",
        where=name,
        line=line,
        next_step="Write its encoding (often cp1252) in its source file",
        exit_code=ExitCode.UNREADABLE_FILE,
    )
