"""One [[measure]] of a source: what its answers look like, and what is unsure about it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite

from flows.instruments import Instrument
from flows.landing.guess.answers import (
    are_words,
    far_codes,
    missing_codes,
    values_of,
    wording_of,
)
from flows.landing.guess.columns import Column, Sample
from flows.landing.guess.instruments import bare
from flows.landing.guess.roles import People
from flows.landing.source import MISSING_MARKERS, Measure

TOTAL = "total"
ROUND = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 50, 70)


@dataclass(frozen=True)
class Guessed:
    """One [[measure]], what was seen of it, and what is unsure.

    `missing` are numbers that stand for missing among its answers;
    `has_unknown_words` where answers are words of which the numbers are not known.
    """

    measure: Measure
    columns: tuple[Column, ...]
    seen: str
    is_described: bool
    doubts: tuple[str, ...] = ()
    missing: frozenset[float] = frozenset()
    has_unknown_words: bool = False


@dataclass(frozen=True)
class Search:
    """What all parts of the search need."""

    sample: Sample
    people: People
    instruments: Mapping[str, Instrument]


def checked(
    measure: Measure, columns: tuple[Column, ...], known: Instrument | None, doubts: tuple[str, ...]
) -> Guessed:
    """A measure with units, codes for missing and words, as its answers show them."""
    guessed = Guessed(measure, columns, _seen(measure, columns, known), known is not None, doubts)
    if known is not None and not _is_named_in_full(columns[0].name, known):
        told = f"'{columns[0].name}' is taken for {known.name}, {known.version}"
        guessed = doubting(guessed, told)
    if any(are_words(column) for column in columns):
        guessed = _with_words(guessed, known)
    if not any(column.is_numeric for column in columns):
        return guessed
    if any(column.is_numeric and len(column.present) < column.filled for column in columns):
        told = f"some answers of '{measure.instrument}' are no numbers and will be refused"
        guessed = doubting(guessed, told)
    lowest, highest = _range(measure, known) if known else (-inf, inf)
    if known is None or not isfinite(highest):
        return replace(guessed, missing=far_codes(columns))
    return _within(guessed, known, lowest, highest)


def _is_named_in_full(column: str, known: Instrument) -> bool:
    """Whether a column name holds the whole name of an instrument of which there is one edition."""
    name = bare(column)
    return (bare(known.id) in name or bare(known.short_name) in name) and (
        "edition" not in known.version
    )


def doubting(guessed: Guessed, doubt: str) -> Guessed:
    """The same with one more doubt."""
    return replace(guessed, doubts=(*guessed.doubts, doubt))


def _range(measure: Measure, known: Instrument) -> tuple[float, float]:
    """What its values can lie between; without a bound where its file knows none."""
    if measure.scale is None:
        return known.item_minimum, known.item_maximum
    named = [scale for scale in known.scale if scale.id == measure.scale] or known.scale
    return (named[0].minimum, named[0].maximum) if named else (-inf, inf)


def _seen(measure: Measure, columns: Sequence[Column], known: Instrument | None) -> str:
    """No value of a patient: what the answers lie between is rounded up."""
    what = "one score" if measure.scale else f"{_width(measure)} items"
    answered = [column for column in columns if column.is_numeric]
    if answered and known is None:
        sort = "whole numbers" if all(c.is_whole for c in answered) else "numbers with decimals"
        what += f", {sort} up to {_rounded_up(max(c.highest for c in answered)):g}"
    if not any(column.filled for column in columns):
        what += ", nothing filled in"
    return f"{what}; taken for {known.name} ({known.version})" if known else what


def _rounded_up(highest: float) -> float:
    power = 1.0
    while highest > 100 * power:
        power *= 10
    return next((n * power for n in ROUND if highest <= n * power), 100 * power)


def _width(measure: Measure) -> int | str:
    return "all" if isinstance(measure.items, str) else len(measure.items or ())


def _within(guessed: Guessed, known: Instrument, lowest: float, highest: float) -> Guessed:
    """Values beyond the range: another unit or coding, codes for missing, or a doubt."""
    answers = _answers(guessed, known)
    if not answers:
        return guessed
    top, bottom = max(answers), min(answers)
    unit = _unit(guessed.measure, known, top)
    if unit is not None:
        doubt = f"the answers of {known.short_name} go beyond {highest:g}: they are read in {unit}"
        measure = guessed.measure.model_copy(update={"unit": unit})
        return doubting(replace(guessed, measure=measure), doubt)
    coding = _coding(guessed.measure, known, bottom, top)
    if coding is not None:
        doubt = f"the answers of {known.short_name} are counted as {coding}, and so they are read"
        measure = guessed.measure.model_copy(update={"coding": coding})
        return doubting(replace(guessed, measure=measure), doubt)
    codes = missing_codes(answers, lowest, highest)
    if codes:
        return replace(guessed, missing=codes)
    if top > highest or bottom < lowest:
        return doubting(
            guessed,
            f"some values of {known.short_name} lie outside {lowest:g}-{highest:g} and will be"
            " refused: is it this instrument?",
        )
    return guessed


def _answers(guessed: Guessed, known: Instrument) -> list[float]:
    """The numbers in its columns, but for those by which the instrument itself says "unknown"."""
    codes = known.missing_codes if guessed.measure.scale is None else ()
    numeric = (column for column in guessed.columns if column.is_numeric)
    return [number for column in numeric for number in column.present if number not in codes]


def _coding(measure: Measure, known: Instrument, bottom: float, top: float) -> str | None:
    """Another coding than its own, where that alone knows all answers."""
    lowest, highest = known.item_minimum, known.item_maximum
    fitting = [
        coding
        for coding, shift in known.codings.items()
        if lowest - shift <= bottom and top <= highest - shift
    ]
    is_sure = measure.scale is None and len(fitting) == 1 and known.codings[fitting[0]] != 0
    return fitting[0] if is_sure else None


def _unit(measure: Measure, known: Instrument, top: float) -> str | None:
    """A unit of the instrument in which values so high are within range."""
    if measure.scale is not None or top <= known.item_maximum:
        return None
    fitting = [u for u, factor in known.units.items() if top * factor <= known.item_maximum]
    return fitting[0] if fitting else None


def _with_words(guessed: Guessed, known: Instrument | None) -> Guessed:
    """Answers written as words, with their numbers where these follow."""
    worded = [column for column in guessed.columns if are_words(column)]
    wording = wording_of(worded)
    values = values_of(wording, known) if wording else None
    if values is None:
        return replace(
            doubting(
                guessed,
                f"answers of '{guessed.measure.instrument}' are written as words: write what each"
                " counts in `values`, else they are refused as 'not a number'",
            ),
            has_unknown_words=True,
        )
    measure = guessed.measure.model_copy(update={"values": values})
    doubt = f"the words of '{guessed.measure.instrument}' are taken to count " + ", ".join(
        f"{word} = {number:g}" for word, number in values.items()
    )
    return doubting(replace(guessed, measure=measure), doubt)


def told_apart(measures: Iterable[Guessed]) -> Iterator[Guessed]:
    """Without columns for what another column gives already; the first one is taken."""
    first: dict[tuple[str, str | None, tuple[str, ...]], Guessed] = {}
    doubts: dict[int, str] = {}
    for guessed in measures:
        measure = guessed.measure
        key = (measure.instrument, measure.scale, tuple(measure.session_of_occasion))
        other = first.setdefault(key, guessed)
        if other is not guessed:
            doubts[id(other)] = (
                f"'{guessed.columns[0].name}' looks like the same as '{other.columns[0].name}': it"
                " is left out"
            )
    for guessed in first.values():
        yield doubting(guessed, doubts[id(guessed)]) if id(guessed) in doubts else guessed


def missing_markers(sample: Sample, measures: Sequence[Guessed]) -> tuple[str, ...]:
    """Words and numbers that stand for missing, beyond those that always do."""
    codes = {number for guessed in measures for number in guessed.missing}
    codes -= {number for number in codes if _is_score_elsewhere(number, measures)}
    words = [word for word in sample.missing if word not in MISSING_MARKERS]
    return (*words, *(f"{number:g}" for number in sorted(codes)))


def _is_score_elsewhere(number: float, measures: Sequence[Guessed]) -> bool:
    """Whether a code for missing of one questionnaire is an answer of another."""
    others = [guessed for guessed in measures if number not in guessed.missing]
    return any(number in column.present for guessed in others for column in guessed.columns)


def doubts_on_missing(measures: Sequence[Guessed]) -> Iterator[str]:
    """A sentence on the codes for missing of each questionnaire that has any."""
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
