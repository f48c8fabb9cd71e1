"""sources/*.toml: which files a source matches and which columns mean what."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from flows.errors import ExitCode, OpKoersError
from flows.landing.rules import is_taken

MISSING_MARKERS = ("NA", "NULL", "null")

FormatName = Literal[
    "csv",
    "xlsx",
    "ods",
    "sav",
    "dta",
    "xpt",
    "redcap",
    "limesurvey",
    "castor",
    "qualtrics",
    "fhir",
    "roqua",
]
TableName = Literal[
    "responses",
    "patients",
    "episodes",
    "appointments",
    "groups",
    "therapists",
    "non_response",
    "intake",
]
WITHOUT_PATIENT = ("groups", "therapists")
DATE_PARTS = "aAbBdfgGHIjmMnpSuUVwWxXyYzZ%"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\s*[-+]?[\d.,]+\s*", text) is not None


def _date_format(text: str) -> str:
    parts = re.findall("%-?(.)", text)
    if not parts or not set(parts) <= set(DATE_PARTS) or text.endswith("%"):
        raise ValueError("write it with %d, %m and %Y, as in %d-%m-%Y")
    return text


def _encoding(name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        raise ValueError("there is no such encoding; write one such as cp1252 or utf-16") from None
    return name


def _skip_rule_name(name: str) -> str:
    if is_taken(name):
        raise ValueError("this name has a meaning of its own; choose another")
    return name


class FromColumn(_Part):
    """A value taken from a column of each record, or one value for the whole file.

    `values` translates what the column says (`{ "visit 1" = "1" }`); what it
    does not name stays as it is.
    """

    column: str | None = None
    value: str | int | None = None
    values: Mapping[str, str | int] = {}

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise ValueError("give either a column or a value")
        return self


class Moment(_Part):
    """When an assessment was filled in.

    Either a `column` with a date (`format` as in strptime; ISO 8601 where it
    is left out), or a `column` with a number of days `days_since` a date, or
    one `value` for the file, or `sessions_since` a date with
    `days_per_session`, which makes artificial dates.
    """

    column: str | None = None
    format: Annotated[str, AfterValidator(_date_format)] | None = None
    days_since: date | None = None
    value: date | None = None
    sessions_since: date | None = None
    days_per_session: int | None = Field(default=None, ge=1, le=366)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [self.column is not None, self.value is not None, self.sessions_since is not None]
        if sum(ways) != 1:
            raise ValueError("give one of: column, value, sessions_since")
        if (self.sessions_since is None) != (self.days_per_session is None):
            raise ValueError("sessions_since and days_per_session belong together")
        if self.format is not None and self.days_since is not None:
            raise ValueError("give either format or days_since")
        if self.column is None and (self.format is not None or self.days_since is not None):
            raise ValueError("format and days_since need a column")
        return self

    @property
    def is_artificial(self) -> bool:
        return self.sessions_since is not None


class Cell(FromColumn):
    """A value of an entity table (patients, episodes, ...); `format` is that of its date."""

    format: Annotated[str, AfterValidator(_date_format)] | None = None


class Measure(_Part):
    """Columns of a wide export that hold one instrument: its items, or one scale.

    `values` translates answers that are written as labels. `unit` and `coding`
    say in which unit the answers stand and from which number they are counted,
    where the instrument knows more than one. `partial`
    says that the export has no more items than those named. An export that
    holds several moments in one line names them in `occasions` (label ->
    session number, or labels that are counted from 0) and writes {occasion} in
    its column names. `measured_at`, `session_no` and `respondent` take the
    place of those of the source for these columns.
    """

    instrument: str
    items: str | Mapping[str, str] | None = None
    scale: str | None = None
    column: str | None = None
    values: Mapping[str, float | int] = {}
    unit: str | None = None
    coding: str | None = None
    partial: bool = False
    occasions: Mapping[str, int] | Annotated[tuple[str, ...], BeforeValidator(_tuple)] = ()
    measured_at: Moment | None = None
    session_no: FromColumn | None = None
    respondent: FromColumn | None = None

    @property
    def session_of_occasion(self) -> Mapping[str, int]:
        """Label -> session number of the moments that one line holds; empty where it holds one."""
        if isinstance(self.occasions, Mapping):
            return self.occasions
        return {label: number for number, label in enumerate(self.occasions)}

    @model_validator(mode="after")
    def _items_or_scale(self) -> Self:
        if (self.items is None) == (self.scale is None) or (self.scale is None) != (
            self.column is None
        ):
            raise ValueError('give either items = "name_{item}" or both scale and column')
        if isinstance(self.items, str) and "{item}" not in self.items:
            raise ValueError('the pattern of items must hold {item}, as in "phq9_{item}"')
        return self

    @model_validator(mode="after")
    def _occasions_in_names(self) -> Self:
        names = [self.column, *self._item_names()]
        if self.occasions and not any("{occasion}" in name for name in names if name):
            raise ValueError('occasions need {occasion} in a column name, as in "bdi_{occasion}"')
        if self.occasions and self.session_no is not None:
            raise ValueError("give either occasions or session_no")
        return self

    def _item_names(self) -> tuple[str, ...]:
        if isinstance(self.items, str):
            return (self.items,)
        return tuple(self.items.values()) if self.items else ()


class Long(_Part):
    """The columns of a long export: one record holds one answer.

    `instruments` and `items` translate the names that the export uses;
    `item_pattern` takes the number out of a name ("PHQ.{item}"); `ignore_items`
    are left out by rule; `values` translates labels; `units` and `codings`
    name, by instrument, the unit and the coding of the answers.
    """

    instrument: FromColumn
    item: FromColumn
    value: FromColumn
    instruments: Mapping[str, str] = {}
    items: Mapping[str, str | int] = {}
    item_pattern: str | None = None
    ignore_items: Annotated[tuple[str, ...], BeforeValidator(_tuple)] = ()
    values: Mapping[str, float | int] = {}
    units: Mapping[str, str] = {}
    codings: Mapping[str, str] = {}

    @model_validator(mode="after")
    def _pattern_holds_item(self) -> Self:
        if self.item_pattern is not None and "{item}" not in self.item_pattern:
            raise ValueError('item_pattern must hold {item}, as in "PHQ.{item}"')
        return self


class Skip(_Part):
    """Records that are not meant to land; they count as rejected by rule."""

    column: str
    equals: str | None = None
    differs_from: str | None = None
    rule: Annotated[str, AfterValidator(_skip_rule_name)] = Field(pattern=r"^[a-z_]+$")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.equals is None) == (self.differs_from is None):
            raise ValueError("give either equals or differs_from")
        return self


class Withdrawal(_Part):
    """Records that take back what was said before of their assessment."""

    column: str
    equals: str | None = None
    differs_from: str | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.equals is None) == (self.differs_from is None):
            raise ValueError("give either equals or differs_from")
        return self


class Source(_Part):
    """How to read one kind of export.

    `table` says what its records are; `columns` are those of an entity table.
    `dictionary`, `events`, `survey` and `questionnaire` name files that lie
    beside the source and explain the export. `exports` says whether each
    export holds everything (what a later one leaves out is withdrawn) or
    only a part.
    """

    name: str
    match: str
    format: FormatName
    table: TableName = "responses"
    exports: Literal["partial", "complete"] = "partial"
    sheet: str | int | None = None
    header_row: int = Field(default=1, ge=1, le=1000)
    dictionary: str | None = None
    events: str | None = None
    survey: str | None = None
    questionnaire: str | None = None
    timezone: str | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"
    decimal: Literal[".", ","] = "."
    missing: Annotated[tuple[str, ...], BeforeValidator(_tuple)] = MISSING_MARKERS
    patient_ids: Literal["pseudonym", "real"] = "pseudonym"
    clinic_id: FromColumn
    patient_id: FromColumn | None = None
    therapist_id: FromColumn | None = None
    episode_id: FromColumn | None = None
    group_id: FromColumn | None = None
    session_no: FromColumn | None = None
    respondent: FromColumn | None = None
    record_id: FromColumn | None = None
    measured_at: Moment | None = None
    columns: Mapping[str, Cell] = {}
    measure: Annotated[tuple[Measure, ...], BeforeValidator(_tuple)] = ()
    long: Long | None = None
    skip: Annotated[tuple[Skip, ...], BeforeValidator(_tuple)] = ()
    withdraw: Annotated[tuple[Withdrawal, ...], BeforeValidator(_tuple)] = ()

    @property
    def companions(self) -> tuple[str, ...]:
        """Names of the files beside the source that explain the export."""
        named = (self.dictionary, self.events, self.survey, self.questionnaire)
        return tuple(name for name in named if name is not None)

    @property
    def missing_words(self) -> tuple[str, ...]:
        """What stands for missing in any column."""
        return ("", *(marker for marker in self.missing if not _is_number(marker)))

    @property
    def missing_numbers(self) -> tuple[str, ...]:
        """What stands for missing among answers only: 99 may well be a patient or a session."""
        return tuple(marker for marker in self.missing if _is_number(marker))

    @field_validator("dictionary", "events", "survey", "questionnaire")
    @classmethod
    def _beside_the_source(cls, name: str | None) -> str | None:
        if name is not None and (Path(name).name != name or name.startswith(".")):
            raise ValueError("give the name of a file that lies beside this source")
        return name

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, name: str | None) -> str | None:
        if name is not None and name not in available_timezones():
            raise ValueError("write a time zone such as Europe/Amsterdam")
        return name

    @model_validator(mode="after")
    def _enough_for_its_table(self) -> Self:
        if self.patient_id is None and self.table not in WITHOUT_PATIENT:
            raise ValueError("the key 'patient_id' is missing")
        if self.table != "responses":
            return self._entity()
        if self.columns:
            raise ValueError("'columns' belongs to a source with another 'table'")
        if (self.long is None) == (not self.measure):
            raise ValueError("give either [long] or one [[measure]] at least")
        return self._with_moments()

    def _entity(self) -> Self:
        if self.measure or self.long is not None:
            raise ValueError(f"a source of {self.table} has neither [long] nor [[measure]]")
        return self

    def _with_moments(self) -> Self:
        for measure in self.measure or (None,):
            moment = (measure and measure.measured_at) or self.measured_at
            if moment is None:
                raise ValueError("the key 'measured_at' is missing")
            session = measure and (measure.session_no or measure.occasions)
            if moment.is_artificial and not (session or self.session_no):
                raise ValueError("sessions_since needs session_no")
        return self

    @property
    def has_artificial_dates(self) -> bool:
        """Whether any of its dates is counted from session numbers."""
        moments = [self.measured_at, *(measure.measured_at for measure in self.measure)]
        return any(moment.is_artificial for moment in moments if moment is not None)


def load_sources(folder: Path) -> tuple[tuple[Source, ...], tuple[OpKoersError, ...]]:
    """The sources of a home in the order of their file names, and what keeps others from use.

    One that cannot be used does not keep the files of the others from landing.
    """
    sources, mistakes = [], []
    for file in sorted(folder.glob("*.toml")):
        try:
            sources.append(load_source(file))
        except OpKoersError as mistake:
            mistakes.append(mistake)
    return tuple(sources), tuple(mistakes)


def source_for(name: str, sources: Sequence[Source]) -> Source:
    """The one source whose pattern matches a file name.

    Raises OpKoersError when none or more than one does.
    """
    matching = [source for source in sources if fnmatch(name, source.match)]
    if len(matching) == 1:
        return matching[0]
    if not matching:
        raise OpKoersError(
            "no source file matches this name",
            where=name,
            next_step="Add sources/<name>.toml with a fitting 'match', or take the file out"
            " of inbox",
            exit_code=ExitCode.NO_SOURCE_MATCHES,
        )
    raise OpKoersError(
        f"more than one source matches this name ({', '.join(s.name for s in matching)})",
        where=name,
        next_step="Make the 'match' of one of them narrower",
        exit_code=ExitCode.NO_SOURCE_MATCHES,
    )


def load_source(file: Path) -> Source:
    """One source. Raises OpKoersError naming the file and the key that cannot be used."""
    try:
        written: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unusable(file, f"not readable as TOML ({error})") from None
    if "name" in written:
        raise _unusable(file, "there is no key 'name': a source is named as its file")
    try:
        return Source.model_validate({"name": file.stem, **written})
    except ValidationError as error:
        raise _unusable(file, _explained(error)) from None


def _explained(error: ValidationError) -> str:
    # A misspelt key is missing under its right name too: tell of the one that is written.
    first = max(error.errors(), key=lambda told: told["type"] == "extra_forbidden")
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"there is no key '{key}'"
    if first["type"] == "missing":
        return f"the key '{key}' is missing"
    reason = first["msg"].removeprefix("Value error, ")
    if reason.startswith("the key "):
        return reason
    return f"'{key}' cannot be used: {reason}" if key else reason


def _unusable(file: Path, what: str) -> OpKoersError:
    return OpKoersError(
        what,
        where=f"sources/{file.name}",
        next_step="Mend it; flows/landing/README.md lists the keys of a source",
        exit_code=ExitCode.SOURCE,
    )
