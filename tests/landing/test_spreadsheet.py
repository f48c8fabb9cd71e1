"""Workbooks: which sheet and row, every kind of cell as text, and what is refused."""

import base64
import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from csv import DictReader
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from odf.opendocument import OpenDocumentSpreadsheet  # type: ignore[import-untyped]
from odf.table import Table as OdfTable  # type: ignore[import-untyped]
from odf.table import TableCell, TableRow
from odf.text import P  # type: ignore[import-untyped]
from openpyxl.chartsheet import Chartsheet
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from flows.errors import OpKoersError
from flows.landing.reading import Surroundings, Table
from flows.landing.source import Source
from flows.landing.spreadsheet import open_table

MEGABYTE = 1 << 20
SAVE_AGAIN = "Open it in a spreadsheet program and save it again."
NO_WORKBOOK = (
    "UNREADABLE_FILE: clinic.xlsx: this is no workbook of Excel or OpenDocument. Save it as .xlsx"
    " in a spreadsheet program, or write its real format in its source file."
)
PROTECTED = (
    "UNREADABLE_FILE: clinic.xlsx: the workbook is protected with a password."
    " Save it without one, and send that."
)
TOO_FAR = (
    "UNREADABLE_FILE: clinic.xlsx: a sheet is laid out in more than 27,262,976 cells, filled or"
    " not. Clear the cells that lie far from the table, or export a smaller part of it."
)

# Saved by LibreOffice as .xls: id, datum, score; P1, 2026-01-05 10:12, 3; P2, 2026-01-06, 2.5.
XLS = """
eNrtF21sU1X03NePvZaxvQ6GWKBWFDZYRxgkOkFcYaCQSEYQP2KaSGnftkK7Nm1JmIlaRP4YSDT80BESQzLRxMSPmOgPNW5/
DD80+IcfGk0GP4xm/ngYjSFxfZ5z3m33KF3SFiRRe17Ovfed+3HuPfd83W8v+WbOf+S/AhWwFRxQND3gttEEolr60QAUSSua
plkim034V8GcrOkOnXh/LkS68xZ5rx5ZN+G/CfshjV8egrALxrDOwjjUA8tQY+zr1TKnWOO4WqHJv3H+5L/JjzsQK+2ffD3Z
vxdxEWIr4mLENsR2KwSAD7EDcQniUsRO1gmAuxCXI96N6EdcgbhS8g7ImvBebK9GvE/S1mC9tulz7hh4VLxFtws+W/w1XTnf
/RXUiA+d06wXVxEjkCHdGIwmY8E7BTt4D1FBe5hCJd2GLQHnkNoGHzD1cy63sfYhhCHYLzX6GSXMez/N5Wou24Dmf8pzvmdK
HwTgB9by19gIBLSIQYhCEhJwCP1gAkf44SLZ10s8gqxDbOceGnUrvQFnK0ySjT2mj+nZaDLg9MPbZDvjCJHeVCrSG49HgqNb
UqktuVzA6YMLZH323hk2t0n4wwzaTHsqSHTiyPTfa6MrddLhf0efRNlVk3OPNd6opK9bgB5agL5+AbqnKh1QWXg/zkr6hZvo
ZxT8KYBJtVZwcO0ruLnuKDi5XlJo4XppwWUeZBM5iQZzzWk5hL16PjE2cgoXFfhNCxUR4MBpAbPwLAUCYz/zchvk8Il36WFg
x82wyCBT/RINToXjAgOLOiXCWIYhcE2zQouKSq5i6FD/xOjyF3RxOHJZISoRx0Y8mj+awjoXS2d1JO7ro2KTiTFKhXecVoyK
qZ2I85fVKWuFApnl8LQbHF4rrh/Hk5CL8PHuNVyud3Dl7NUH/APPMb0w//SBNSRTCInj2DPtXM8zerh8mceWAuEJpr3C5dry
/J8Humzt7nLbGFhna59Hx+XBXQFLXUFuIbG81X1i+uDMQKkW8CT2qPACHxvEq2q7PGkbV45yqSqabIcsdyTamSaq0JQK2hwn
AFbIB/kn8E+U/xSWnfUneCTxdOAuaO+dcHZiYiI1/lP4RcXLZ2nnFIJGKzyapPkFOnKS3TLYdIlGzDpo3V9hH61t7LbuxFCl
NtEU5GJstOYb3Uz3GFqVdEcBL8+jOaRLjygd8InbihkAD7OMAVbJXZcYIIygKo6o9oVEKcXyzudPRdPhtXIwTVUso7O6HqWc
Z28ilk3n0sP54K5jMT0ZfOjB3gPRQ3oyqbPm7UgMD/ffSu4nLGtrGIom8JVUWRdmTr712/WhUe2911Xo6fr4OxL2mzI3FFJ8
dHW7ZZ4YkYIZlfliXuaMBZk3npK55i9zAAE5J53RxzLjx5LEMyD7N8q1S1DZLiRGv9Kf/1HY27f7/ERRLn9z+dyGFdqZN/D8
oevv7yRnVEGLyDy35OY02xkfL5sgcPCg/n7ZH7bl3iSr7ZnMU3o2l0iP3Sgjku/mDX3wT8HtfP/x+StsoNocksmUx2o/jdyz
cAQzLtrHkbr3T05DkXIy63hXbW0p6fkg8k1hhjuEezjcEH+H7Q1Wy5xViHvKdjaE+aDe8P2RC633/XePfKtxVgpPwFE8fwrz
Urr7PagFw3wnRMljvppGysLQLfm76pA/2cLFMv+dyCHGe9BZA+vbT38D578f8d3m+5/hb/+rKTI=
"""

