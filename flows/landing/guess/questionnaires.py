"""Which columns are answers and scores: [[measure]] parts, and what is unsure about each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

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
from flows.landing.guess.instruments import aliases, bare, find_known, proposed_name
from flows.landing.guess.moments import varies_within
from flows.landing.guess.naming import Group, find_groups
from flows.landing.guess.occasions import number_occasions
from flows.landing.guess.roles import People
from flows.landing.source import Measure

TOTAL = "total"
HIGHEST_ITEM = 20
MOST_LEFT = 3
MOST_OF, FEW_MORE = 0.75, 2
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
    if not group.occasions and _is_course_of_totals(search, group, known):
        yield from _course(group, known)
        return
    sessions = {label: numbering[label] for label in group.occasions}
    if group.items:
        yield _items(group, known, sessions)
    for scale in group.scales:
        yield _scale(group, scale, known, sessions)


def _is_course_of_totals(search: Search, group: Group, known: Instrument | None) -> bool:
    """Numbers at the end of names are moments where the answers are too high for items."""
    highest = max((c.highest for c in group.all_columns if c.is_numeric), default=0.0)
    if group.scales:
        return False
    if known is None:
        return highest > HIGHEST_ITEM and not search.people.has_repeats
    most = known.item_maximum / min(known.units.values(), default=1)
    return highest > most and not _fits(_item_numbers(group.items, known), known)


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
    """The items of a group: those of an instrument where they fit, else of an unknown one."""
    numbers = _item_numbers(group.items, known)
    doubts: list[str] = []
    if known is not None and not _fits(numbers, known):
        doubts.append(
            f"the columns of '{group.stem}' are not those of {known.short_name}"
            f" ({known.items} items), whose name they bear: they land under another name, unscored"
        )
        known = None
    kept = {part: n for part, n in numbers.items() if known is None or n <= known.items}
    if known is not None:
        doubts += _on_items(group, numbers, known)
    columns = tuple(
        parts[part] for parts in group.columns.values() for part in kept if part in parts
    )
    templates = {str(n): group.templates[p] for p, n in sorted(kept.items(), key=itemgetter(1))}
    is_partial = known is not None and len(kept) < known.items
    measure = Measure(
        instrument=known.id if known else _other_name(group.stem, doubts),
        items=(_pattern(templates) if known and not is_partial else None) or templates,
        partial=is_partial,
        occasions=_whole(group, kept, sessions),
    )
    return _checked(measure, columns, known, tuple(doubts))


def _on_items(group: Group, numbers: Mapping[str, int], known: Instrument) -> Iterator[str]:
    """What is unsure about items that bear the name of an instrument."""
    beyond = sum(number > known.items for number in numbers.values())
    if beyond:
        yield (
            f"{beyond} more '{group.stem}' {'column is' if beyond == 1 else 'columns are'} no item"
            f" of {known.short_name} and left out"
        )
    absent = sorted(set(range(1, known.items + 1)) - set(numbers.values()))
    if absent:
        yield (
            f"there is no column for item {', '.join(map(str, absent))} of {known.short_name}:"
            " without it there will hardly be a score"
        )


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


def _fits(numbers: Mapping[str, int], known: Instrument) -> bool:
    """Whether most items of an instrument have a column, and hardly any other thing has."""
    found = set(numbers.values())
    own = found & set(range(1, known.items + 1))
    return len(own) >= MOST_OF * known.items and max(found) <= known.items + FEW_MORE


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
    stems = {stem for guessed in grouped for stem in _stems(guessed)}
    free = [c for c in candidates if not c.name.lower().startswith(tuple(stems))]
    by_name = [c for c in free if _is_named(c, search)]
    varying = [c for c in free if varies_within(c, search.people) and _counts(c)]
    chosen = by_name + [column for column in varying if column not in by_name]
    chosen = [column for column in chosen if not _is_derived(column, chosen)]
    if not chosen and not grouped:
        chosen = _left(free, search.sample)
    return tuple(_single(column, search) for column in sorted(chosen, key=lambda c: c.place))


def _counts(column: Column) -> bool:
    """Whether it holds numbers, or words of which the order is known."""
    return column.is_numeric or wording_of([column]) is not None


def _left(free: Sequence[Column], sample: Sample) -> list[Column]:
    """The few numbers of a file that holds nothing else: those are what it is about."""
    is_about_body = any(names.is_body(column.name) for column in sample.columns)
    left = [column for column in free if column.is_numeric]
    return left if len(left) <= MOST_LEFT and not is_about_body else []


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
    guessed = Guessed(measure, columns, _seen(measure, columns, known), known is not None, doubts)
    if known is not None and not _is_named_in_full(columns[0].name, known):
        told = f"'{columns[0].name}' is taken for {known.name}, {known.version}"
        guessed = _with(guessed, told)
    if any(are_words(column) for column in columns):
        guessed = _with_words(guessed, known)
    if not any(column.is_numeric for column in columns):
        return guessed
    if any(column.is_numeric and len(column.present) < column.filled for column in columns):
        told = f"some answers of '{measure.instrument}' are no numbers and will be refused"
        guessed = _with(guessed, told)
    if known is None:
        return replace(guessed, missing=far_codes(columns))
    return _within(guessed, known, *_range(measure, known))


def _is_named_in_full(column: str, known: Instrument) -> bool:
    """Whether a column name holds the whole name of an instrument of which there is one edition."""
    name = bare(column)
    return (bare(known.id) in name or bare(known.short_name) in name) and (
        "edition" not in known.version
    )


def _with(guessed: Guessed, doubt: str) -> Guessed:
    return replace(guessed, doubts=(*guessed.doubts, doubt))


def _range(measure: Measure, known: Instrument) -> tuple[float, float]:
    if measure.scale is None:
        return known.item_minimum, known.item_maximum
    scale = next((scale for scale in known.scale if scale.id == measure.scale), known.scale[0])
    return scale.minimum, scale.maximum


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


def is_candidate(column: Column, form: str) -> bool:
    """Whether a column can hold answers at all: numbers or a few words, and no background.

    `form` is the name of the form that it stands on, where that is known.
    """
    is_checkbox = "___" in column.name or "#" in column.name
    if is_checkbox or not column.name or names.is_background(column.name):
        return False
    if names.is_body(column.name) or names.is_body(form):
        return False
    if column.filled == 0:
        return names.is_familiar(column.name) or names.is_list(form)
    return column.is_numeric or are_words(column)
