"""A file nobody has described -> the draft of its source."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from flows.errors import OpKoersError
from flows.instruments import Instrument
from flows.landing.guess import names
from flows.landing.guess.beside import find_companions
from flows.landing.guess.columns import Column, Sample
from flows.landing.guess.dates import find_style
from flows.landing.guess.elsewhere import not_an_export, refuse_by_name
from flows.landing.guess.moments import Timing, find_course_timing, find_timing
from flows.landing.guess.occasions import number_occasions
from flows.landing.guess.one_answer_a_line import LongGuess, find_long
from flows.landing.guess.questionnaires import (
    Guessed,
    Search,
    find_grouped,
    find_single,
    is_candidate,
)
from flows.landing.guess.recognise import Limits, Recognised, recognise
from flows.landing.guess.roles import People, find_people, is_bookkeeping
from flows.landing.guess.sampling import Reader, sample_of
from flows.landing.guess.skips import find_skips
from flows.landing.guess.workbooks import find_sheets
from flows.landing.guess.write import Draft, Line
from flows.landing.reading import empty
from flows.landing.source import MISSING_MARKERS

DATE_IN_NAME = re.compile(r"\d{4}[-_.]?\d{2}[-_.]?\d{2}([-_T]?\d{2}[-_.]?\d{2}([-_.]?\d{2})?)?")
COPY_IN_NAME = re.compile(r" ?\(\d+\)$")
PATTERN_SIGNS = re.compile(r"[\[\]*?]")
MOST_UNUSED = 60


Keys = Mapping[str, str | int]


def describe(file: Path, name: str, instruments: Mapping[str, Instrument], reader: Reader) -> Draft:
    """What a source of this file would say.

    Raises OpKoersError when it is no export of answers, saying what it is.
    """
    limits = Limits(reader.surroundings.largest_bytes, reader.memory_mb)
    recognised = recognise(file, name, limits)
    if recognised.format in ("xlsx", "ods"):
        return _of_workbook(file, name, recognised, instruments, reader)
    return _described(file, name, recognised, instruments, reader, {})


def _of_workbook(
    file: Path,
    name: str,
    recognised: Recognised,
    instruments: Mapping[str, Instrument],
    reader: Reader,
) -> Draft:
    """The draft of the first sheet that holds answers; where none does, why the first does not."""
    sheets = find_sheets(file, name, reader.surroundings.largest_bytes, reader.memory_mb)
    refusals: list[OpKoersError] = []
    for sheet in sheets:
        keys: dict[str, str | int] = {"sheet": sheet.name} if len(sheets) > 1 else {}
        if sheet.header_row > 1:
            keys["header_row"] = sheet.header_row
        try:
            draft = _described(file, name, recognised, instruments, reader, keys)
        except OpKoersError as error:
            refusals.append(error)
            continue
        return draft.with_sheet(sheet.name, len(sheets)) if len(sheets) > 1 else draft
    raise refusals[0] if refusals else empty(name, "no sheet of the workbook holds columns")


def _described(
    file: Path,
    name: str,
    recognised: Recognised,
    instruments: Mapping[str, Instrument],
    reader: Reader,
    keys: Keys,
) -> Draft:
    sample = sample_of(file, name, recognised, reader, keys)
    companions = find_companions(reader.surroundings.companions, recognised, sample, reader)
    if companions:
        keys = {**keys, **{key: each.name for key, each in companions.items()}}
        sample = sample_of(file, name, recognised, reader, keys)
    people = find_people(sample, recognised.format, clinic_of(name))
    if people is None:
        refuse_by_name(file, name)
        raise not_an_export(
            name,
            "no column tells whose answers these are",
            "Export it with a column of patient ids",
        )
    long = find_long(sample, instruments, people.columns)
    if long is not None:
        draft = _long_draft(name, recognised, sample, people, long)
    else:
        draft = _wide_draft(name, recognised, sample, people, instruments)
    return draft.with_keys(keys).with_companions(companions).with_skips(find_skips(sample))


def _long_draft(
    name: str, recognised: Recognised, sample: Sample, people: People, long: LongGuess
) -> Draft:
    parts = [column for column in sample.columns if column.name in long.columns]
    timing = find_timing(sample, people, recognised.format, parts)
    used = people.columns | timing.columns | long.columns
    return Draft(
        title=_title(name, recognised, sample),
        reading=tuple(_reading(name, recognised, sample)),
        missing=_missing(sample, ()),
        people=people.findings,
        timing=timing,
        long=long.long,
        long_seen=long.seen,
        doubts=long.doubts,
        unused=_unused(sample, used),
    )


def _wide_draft(
    name: str,
    recognised: Recognised,
    sample: Sample,
    people: People,
    instruments: Mapping[str, Instrument],
) -> Draft:
    search = Search(sample, people, instruments)
    candidates = list(_candidates(sample, people, recognised))
    grouped = find_grouped(search, candidates)
    timing = _timing(sample, people, recognised, grouped)
    taken = {c.name for guessed in grouped for c in guessed.columns} | timing.columns
    free = [column for column in candidates if column.name not in taken]
    has_course = any(guessed.measure.occasions for guessed in grouped)
    # Beside a course without dates nothing would tell when a single score was measured.
    is_dated = not (has_course and timing.moments[0].is_artificial)
    measures = (*grouped, *(find_single(search, free, grouped) if is_dated else ()))
    if not measures:
        raise _without_measures(name, sample)
    return Draft(
        title=_title(name, recognised, sample),
        reading=tuple(_reading(name, recognised, sample)),
        missing=_missing(sample, measures),
        people=people.findings,
        timing=timing,
        measures=measures,
        doubts=tuple(_doubts_on_missing(measures)),
        unused=_unused(sample, people.columns | timing.columns | _names(measures)),
    )


def _names(measures: Sequence[Guessed]) -> frozenset[str]:
    return frozenset(column.name for guessed in measures for column in guessed.columns)


def _candidates(sample: Sample, people: People, recognised: Recognised) -> Iterator[Column]:
    forms = _forms(sample, recognised)
    for column in sample.columns:
        is_told = column.name in people.columns or find_style(column) is not None
        is_told = is_told or is_bookkeeping(column.name, recognised.format)
        if not is_told and is_candidate(column, forms.get(column.name, "")):
            yield column


def _forms(sample: Sample, recognised: Recognised) -> dict[str, str]:
    """Column -> form, where REDCap closes the columns of a form with `<form>_complete`."""
    forms: dict[str, str] = {}
    if recognised.format != "redcap":
        return forms
    open_columns: list[str] = []
    for column in sample.columns:
        if column.name.endswith("_complete"):
            forms |= dict.fromkeys(open_columns, column.name.removesuffix("_complete"))
            open_columns = []
        else:
            open_columns.append(column.name)
    return forms


def _timing(
    sample: Sample, people: People, recognised: Recognised, grouped: Sequence[Guessed]
) -> Timing:
    """When records were measured; moments in the names of columns count where there are any."""
    labels: dict[str, int] = {}
    for guessed in grouped:
        labels |= guessed.measure.session_of_occasion
    if labels:
        days = number_occasions(tuple(labels)).days_per_session
        return find_course_timing(sample, labels, days)
    answers = [column for guessed in grouped for column in guessed.columns]
    return find_timing(sample, people, recognised.format, answers)


# ---------- how to read the file


def _title(name: str, recognised: Recognised, sample: Sample) -> str:
    many = f"{sample.records:,}{' or more' if sample.has_more else ''}"
    return f"{name}: {recognised.seen}; {many} records, {len(sample.columns)} columns."


def _reading(name: str, recognised: Recognised, sample: Sample) -> Iterator[Line]:
    pattern = match_of(name)
    told = "the * stands for what looks like a date" if "*" in pattern else None
    yield Line("match", pattern, told)
    yield Line("format", recognised.format)
    layout = recognised.layout
    if layout is not None:
        yield Line("delimiter", layout.delimiter)
        if layout.encoding not in ("utf-8", "utf-8-sig"):
            doubt = None
            if layout.encoding in ("cp1252", "latin-1"):
                doubt = "it is not utf-8: look whether letters such as é come out right"
            yield Line("encoding", layout.encoding, None, doubt)
        if layout.header_row > 1 and not layout.is_announced:
            yield Line("header_row", layout.header_row, "titles stand above the names of columns")
    if sample.decimal == ",":
        doubt = None
        if sample.is_decimal_mixed:
            doubt = "some numbers have a comma, others a point: both are read as decimals"
        yield Line("decimal", ",", None, doubt)


def match_of(name: str) -> str:
    """The pattern of a file name: what looks like a date may be another one next week."""
    plain = PATTERN_SIGNS.sub("?", name)
    stem, dot, ending = plain.rpartition(".")
    stem = COPY_IN_NAME.sub("*", DATE_IN_NAME.sub("*", stem)) if dot else ending
    return f"{stem}{dot}{ending}" if dot else stem


def clinic_of(name: str) -> str:
    """A word for the clinic from a file name, without dates."""
    stem = DATE_IN_NAME.sub("", Path(name).stem).lower()
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-") or "clinic"


def _missing(sample: Sample, measures: Sequence[Guessed]) -> tuple[str, ...]:
    """Words and numbers that stand for missing, beyond those that always do."""
    codes = {number for guessed in measures for number in guessed.missing}
    codes -= {number for number in codes if _is_score_elsewhere(number, measures)}
    words = [word for word in sample.missing if word not in MISSING_MARKERS]
    return (*words, *(f"{number:g}" for number in sorted(codes)))


def _is_score_elsewhere(number: float, measures: Sequence[Guessed]) -> bool:
    """Whether a code for missing of one questionnaire is an answer of another."""
    return any(
        number in guessed.columns[0].present or any(number in c.present for c in guessed.columns)
        for guessed in measures
        if number not in guessed.missing
    )


def _doubts_on_missing(measures: Sequence[Guessed]) -> Iterator[str]:
    for guessed in measures:
        told = ", ".join(f"{number:g}" for number in sorted(guessed.missing))
        if not told:
            continue
        name = guessed.measure.instrument
        if any(_is_score_elsewhere(number, measures) for number in guessed.missing):
            yield (
                f"{told} in '{name}' looks like a code for missing, but is a value elsewhere in the"
                " file: such answers are refused one by one"
            )
        else:
            yield f"{told} in '{name}' is taken to stand for missing (refused, unknown)"


def _unused(sample: Sample, used: frozenset[str]) -> tuple[str, ...]:
    left = [column.name for column in sample.columns if column.name and column.name not in used]
    more = len(left) - MOST_UNUSED
    return (*left[:MOST_UNUSED], *([f"and {more} more"] if more > 0 else []))


def _without_measures(name: str, sample: Sample) -> OpKoersError:
    if any(names.is_body(column.name) for column in sample.columns):
        return not_an_export(
            name,
            "there are columns for body measures or laboratory values here, none for answers to a"
            " questionnaire",
            "Keep it out of inbox; what is known at the start belongs in a source with"
            ' table = "intake"',
        )
    return not_an_export(
        name,
        "no column holds answers to a questionnaire or scores",
        "Keep it out of inbox, or write its source by hand (flows/landing/README.md)",
    )
