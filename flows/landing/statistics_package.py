"""SPSS (.sav, .zsav), Stata (.dta) and SAS transport (.xpt) files: codes and dates as text.

Codes land, not their labels. What the file itself declares missing is missing:
SPSS user-missing values and ranges, Stata's .a to .z, SAS's .A to .Z and ._.
"""

import codecs
import io
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from flows.errors import OpKoersError
from flows.landing.formats import FORMATS
from flows.landing.reading import Row, Surroundings, Table, empty, too_large, unreadable
from flows.landing.source import FormatName, Source
from flows.landing.transport_file import Field, not_whole, open_transport
from flows.landing.variable_formats import AsText, as_text, plain

READERS = {"sav": "read_sav", "dta": "read_dta", "xpt": "read_xport"}
# A chunk of wide records holds no more than this, whatever number of them is allowed.
MOST_CELLS = 1_000_000
MOST_BYTES = 1 << 26
# Where a file does not tell its records, pyreadstat makes room for 100,000 of each variable.
VARIABLES_AT_ONCE = 200
LOCKED = b"ENCRYPTEDSAV"
FIRST_UTF8_STATA = 118
# Where the library that decodes has another name for an encoding.
IN_ICONV = {"mac-roman": "macintosh"}
# What pyreadstat says of texts that it cannot decode; its other words are of the file's structure.
ABOUT_TEXT = ("encoding", "character set")

Values = tuple[dict[str, list[Any]], Any]
Texts = list[str | None]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Variables:
    """What a file says of its variables, in their order, before a record is read.

    `readers` are None for texts; `records` is None where the file does not tell.
    """

    names: tuple[str, ...]
    readers: tuple[AsText | None, ...]
    fields: tuple[Field, ...]
    records: int | None
    descriptions: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]

    @property
    def width(self) -> int:
        """The number of bytes of a record."""
        return sum(field.length for field in self.fields)


def open_table(file: Path, source: Source, surroundings: Surroundings) -> Table:
    """The records of a file, lines being their numbers. Raises OpKoersError: empty, not whole."""
    opened = _Opened(file, source)
    return Table(opened.variables.names, _rows(opened, surroundings))


def labels(file: Path, source: Source) -> Mapping[str, Mapping[str, str]]:
    """Column -> code as it lands -> label, of the columns that have labels."""
    return _Opened(file, source).variables.labels


def column_labels(file: Path, source: Source) -> Mapping[str, str]:
    """Column -> the words that describe it, of the columns that have them."""
    return _Opened(file, source).variables.descriptions


def _rows(opened: "_Opened", surroundings: Surroundings) -> Iterator[Row]:
    """Chunk after chunk: pyreadstat hands over no record before it has read all it was asked."""
    variables = opened.variables
    size = _chunk_size(variables, surroundings)
    before = 0
    while variables.records is None or before < variables.records:
        if before * variables.width > surroundings.largest_bytes:
            raise too_large(opened.file.name, "unpacked it is larger than largest_unpacked_mb")
        columns = opened.chunk(before, size)
        for number, texts in enumerate(zip(*columns, strict=True), start=before + 1):
            yield Row(number, texts)
        before += len(columns[0])
        if len(columns[0]) < size:
            break
    if variables.records is not None and before < variables.records:
        raise opened.not_whole()


def _chunk_size(variables: Variables, surroundings: Surroundings) -> int:
    by_cells = MOST_CELLS // len(variables.names)
    by_bytes = MOST_BYTES // max(1, variables.width)
    return max(1, min(surroundings.chunk_rows, by_cells, by_bytes))


class _Opened:
    """A file of which the variables are known.

    `encodings` is what is left to try for its texts; None is what the file
    itself says or its format implies.
    """

    def __init__(self, file: Path, source: Source) -> None:
        self.file = file.absolute()
        self.source = source
        _refuse_at_sight(file)
        self.encodings = _encodings(file, source)
        self.transport = open_transport(file) if source.format == "xpt" else None
        self.variables = self._variables()

    def _variables(self) -> Variables:
        head = self.file if self.transport is None else self.transport.only_head()
        _, told = self._read(head, {"metadataonly": True})
        names = tuple(told.column_names)
        if not names:
            raise empty(self.file.name, "there is no variable in this file")
        kinds, formats = told.readstat_variable_types, told.original_variable_types
        fields = _fields((told.variable_storage_width[name], kinds[name]) for name in names)
        return Variables(
            names,
            tuple(_reader(self.source.format, formats[name] or "", kinds[name]) for name in names),
            fields,
            self.transport.records(fields) if self.transport else told.number_rows,
            _descriptions(told.column_names_to_labels),
            _labels(told.variable_value_labels, kinds),
        )

    def chunk(self, before: int, size: int) -> list[Texts]:
        """The columns of at most `size` records behind the first `before`, as text."""
        columns = self._columns(before, size)
        readers = self.variables.readers
        return [_column(column, reader) for column, reader in zip(columns, readers, strict=True)]

    def _columns(self, before: int, size: int) -> Iterator[Sequence[Any]]:
        transport, variables = self.transport, self.variables
        if transport is None:
            for some in self._groups():
                part = {"usecols": some, "row_offset": before, "row_limit": size}
                yield from self._read(self.file, part)[0].values()
        else:
            records = min(size, (variables.records or 0) - before)
            yield from self._trying(
                lambda encoding: transport.chunk(
                    variables.fields, before, records, encoding or "utf-8"
                )
            )

    def _groups(self) -> Iterator[list[str] | None]:
        """The variables to read at once; None is all of them, and quicker than naming them."""
        names = self.variables.names
        if self.variables.records is not None:
            yield None
            return
        for first in range(0, len(names), VARIABLES_AT_ONCE):
            yield list(names[first : first + VARIABLES_AT_ONCE])

    def _read(self, place: Path | io.BytesIO, part: dict[str, Any]) -> Values:
        """Values by column, and metadata. Raises OpKoersError when the file cannot be read."""
        return self._trying(lambda encoding: _values(self.source.format, place, encoding, part))

    def _trying(self, read: Callable[[str | None], Found]) -> Found:
        """What is read in the first encoding in which it can be; it is kept for what follows."""
        while True:
            try:
                return read(self.encodings[0])
            except Exception as error:
                if _is_memory(error):
                    raise MemoryError from None
                if len(self.encodings) == 1:
                    raise self._refusal(error) from None
            self.encodings.pop(0)

    def _refusal(self, error: Exception) -> OpKoersError:
        """Why pyreadstat could not read on; its own words may quote what it stumbled over."""
        if not _is_about_text(error):
            return self.not_whole()
        return unreadable(
            self.file.name,
            "its text is not in the encoding that it is said to be in",
            f"Write the right encoding (often cp1252) in sources/{self.source.name}.toml",
        )

    def not_whole(self) -> OpKoersError:
        return not_whole(self.file.name, FORMATS[self.source.format].title)