Rows = list[list[Any]]
Records = list[tuple[int, list[str | None] | None]]


def source(**keys: Any) -> Source:
    """A source of workbooks in which only the keys that matter are told."""
    told = {
        "name": "clinic",
        "match": "*",
        "format": "xlsx",
        "clinic_id": {"value": "north"},
        "patient_id": {"column": "id"},
        "measured_at": {"column": "datum"},
        "measure": [{"instrument": "bdi", "scale": "total", "column": "score"}],
    }
    return Source.model_validate({**told, **keys})


def opened(file: Path, largest: int = 100 * MEGABYTE, **keys: Any) -> Table:
    surroundings = Surroundings(file.parent, "Europe/Amsterdam", 3, largest)
    return open_table(file, source(**keys), surroundings)


def records(table: Table) -> Records:
    told = [(row.line, None if row.texts is None else list(row.texts)) for row in table.rows]
    assert all(row.rule is None and not row.is_withdrawn for row in table.rows)
    return told


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The place of a workbook, to be written."""
    return tmp_path / "clinic.xlsx"


def mistake(file: Path, **keys: Any) -> str:
    """The exit code and sentence of a workbook that cannot be read."""
    with pytest.raises(OpKoersError) as caught:
        records(opened(file, **keys))
    return f"{caught.value.exit_code.name}: {caught.value}"


def write(file: Path, **sheets: Rows) -> None:
    """A workbook of sheets, by openpyxl."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(file)


