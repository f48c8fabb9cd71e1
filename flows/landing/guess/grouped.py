"""Questionnaires of which the names of columns show items or moments."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from operator import itemgetter

from flows.instruments import Instrument
from flows.landing.guess.columns import Column
from flows.landing.guess.instruments import aliases, find_known, proposed_name
from flows.landing.guess.measures import TOTAL, Guessed, Search, checked
from flows.landing.guess.naming import Group, find_groups
from flows.landing.guess.occasions import number_occasions
from flows.landing.source import Measure

HIGHEST_ITEM = 20
MOST_OF, FEW_MORE = 0.75, 2


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
    if known is None or not isfinite(known.item_maximum):
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
    yield checked(measure, group.all_columns, known, (doubt,))


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
    return checked(measure, columns, known, tuple(doubts))


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
    return checked(measure, columns, known, ())
