"""SPSS, Stata and SAS transport files: every record, codes as they are, dates as ISO text."""

import random
import re
import struct
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy
import pandas
import pyreadstat
import pytest

from flows.errors import OpKoersError
from flows.landing import isolation
from flows.landing.reading import Row, Surroundings
from flows.landing.source import Source
from flows.landing.statistics_package import column_labels, labels, open_table
from flows.landing.variable_formats import as_text

SECRET = "Jansen"  # a value that no sentence may show
NOT_WHOLE = (
    "UNREADABLE_FILE: {}: this is not a whole {} file: it was cut short, or it is something else."
    " Export it again, or export it as delimited text."
)
TITLES = {"sav": "SPSS", "dta": "Stata", "xpt": "SAS transport"}

Record = tuple[str | None, ...]


def source(format_name: str, **more: Any) -> Source:
    return Source.model_validate(
        {
            "name": "clinic",
            "match": "*",
            "format": format_name,
            "clinic_id": {"value": "north"},
            "patient_id": {"column": "patient"},
            "measured_at": {"column": "date"},
            "measure": ({"instrument": "bdi", "scale": "total", "column": "BDI"},),
            **more,
        }
    )


def format_of(file: Path) -> str:
    return file.suffix[1:].replace("zsav", "sav")


def rows(file: Path, *, chunk_rows: int = 10_000, largest: int = 1 << 30, **more: Any) -> list[Row]:
    around = Surroundings(file.parent, "Europe/Amsterdam", chunk_rows, largest)
    return list(open_table(file, source(format_of(file), **more), around).rows)


def records(file: Path, **more: Any) -> list[Record]:
    return [tuple(row.texts or ()) for row in rows(file, **more)]


def header(file: Path) -> tuple[str, ...]:
    around = Surroundings(file.parent, "Europe/Amsterdam", 100, 1 << 30)
    return open_table(file, source(format_of(file)), around).header


def mistake(file: Path, **more: Any) -> str:
    with pytest.raises(OpKoersError) as caught:
        records(file, **more)
    assert SECRET not in str(caught.value)
    return f"{caught.value.exit_code.name}: {caught.value}"


# ---------- SPSS


SPSS_LABELS: dict[str, dict[Any, str]] = {
    "q1": {1: "several days", 99: "refused"},
    "word": {"a": "Ay"},
}
STATA_LABELS: dict[str, dict[Any, str]] = {"q1": {3: "nearly every day", "a": "refused"}}


def spss(file: Path, **options: Any) -> Path:
    frame = pandas.DataFrame(
        {
            "patient": ["P1", "P2  ", "José"],
            "moment": [datetime(2026, 1, 5, 10, 12), datetime(2026, 1, 5, 23, 59, 59), None],
            "day": [date(2026, 1, 5), None, date(1890, 12, 31)],
            "hour": [time(10, 12), None, time(0, 0)],
            "q1": [1.0, 99.0, 8.0],
            "word": ["a", "zz", ""],
            "score": [0.1, 1e20, -2.5],
        }
    )
    pyreadstat.write_sav(
        frame,
        file,
        column_labels={"q1": "Little interest", "word": None},
        variable_value_labels=SPSS_LABELS,
        missing_ranges={"q1": [99, {"lo": 7, "hi": 9}], "word": ["zz"]},
        **options,
    )
    return file


SPSS_RECORDS = [
    ("P1", "2026-01-05 10:12:00", "2026-01-05", "10:12:00", "1", "a", "0.1"),
    ("P2", "2026-01-05 23:59:59", None, None, None, None, "100000000000000000000"),
    ("José", None, "1890-12-31", "00:00:00", None, None, "-2.5"),
]