def repacked(file: Path, change: Callable[[str, bytes], bytes]) -> None:
    """The same workbook with other bytes in its parts."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: change(name, archive.read(name)) for name in archive.namelist()}
    pack(file, parts)


def pack(file: Path, parts: Mapping[str, str | bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def write_cells(file: Path, cells: str, prefix: str = "") -> None:
    """A workbook whose row 2 has these cells of plain XML below the names a to e."""
    write(file, Meting=[["a", "b", "c", "d", "e"]])

    def with_row(name: str, content: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return content
        text = content.decode().replace("</sheetData>", f'<row r="2">{cells}</row></sheetData>')
        if prefix:
            text = text.replace("</", f"</{prefix}:").replace("<", f"<{prefix}:")
            text = text.replace(f"<{prefix}:/{prefix}:", f"</{prefix}:")
            text = text.replace("xmlns=", f"xmlns:{prefix}=")
        return text.encode()

    repacked(file, with_row)


# ---------- sheets, header and lines


def test_records_stand_below_the_header_with_their_physical_rows(file: Path) -> None:
    write(
        file,
        Meting=[
            ["id", "datum", "score"],
            ["P1", date(2026, 1, 5), 20],
            [],
            ["  ", None, ""],
            ["P2", date(2026, 1, 6), 21],
        ],
    )
    table = opened(file)
    assert table.header == ("id", "datum", "score")
    assert records(table) == [(2, ["P1", "2026-01-05", "20"]), (5, ["P2", "2026-01-06", "21"])]


def test_title_rows_and_empty_columns_before_the_table_do_not_count(file: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["B3"] = "ROM-rapport januari"
    sheet.merge_cells("B3:D3")
    for column, name, value in (("B", " id ", "P1"), ("C", "", 7), ("D", "score\n", 20)):
        sheet[f"{column}6"] = name
        sheet[f"{column}8"] = value
    book.save(file)
    table = opened(file, header_row=6)
    assert table.header == ("id", "", "score")
    assert records(table) == [(8, ["P1", "7", "20"])]


def test_a_record_with_text_beyond_the_header_is_broken(file: Path) -> None:
    write(file, Meting=[["id", "score", "", " "], ["P1", 20, " "], ["P2", 21, "opmerking"]])
    table = opened(file)
    assert table.header == ("id", "score")
    assert records(table) == [(2, ["P1", "20"]), (3, None)]


def test_the_only_sheet_that_holds_anything_is_read(file: Path) -> None:
    write(file, Blad1=[], Meting=[["id"], ["P1"]], Blad3=[])
    assert records(opened(file)) == [(2, ["P1"])]


def test_a_sheet_is_chosen_by_name_or_number(file: Path) -> None:
    write(file, Patienten=[["id"], ["P1"]], Meting=[["id"], ["P2"]])
    assert records(opened(file, sheet="Meting")) == [(2, ["P2"])]
    assert records(opened(file, sheet=1)) == [(2, ["P1"])]


def test_a_page_with_a_chart_is_no_sheet_to_choose(file: Path) -> None:
    write(file, Meting=[["id"], ["P1"]])
    book = openpyxl.load_workbook(file)
    chart: Chartsheet = book.create_chartsheet("Grafiek", 0)
    assert chart.title == "Grafiek"
    book.save(file)
    assert records(opened(file)) == [(2, ["P1"])]
    assert mistake(file, sheet=1).startswith("EMPTY_FILE: clinic.xlsx: the sheet is empty.")


@pytest.mark.parametrize(
    ("sheet", "sentence"),
    [
        (
            None,
            "UNREADABLE_FILE: clinic.xlsx: 2 sheets of the workbook hold something (Patienten,"
            ' Meting). Write sheet = "..." with the name of one in sources/clinic.toml.',
        ),
        (
            "meting",
            "UNREADABLE_FILE: clinic.xlsx: there is no sheet 'meting' among the 3 of the workbook"
            " (Patienten, Leeg, Meting; did you mean 'Meting'?)."
            " Mend 'sheet' in sources/clinic.toml.",
        ),
        (
            4,
            "UNREADABLE_FILE: clinic.xlsx: there is no sheet 4 among the 3 of the workbook"
            " (Patienten, Leeg, Meting). Mend 'sheet' in sources/clinic.toml.",
        ),
        (
            2,
            "EMPTY_FILE: clinic.xlsx: the sheet is empty."
            " Export it again, or take it out of inbox.",
        ),
    ],
)
def test_a_sheet_that_cannot_be_chosen_is_told(file: Path, sheet: Any, sentence: str) -> None:
    write(file, Patienten=[["id"], ["P1"]], Leeg=[], Meting=[["id"], ["P2"]])
    assert mistake(file, sheet=sheet) == sentence


def test_many_sheets_are_not_all_listed(file: Path) -> None:
    write(file, **{f"Blad{number}": [["id"]] for number in range(1, 8)})
    assert "7 sheets of the workbook hold something (Blad1, Blad2, Blad3, Blad4, Blad5, ...)" in (
        mistake(file)
    )


def test_a_workbook_of_empty_sheets_is_empty(file: Path) -> None:
    write(file, Blad1=[], Blad2=[])
    assert mistake(file) == (
        "EMPTY_FILE: clinic.xlsx: no sheet of the workbook holds anything."
        " Export it again, or take it out of inbox."
    )


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (3, "this row holds no column names"),
        (9, "the sheet ends at row 4, before the column names"),
    ],
)
def test_a_header_row_that_is_none_is_told(file: Path, row: int, what: str) -> None:
    write(file, Meting=[["titel"], ["id"], [], ["P1"]])
    assert mistake(file, header_row=row) == (
        f"UNREADABLE_FILE: clinic.xlsx, line {row}: {what}."
        " Write header_row = (the row of the column names) in sources/clinic.toml."
    )


# ---------- cells


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("tekst", "tekst"),
        (" 007 ", " 007 "),
        ("3,5", "3,5"),
        ("regel\neen", "regel\neen"),
        ("=", "="),
        (3, "3"),
        (-3, "-3"),
        (0, "0"),
        (3.0, "3"),
        (2.5, "2.5"),
        (0.0000001, "0.0000001"),
        (-1.5e-9, "-0.0000000015"),
        (1e20, "100000000000000000000"),
        (True, "true"),
        (False, "false"),
        (date(2026, 1, 5), "2026-01-05"),
        (datetime(2026, 1, 5), "2026-01-05"),
        (datetime(2026, 1, 5, 10, 12), "2026-01-05 10:12:00"),
        (datetime(2026, 1, 5, 23, 59, 59), "2026-01-05 23:59:59"),
        (datetime(2026, 1, 5, 10, 12, 0, 500_000), "2026-01-05 10:12:00.500000"),
        (time(9, 30), "09:30:00"),
        (timedelta(hours=30, minutes=1, seconds=2), "30:01:02"),
    ],
)
def test_every_kind_of_cell_is_told_as_text(file: Path, value: Any, text: str) -> None:
    write(file, Meting=[["a", "b"], [value, "x"]])
    assert records(opened(file)) == [(2, [text, "x"])]


def test_dates_may_be_counted_from_1904(file: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.worksheets[0].append(["datum"])
    book.worksheets[0].append([datetime(2026, 1, 5, 10, 12)])
    book.save(file)
    assert records(opened(file)) == [(2, ["2026-01-05 10:12:00"])]


@pytest.mark.parametrize("prefix", ["", "x"])
def test_errors_are_shown_as_such(file: Path, prefix: str) -> None:
    cells = (
        '<c r="A2" t="e"><v>#DIV/0!</v></c><c r="B2" t="e"><f>1/0</f><v>#N/A</v></c>'
        '<c r="C2"><v>4</v></c>'
    )
    write_cells(file, cells, prefix)
    assert records(opened(file)) == [(2, ["#DIV/0!", "#N/A", "4", None, None])]


def test_an_error_that_no_program_has_is_damage(file: Path) -> None:
    write_cells(file, '<c r="A2" t="e"><v>5</v></c>')
    assert mistake(file) == (
        "UNREADABLE_FILE: clinic.xlsx: the workbook, or a sheet of it, cannot be read."
        f" {SAVE_AGAIN}"
    )


def test_an_error_is_no_identifier(file: Path) -> None:
    write_cells(file, '<c r="A2" t="e"><v>#REF!</v></c><c r="B2" t="e"><v>#REF!</v></c>')
    table = opened(file, patient_id={"column": "a"})
    assert records(table) == [(2, [None, "#REF!", None, None, None])]


def test_what_a_formula_gave_counts_and_one_without_result_is_shown(file: Path) -> None:
    cells = (
        '<c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>IF(1,"","x")</f><v></v></c>'
        '<c r="C2"><f>SUM(A1:A9)</f><v></v></c><c r="D2"><f>SUM(A1:A9)</f></c>'
        '<c r="E2" t="str"><f>"P"&amp;1</f><v>P1</v></c>'
    )
    write_cells(file, cells)
    assert records(opened(file)) == [(2, ["2", None, "#NOT CALCULATED", "#NOT CALCULATED", "P1"])]


def test_rows_of_formulas_without_result_are_records(file: Path) -> None:
    write(file, Meting=[["id", "score", ""], ["P1", 3], ["P2", "=B2+1"], ["=A3", "=B3"], []])
    book = openpyxl.load_workbook(file)
    book.worksheets[0]["C6"] = "=B2"
    book.save(file)
    assert records(opened(file)) == [
        (2, ["P1", "3"]),
        (3, ["P2", "#NOT CALCULATED"]),
        (4, [None, "#NOT CALCULATED"]),
        (6, None),
    ]


def test_a_missing_value_of_spss_is_missing(file: Path) -> None:
    """SPSS writes it as the error #NULL!; LibreOffice saves that as a formula of itself."""
    cells = (
        '<c r="A2" t="e"><v>#NULL!</v></c><c r="B2" t="e"><f>#NULL!</f><v>#NULL!</v></c>'
        '<c r="C2" t="e"><f>SUM(A1 B1)</f><v>#NULL!</v></c>'
    )
    write_cells(file, cells)
    assert records(opened(file)) == [(2, [None, None, "#NULL!", None, None])]


