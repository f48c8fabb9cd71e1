"""What kind of file lies here: one of the formats, or one sentence on what it is instead."""

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flows.landing.compressed import sound_zip
from flows.landing.fhir import what_else
from flows.landing.formats import FORMATS
from flows.landing.guess.elsewhere import (
    QUESTIONNAIRE,
    not_an_export,
    refuse_by_columns,
    refuse_by_name,
    refuse_by_text,
)
from flows.landing.guess.layout import Layout, find_layout
from flows.landing.isolation import call_isolated
from flows.landing.reading import empty
from flows.landing.sheet_marks import WORKBOOK
from flows.landing.source import FormatName

HEAD = 4096
# Stata before version 13 begins with its version and the order of bytes.
OLD_STATA = re.compile(rb"[\x69\x6c\x6e\x6f\x71-\x73][\x01\x02]\x01\x00", re.DOTALL)
COMPLETE = {"", "0", "1", "2", "Incomplete", "Unverified", "Complete"}
PHP = re.compile(r"[aO]:\d+:\{")
DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class Limits:
    """How much a file may unpack to, and how much memory its reader may take."""

    largest_bytes: int
    memory_mb: int


@dataclass(frozen=True)
class Recognised:
    """A format, and the layout of the text where the file is text with columns."""

    format: FormatName
    layout: Layout | None = None

    @property
    def seen(self) -> str:
        """What it is, in words."""
        title = FORMATS[self.format].title
        if self.layout is None:
            return title
        delimiter = DELIMITER_NAMES[self.layout.delimiter]
        return f"{title}, divided by {delimiter}, in {self.layout.encoding}"


def recognise(file: Path, name: str, limits: Limits) -> Recognised:
    """The format of a file. Raises OpKoersError saying what it is where it is no export."""
    with file.open("rb") as stream:
        head = stream.read(HEAD)
    if not head.strip():
        raise empty(name, "the file is empty")
    by_bytes = _by_bytes(file, name, head, limits)
    if by_bytes is not None:
        return Recognised(by_bytes)
    text = head.decode("utf-8-sig", errors="replace").lstrip()
    refuse_by_text(text, name)
    if PHP.match(text):
        raise not_an_export(
            name,
            "this is the structure of a survey as a program wrote it for itself, not answers",
            "Keep it out of inbox, and export the answers as csv",
        )
    if text.startswith(("{", "[")):
        return _fhir(file, name, limits.memory_mb)
    return _delimited(file, name)


def _by_bytes(file: Path, name: str, head: bytes, limits: Limits) -> FormatName | None:
    """The format that the first bytes show, for formats that are no text."""
    if head.startswith(b"PK"):
        return _spreadsheet(file, name, limits)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "xlsx"
    if head.startswith((b"$FL2", b"$FL3")):
        return "sav"
    if head.startswith(b"<stata_dta>") or OLD_STATA.match(head):
        return "dta"
    if head.startswith(b"HEADER RECORD*******LIB"):
        return "xpt"
    return "roqua" if head.startswith(b"SQLite format 3\0") else None


def _spreadsheet(file: Path, name: str, limits: Limits) -> FormatName | None:
    with sound_zip(file, name, WORKBOOK, limits.largest_bytes) as packed:
        names = set(packed.namelist())
    if "content.xml" in names:
        return "ods"
    return "xlsx" if any(name.startswith("xl/") for name in names) else None


def _fhir(file: Path, name: str, memory_mb: int) -> Recognised:
    what = call_isolated(partial(what_else, file.absolute()), name=name, memory_mb=memory_mb)
    if what is None:
        return Recognised("fhir")
    is_list = str(what).startswith("a Questionnaire")
    next_step = QUESTIONNAIRE if is_list else "Export QuestionnaireResponse resources, or csv"
    raise not_an_export(name, f"this is {what}, it holds no answers", next_step)


def _delimited(file: Path, name: str) -> Recognised:
    layout = find_layout(file, name)
    if layout is None:
        refuse_by_name(file, name)
        raise not_an_export(
            name,
            "this is no file of a known format, and no text with columns",
            "Export the answers as csv or xlsx",
        )
    refuse_by_columns(layout, name)
    if not layout.has_names:
        refuse_by_name(file, name)
        raise not_an_export(
            name,
            "there is no line with names of columns",
            "Export it again with the names of its columns in the first line",
        )
    return Recognised(_dialect(layout), layout)


def _dialect(layout: Layout) -> FormatName:
    """Which program wrote delimited text, by the columns that only it writes."""
    header = {name.lower() for name in layout.header}
    second = [cell.strip().lower() for cell in layout.records[0]] if layout.records else []
    if any(name.startswith("redcap_") for name in header) or _has_redcap_forms(layout):
        return "redcap"
    if {"lastpage", "startlanguage"} <= header or {"lastpage", "startlanguage"} <= set(second):
        return "limesurvey"
    if {"last page", "start language"} <= header:
        return "limesurvey"
    castor = {"custom_name", "survey_instance_id", "randomisation_group", "record_id"}
    if "institute" in header and header & castor and header & {"archived", "created_on"}:
        return "castor"
    if "recordeddate" in header and header & {"responseid", "finished"}:
        return "qualtrics"
    return "csv"


def _has_redcap_forms(layout: Layout) -> bool:
    """REDCap ends every form with `<form>_complete`, in an export with labels with `Complete?`."""
    if "Complete?" in layout.header:
        return True
    places = [p for p, name in enumerate(layout.header) if name.endswith("_complete")]
    codes = {row[p].strip() for row in layout.records for p in places if p < len(row)}
    return bool(places) and codes <= COMPLETE