@pytest.mark.parametrize("chunk_rows", [1, 2, 3, 10_000])
@pytest.mark.parametrize("options", [{}, {"row_compress": True}, {"compress": True}])
def test_spss_codes_dates_and_missing_values(
    tmp_path: Path, options: dict[str, Any], chunk_rows: int
) -> None:
    file = spss(tmp_path / ("clinic.zsav" if "compress" in options else "clinic.sav"), **options)
    assert header(file) == ("patient", "moment", "day", "hour", "q1", "word", "score")
    assert records(file, chunk_rows=chunk_rows) == SPSS_RECORDS
    assert [row.line for row in rows(file, chunk_rows=chunk_rows)] == [1, 2, 3]


def test_labels_are_told_and_do_not_land(tmp_path: Path) -> None:
    file = spss(tmp_path / "clinic.sav")
    assert labels(file, source("sav")) == {
        "q1": {"1": "several days", "99": "refused"},
        "word": {"a": "Ay"},
    }
    assert column_labels(file, source("sav")) == {"q1": "Little interest"}


def test_an_spss_file_that_does_not_tell_its_records_is_read_to_its_end(tmp_path: Path) -> None:
    file = spss(tmp_path / "clinic.sav")
    content = bytearray(file.read_bytes())
    assert struct.unpack_from("<i", content, 80) == (3,)
    struct.pack_into("<i", content, 80, -1)
    file.write_bytes(content)
    for chunk_rows in (1, 2, 3, 4):
        assert records(file, chunk_rows=chunk_rows) == SPSS_RECORDS


def test_an_spss_file_that_says_nothing_of_its_encoding(tmp_path: Path) -> None:
    file = tmp_path / "clinic.sav"
    frame = pandas.DataFrame({"patient": ["P1", "P2", f"{SECRET}#"], "q": [1.0, 2.0, 3.0]})
    pyreadstat.write_sav(frame, file, column_labels={"q": "Ha#"})
    content = file.read_bytes().replace(b"#", "é".encode("latin-1"))
    # The record of the encoding becomes one of a kind unknown to all, the machine's says nothing.
    content = content.replace(struct.pack("<iii", 7, 20, 1), struct.pack("<iii", 7, 98, 1))
    content = content.replace(struct.pack("<i", 65001), struct.pack("<i", 0))
    file.write_bytes(content)
    assert mistake(file) == (
        "UNREADABLE_FILE: clinic.sav: its text is not in the encoding that it is said to be in."
        " Write the right encoding (often cp1252) in sources/clinic.toml."
    )
    for encoding in ("latin-1", "cp1252", "ISO-8859-15"):
        for chunk_rows in (1, 100):
            found = records(file, encoding=encoding, chunk_rows=chunk_rows)
            assert found == [("P1", "1"), ("P2", "2"), (f"{SECRET}é", "3")]
        assert column_labels(file, source("sav", encoding=encoding)) == {"q": "Haé"}


def test_an_encoding_in_the_source_does_not_spoil_a_file_that_knows_better(tmp_path: Path) -> None:
    assert records(spss(tmp_path / "clinic.sav"), encoding="cp1252") == SPSS_RECORDS


# ---------- Stata


@pytest.mark.parametrize("version", [8, 12, 13, 14, 15])
def test_stata_codes_and_missing_values(tmp_path: Path, version: int) -> None:
    file = tmp_path / "clinic.dta"
    frame = pandas.DataFrame(
        {"patient": ["P1", "P2", "P3"], "q1": [3, "a", "z"], "q2": [0.5, None, 2.0]}
    )
    pyreadstat.write_dta(
        frame,
        file,
        version=version,
        column_labels=["", "Interest", ""],
        missing_user_values={"q1": ["a", "z"]},
        variable_value_labels=STATA_LABELS,
    )
    assert records(file) == [("P1", "3", "0.5"), ("P2", None, None), ("P3", None, "2")]
    assert labels(file, source("dta")) == {"q1": {"3": "nearly every day"}}
    assert column_labels(file, source("dta")) == {"q1": "Interest"}