def test_cells_without_a_place_follow_each_other(file: Path) -> None:
    write_cells(file, "<c><v>1</v></c><c t='e'><v>#N/A</v></c><c><v>3</v></c>")
    assert records(opened(file)) == [(2, ["1", "#N/A", "3", None, None])]


# ---------- OpenDocument

ODS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
    "<office:body><office:spreadsheet>"
)
ODS_TAIL = "</office:spreadsheet></office:body></office:document-content>"
MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest'
    ' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/"'
    ' manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>{more}'
    "</manifest:manifest>"
)


def ods_text(text: str) -> str:
    return (
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    )


def write_ods(file: Path, rows: str, more: str = "") -> None:
    """A document of one table below the names id and score."""
    header = f"<table:table-row>{ods_text('id')}{ods_text('score')}</table:table-row>"
    table = f'<table:table table:name="Meting">{header}{rows}</table:table>'
    pack(
        file,
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": MANIFEST.format(more=more),
            "content.xml": ODS_HEAD + table + ODS_TAIL,
        },
    )


def ods_records(file: Path, *cells: str) -> list[str | None]:
    """The texts in column score, one row for each cell."""
    rows = [f"<table:table-row>{ods_text('P')}{cell}</table:table-row>" for cell in cells]
    write_ods(file, "".join(rows))
    return [texts[1] for _, texts in records(opened(file)) if texts is not None]