# ---------- what a file is


def _refuse_at_sight(file: Path) -> None:
    with file.open("rb") as stream:
        start = stream.read(2 * len(LOCKED))
    if not start:
        raise empty(file.name, "the file is empty")
    if LOCKED in start:
        raise unreadable(
            file.name, "the file is locked with a password", "Save it without one and export again"
        )


def _encodings(file: Path, source: Source) -> list[str | None]:
    """What to try for texts: what a file itself says goes before what its source says."""
    name = codecs.lookup(source.encoding).name
    if name in ("utf-8", "utf-8-sig"):
        return [None]
    written = IN_ICONV.get(name, name)
    if source.format == "dta" and _stata_release(file) < FIRST_UTF8_STATA:
        return [written]
    return [None, written]


def _stata_release(file: Path) -> int:
    """Files of releases before 118 do not say how their texts are encoded."""
    with file.open("rb") as stream:
        start = stream.read(64)
    found = re.match(rb"<stata_dta><header><release>(\d{3})<", start)
    return int(found[1]) if found else start[0]


# ---------- what pyreadstat gives


def _values(
    format_name: FormatName, place: Path | io.BytesIO, encoding: str | None, part: dict[str, Any]
) -> Values:
    import pyreadstat

    read = getattr(pyreadstat, READERS[format_name])
    options = {"output_format": "dict", "disable_datetime_conversion": True, **part}
    with warnings.catch_warnings():
        # It warns of two variables with one name, and goes on with one of them.
        warnings.filterwarnings("error", ".*duplicated")
        found: Values = read(place, encoding=encoding, **options)
    return found


def _is_memory(error: BaseException | None) -> bool:
    """Whether memory ran out, in Python or in the library beneath it."""
    if isinstance(error, SystemError):
        return _is_memory(error.__cause__)
    return isinstance(error, MemoryError) or "allocate memory" in str(error)


def _is_about_text(error: Exception) -> bool:
    if isinstance(error, SystemError):
        return isinstance(error.__cause__, UnicodeError)
    return isinstance(error, UnicodeError) or any(words in str(error) for words in ABOUT_TEXT)


def _reader(format_name: FormatName, variable_format: str, kind: str) -> AsText | None:
    return None if kind == "string" else as_text(format_name, variable_format, kind)


class _Known(dict[Any, str | None]):
    """Texts of numbers by number, each found once: answers repeat."""

    def __init__(self, reader: AsText) -> None:
        super().__init__({None: None})
        self.reader = reader

    def __missing__(self, value: Any) -> str | None:
        text = self[value] = self.reader(value)
        return text


def _column(values: Sequence[Any], reader: AsText | None) -> Texts:
    if reader is None:
        return [text.strip() or None if text else None for text in values]
    known = _Known(reader)
    return [known[value] for value in values]


def _fields(told: Iterable[tuple[int, str]]) -> tuple[Field, ...]:
    fields, start = [], 0
    for length, kind in told:
        fields.append(Field(start, length, kind == "string"))
        start += length
    return tuple(fields)


def _descriptions(told: Mapping[str, str | None]) -> dict[str, str]:
    stripped = {name: (text or "").strip() for name, text in told.items()}
    return {name: text for name, text in stripped.items() if text}


def _labels(
    told: Mapping[str, Mapping[Any, str]], kinds: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """The label of a letter among numbers is that of a missing value, and left out."""
    found = {}
    for name, by_code in told.items():
        is_text = kinds[name] == "string"
        codes = {code: label for code, label in by_code.items() if is_text == isinstance(code, str)}
        found[name] = {_code(code): label.strip() for code, label in codes.items()}
    return {name: by_code for name, by_code in found.items() if by_code}


def _code(code: Any) -> str:
    return code.strip() if isinstance(code, str) else plain(code) or ""