@pytest.mark.parametrize("version", [114, 117, 118, 119])
@pytest.mark.parametrize("chunk_rows", [1, 2, 100])
def test_stata_dates_and_short_numbers(tmp_path: Path, version: Any, chunk_rows: int) -> None:
    file = tmp_path / "clinic.dta"
    moments = [datetime(2026, 1, 5, 10, 12), datetime(1959, 12, 31, 23, 59, 59)]
    frame = pandas.DataFrame(
        {
            "patient": ["P1", "P2"],
            "moment": moments,
            "day": moments,
            "month": moments,
            "single": numpy.array([0.1, 3.3], "float32"),
            "small": numpy.array([-1, 3], "int8"),
        }
    )
    frame.to_stata(
        file,
        version=version,
        write_index=False,
        convert_dates={"moment": "tc", "day": "td", "month": "tm"},
    )
    assert records(file, chunk_rows=chunk_rows) == [
        ("P1", "2026-01-05 10:12:00", "2026-01-05", "2026-01", "0.1", "-1"),
        ("P2", "1959-12-31 23:59:59", "1959-12-31", "1959-12", "3.3", "3"),
    ]


def test_an_old_stata_file_is_in_the_encoding_of_its_source(tmp_path: Path) -> None:
    file = tmp_path / "clinic.dta"
    pandas.DataFrame({"patient": ["P#1"], "q": [1.0]}).to_stata(
        file, version=117, write_index=False
    )
    file.write_bytes(file.read_bytes().replace(b"P#1", "Pé1".encode("mac-roman")))
    assert records(file, encoding="mac-roman") == [("Pé1", "1")]
    # Without a word about it Stata's own: the one of Windows.
    file.write_bytes(file.read_bytes().replace("Pé1".encode("mac-roman"), "Pé1".encode("cp1252")))
    assert records(file) == [("Pé1", "1")]


# ---------- SAS transport, written by hand after SAS's own description of it (TS-140)


def card(text: str) -> bytes:
    return text.encode().ljust(80)


def ibm(number: float) -> bytes:
    """A number as IBM mainframes write it: sign, power of 16 above 64, fraction."""
    if number == 0:
        return bytes(8)
    size, power = abs(number), 64
    while size >= 1:
        size, power = size / 16, power + 1
    while size < 1 / 16:
        size, power = size * 16, power - 1
    return bytes([(0x80 if number < 0 else 0) | power]) + int(size * 2**56).to_bytes(7, "big")


def missing(letter: str) -> bytes:
    return letter.encode() + bytes(7)


class Variable:
    """Name, length in bytes (below zero: a text) and format with width of a variable."""

    def __init__(self, name: str, length: int, form: str = "", width: int = 0) -> None:
        self.name, self.length, self.form, self.width = name, abs(length), form, width
        self.is_text = length < 0

    def described(self, number: int, place: int) -> bytes:
        return struct.pack(
            ">4h8s40s8s3h2s8s2hl52s",
            2 if self.is_text else 1, 0, self.length, number,
            self.name.encode().ljust(8), f"About {self.name}".encode().ljust(40),
            self.form.encode().ljust(8), self.width, 0, 0, b"", b" " * 8, 0, 0, place, b"",
        )  # fmt: skip

    def written(self, value: str | float | bytes) -> bytes:
        if isinstance(value, str):
            return value.encode().ljust(self.length)
        return (value if isinstance(value, bytes) else ibm(value))[: self.length]


