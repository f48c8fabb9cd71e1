"""REDCap: an export of records as csv, raw or with labels, explained by its companions.

With the data dictionary labels become codes, headings become field names and
decimal commas become points, field by field. With the list of events each
record tells which event of its arm it is. Dates need no setting: REDCap writes
ISO 8601 in every export, whatever a field shows on the screen.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from flows.landing.coded import check_labels_or_codes, first_rows
from flows.landing.reading import Row, Surroundings, Table, unreadable
from flows.landing.redcap_headings import field_names
from flows.landing.redcap_project import Project, api_names, read_project
from flows.landing.source import Source
from flows.landing.text_file import Numbered, header_and_rows, whole

EVENT = "redcap_event_name"
EVENT_COLUMNS = ("redcap_event_number", "redcap_arm", "redcap_day_offset")
NOT_COMPLETED = "[not completed]"
DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+")
# What the other files of a project are, by columns that only they have.
OTHER_FILES = (
    ({"field_name", "form_name"}, "a REDCap data dictionary"),
    ({"arm_num", "unique_event_name", "form"}, "REDCap's list of instruments by event"),
    ({"event_name", "unique_event_name"}, "REDCap's list of events"),
    ({"instrument_name", "instrument_label"}, "REDCap's list of instruments"),
    ({"original_field_name", "export_field_name"}, "REDCap's list of export field names"),
)
ARMS = {"arm_num", "name"}
BESIDE_ITS_SOURCE = {"a REDCap data dictionary": "dictionary", "REDCap's list of events": "events"}

Column = Callable[[str], str]


def open_table(file: Path, source: Source, surroundings: Surroundings) -> Table:
    """The records of a project, every repeat and event one of its own.

    Raises OpKoersError: no delimited text, no record, another file of a
    project, companions that cannot be read, codes that may as well be labels.
    """
    header, rows = header_and_rows(file, source)
    _refuse_other_files(header, file.name)
    project = read_project(source, surroundings)
    names = field_names(header, project)
    first = first_rows(rows, surroundings.chunk_rows)
    plan = _Plan(names, _columns(names, project, first, file.name), project)
    return Table(plan.header, plan.rows(chain(first, rows)))


def what_else(header: Sequence[str]) -> str | None:
    """What a file with these columns is, when it is part of a project but not its records."""
    names = set(api_names(header))
    if names == ARMS:
        return "REDCap's list of arms"
    return next((what for columns, what in OTHER_FILES if columns <= names), None)


def _refuse_other_files(header: Sequence[str], name: str) -> None:
    what = what_else(header)
    if what is None:
        return
    key = BESIDE_ITS_SOURCE.get(what)
    there = f", lay it beside its source and name it there: {key}" if key else ""
    raise unreadable(
        name, f"this is {what}, not an export of records", f"Take it out of inbox{there}", 1
    )


@dataclass(frozen=True)
class _Plan:
    """How each record of a file is read: its columns, and what its event adds to them."""

    names: tuple[str, ...]
    columns: Mapping[int, Column]
    project: Project

    @property
    def header(self) -> tuple[str, ...]:
        return (*self.names, *self._added())

    def _added(self) -> tuple[str, ...]:
        return EVENT_COLUMNS if EVENT in self.names else ()

    def rows(self, records: Iterator[Numbered]) -> Iterator[Row]:
        event = self.names.index(EVENT) if EVENT in self.names else None
        for line, fields in records:
            record = whole(fields, len(self.names))
            if record is None:
                yield Row(line, None)
                continue
            for place, read in self.columns.items():
                record[place] = read(record[place].strip())
            texts = [text if text and text != NOT_COMPLETED else None for text in record]
            yield Row(line, texts if event is None else self._with_event(texts, event))

    def _with_event(self, texts: list[str | None], place: int) -> list[str | None]:
        told = texts[place]
        if told is None:
            return [*texts, None, None, None]
        event = self.project.event(told.strip())
        texts[place] = event.name
        number = None if event.number is None else str(event.number)
        return [*texts, number, event.arm, event.day_offset]


def _columns(
    names: Sequence[str], project: Project, first: Sequence[Numbered], name: str
) -> dict[int, Column]:
    """How to read the columns that are not taken as they stand, by place."""
    codings = {
        place: coding
        for place, column in enumerate(names)
        if (coding := project.coding(column)) is not None
    }
    labelled = check_labels_or_codes(codings, first, name)
    columns = {place: coding.reader(labelled=labelled) for place, coding in codings.items()}
    for place, column in enumerate(names):
        if column in project.fields and project.fields[column].has_decimal_comma:
            columns[place] = _with_point
    return columns


def _with_point(text: str) -> str:
    return text.replace(",", ".") if DECIMAL_COMMA.fullmatch(text) else text
