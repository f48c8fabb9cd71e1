"""An export opened: column names, and records of text that DuckDB can select from.

Delimited text is parsed by DuckDB itself (`delimited.py`). Every other format
hands over a Table, whose rows are written down once as plain text, so that
what follows is the same for all of them and memory does not grow with the file.
"""

import csv
import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from flows.errors import ExitCode, OpKoersError
from flows.landing.source import Source
from flows.landing.sql_text import file_literal, literal, struct, texts

KEY_COLUMN = "opkoers_line"
RULE_COLUMN = "opkoers_rule"
WITHDRAWN_COLUMN = "opkoers_withdrawn"
# A key is a line, the place of a record in it and the place of a moment in that record.
OCCASION_BITS = 8
ORDINAL_BITS = 16
LINE_SHIFT = OCCASION_BITS + ORDINAL_BITS
MOST_COLUMNS = 20_000
LARGEST_CELL = 1 << 20
# DuckDB's buffer for one line is 2 MiB, and its error for a longer one quotes the line.
LARGEST_RECORD = 2_000_000


class Row(NamedTuple):
    """One record: its line, a text for each column (None: missing), and what its format says of it.

    `line` is the physical line where the format has lines, else the number of
    the record; several records may share it. Without `texts` the record is
    there but its fields are not those of the header. `rule` keeps it from
    landing (see rules.py); a withdrawn record takes back what was said before.
    """

    line: int
    texts: Sequence[str | None] | None
    rule: str | None = None
    is_withdrawn: bool = False


@dataclass(frozen=True)
class Table:
    """What a module of a format hands over. Rows may be read once, and only while the file is."""

    header: tuple[str, ...]
    rows: Iterable[Row]


@dataclass(frozen=True)
class Surroundings:
    """What reading needs beside file and source.

    `companions` is the folder of the source files, `timezone` that of the
    service; a reader holds at most `chunk_rows` records in memory and unpacks
    at most `largest_bytes`.
    """

    companions: Path
    timezone: str
    chunk_rows: int
    largest_bytes: int


@dataclass(frozen=True)
class Reading:
    """A way to select the records of a file.

    `relation` is the FROM clause, `line` the expression of the key of a record
    (over the table that was selected into), `records` the number of rows that
    must come out for the reading to hold (None: whatever comes out), and
    `broken_lines` the keys of records with the wrong field count. A key is the
    line itself, or `is_shifted` by LINE_SHIFT bits.
    """

    relation: str
    line: str
    records: int | None
    broken_lines: tuple[int, ...] = ()
    is_shifted: bool = False


@dataclass(frozen=True)
class Export:
    """An open file: its columns, what stands for missing, and the readings to try in turn.

    `is_marked` where the relation has RULE_COLUMN and WITHDRAWN_COLUMN as well.
    """

    header: tuple[str, ...]
    missing: tuple[str, ...]
    readings: Iterator[Reading]
    is_marked: bool = False

    def column(self, name: str) -> str:
        """The SQL name of a column: its place, since a foreign name may be empty or double."""
        return f"c{self.header.index(name)}"


@dataclass(frozen=True)
class Written:
    """A table written down: header, number of rows, and keys of records with wrong fields."""

    header: tuple[str, ...]
    rows: int
    broken: tuple[int, ...]


