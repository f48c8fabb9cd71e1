"""What python-calamine does not tell of a sheet: errors, formulas without a result, and its size.

Calamine gives an error cell as an empty one (in old OpenDocument files even as
0), and a formula that was never calculated too. Either would be read as a
missing answer. And it lays out a sheet as a full rectangle, so that one stray
cell in a far corner fills the memory. So the XML of a workbook is looked
through before calamine opens it. What an .xlsb holds is not XML, and neither
is an .xls: there error cells read as missing.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from xml.parsers import expat

from flows.errors import OpKoersError
from flows.landing.compressed import Packed, pieces
from flows.landing.reading import too_large, unreadable

WORKBOOK = Packed("workbook", "Open it in a spreadsheet program and save it again")
ERROR = "#ERROR!"
NOT_CALCULATED = "#NOT CALCULATED"
NARROW = 26
# As many as a sheet has in columns A to Z; calamine needs some 32 bytes for each, filled or not.
MOST_CELLS = NARROW << 20
MOST_MARKS = 1_000_000
# SPSS writes a missing value to a workbook as this error, with no formula that could have made it.
MISSING = "#NULL!"
LONGEST_ERROR = 20
OVERLAP = 256
# Beyond column Z or in a line of seven digits; and any cell or row.
FAR_CELL = re.compile(rb' r="(?:([A-Z]{2,9})(\d{1,20})|[A-Z]?(\d{7,20}))')
ANY_LINE = re.compile(rb' r="[A-Z]*(\d{1,20})"')
# Cells of an error, and formulas; with a prefix of their namespace or without.
SUSPECTS = (b't="e"', b"t='e'", b"<f>", b"<f ", b":f>", b":f ")


@dataclass(frozen=True)
class Marks:
    """How many cells a sheet is laid out in, and the texts of cells by line (from 1) and column."""

    cells: int = 0
    texts: Mapping[int, Mapping[int, str]] = field(default_factory=dict)


LookUp = Callable[[], Marks]


def survey(archive: zipfile.ZipFile, name: str) -> list[LookUp] | None:
    """For each sheet of a workbook, what gives its marks; None for an .xlsb.

    Reads all there is in it once, so that no member can unpack to more than it
    tells. Raises OpKoersError: damaged, protected, no workbook.
    """
    members = {_plain(member.filename): member for member in archive.infolist()}
    parts = _Parts(archive, members, name)
    if "content.xml" in members:
        return _open_document(parts)
    glances = {path: _glance(parts.pieces(path)) for path in members}
    if "xl/workbook.xml" in members:
        return _excel(parts, glances)
    if "xl/workbook.bin" in members:
        return None
    raise no_workbook(name)


def no_workbook(name: str) -> OpKoersError:
    """The error of a file that is something else, whatever its name ends with."""
    return unreadable(
        name,
        "this is no workbook of Excel or OpenDocument",
        "Save it as .xlsx in a spreadsheet program, or write its real format in its source file",
    )


def protected(name: str) -> OpKoersError:
    """The error of a workbook that opens with a password only."""
    return unreadable(
        name, "the workbook is protected with a password", "Save it without one, and send that"
    )


@dataclass(frozen=True)
class _Parts:
    """The members of a workbook by their plain paths; `name` is that of the file, for errors."""

    archive: zipfile.ZipFile
    members: Mapping[str, zipfile.ZipInfo]
    name: str

    def pieces(self, path: str) -> Iterator[bytes]:
        if path not in self.members:
            raise self.damaged()
        return pieces(self.archive, self.members[path], self.name, WORKBOOK)

    def parse(self, path: str, reader: "_Reader") -> None:
        """Have a part read as XML. Raises OpKoersError where it is none."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.text
        try:
            for piece in self.pieces(path):
                parser.Parse(piece)
            parser.Parse(b"", True)
        except (expat.ExpatError, LookupError, ValueError, OverflowError):
            raise self.damaged() from None

    def damaged(self) -> OpKoersError:
        return unreadable(self.name, "the workbook is damaged", WORKBOOK.again)


class _Reader:
    """What hears of the elements of an XML part."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Text of the innermost element."""


