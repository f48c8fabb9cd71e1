"""SPSS (.sav, .zsav), Stata (.dta) and SAS transport (.xpt) files: codes and dates as text.

Codes land, not their labels. What the file itself declares missing is missing:
SPSS user-missing values and ranges, Stata's .a to .z, SAS's .A to .Z and ._.
"""

import codecs
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.errors import OpKoersError
from flows.landing.formats import FORMATS
from flows.landing.reading import Row, Surroundings, Table, empty, too_large, unreadable
from flows.landing.source import Source
from flows.landing.transport_file import TransportFile, open_transport
from flows.landing.variable_formats import AsText, as_text, plain

READERS = {"sav": "read_sav", "dta": "read_dta", "xpt": "read_xport"}
# A chunk of wide records holds no more than this, whatever number of them is allowed.
MOST_CELLS = 1_000_000
MOST_BYTES = 1 << 26
# Where a file does not tell its records, pyreadstat makes room for 100,000 of each variable.
VARIABLES_AT_ONCE = 200
ENCRYPTED = b"ENCRYPTEDSAV"
FIRST_UTF8_STATA = 118

Texts = Sequence[str | None]


@dataclass(frozen=True)
class Variables:
    """What a file says of its variables, in their order, before a record is read.

    `width` is the number of bytes of a record, `records` None where the file does not tell.
    """

    names: tuple[str, ...]
    readers: tuple[AsText | None, ...]
    width: int
    records: int | None
    labels: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]


def open_table(file: Path, source: Source, surroundings: Surroundings) -> Table:
    """The records of a file, lines being their numbers. Raises OpKoersError: empty, not whole."""
    opened = _Opened(file, source)
    return Table(opened.variables.names, _rows(opened, surroundings))


def labels(file: Path, source: Source) -> Mapping[str, Mapping[str, str]]:
    """Column -> code as it lands -> label, of the columns that have labels."""
    return _Opened(file, source).variables.codes


def column_labels(file: Path, source: Source) -> Mapping[str, str]:
    """Column -> the words that describe it, of the columns that have them."""
    return _Opened(file, source).variables.labels


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
        self.file = file
        self.source = source
        _refuse_at_sight(file)
        self.encodings = _encodings(file, source)
        self.transport = open_transport(file) if source.format == "xpt" else None
        self.variables = self._variables()

    def _variables(self) -> Variables:
        head = self.file if self.transport is None else self.transport.only_head()
        _, told = self._read(head, metadataonly=True)
        names = tuple(told.column_names)
        if not names:
            raise empty(self.file.name, "there is no variable in this file")
        kinds, formats = told.readstat_variable_types, told.original_variable_types
        width = sum(told.variable_storage_width.values())
        return Variables(
            names,
            tuple(_reader(self.source.format, formats[name] or "", kinds[name]) for name in names),
            width,
            self.transport.records(width) if self.transport else told.number_rows,
            _described(told.column_names_to_labels),
            _codes(told.variable_value_labels, kinds),
        )

    def chunk(self, before: int, size: int) -> list[Texts]:
        """The columns of at most `size` records behind the first `before`, as text."""
        if self.transport is None:
            return self._chunk(self.file, row_offset=before, row_limit=size)
        variables = self.variables
        expected = min(size, (variables.records or 0) - before)
        columns = self._chunk(self.transport.chunk(variables.width, before, expected))
        # Blank records at the end of what it sees are none to pyreadstat.
        return [[*column, *[None] * (expected - len(column))] for column in columns]

    def _chunk(self, place: Path | io.BytesIO, **part: int) -> list[Texts]:
        texts: list[Texts] = []
        names = self.variables.names
        at_once = len(names) if self._tells_records else VARIABLES_AT_ONCE
        for first in range(0, len(names), at_once):
            some = list(names[first : first + at_once])
            columns, _ = self._read(place, usecols=some, **part)
            readers = self.variables.readers[first : first + at_once]
            pairs = zip(some, readers, strict=True)
            texts.extend(_texts(columns[name], reader) for name, reader in pairs)
        return texts

    @property
    def _tells_records(self) -> bool:
        return self.transport is None and self.variables.records is not None

    def _read(self, place: Path | io.BytesIO, **part: Any) -> tuple[dict[str, list[Any]], Any]:
        """Values by column and metadata. Raises OpKoersError when the file cannot be read."""
        while True:
            try:
                return _values(self.source.format, place, self.encodings[0], part)
            except OpKoersError:
                raise
            except Exception as error:
                if _is_memory(error):
                    raise MemoryError from None
                if len(self.encodings) == 1:
                    raise self._refusal(error) from None
            self.encodings.pop(0)

    def _refusal(self, error: Exception) -> OpKoersError:
        """Why pyreadstat could not read on. Its own words quote what it stumbled over."""
        if not _is_about_text(error):
            return self.not_whole()
        return unreadable(
            self.file.name,
            "its text is not in the encoding that it is said to be in",
            f"Write the encoding (often cp1252) in sources/{self.source.name}.toml",
        )