def write_table(table: Table, folder: Path, name: str, largest_bytes: int) -> Written:
    """Write `table.csv` and `table.json` in `folder`; `name` is that of the file, for errors.

    Raises OpKoersError when there are too many columns, a cell is too long,
    one line holds too many records, or all together are beyond `largest_bytes`.
    """
    if len(table.header) > MOST_COLUMNS:
        raise too_large(name, f"there are more than {MOST_COLUMNS:,} columns")
    rows, broken = 0, []
    with (folder / "table.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for key, row in _keyed(table.rows, name):
            if row.texts is None:
                broken.append(key)
                continue
            writer.writerow(_written_row(key, row, name))
            rows += 1
            if out.tell() > largest_bytes:
                raise too_large(name, "it unfolds to more than may be unpacked")
    written = Written(table.header, rows, tuple(broken))
    (folder / "table.json").write_text(json.dumps(asdict(written)), encoding="utf-8")
    return written


def _keyed(rows: Iterable[Row], name: str) -> Iterator[tuple[int, Row]]:
    line, ordinal = -1, 0
    for row in rows:
        ordinal = ordinal + 1 if row.line == line else 0
        line = row.line
        if ordinal >= 1 << ORDINAL_BITS:
            raise too_large(name, f"one record holds more than {1 << ORDINAL_BITS:,} answers")
        yield (line << LINE_SHIFT) | (ordinal << OCCASION_BITS), row


def _written_row(key: int, row: Row, name: str) -> list[str]:
    """The L before it keeps a key from being read as a marker for missing."""
    cells = [_plain(text) for text in row.texts or ()]
    if any(len(cell) > LARGEST_CELL for cell in cells):
        raise _too_long(f"a cell of this record is longer than {LARGEST_CELL:,}", name, row.line)
    if sum(map(_written_size, cells)) > LARGEST_RECORD:
        raise _too_long(f"this record is longer than {LARGEST_RECORD:,}", name, row.line)
    return [f"L{key}", row.rule or "", "1" if row.is_withdrawn else "", *cells]


def _written_size(cell: str) -> int:
    """At most so many bytes when quoted and followed by a comma."""
    bytes_of_cell = len(cell) if cell.isascii() else len(cell.encode())
    return bytes_of_cell + cell.count('"') + 3


def _too_long(what: str, name: str, line: int) -> OpKoersError:
    return unreadable(
        name,
        f"{what} characters",
        "Shorten it, or leave columns of long text out of the export",
        line,
    )


def _plain(text: str | None) -> str:
    """DuckDB wants one kind of line end in a file, and no zero bytes or halves of letters."""
    if not text:
        return ""
    if not text.isprintable():
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text


def open_written(folder: Path, source: Source) -> Export:
    """What `write_table` left in `folder`, as an export. The header is not checked here."""
    told = json.loads((folder / "table.json").read_text(encoding="utf-8"))
    header = tuple(told["header"])
    places = (KEY_COLUMN, RULE_COLUMN, WITHDRAWN_COLUMN, *(f"c{i}" for i in range(len(header))))
    options = read_csv_options(places, ",", source.missing_words)
    relation = (
        f"read_csv({file_literal(folder / 'table.csv')}, {options},"
        " new_line = '\\n', parallel = false)"
    )
    reading = Reading(
        relation, f"substr({KEY_COLUMN}, 2)", None, tuple(told["broken"]), is_shifted=True
    )
    return Export(header, source.missing_words, iter((reading,)), is_marked=True)


def read_csv_options(columns: Sequence[str], delimiter: str, missing: Sequence[str]) -> str:
    """Options of read_csv under which every column is text and nothing is guessed."""
    columns_text = struct(dict.fromkeys(columns, "VARCHAR"))
    return (
        f"auto_detect = false, header = false, columns = {columns_text},"
        f" delim = {literal(delimiter)}, nullstr = {texts(missing)},"
        " quote = '\"', escape = '\"', null_padding = false, max_line_size = 2097152"
    )


def check_columns(
    header: Sequence[str], needed: Sequence[str], name: str, source: Source, line: int | None = None
) -> None:
    """Raises OpKoersError unless each needed column is there once; `line` is that of the header."""
    absent = next((column for column in needed if column not in header), None)
    if absent is not None:
        raise _unknown_column(absent, header, name, source, line)
    twice = sorted({column for column in needed if list(header).count(column) > 1})
    if twice:
        raise OpKoersError(
            f"the header line has the column '{twice[0]}' more than once",
            where=name,
            line=line,
            next_step="Export the file with one column of that name",
            exit_code=ExitCode.UNKNOWN_COLUMN,
        )


def _unknown_column(
    absent: str, header: Sequence[str], name: str, source: Source, line: int | None
) -> OpKoersError:
    near = difflib.get_close_matches(absent, header, n=1)
    hint = f" (did you mean '{near[0]}'?)" if near and near[0].isprintable() else ""
    return OpKoersError(
        f"there is no column '{absent}' among the {len(header)} of the header line{hint}",
        where=name,
        line=line,
        next_step=f"Mend the column name in sources/{source.name}.toml,"
        " or export the file with that column",
        exit_code=ExitCode.UNKNOWN_COLUMN,
    )


def empty(name: str, what: str) -> OpKoersError:
    """The error of a file in which there is nothing to land."""
    return OpKoersError(
        what,
        where=name,
        next_step="Export it again, or take it out of inbox",
        exit_code=ExitCode.EMPTY_FILE,
    )


def unreadable(name: str, what: str, next_step: str, line: int | None = None) -> OpKoersError:
    """The error of a file that is not what its source says."""
    return OpKoersError(
        what, where=name, line=line, next_step=next_step, exit_code=ExitCode.UNREADABLE_FILE
    )


def too_large(name: str, what: str) -> OpKoersError:
    """The error of a file beyond what can be read safely."""
    return unreadable(name, what, "Export a smaller part of it")
