"""Which columns are answers and scores: [[measure]] parts, and what is unsure about each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flows.instruments import Instrument
from flows.landing.guess import names
from flows.landing.guess.answers import (
    are_words,
    far_codes,
    missing_codes,
    values_of,
    wording_of,
)
from flows.landing.guess.columns import Column, Sample
from flows.landing.guess.instruments import aliases, find_known, proposed_name
from flows.landing.guess.moments import varies_within
from flows.landing.guess.naming import Group, find_groups
from flows.landing.guess.occasions import number_occasions
from flows.landing.guess.roles import People
from flows.landing.source import Measure

TOTAL = "total"
HIGHEST_ITEM = 20


@dataclass(frozen=True)
class Guessed:
    """One [[measure]], what was seen of it, and what is unsure.

    `missing` are numbers that stand for missing among its answers, `words`
    whether answers are words of which the numbers are not known.
    """

    measure: Measure
    columns: tuple[Column, ...]
    seen: str
    doubts: tuple[str, ...] = ()
    missing: frozenset[float] = frozenset()
    has_unknown_words: bool = False


@dataclass(frozen=True)
class Search:
    """What all parts of the search need."""

    sample: Sample
    people: People
    instruments: Mapping[str, Instrument]


# ---------- groups of columns


def find_grouped(search: Search, candidates: Sequence[Column]) -> tuple[Guessed, ...]:
    """Questionnaires of which the names of columns show items or moments."""
    known = aliases(search.instruments)
    groups = list(find_groups(candidates, known))
    labels = dict.fromkeys(label for group in groups for label in group.occasions)
    numbering = number_occasions(tuple(labels)).sessions
    return tuple(guessed for group in groups for guessed in _of_group(search, group, numbering))


def _of_group(search: Search, group: Group, numbering: Mapping[str, int]) -> Iterator[Guessed]:
    known = find_known(group.stem, search.instruments)
    if not group.occasions and _is_course_of_totals(group, known):
        yield from _course(group, known)
        return
    sessions = {label: numbering[label] for label in group.occasions}
    if group.items:
        yield _items(group, known, sessions)
    for scale in group.scales:
        yield _scale(group, scale, known, sessions)


def _is_course_of_totals(group: Group, known: Instrument | None) -> bool:
    """Numbers at the end of names are moments where the answers are too high for items."""
    highest = max((c.highest for c in group.all_columns if c.is_numeric), default=0.0)
    if known is None:
        return highest > HIGHEST_ITEM and not group.scales
    most = known.item_maximum / min(known.units.values(), default=1)
    return highest > most and len(group.items) != known.items and not group.scales


def _course(group: Group, known: Instrument | None) -> Iterator[Guessed]:
    first = group.templates[group.items[0]]
    template = first[: len(first) - len(group.items[0])] + "{occasion}"
    labels = {item: int(item) for item in group.items}
    name = known.id if known else proposed_name(group.stem)
    doubt = (
        f"the numbers at the end of '{first}' and its like are read as moments, because the"
        " values are too high for single answers"
    )
    measure = Measure(instrument=name, scale=TOTAL, column=template, occasions=labels)
    yield _checked(measure, group.all_columns, known, (doubt,))


def _items(group: Group, known: Instrument | None, sessions: Mapping[str, int]) -> Guessed:
    """The items of a group; without `known` where they cannot be those of that instrument."""
    numbers = _item_numbers(group.items, known)
    doubts: list[str] = []
    if known is not None and not _fits(group, numbers, known):
        doubts.append(
            f"the columns of '{group.stem}' are not those of {known.short_name}"
            f" ({known.items} items), whose name they bear: they land under another name, unscored"
        )
        known = None
    kept = {n: part for part, n in numbers.items() if known is None or n <= known.items}
    left_out = len(numbers) - len(kept)
    if known is not None and left_out:
        doubts.append(
            f"{left_out} more '{group.stem}' {'column is' if left_out == 1 else 'columns are'} no"
            f" item of {known.short_name} and left out"
        )
    columns = tuple(
        parts[part] for parts in group.columns.values() for part in kept.values() if part in parts
    )
    templates = {str(n): group.templates[part] for n, part in sorted(kept.items())}
    name = known.id if known else _other_name(group.stem, doubts)
    items = _pattern(templates) if known is not None else None
    measure = Measure(
        instrument=name, items=items or templates, occasions=_whole(group, kept.values(), sessions)
    )
    return _checked(measure, columns, known, tuple(doubts))


def _whole(group: Group, parts: Iterable[str], sessions: Mapping[str, int]) -> dict[str, int]:
    """The moments at which every one of these parts has its column."""
    wanted = set(parts)
    return {
        label: number for label, number in sessions.items() if wanted <= set(group.columns[label])
    }


def _other_name(stem: str, doubts: Sequence[str]) -> str:
    return proposed_name(stem) + ("-items" if doubts else "")


def _item_numbers(parts: Sequence[str], known: Instrument | None) -> dict[str, int]:
    """The number of each item; 010, 020, ... and 0, 1, ... are counted from 1 where that fits."""
    numbers = {part: int(part) for part in parts}
    found = sorted(numbers.values())
    if found[0] == 10 and all(number % 10 == 0 for number in found):
        return {part: number // 10 for part, number in numbers.items()}
    if known is not None and found == list(range(known.items)):
        return {part: number + 1 for part, number in numbers.items()}
    return numbers


def _fits(group: Group, numbers: Mapping[str, int], known: Instrument) -> bool:
    """Whether every item of an instrument has a column, and hardly any other has."""
    return set(range(1, known.items + 1)) <= set(numbers.values()) and (
        max(numbers.values()) <= known.items + 2
    )


def _pattern(templates: Mapping[str, str]) -> str | None:
    """`phq9_{item}` where the names of all items follow it."""
    first = templates.get("1", "")
    for place, sign in enumerate(first):
        if sign == "1":
            pattern = first[:place] + "{item}" + first[place + 1 :]
            if all(pattern.replace("{item}", n) == name for n, name in templates.items()):
                return pattern
    return None


def _scale(
    group: Group, part: str, known: Instrument | None, sessions: Mapping[str, int]
) -> Guessed:
    template = group.templates[part]
    columns = tuple(parts[part] for parts in group.columns.values() if part in parts)
    name = known.id if known else proposed_name(group.stem)
    occasions = _whole(group, [part], sessions)
    measure = Measure(instrument=name, scale=TOTAL, column=template, occasions=occasions)
    return _checked(measure, columns, known, ())


# ---------- single columns


def find_single(
    search: Search, candidates: Sequence[Column], grouped: Sequence[Guessed]
) -> tuple[Guessed, ...]:
    """Columns with one score each: of a known name, or changing as a patient is followed."""
    stems = {bare for guessed in grouped for bare in _stems(guessed)}
    free = [c for c in candidates if not c.name.lower().startswith(tuple(stems))]
    by_name = [c for c in free if _is_named(c, search)]
    varying = [c for c in free if varies_within(c, search.people)]
    chosen = by_name + [column for column in varying if column not in by_name]
    chosen = [column for column in chosen if not _is_derived(column, chosen)]
    if not chosen and not grouped:
        chosen = list(free)
    return tuple(_single(column, search) for column in sorted(chosen, key=lambda c: c.place))


def _stems(guessed: Guessed) -> Iterator[str]:
    names_used = [column.name for column in guessed.columns]
    shared = names_used[0]
    for name in names_used:
        while not name.startswith(shared):
            shared = shared[:-1]
    if len(shared) > 1:
        yield shared.lower()


def _is_named(column: Column, search: Search) -> bool:
    known = find_known(_stem(column.name), search.instruments)
    return known is not None or names.is_familiar(column.name)


def _stem(name: str) -> str:
    told = [word for word in names.words(name) if word not in names.TOTAL]
    return "_".join(told) or name


def _is_derived(column: Column, others: Sequence[Column]) -> bool:
    """A coarser version of another column, whose name it lengthens."""
    for other in others:
        is_longer = column.name != other.name and column.name.startswith(other.name)
        if is_longer and len(column.distinct) < len(other.distinct) and _follows(column, other):
            return True
    return False


def _follows(column: Column, other: Column) -> bool:
    """Whether each value of the other column goes with one value of this one."""
    seen: dict[str | None, str | None] = {}
    pairs = zip(other.texts, column.texts, strict=True)
    return all(seen.setdefault(theirs, own) == own for theirs, own in pairs)


def _single(column: Column, search: Search) -> Guessed:
    known = find_known(_stem(column.name), search.instruments)
    name = known.id if known else proposed_name(column.name)
    measure = Measure(instrument=name, scale=TOTAL, column=column.name)
    return _checked(measure, (column,), known, ())


# ---------- what the answers look like


def _checked(
    measure: Measure, columns: tuple[Column, ...], known: Instrument | None, doubts: tuple[str, ...]
) -> Guessed:
    """A measure with units, codes for missing and words, as its answers show them."""
    guessed = Guessed(measure, columns, _seen(measure, columns, known), doubts)
    if known is None:
        guessed = _with(guessed, _unknown(measure))
    elif known.version:
        guessed = replace(guessed, seen=f"{guessed.seen}; here: {known.version}")
    if any(are_words(column) for column in columns):
        guessed = _with_words(guessed, known)
    if not any(column.is_numeric for column in columns):
        return guessed
    if known is None:
        return replace(guessed, missing=far_codes(columns))
    return _within(guessed, known, *_range(measure, known))


def _with(guessed: Guessed, doubt: str) -> Guessed:
    return replace(guessed, doubts=(*guessed.doubts, doubt))


def _range(measure: Measure, known: Instrument) -> tuple[float, float]:
    if measure.scale is None:
        return known.item_minimum, known.item_maximum
    scale = next((scale for scale in known.scale if scale.id == measure.scale), known.scale[0])
    return scale.minimum, scale.maximum


def _seen(measure: Measure, columns: Sequence[Column], known: Instrument | None) -> str:
    what = "one score" if measure.scale else f"{_width(measure)} items"
    answered = [column for column in columns if column.is_numeric]
    if answered:
        low, high = min(c.lowest for c in answered), max(c.highest for c in answered)
        what += f", values from {low:g} to {high:g}"
    elif not any(column.filled for column in columns):
        what += ", nothing filled in"
    return what if known else f"{what}; no instrument file has this name"


def _width(measure: Measure) -> int | str:
    return "all" if isinstance(measure.items, str) else len(measure.items or ())


def _unknown(measure: Measure) -> str:
    return (
        f"no instrument file describes '{measure.instrument}' (the name is taken from the column):"
        " it lands unscored; write the right name, or take the part out if it is no questionnaire"
    )


def _within(guessed: Guessed, known: Instrument, lowest: float, highest: float) -> Guessed:
    """Values beyond the range: another unit, codes for missing, or a doubt."""
    numeric = [column for column in guessed.columns if column.is_numeric]
    top = max(column.highest for column in numeric)
    unit = _unit(guessed.measure, known, top)
    if unit is not None:
        doubt = f"the answers of {known.short_name} go beyond {highest:g}: they are read in {unit}"
        measure = guessed.measure.model_copy(update={"unit": unit})
        return _with(replace(guessed, measure=measure), doubt)
    codes = missing_codes(numeric, lowest, highest)
    if codes:
        return replace(guessed, missing=codes)
    if top > highest or min(column.lowest for column in numeric) < lowest:
        return _with(
            guessed,
            f"some values of {known.short_name} lie outside {lowest:g}-{highest:g} and will be"
            " refused: is it this instrument?",
        )
    return guessed


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
            _with(
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
    return _with(replace(guessed, measure=measure), doubt)


def is_candidate(column: Column, format_name: str) -> bool:
    """Whether a column can hold answers at all: numbers or a few words, and no background."""
    is_checkbox = format_name == "redcap" and "___" in column.name
    if is_checkbox or not column.name or names.is_background(column.name):
        return False
    if names.is_body(column.name):
        return False
    if column.filled == 0:
        return names.is_familiar(column.name) or names.words(column.name)[-1].isdecimal()
    return column.is_numeric or are_words(column)