@dataclass
class _Found:
    """Cells to be told about, as they are found."""

    name: str
    texts: dict[int, dict[int, str]] = field(default_factory=dict)
    number: int = 0

    def add(self, lines: range, columns: range, text: str) -> None:
        self.number += len(lines) * len(columns)
        if self.number > MOST_MARKS:
            raise too_large(self.name, f"more than {MOST_MARKS:,} cells are errors")
        for line in lines:
            self.texts.setdefault(line, {}).update(dict.fromkeys(columns, text))


def _error_text(told: str) -> str:
    """What the cell shows, if that is an error and no number."""
    is_error = told.startswith(("#", "Err:")) and len(told) <= LONGEST_ERROR
    return told if is_error else ERROR


def _plain(path: str) -> str:
    return posixpath.normpath(path.replace("\\", "/").lower())


# ---------- Excel


@dataclass(frozen=True)
class _Glance:
    """What bytes alone tell of a part, if it is a sheet; most sheets need no closer look."""

    cells: int
    is_suspect: bool


def _glance(content: Iterable[bytes]) -> _Glance:
    lines, columns, is_suspect, before = 0, NARROW, False, b""
    for piece in content:
        part = before + piece
        before = part[-OVERLAP:]
        is_suspect = is_suspect or any(sign in part for sign in SUSPECTS)
        for letters, line, far_line in FAR_CELL.findall(part):
            columns = max(columns, _column(letters.decode()) + 1)
            lines = max(lines, int(line or far_line))
        # Rows come in order, so the last one of a piece is the farthest.
        last = ANY_LINE.match(part, max(part.rfind(b' r="'), 0))
        lines = max(lines, int(last[1])) if last else lines
    return _Glance(lines * columns, is_suspect)


def _excel(parts: _Parts, glances: Mapping[str, _Glance]) -> list[LookUp]:
    order, targets = _Sheets(), _Targets()
    parts.parse("xl/workbook.xml", order)
    parts.parse("xl/_rels/workbook.xml.rels", targets)
    paths = [_plain(posixpath.join("/xl", targets.paths.get(key, ""))) for key in order.keys]
    return [partial(_excel_marks, parts, path.lstrip("/"), glances) for path in paths]


def _excel_marks(parts: _Parts, path: str, glances: Mapping[str, _Glance]) -> Marks:
    glance = glances.get(path)
    if glance is None:
        raise parts.damaged()
    if not glance.is_suspect:
        return Marks(glance.cells)
    cells = _ExcelCells(_Found(parts.name))
    parts.parse(path, cells)
    return Marks(glance.cells, cells.found.texts)


class _Sheets(_Reader):
    """The keys of the sheets in the order of their tabs."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if _local(tag) == "sheet":
            keys = (value for key, value in attributes.items() if _local(key) == "id")
            self.keys.append(next(keys, ""))


class _Targets(_Reader):
    """The path of a part by its key."""

    def __init__(self) -> None:
        self.paths: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if _local(tag) == "Relationship":
            self.paths[attributes.get("Id", "")] = attributes.get("Target", "")


class _ExcelCells(_Reader):
    """Error cells (t="e") and formulas without a value.

    A formula whose result is an empty text has t="str", and is left alone; so is a missing
    value of SPSS, also where another program saved it again as the formula of itself.
    """

    def __init__(self, found: _Found) -> None:
        self.found = found
        self.line, self.column = 0, -1
        self.kind, self.value, self.formula = "", "", ""
        self.has_formula = False
        self.inside = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        if name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            self.line, self.column = int(attributes.get("r", self.line + 1)), -1
        elif name in ("f", "v"):
            self.inside = name
            self.has_formula = self.has_formula or name == "f"

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        place = re.fullmatch(r"([A-Z]{1,3})(\d{1,10})", attributes.get("r", ""))
        if place:
            self.line, self.column = int(place[2]), _column(place[1])
        else:
            self.column += 1
        self.kind, self.has_formula = attributes.get("t", "n"), False
        self.value = self.formula = ""

    def end(self, tag: str) -> None:
        name = _local(tag)
        if name in ("f", "v"):
            self.inside = ""
        elif name == "c":
            mark = self._mark()
            if mark is not None:
                line, column = self.line, self.column
                self.found.add(range(line, line + 1), range(column, column + 1), mark)

    def _mark(self) -> str | None:
        """The text that calamine leaves out."""
        if self.kind == "e":
            is_missing = self.value == MISSING and self.formula in ("", MISSING)
            return None if is_missing else _error_text(self.value)
        is_calculated = self.kind != "n" or self.value != ""
        return NOT_CALCULATED if self.has_formula and not is_calculated else None

    def text(self, text: str) -> None:
        if self.inside == "v":
            self.value += text
        elif self.inside == "f":
            self.formula += text


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _column(letters: str) -> int:
    """The number of a column, from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


