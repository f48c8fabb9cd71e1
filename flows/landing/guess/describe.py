"""A file nobody has described -> the draft of its source."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from flows.errors import OpKoersError
from flows.instruments import Instrument
from flows.landing.guess import names
from flows.landing.guess.beside import find_companions
from flows.landing.guess.candidates import find_candidates
from flows.landing.guess.columns import Sample
from flows.landing.guess.elsewhere import not_an_export, refuse_by_name
from flows.landing.guess.file_keys import clinic_of, reading_keys, title_of
from flows.landing.guess.grouped import find_grouped
from flows.landing.guess.measures import (
    Guessed,
    Search,
    doubts_on_missing,
    missing_markers,
    told_apart,
)
from flows.landing.guess.moments import Timing, find_course_timing, find_timing
from flows.landing.guess.occasions import number_occasions
from flows.landing.guess.one_answer_a_line import LongGuess, find_long
from flows.landing.guess.recognise import Limits, Recognised, recognise
from flows.landing.guess.roles import People, find_people
from flows.landing.guess.sampling import Reader, sample_of
from flows.landing.guess.single import find_single
from flows.landing.guess.skips import find_skips
from flows.landing.guess.workbooks import find_sheets
from flows.landing.guess.write import Draft
from flows.landing.reading import empty

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
        title=title_of(name, recognised, sample),
        reading=tuple(reading_keys(name, recognised, sample)),
        missing=missing_markers(sample, ()),
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
    candidates = list(find_candidates(sample, people, recognised))
    grouped = find_grouped(search, candidates)
    timing = _timing(sample, people, recognised, grouped)
    taken = {c.name for guessed in grouped for c in guessed.columns} | timing.columns
    free = [column for column in candidates if column.name not in taken]
    has_course = any(guessed.measure.occasions for guessed in grouped)
    # Beside a course without dates nothing would tell when a single score was measured.
    is_dated = not (has_course and timing.moments[0].is_artificial)
    single = find_single(search, free, grouped) if is_dated else ()
    measures = tuple(told_apart((*grouped, *single)))
    if not measures:
        raise _without_measures(name, sample)
    return Draft(
        title=title_of(name, recognised, sample),
        reading=tuple(reading_keys(name, recognised, sample)),
        missing=missing_markers(sample, measures),
        people=people.findings,
        timing=timing,
        measures=measures,
        doubts=tuple(doubts_on_missing(measures)),
        unused=_unused(sample, people.columns | timing.columns | _names(measures)),
    )


def _names(measures: Sequence[Guessed]) -> frozenset[str]:
    return frozenset(column.name for guessed in measures for column in guessed.columns)


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
