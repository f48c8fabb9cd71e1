"""Columns with one score each: of a known name, or changing as a patient is followed."""

from collections.abc import Iterator, Sequence

from flows.landing.guess import names
from flows.landing.guess.answers import wording_of
from flows.landing.guess.columns import Column, Sample
from flows.landing.guess.instruments import find_known, proposed_name
from flows.landing.guess.measures import TOTAL, Guessed, Search, checked
from flows.landing.guess.moments import varies_within
from flows.landing.source import Measure

MOST_LEFT = 3


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
    return checked(measure, (column,), known, ())
