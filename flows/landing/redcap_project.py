"""What the data dictionary and the list of events of a REDCap project say of its exports."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flows.landing.coded import Coding
from flows.landing.companions import companion, companion_encoding, unusable_companion
from flows.landing.reading import MOST_COLUMNS, Surroundings, too_large
from flows.landing.source import Source
from flows.landing.text_file import physical_rows

# The header of a dictionary as the project page writes it -> as the API does.
API_NAMES = {
    "variable / field name": "field_name",
    "form name": "form_name",
    "field type": "field_type",
    "field label": "field_label",
    "choices, calculations, or slider labels": "select_choices_or_calculations",
    "text validation type or show slider number": "text_validation_type_or_show_slider_number",
}
KINDS_WITH_CHOICES = ("radio", "dropdown")
ONE_OR_ZERO = {"0": "0", "1": "1"}
KINDS_WITH_TWO = {
    "yesno": Coding(ONE_OR_ZERO, {"Yes": "1", "No": "0", "Ja": "1", "Nee": "0"}),
    "truefalse": Coding(ONE_OR_ZERO, {"True": "1", "False": "0"}),
}
CHECKED = Coding(ONE_OR_ZERO, {"Checked": "1", "Unchecked": "0"})
COMPLETE = Coding(
    {"0": "0", "1": "1", "2": "2"}, {"Incomplete": "0", "Unverified": "1", "Complete": "2"}
)
EVENT_LABEL = re.compile(r"(?P<name>.*) \(Arm (?P<arm>\d+): .*\)", re.DOTALL)
EVENT_ARM = re.compile(r".*_arm_(?P<arm>\d+)[a-z]?")
TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True)
class Field:
    """One line of a data dictionary; `coding` where its answers are a few."""

    name: str
    form: str
    label: str
    coding: Coding | None
    has_decimal_comma: bool


@dataclass(frozen=True)
class Event:
    """A moment of a longitudinal project; `number` is its place in its arm, counted from 0."""

    name: str
    number: int | None
    arm: str | None
    day_offset: str | None


@dataclass(frozen=True)
class Project:
    """Fields by name, in the order of the dictionary, and events by every name they go by."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    events: Mapping[str, Event] = field(default_factory=dict)

    def event(self, told: str) -> Event:
        """The event that an export names, by its unique name or its label."""
        label = EVENT_LABEL.fullmatch(told)
        key = _in_arm(label["name"], label["arm"]) if label else told
        if key in self.events:
            return self.events[key]
        arm = label or EVENT_ARM.fullmatch(told)
        return Event(told, None, arm["arm"] if arm else None, None)

    def coding(self, column: str) -> Coding | None:
        """The answers in a column of an export, where those are a few."""
        known = self.fields.get(column)
        if known is not None:
            return known.coding
        if column.endswith("_complete"):
            return COMPLETE
        return CHECKED if "___" in column else None


def read_project(source: Source, surroundings: Surroundings) -> Project:
    """What the companions of a source tell.

    Raises OpKoersError when one is not there or not what the source says.
    """
    dictionary = companion(source.dictionary, source, surroundings)
    events = companion(source.events, source, surroundings)
    return Project(
        fields=_fields(dictionary, source) if dictionary else {},
        events=_events(events, source) if events else {},
    )


def plain_label(text: str) -> str:
    """A label without markup and with single blanks."""
    return " ".join(html.unescape(TAG.sub("", text)).split())


def api_names(header: Sequence[str]) -> tuple[str, ...]:
    """Column names of a dictionary or list of events, as the API writes them."""
    names = (name.strip().lower() for name in header)
    return tuple(API_NAMES.get(name, name) for name in names)


def _fields(file: Path, source: Source) -> dict[str, Field]:
    needed = ("field_name", "form_name", "field_type")
    rows = _rows(file, source, needed, "a REDCap data dictionary")
    return {name: _field(row) for row in rows if (name := row["field_name"])}


def _field(row: Mapping[str, str]) -> Field:
    validation = row.get("text_validation_type_or_show_slider_number", "")
    return Field(
        name=row["field_name"],
        form=row["form_name"],
        label=plain_label(row.get("field_label", "")),
        coding=_coding(row["field_type"], row.get("select_choices_or_calculations", "")),
        has_decimal_comma=validation.endswith("comma_decimal"),
    )


def _coding(kind: str, told: str) -> Coding | None:
    if kind in KINDS_WITH_TWO:
        return KINDS_WITH_TWO[kind]
    if kind not in KINDS_WITH_CHOICES:
        return None
    pairs = [part.split(",", 1) for part in told.split("|") if "," in part]
    return _of_choices([(code.strip(), plain_label(label)) for code, label in pairs])


def _of_choices(choices: Sequence[tuple[str, str]]) -> Coding:
    """A label of two codes says nothing and is left out."""
    labels = [label for _, label in choices]
    return Coding(
        values={code: code for code, _ in choices},
        labels={label: code for code, label in choices if labels.count(label) == 1},
    )


def _events(file: Path, source: Source) -> dict[str, Event]:
    rows = list(_rows(file, source, ("unique_event_name", "arm_num"), "REDCap's list of events"))
    seen: dict[str, int] = {}
    events: dict[str, Event] = {}
    for row in rows:
        arm = row["arm_num"]
        number = seen[arm] = seen.get(arm, -1) + 1
        event = Event(row["unique_event_name"], number, arm, row.get("day_offset") or None)
        events |= dict.fromkeys(_event_names(row, rows), event)
    return events


def _event_names(row: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """By what names an export calls an event: its label too, where no other event bears it."""
    yield row["unique_event_name"]
    label = row.get("event_name", "")
    yield _in_arm(label, row["arm_num"])
    if label and sum(other.get("event_name") == label for other in rows) == 1:
        yield label


def _in_arm(label: str, arm: str) -> str:
    """An export of labels writes `Visit 1 (Arm 2: Drug B)`; the list does not name its arms."""
    return f"{label} (Arm {arm})"


def _rows(
    file: Path, source: Source, needed: Sequence[str], what: str
) -> Iterator[Mapping[str, str]]:
    """The records of a companion by the names of their columns."""
    rows = physical_rows(
        file, encoding=companion_encoding(file, source), delimiter=None, name=file.name
    )
    header = api_names(next(rows, (0, []))[1])
    if not set(needed) <= set(header):
        raise unusable_companion(
            source, f"the file '{file.name}' that it names is not {what}", "Name the right file"
        )
    for number, (_, fields) in enumerate(rows):
        if number > MOST_COLUMNS:
            raise too_large(file.name, f"there are more than {MOST_COLUMNS:,} lines")
        padded = [*fields, *[""] * (len(header) - len(fields))]
        yield dict(zip(header, (text.strip() for text in padded), strict=False))