def table(variables: Sequence[Variable], values: Sequence[Sequence[Any]]) -> bytes:
    """A member of a library: its header cards, descriptions and records, filled up with blanks."""
    described, place = b"", 0
    for number, variable in enumerate(variables, start=1):
        described += variable.described(number, place)
        place += variable.length
    written = b"".join(
        variable.written(value)
        for record in values
        for variable, value in zip(variables, record, strict=True)
    )
    zeros = "0" * 30
    stamp = "01JAN26:00:00:00"
    head = [
        f"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!{'0' * 17}1600000000140",
        f"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!{zeros}",
        f"SAS     CLINIC  SASDATA 9.4     X64_10PR{' ' * 24}{stamp}",
        stamp,
        f"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!000000{len(variables):04}{'0' * 20}",
    ]
    return (
        b"".join(map(card, head))
        + described.ljust(-(-len(described) // 80) * 80)
        + card(f"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!{zeros}")
        + written.ljust(-(-len(written) // 80) * 80)
    )


def transport(file: Path, *tables: bytes) -> Path:
    stamp = "01JAN26:00:00:00"
    library = [
        f"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!{'0' * 30}",
        f"SAS     SAS     SASLIB  9.4     X64_10PR{' ' * 24}{stamp}",
        stamp,
    ]
    file.write_bytes(b"".join(map(card, library)) + b"".join(tables))
    return file


SAS_VARIABLES = (
    Variable("PATIENT", -4),
    Variable("Q1", 3),
    Variable("DAY", 8, "DATE", 9),
    Variable("MOMENT", 8, "DATETIME", 20),
    Variable("HOUR", 8, "TIME", 8),
)
SAS_VALUES = [
    ("P1", 2.0, 24111.0, 2083227120.0, 36720.0),
    ("P2", missing("."), missing("A"), missing("Z"), missing("_")),
    # 16 ** -65 is what some programs write for zero.
    ("P3", bytes([0, 0x10]) + bytes(6), -1.0, -1.0, 0.0),
    ("P4", -2.5, 24111.9, 2083227120.5, 100_000.0),
]
SAS_RECORDS = [
    ("P1", "2", "2026-01-05", "2026-01-05 10:12:00", "10:12:00"),
    ("P2", None, None, None, None),
    ("P3", "0", "1959-12-31", "1959-12-31 23:59:59", "00:00:00"),
    ("P4", "-2.5", "2026-01-05", "2026-01-05 10:12:00.500", "27:46:40"),
]


@pytest.mark.parametrize("chunk_rows", [1, 2, 3, 100])
def test_sas_codes_dates_and_special_missing_values(tmp_path: Path, chunk_rows: int) -> None:
    file = transport(tmp_path / "clinic.xpt", table(SAS_VARIABLES, SAS_VALUES))
    assert header(file) == ("PATIENT", "Q1", "DAY", "MOMENT", "HOUR")
    assert records(file, chunk_rows=chunk_rows) == SAS_RECORDS
    assert [row.line for row in rows(file, chunk_rows=chunk_rows)] == [1, 2, 3, 4]
    assert column_labels(file, source("xpt"))["Q1"] == "About Q1"
    assert labels(file, source("xpt")) == {}


@pytest.mark.parametrize("version", [5, 8])
@pytest.mark.parametrize("count", [0, 1, 250])
def test_both_versions_of_sas_transport(tmp_path: Path, version: Any, count: int) -> None:
    file = tmp_path / "clinic.xpt"
    frame = pandas.DataFrame(
        {"patient": [f"P{n:03}" for n in range(count)], "q1": [n / 2 for n in range(count)]}
    )
    frame = frame.astype({"patient": object, "q1": float})
    pyreadstat.write_xport(frame, file, file_format_version=version)
    expected = [(f"P{n:03}", str(n // 2 if n % 2 == 0 else n / 2)) for n in range(count)]
    assert records(file, chunk_rows=100) == expected


def test_numbers_of_sas_are_exact(tmp_path: Path) -> None:
    """What pyreadstat writes as numbers of a mainframe is read back to the last digit."""
    chance = random.Random(3)
    numbers = [chance.uniform(-1, 1) * 10.0 ** chance.randint(-70, 70) for _ in range(2000)]
    file = tmp_path / "clinic.xpt"
    pyreadstat.write_xport(pandas.DataFrame({"x": numbers}), file)
    assert [float(text or "") for (text,) in records(file)] == numbers


def test_texts_of_sas_are_in_the_encoding_of_the_source(tmp_path: Path) -> None:
    name = Variable("PATIENT", -8)
    file = transport(tmp_path / "clinic.xpt", table([name], [(f"{SECRET}#",)] * 20))
    file.write_bytes(file.read_bytes().replace(b"#", "é".encode("cp1252")))
    assert records(file, encoding="cp1252", chunk_rows=3) == [(f"{SECRET}é",)] * 20
    assert mistake(file) == (
        "UNREADABLE_FILE: clinic.xpt: its text is not in the encoding that it is said to be in."
        " Write the right encoding (often cp1252) in sources/clinic.toml."
    )


def test_a_blank_record_of_texts_is_a_record_wherever_a_chunk_ends(tmp_path: Path) -> None:
    values = [["P1"], [""], [""], ["P4"], [""], ["P6"]]
    file = transport(tmp_path / "clinic.xpt", table([Variable("PATIENT", -100)], values))
    for chunk_rows in range(1, 8):
        found = records(file, chunk_rows=chunk_rows)
        assert found == [("P1",), (None,), (None,), ("P4",), (None,), ("P6",)]


def test_many_variables_of_a_file_that_does_not_tell_its_records(tmp_path: Path) -> None:
    values = [[float(n + record) for n in range(450)] for record in range(5)]
    file = tmp_path / "clinic.sav"
    pyreadstat.write_sav(pandas.DataFrame(values, columns=[f"V{n}" for n in range(450)]), file)
    content = bytearray(file.read_bytes())
    struct.pack_into("<i", content, 80, -1)
    file.write_bytes(content)
    expected = [tuple(str(n + record) for n in range(450)) for record in range(5)]
    assert records(file, chunk_rows=2) == expected


def test_many_variables_of_sas(tmp_path: Path) -> None:
    variables = [Variable(f"V{n}", 8) for n in range(450)]
    values = [[float(n + record) for n in range(450)] for record in range(5)]
    file = transport(tmp_path / "clinic.xpt", table(variables, values))
    expected = [tuple(str(n + record) for n in range(450)) for record in range(5)]
    assert records(file, chunk_rows=2) == expected


def test_a_library_of_two_tables_is_refused(tmp_path: Path) -> None:
    one = table(SAS_VARIABLES, SAS_VALUES)
    assert mistake(transport(tmp_path / "clinic.xpt", one, one)) == (
        "UNREADABLE_FILE: clinic.xpt: there is more than one table in this file."
        " Export each to its own file."
    )


def test_two_variables_of_one_name_are_refused(tmp_path: Path) -> None:
    file = transport(
        tmp_path / "clinic.xpt",
        table([Variable("PATIENT", -4), Variable("PATIENT", -4)], [("P1", SECRET[:4])]),
    )
    assert mistake(file) == NOT_WHOLE.format("clinic.xpt", "SAS transport")


def test_the_refused_and_unknown_of_nhanes_are_left_to_the_source(reference: Path) -> None:
    """Counts of DPQ010 from the codebook of NHANES 2015-2016."""
    file = reference / "data" / "nhanes_phq9" / "DPQ_I.xpt"
    assert header(file) == ("SEQN", *(f"DPQ0{n}0" for n in range(1, 10)), "DPQ100")
    found = records(file, chunk_rows=1000)
    assert Counter(record[1] for record in found) == {
        "0": 3805, "1": 852, "2": 255, "3": 239, "7": 7, "9": 6, None: 571,
    }  # fmt: skip
    assert (found[0][0], found[-1][0], len(found)) == ("83732", "93702", 5735)


# ---------- formats of variables


@pytest.mark.parametrize(
    ("package", "variable_format", "number", "text"),
    [
        ("sav", "F8.2", 3.0, "3"),
        ("sav", "F8.2", 1e-7, "0.0000001"),
        ("sav", "F8.2", -0.0, "0"),
        ("sav", "F8.2", float("inf"), "∞"),
        ("sav", "F8.2", float("nan"), None),
        # 5 January 2026 is day 161,886 of the Gregorian calendar.
        ("sav", "EDATE10", 161886 * 86400, "2026-01-05"),
        ("sav", "SDATE10", 161886 * 86400 + 36720, "2026-01-05"),
        ("sav", "MOYR8", 161886 * 86400, "2026-01-05"),
        ("sav", "YMDHMS19.2", 161886 * 86400 + 36720.25, "2026-01-05 10:12:00.250"),
        ("sav", "DTIME12", 100_000, "27:46:40"),
        ("sav", "TIME8", -90, "-00:01:30"),
        ("sav", "WKDAY3", 2, "2"),
        ("sav", "DATE11", 1e18, "1000000000000000000"),
        ("sav", "DATE11", 1e300, str(int(1e300))),
        ("dta", "%td", 24111, "2026-01-05"),
        ("dta", "%d", 24111, "2026-01-05"),
        ("dta", "%-tdD_m_Y", 24111, "2026-01-05"),
        ("dta", "%tdCCYY-NN-DD", 24111, "2026-01-05"),
        ("dta", "%tc", 2083227120000, "2026-01-05 10:12:00"),
        ("dta", "%tcDDmonCCYY_HH:MM:SS", 2083227120000, "2026-01-05 10:12:00"),
        ("dta", "%tcHH:MM:SS", 2083227120000, "10:12:00"),
        ("dta", "%tcHH:MM", 2083227120000, "10:12:00"),
        ("dta", "%tm", 792, "2026-01"),
        ("dta", "%tq", 264, "264"),
        ("dta", "%ty", 2026, "2026"),
        ("dta", "%9.0g", 24111, "24111"),
        ("xpt", "DATE9", 24111, "2026-01-05"),
        ("xpt", "E8601DA10", 24111, "2026-01-05"),
        ("xpt", "YYMMDD10", 24111, "2026-01-05"),
        ("xpt", "MONYY7", 24111, "2026-01-05"),
        ("xpt", "DTDATE9", 2083227120, "2026-01-05 10:12:00"),
        ("xpt", "E8601DT19", 2083227120, "2026-01-05 10:12:00"),
        ("xpt", "HHMM5", 36720, "10:12:00"),
        ("xpt", "BEST12", 24111, "24111"),
        ("xpt", "DOLLAR8.2", 2.5, "2.5"),
    ],
)
def test_a_number_reads_as_its_format_says(
    package: Any, variable_format: str, number: float, text: str | None
) -> None:
    assert as_text(package, variable_format, "double")(number) == text


# ---------- files that are not what they seem


def written(format_name: str, folder: Path, count: int = 300) -> Path:
    """A file of that format with `count` records of a text and two numbers."""
    file = folder / f"clinic.{format_name}"
    frame = pandas.DataFrame(
        {
            "patient": [f"{SECRET}{n}" for n in range(count)],
            "BDI": [n % 64 for n in range(count)],
            "x": [n / 8 for n in range(count)],
        }
    )
    frame["BDI"] = frame["BDI"].astype(float)
    writers: dict[str, Callable[..., None]] = {
        "sav": pyreadstat.write_sav,
        "dta": pyreadstat.write_dta,
        "xpt": pyreadstat.write_xport,
    }
    if format_name == "zsav":
        pyreadstat.write_sav(frame, file, compress=True)
    else:
        writers[format_name](frame, file)
    return file


@pytest.mark.parametrize("format_name", ["sav", "zsav", "dta", "xpt"])
def test_a_file_that_was_cut_short_is_refused(tmp_path: Path, format_name: str) -> None:
    file = written(format_name, tmp_path)
    content = file.read_bytes()
    title = TITLES[format_of(file)]
    for length in {1, 79, 80, 176, 400, len(content) // 2, len(content) // 80 // 2 * 80}:
        file.write_bytes(content[:length])
        assert mistake(file, chunk_rows=100) == NOT_WHOLE.format(file.name, title)
    file.write_bytes(b"")
    assert mistake(file) == (
        f"EMPTY_FILE: {file.name}: the file is empty. Export it again, or take it out of inbox."
    )


def test_a_transport_file_without_its_last_card_is_refused(tmp_path: Path) -> None:
    """In version 5 only records that do not end with a card tell of it."""
    file = transport(tmp_path / "clinic.xpt", table(SAS_VARIABLES, SAS_VALUES * 20))
    content = file.read_bytes()
    for cards in (1, 2, 3):
        file.write_bytes(content[: -80 * cards])
        assert mistake(file) == NOT_WHOLE.format("clinic.xpt", "SAS transport")


@pytest.mark.parametrize("format_name", ["sav", "dta", "xpt"])
@pytest.mark.parametrize("kind", ["text", "zeros", "noise", "sav", "dta", "xpt"])
def test_another_kind_of_file_is_refused(tmp_path: Path, format_name: str, kind: str) -> None:
    if kind == format_name:
        return
    contents = {
        "text": f"patient,date,BDI\n{SECRET},2026-01-05,20\n".encode() * 50,
        "zeros": bytes(5000),
        "noise": bytes(range(256)) * 20,
    }
    content = contents[kind] if kind in contents else written(kind, tmp_path).read_bytes()
    file = tmp_path / f"other.{format_name}"
    file.write_bytes(content)
    assert mistake(file) == NOT_WHOLE.format(file.name, TITLES[format_name])


def test_a_locked_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "clinic.sav"
    file.write_bytes(bytes(8) + b"ENCRYPTEDSAV" + bytes(range(256)) * 20)
    assert mistake(file) == (
        "UNREADABLE_FILE: clinic.sav: the file is locked with a password."
        " Save it without one and export again."
    )


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    file = written("zsav", tmp_path, count=5000)
    assert mistake(file, largest=50_000, chunk_rows=100) == (
        "UNREADABLE_FILE: clinic.zsav: unpacked it is larger than largest_unpacked_mb."
        " Export a smaller part of it."
    )


def test_one_wrong_byte_that_crashes_the_library_is_one_refused_file(tmp_path: Path) -> None:
    """The length of a label, 255 of at most 120, is a segmentation fault in pyreadstat 1.3.7."""
    file = spss(tmp_path / "clinic.sav")
    content = file.read_bytes()
    place = content.index(b"\x02Ay")
    file.write_bytes(content[:place] + b"\xff" + content[place + 1 :])
    with pytest.raises(OpKoersError) as caught:
        isolation.read_isolated(
            file,
            source("sav"),
            Surroundings(tmp_path, "Europe/Amsterdam", 1000, 1 << 30),
            tmp_path,
            name="clinic.sav",
        )
    assert re.match(r"clinic\.sav: .*(stopped at this file|not a whole SPSS)", str(caught.value))


def test_isolated_records_are_those_of_the_file(tmp_path: Path) -> None:
    file = spss(tmp_path / "clinic.sav")
    around = Surroundings(tmp_path, "Europe/Amsterdam", 2, 1 << 30)
    export = isolation.read_isolated(file, source("sav"), around, tmp_path, name="clinic.sav")
    isolated = (tmp_path / "table.csv").read_bytes()
    assert export.header == ("patient", "moment", "day", "hour", "q1", "word", "score")
    isolation.read_here(file, source("sav"), around, tmp_path, name="clinic.sav")
    assert (tmp_path / "table.csv").read_bytes() == isolated
    assert isolated.count(b"\n") == 3


# ---------- what reading costs


@pytest.mark.parametrize("format_name", ["sav", "dta", "xpt"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, format_name: str) -> None:
    def peak(count: int) -> int:
        file = written(format_name, tmp_path, count)
        around = Surroundings(tmp_path, "Europe/Amsterdam", 500, 1 << 30)
        reading = open_table(file, source(format_name), around).rows
        tracemalloc.start()
        assert sum(1 for _ in reading) == count
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(20_000) < 1.2 * peak(2_000)


def test_importing_it_imports_no_library() -> None:
    program = (
        "import sys, flows.landing.statistics_package\n"
        "heavy = {'pandas', 'numpy', 'pyreadstat', 'duckdb'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert done.stdout == "[]\n"
