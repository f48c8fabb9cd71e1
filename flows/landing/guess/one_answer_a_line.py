"""Long exports, with one answer a line: which columns name list and item, and what they mean."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flows.instruments import Instrument
from flows.instruments.loader import find_instrument, is_beside, item_of
from flows.landing.guess import names
from flows.landing.guess.answers import are_words
from flows.landing.guess.columns import Column, Sample
from flows.landing.guess.instruments import find_known
from flows.landing.guess.roles import named
from flows.landing.source import FromColumn, Long

MOST_LISTS = 300
LAST_NUMBER = re.compile(r"(?P<before>.*?)0*(?P<number>\d{1,3})(?P<after>\D*)")
TOTALS = ("total", "totaal", "tot", "totalscore", "sumscore", "somscore", "rawscore")


@dataclass(frozen=True)
class LongGuess:
    """The [long] part, what was seen, and what is unsure; `columns` are those it reads."""

    long: Long
    seen: str
    doubts: tuple[str, ...]

    @property
    def columns(self) -> frozenset[str]:
        parts = (self.long.instrument, self.long.item, self.long.value)
        return frozenset(part.column for part in parts if part.column is not None)


@dataclass
class _Meaning:
    """What the names of lists and items turn out to mean."""

    instruments: dict[str, str] = field(default_factory=dict)
    items: dict[str, str | int] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    pattern: str | None = None
    units: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)


def find_long(
    sample: Sample, instruments: Mapping[str, Instrument], taken: frozenset[str]
) -> LongGuess | None:
    """How a long export is read; None for an export of another shape."""
    free = [column for column in sample.columns if column.name not in taken]
    item = named(free, names.LONG_ITEM, lambda column: column.filled > 0)
    value = named(free, names.LONG_VALUE, lambda column: column.filled > 0)
    told = named(free, names.LONG_INSTRUMENT, _names_lists)
    if value is None or told is None:
        return None
    if item is None:
        return _totals(told, value, instruments)
    lists = _items_of_lists(told, item)
    meaning = _meaning(lists, instruments)
    _find_units(meaning, told, value, instruments)
    if are_words(value) and not value.is_numeric:
        meaning.doubts.append(
            "answers are written as words or codes: those of which no instrument file knows what"
            " they count are refused; write what each counts in [long.values]"
        )
    long = Long(
        instrument=FromColumn(column=told.name),
        item=FromColumn(column=item.name),
        value=FromColumn(column=value.name),
        instruments=meaning.instruments,
        items=meaning.items,
        item_pattern=meaning.pattern,
        ignore_items=tuple(dict.fromkeys(meaning.ignored)),
        units=meaning.units,
    )
    return LongGuess(long, _seen(told, instruments), tuple(dict.fromkeys(meaning.doubts)))


def _names_lists(column: Column) -> bool:
    return 0 < len(column.distinct) <= MOST_LISTS and not column.is_numeric


def _seen(told: Column, instruments: Mapping[str, Instrument]) -> str:
    known = sum(find_known(name, instruments) is not None for name in told.distinct)
    return (
        f"one answer a line; {len(told.distinct)} lists, of which {known} have an instrument file"
    )


def _totals(told: Column, value: Column, instruments: Mapping[str, Instrument]) -> LongGuess:
    meaning = _meaning(dict.fromkeys(told.distinct, ()), instruments)
    long = Long(
        instrument=FromColumn(column=told.name),
        item=FromColumn(value="total"),
        value=FromColumn(column=value.name),
        instruments=meaning.instruments,
    )
    doubt = f"no column names an item: '{value.name}' is read as the total score of a list"
    return LongGuess(long, _seen(told, instruments), (doubt, *meaning.doubts))


def _items_of_lists(told: Column, item: Column) -> dict[str, tuple[str, ...]]:
    """Which items occur under each name of a list, in the order of the file."""
    found: dict[str, dict[str, None]] = {}
    for name, each in zip(told.texts, item.texts, strict=True):
        if name is not None and each is not None:
            found.setdefault(name, {})[each] = None
    return {name: tuple(items) for name, items in found.items()}


def _meaning(lists: Mapping[str, Sequence[str]], instruments: Mapping[str, Instrument]) -> _Meaning:
    meaning = _Meaning()
    known = {name: find_known(name, instruments) for name in sorted(lists)}
    described = {name: instrument for name, instrument in known.items() if instrument}
    patterns = {name: _pattern(lists[name], each) for name, each in described.items()}
    common = Counter(pattern for pattern in patterns.values() if pattern).most_common(1)
    meaning.pattern = common[0][0] if common else None
    meaning.doubts += [
        f"no instrument file describes the list '{name}': it lands unscored"
        for name, instrument in known.items()
        if instrument is None
    ]
    for name, instrument in described.items():
        if find_instrument(name, instruments) is None:
            meaning.instruments[name] = instrument.id
        _resolve(lists[name], instrument, patterns[name], meaning)
    return meaning


def _resolve(
    items: Sequence[str], known: Instrument, pattern: str | None, meaning: _Meaning
) -> None:
    """Items that are not named by number: by a pattern, as a total, or as none of the list."""
    is_whole = _reached(items, pattern, known) == known.items
    for item in items:
        if item_of(known, item) is not None:
            continue
        number = _number_by(pattern, item)
        if number is not None and 1 <= number <= known.items:
            if pattern != meaning.pattern:
                meaning.items[item] = number
        elif is_whole and _is_total(item) and "total" not in items:
            meaning.items[item] = "total"
        else:
            meaning.ignored.append(item)
            meaning.doubts.append(f"'{item}' is no item of {known.short_name} and is left out")


def _find_units(
    meaning: _Meaning, told: Column, value: Column, instruments: Mapping[str, Instrument]
) -> None:
    """The unit of answers that go beyond the range of their instrument."""
    highest: dict[str, float] = {}
    for name, number in zip(told.texts, value.numbers, strict=True):
        if name is not None and number is not None:
            highest[name] = max(number, highest.get(name, number))
    for name, top in sorted(highest.items()):
        known = find_known(name, instruments)
        if known is None or not known.units or top <= known.scale[0].maximum:
            continue
        fitting = [u for u, factor in known.units.items() if top * factor <= known.item_maximum]
        if fitting:
            meaning.units[name] = fitting[0]
            meaning.doubts.append(
                f"the answers of {known.short_name} are too high for its range: they are read in"
                f" {fitting[0]}"
            )


def _pattern(items: Iterable[str], known: Instrument) -> str | None:
    """What most names of items have around their number."""
    around: Counter[str] = Counter()
    for item in items:
        match = LAST_NUMBER.fullmatch(item)
        is_own = item_of(known, item) is None and not is_beside(known, item)
        if is_own and match and match["before"] and 1 <= int(match["number"]) <= known.items:
            around[f"{match['before']}{{item}}{match['after']}"] += 1
    usual = around.most_common(1)
    return usual[0][0] if usual and usual[0][1] > 1 else None


def _number_by(pattern: str | None, item: str) -> int | None:
    if pattern is None:
        return None
    before, after = pattern.split("{item}")
    if not (item.startswith(before) and item.endswith(after)):
        return None
    number = item[len(before) : len(item) - len(after)]
    return int(number) if number.isdecimal() else None


def _reached(items: Iterable[str], pattern: str | None, known: Instrument) -> int:
    """How many different items of the instrument occur."""
    told = {item_of(known, item) or str(_number_by(pattern, item)) for item in items}
    return len(told & {str(number) for number in range(1, known.items + 1)})


def _is_total(item: str) -> bool:
    told = names.words(item)
    return "".join(told) in TOTALS or (bool(told) and told[-1] in (*TOTALS, "score"))
