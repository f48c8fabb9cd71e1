"""Long exports, with one answer a line: which columns name list and item, and what they mean."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flows.instruments import Instrument
from flows.instruments.loader import is_beside, item_of
from flows.landing.guess import names
from flows.landing.guess.columns import Column, Sample
from flows.landing.guess.instruments import find_known, proposed_name
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
    """What the names of items turn out to mean."""

    instruments: dict[str, str] = field(default_factory=dict)
    items: dict[str, str | int] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    patterns: Counter[str] = field(default_factory=Counter)
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
    meaning = _meaning(_items_of_lists(told, item), instruments)
    pattern = meaning.patterns.most_common(1)
    long = Long(
        instrument=FromColumn(column=told.name),
        item=FromColumn(column=item.name),
        value=FromColumn(column=value.name),
        instruments=meaning.instruments,
        items=meaning.items,
        item_pattern=pattern[0][0] if pattern else None,
        ignore_items=tuple(meaning.ignored),
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
    meaning = _meaning({name: () for name in told.distinct}, instruments)
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
    for name, items in sorted(lists.items()):
        known = find_known(name, instruments)
        if known is None:
            meaning.doubts.append(
                f"no instrument file describes the list '{proposed_name(name)}': it lands unscored"
            )
            continue
        if known.id != name:
            meaning.instruments[name] = known.id
        _resolve(items, known, meaning)
    return meaning


def _resolve(items: Sequence[str], known: Instrument, meaning: _Meaning) -> None:
    """Items that are not named by number: by a pattern, as a total, or as none of the list."""
    foreign = [item for item in items if item_of(known, item) is None]
    pattern = _pattern(foreign, known)
    if pattern is not None:
        meaning.patterns[pattern] += 1
    is_whole = _reached(items, pattern, known) == known.items
    for item in foreign:
        number = _number_by(pattern, item)
        if number is not None and 1 <= number <= known.items:
            continue
        if is_whole and _is_total(item) and "total" not in items:
            meaning.items[item] = "total"
        else:
            meaning.ignored.append(item)
            what = "is asked beside it" if is_beside(known, item) else "is no item of it"
            meaning.doubts.append(f"'{item}' under {known.short_name} {what} and left out")


def _pattern(items: Iterable[str], known: Instrument) -> str | None:
    """What most names of items have around their number."""
    around: Counter[str] = Counter()
    for item in items:
        match = LAST_NUMBER.fullmatch(item)
        if match and match["before"] and 1 <= int(match["number"]) <= known.items:
            around[f"{match['before']}{{item}}{match['after']}"] += 1
    return around.most_common(1)[0][0] if around else None


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