def test_an_open_document_of_odfpy(tmp_path: Path) -> None:
    document = OpenDocumentSpreadsheet()
    table = OdfTable(name="Meting")
    rows: list[list[dict[str, Any]]] = [
        [{"valuetype": "string", "text": name} for name in ("id", "datum", "score")],
        [
            {"valuetype": "string", "text": "P1"},
            {"valuetype": "date", "datevalue": "2026-01-05T10:12:00", "text": "5 jan"},
            {"valuetype": "float", "value": "20", "text": "20,00"},
        ],
        [
            {"valuetype": "string", "text": "P2"},
            {"valuetype": "date", "datevalue": "2026-01-06", "text": "6 jan"},
            {"valuetype": "float", "value": "2.5", "text": "2,5"},
        ],
    ]
    for row in rows:
        line = TableRow()
        for cell in row:
            text = cell.pop("text")
            told = TableCell(**cell)
            told.addElement(P(text=text))
            line.addElement(told)
        table.addElement(line)
    document.spreadsheet.addElement(table)
    document.save(tmp_path / "clinic.ods")
    opened_table = opened(tmp_path / "clinic.ods", format="ods")
    assert opened_table.header == ("id", "datum", "score")
    assert records(opened_table) == [
        (2, ["P1", "2026-01-05 10:12:00", "20"]),
        (3, ["P2", "2026-01-06", "2.5"]),
    ]


def test_cells_of_an_open_document(file: Path) -> None:
    assert ods_records(
        file,
        '<table:table-cell office:value-type="percentage" office:value="0.5"/>',
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>',
        '<table:table-cell office:value-type="time" office:time-value="PT09H30M00S"/>',
        '<table:table-cell office:value-type="string"><office:annotation><text:p>let op'
        "</text:p></office:annotation><text:p>een</text:p><text:p>twee</text:p></table:table-cell>",
        '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>',
    ) == ["0.5", "true", "09:30:00", "een\ntwee", "2"]