# ---------- OpenDocument

CELLS = ("table:table-cell", "table:covered-table-cell")
# office:document-content > office:body > office:spreadsheet > table:table
DEPTH_OF_TABLES = 4
# Before calcext:value-type was written, an error was a formula whose value is 0 and whose text says
# what went wrong.
OLD_ERROR = re.compile(r"#[^\s\d]\S*[!?]|#N/\w|Err:\d+")


def _open_document(parts: _Parts) -> list[LookUp]:
    for path in parts.members:
        content = parts.pieces(path)
        is_locked = path == "meta-inf/manifest.xml" and any(
            b"encryption-data" in c for c in content
        )
        if is_locked:
            raise protected(parts.name)
        for _ in content:
            pass
    tables = _Tables(parts.name)
    parts.parse("content.xml", tables)
    marks = [Marks(table.lines * table.columns, table.found.texts) for table in tables.tables]
    if sum(each.cells for each in marks) > MOST_CELLS:
        raise too_far(parts.name)
    return [partial(_given, each) for each in marks]


def _given(marks: Marks) -> Marks:
    return marks


def too_far(name: str) -> OpKoersError:
    """The error of a sheet that is too long and wide together."""
    return unreadable(
        name,
        f"a sheet is laid out in more than {MOST_CELLS:,} cells, filled or not",
        "Clear the cells that lie far from the table, or export a smaller part of it",
    )


@dataclass
class _Laid:
    """A table so far: how far its values reach, and cells to be told about."""

    found: _Found
    lines: int = 0
    columns: int = 0


@dataclass
class _Cell:
    """One cell, which may stand for several beside each other."""

    attributes: Mapping[str, str]
    text: str = ""
    has_text: bool = False

    @property
    def times(self) -> int:
        return int(self.attributes.get("table:number-columns-repeated", 1))

    @property
    def is_filled(self) -> bool:
        return "office:value-type" in self.attributes

    def mark(self) -> str | None:
        """The text that its value must not hide."""
        formula = self.attributes.get("table:formula", "")
        if formula.partition("=")[2] == MISSING and "office:value" not in self.attributes:
            return None
        if self.attributes.get("calcext:value-type") == "error":
            return _error_text(self.text)
        if not formula:
            return None
        if OLD_ERROR.fullmatch(self.text):
            return _error_text(self.text)
        return None if self.is_filled or self.has_text else NOT_CALCULATED


class _Tables(_Reader):
    """The tables of content.xml; names have the prefixes that every writer gives them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tables: list[_Laid] = []
        self.depth = self.annotations = self.line = self.column = 0
        self.times = 1
        self.cell: _Cell | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if tag in CELLS:
            self.cell = _Cell(attributes)
        elif tag == "text:p":
            if self.cell is not None:
                self.cell.has_text = True
        elif tag == "table:table-row":
            self.times = int(attributes.get("table:number-rows-repeated", 1))
            self.column = 0
        elif tag == "table:table" and self.depth == DEPTH_OF_TABLES:
            self.tables.append(_Laid(_Found(self.name)))
            self.line = 0
        elif tag == "office:annotation":
            self.annotations += 1

    def end(self, tag: str) -> None:
        self.depth -= 1
        if tag in CELLS:
            if self.cell is not None and self.tables:
                self._end_cell(self.cell, self.tables[-1])
            self.cell = None
        elif tag == "table:table-row":
            self.line += self.times
        elif tag == "office:annotation":
            self.annotations -= 1

    def _end_cell(self, cell: _Cell, table: _Laid) -> None:
        begin, self.column = self.column, self.column + cell.times
        mark = cell.mark()
        if mark is None and not cell.is_filled:
            return
        table.lines = max(table.lines, self.line + self.times)
        table.columns = max(table.columns, self.column)
        if mark is not None:
            lines = range(self.line + 1, self.line + self.times + 1)
            table.found.add(lines, range(begin, self.column), mark)

    def text(self, text: str) -> None:
        if self.cell is not None and not self.annotations:
            self.cell.text += text