def test_errors_of_an_open_document_are_shown_as_such(file: Path) -> None:
    assert ods_records(
        file,
        '<table:table-cell table:formula="of:=1/0" office:value-type="string"'
        ' office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p>'
        "</table:table-cell>",
        '<table:table-cell table:formula="of:=1/0" office:value-type="float" office:value="0">'
        "<office:annotation><text:p>let op</text:p></office:annotation>"
        "<text:p>#DEEL/0!</text:p></table:table-cell>",
        '<table:table-cell table:formula="of:=SQRT(-1)" office:value-type="string"'
        ' office:string-value="" calcext:value-type="error"><text:p>Err:502</text:p>'
        "</table:table-cell>",
        '<table:table-cell table:formula="of:=1+1"/>',
        '<table:table-cell table:formula="of:=IF(1;&quot;&quot;)"><text:p/></table:table-cell>',
        '<table:table-cell table:formula="of:=#NULL!" office:value-type="string"'
        ' office:string-value="" calcext:value-type="error"><text:p>#NULL!</text:p>'
        "</table:table-cell>",
        '<table:table-cell office:value-type="float" office:value="7"><text:p>#7</text:p>'
        "</table:table-cell>",
    ) == ["#DIV/0!", "#DEEL/0!", "Err:502", "#NOT CALCULATED", None, None, "7"]


def test_repeated_rows_keep_their_physical_lines(file: Path) -> None:
    error = (
        '<table:table-cell table:formula="of:=1/0" calcext:value-type="error"'
        ' office:value-type="string" office:string-value=""><text:p>#DIV/0!</text:p>'
        "</table:table-cell>"
    )
    write_ods(
        file,
        '<table:table-row table:number-rows-repeated="3"><table:table-cell'
        ' table:number-columns-repeated="1024"/></table:table-row>'
        f'<table:table-row table:number-rows-repeated="2">{ods_text("P1")}{error}'
        '<table:table-cell table:number-columns-repeated="1022"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048570"><table:table-cell'
        ' table:number-columns-repeated="1024"/></table:table-row>',
    )
    assert records(opened(file)) == [(5, ["P1", "#DIV/0!"]), (6, ["P1", "#DIV/0!"])]


# ---------- what is refused


def test_a_stray_cell_does_not_fill_the_memory(file: Path) -> None:
    write(file, Meting=[["id"], ["P1"]])
    book = openpyxl.load_workbook(file)
    book.worksheets[0]["XFD1048576"] = "verdwaald"
    book.save(file)
    assert mistake(file) == TOO_FAR


@pytest.mark.parametrize("place", ["C599999999999992", "AAAAAAAA2"])
def test_a_cell_at_no_possible_place_does_not_fill_the_memory(file: Path, place: str) -> None:
    write_cells(file, f'<c r="{place}"><v>1</v></c>')
    assert mistake(file) == TOO_FAR


def test_cells_that_are_repeated_do_not_fill_the_memory(file: Path) -> None:
    write_ods(
        file,
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell'
        ' office:value-type="float" office:value="7" table:number-columns-repeated="16000"/>'
        "</table:table-row>",
    )
    assert mistake(file) == TOO_FAR


def test_errors_that_are_repeated_do_not_fill_the_memory(file: Path) -> None:
    write_ods(
        file,
        '<table:table-row table:number-rows-repeated="1000001"><table:table-cell'
        ' table:formula="of:=1/0" calcext:value-type="error"/></table:table-row>',
    )
    assert mistake(file) == (
        "UNREADABLE_FILE: clinic.xlsx: more than 1,000,000 cells are errors."
        " Export a smaller part of it."
    )


def test_a_workbook_that_unpacks_to_too_much_is_refused(file: Path) -> None:
    write(file, Meting=[["id"], ["P1"]])
    assert mistake(file, largest=1000) == (
        "UNREADABLE_FILE: clinic.xlsx: it unpacks to more than largest_unpacked_mb of [landing]"
        " allows. Export a smaller part of it."
    )
    repacked(file, lambda name, content: content + b" " * (20 * MEGABYTE * (name[-4:] == ".xml")))
    assert mistake(file, largest=1 << 30) == (
        "UNREADABLE_FILE: clinic.xlsx: it unpacks to more than 250 times its size."
        " Export a smaller part of it."
    )


def test_a_part_larger_than_it_tells_is_damage(file: Path) -> None:
    write(file, Meting=[["id"], ["P1" * 1000]])
    with zipfile.ZipFile(file) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    told = size.to_bytes(4, "little")
    content = file.read_bytes()
    assert content.count(told) == 2
    file.write_bytes(content.replace(told, (100).to_bytes(4, "little")))
    assert mistake(file) == (
        f"UNREADABLE_FILE: clinic.xlsx: the workbook is damaged or cut short. {SAVE_AGAIN}"
    )


def other_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"id;datum;score\nP1;2026-01-05;20\n",
        b"<html><table><tr><td>P1</td></tr></table></html>",
        bytes.fromhex("D0CF11E0A1B11AE1") + bytes(3000),
        other_zip(),
        bytes(range(256)) * 20,
    ],
)
def test_a_file_of_another_kind_is_no_workbook(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert mistake(file) == NO_WORKBOOK


def test_a_file_of_no_byte_is_empty(file: Path) -> None:
    file.write_bytes(b"")
    assert mistake(file) == (
        "EMPTY_FILE: clinic.xlsx: the file is empty. Export it again, or take it out of inbox."
    )


def test_half_a_workbook_is_damaged(file: Path) -> None:
    write(file, Meting=[["id"], ["P1"]])
    file.write_bytes(file.read_bytes()[:2000])
    assert mistake(file) == (
        f"UNREADABLE_FILE: clinic.xlsx: the workbook is damaged or cut short. {SAVE_AGAIN}"
    )


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
@pytest.mark.parametrize("what", ["cut", "gone", "other text"])
def test_a_damaged_part_is_told_without_its_text(file: Path, part: str, what: str) -> None:
    write(file, Meting=[["id", "score"], ["Jansen", "=1+1"]])

    def damaged(name: str, content: bytes) -> bytes:
        if name != part:
            return content
        return {"cut": content[: len(content) // 2], "gone": b"", "other text": b"Jansen"}[what]

    repacked(file, damaged)
    sentence = mistake(file)
    assert sentence.startswith("UNREADABLE_FILE: clinic.xlsx: ")
    assert "Jansen" not in sentence


def test_a_protected_workbook_of_excel_is_told(file: Path) -> None:
    """Excel wraps an encrypted workbook in a compound file with a stream of this name."""
    name = "EncryptedPackage".encode("utf-16-le")
    file.write_bytes(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(3000) + name + bytes(500))
    assert mistake(file) == PROTECTED


def test_a_protected_open_document_is_told(file: Path) -> None:
    write_ods(
        file,
        "",
        more='<manifest:file-entry manifest:full-path="content.xml">'
        "<manifest:encryption-data/></manifest:file-entry>",
    )
    assert mistake(file) == PROTECTED


# ---------- real files


def test_an_old_workbook_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "clinic.xls"
    file.write_bytes(zlib.decompress(base64.b64decode(XLS)))
    table = opened(file)
    assert table.header == ("id", "datum", "score")
    assert records(table) == [
        (2, ["P1", "2026-01-05 10:12:00", "3"]),
        (3, ["P2", "2026-01-06", "2.5"]),
    ]
    with pytest.raises(OpKoersError, match="the workbook is larger than"):
        opened(file, largest=100)


def test_a_workbook_is_known_by_its_content_not_its_name(tmp_path: Path) -> None:
    file = tmp_path / "clinic.xls"
    write(file, Meting=[["id"], ["P1"]])
    assert records(opened(file)) == [(2, ["P1"])]


def test_the_researchers_workbook_holds_what_they_published(reference: Path) -> None:
    """claus_2020.csv is long, with the totals of four moments; the workbook is wide."""
    folder = reference / "data" / "clinicalsignificance"
    table = opened(folder / "claus-2020_raw.xlsx")
    rows = [dict(zip(table.header, row.texts or (), strict=True)) for row in table.rows]
    raw = {row["id"]: row for row in rows}
    with (folder / "claus_2020.csv").open(encoding="utf-8") as stream:
        published = list(DictReader(stream))
    assert len(raw) == 43
    assert len(published) == 4 * 43
    for row in published:
        for measure in ("bdi", "shaps", "who", "hamd"):
            column = f"{measure.upper()}{row['time']}.total"
            assert (raw[row["id"]][column] or "") == row[measure], column
        assert raw[row["id"]]["age"] == row["age"]
    # The total of patient 1 at the first moment is published as 33.
    answers = [raw["1"][f"BDI1.{item}"] for item in range(1, 22)]
    assert sum(int(answer or "") for answer in answers) == 33
