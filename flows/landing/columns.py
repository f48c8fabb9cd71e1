"""Which columns of an export a source names, and what they hold.

An occasion is one moment of measuring that a record tells of. Most exports have
one occasion in a record; a wide export may hold a whole course in one line.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flows.errors import ExitCode, OpKoersError
from flows.instruments import Instrument
from flows.instruments.loader import find_instrument
from flows.landing.reading import OCCASION_BITS
from flows.landing.source import FromColumn, Measure, Moment, Source

HEADS = ("clinic_id", "patient_id", "therapist_id", "episode_id", "group_id", "record_id")


@dataclass(frozen=True)
class Slot:
    """One column of a wide export and the item or scale that it holds."""

    column: str
    instrument: str
    item: str
    unit: str | None = None
    coding: str | None = None
    values: Mapping[str, float | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Occasion:
    """One moment in a record: when it was, of whom, and its columns (none in a long export)."""

    measured_at: Moment
    session_no: FromColumn | None
    respondent: FromColumn | None
    slots: tuple[Slot, ...] = ()


def occasions(source: Source, instruments: Mapping[str, Instrument]) -> tuple[Occasion, ...]:
    """The occasions of a source of answers, in the order of its [[measure]] parts.

    Raises OpKoersError when its columns contradict each other or leave out an
    item of an instrument.
    """
    if source.long is not None:
        assert source.measured_at is not None
        _prove_units(source, source.long.units, instruments)
        _prove_codings(source, source.long.codings, instruments)
        return (Occasion(source.measured_at, source.session_no, source.respondent),)
    found: list[Occasion] = []
    for one in (o for measure in source.measure for o in _of_measure(source, measure, instruments)):
        _add(found, one)
    if len(found) > 1 << OCCASION_BITS:
        raise _unusable(source, f"one line holds more than {1 << OCCASION_BITS} moments")
    for occasion in found:
        _prove_apart(source, occasion.slots)
    return tuple(found)


def all_slots(occasions: Sequence[Occasion]) -> tuple[Slot, ...]:
    """One slot for each item or scale that any occasion has."""
    slots = {(s.instrument, s.item): s for o in reversed(occasions) for s in reversed(o.slots)}
    order = dict.fromkeys((s.instrument, s.item) for o in occasions for s in o.slots)
    return tuple(slots[name] for name in order)


def needed_columns(source: Source, occasions: Sequence[Occasion]) -> tuple[str, ...]:
    """Every column that a source names, in the order of its keys, without repeats."""
    fields = [getattr(source, head) for head in HEADS]
    for occasion in occasions:
        fields += [occasion.respondent, occasion.session_no]
    names = [field.column for field in fields if field is not None and field.column]
    names += [o.measured_at.column for o in occasions if o.measured_at.column]
    names += [skip.column for skip in source.skip]
    names += [withdrawal.column for withdrawal in source.withdraw]
    if source.long is not None:
        parts = (source.long.instrument, source.long.item, source.long.value)
        names += [part.column for part in parts if part.column]
    names += [slot.column for occasion in occasions for slot in occasion.slots]
    return tuple(dict.fromkeys(names))


def _of_measure(
    source: Source, measure: Measure, instruments: Mapping[str, Instrument]
) -> Iterator[Occasion]:
    """The occasions of one [[measure]]: as many as it names, else one."""
    moment = measure.measured_at or source.measured_at
    assert moment is not None
    respondent = measure.respondent or source.respondent
    slots = tuple(_slots(source, measure, instruments))
    if not measure.session_of_occasion:
        yield Occasion(moment, measure.session_no or source.session_no, respondent, slots)
    for label, session in measure.session_of_occasion.items():
        named = moment.model_copy(update={"column": _named(moment.column, label)})
        at = tuple(_at_occasion(slot, label) for slot in slots)
        yield Occasion(named, FromColumn(value=session), respondent, at)


def _named(column: str | None, label: str) -> str | None:
    return column and column.replace("{occasion}", label)


def _at_occasion(slot: Slot, label: str) -> Slot:
    column = slot.column.replace("{occasion}", label)
    return replace(slot, column=column)


def _add(found: list[Occasion], one: Occasion) -> None:
    """Columns of one moment belong to one occasion, whichever [[measure]] names them."""
    for place, other in enumerate(found):
        if (other.measured_at, other.session_no, other.respondent) == (
            one.measured_at,
            one.session_no,
            one.respondent,
        ):
            slots = (*other.slots, *one.slots)
            found[place] = Occasion(one.measured_at, one.session_no, one.respondent, slots)
            return
    found.append(one)


def _prove_apart(source: Source, slots: Sequence[Slot]) -> None:
    """Raises OpKoersError for two columns of one item, or one column of two items."""
    by_item: dict[tuple[str, str], Slot] = {}
    by_column: dict[tuple[str, str], Slot] = {}
    for slot in slots:
        first = by_item.setdefault((slot.instrument, slot.item), slot)
        if first is not slot:
            raise _unusable(
                source,
                f"the columns '{first.column}' and '{slot.column}' both give"
                f" '{slot.item}' of {slot.instrument}",
            )
        other = by_column.setdefault((slot.instrument, slot.column), slot)
        if other is not slot:
            raise _unusable(
                source,
                f"the column '{slot.column}' gives both '{other.item}' and '{slot.item}'"
                f" of {slot.instrument}",
            )


def _slots(
    source: Source, measure: Measure, instruments: Mapping[str, Instrument]
) -> Iterator[Slot]:
    known = find_instrument(measure.instrument, instruments)
    instrument = known.id if known else measure.instrument
    if measure.unit is not None:
        _prove_units(source, {measure.instrument: measure.unit}, instruments)
    if measure.coding is not None:
        _prove_codings(source, {measure.instrument: measure.coding}, instruments)
    for item, column in _item_columns(source, measure, known):
        yield Slot(column, instrument, item, measure.unit, measure.coding, measure.values)


def _item_columns(
    source: Source, measure: Measure, known: Instrument | None
) -> Iterator[tuple[str, str]]:
    if measure.scale is not None and measure.column is not None:
        yield measure.scale, measure.column
    elif isinstance(measure.items, str):
        if known is None:
            raise _unusable(
                source, f"there is no instrument '{measure.instrument}' to take items from"
            )
        for number in range(1, known.items + 1):
            yield str(number), measure.items.replace("{item}", str(number))
    elif measure.items is not None:
        _prove_all_items(source, measure, known)
        yield from measure.items.items()


def _prove_all_items(source: Source, measure: Measure, known: Instrument | None) -> None:
    """Raises OpKoersError when an item is left out without `partial = true`."""
    if known is None or measure.partial or not isinstance(measure.items, Mapping):
        return
    named = {item.lstrip("0") for item in measure.items}
    absent = [n for n in map(str, range(1, known.items + 1)) if n not in named]
    if absent:
        raise _unusable(
            source,
            f"item {absent[0]} of {known.id} has no column"
            + (f" (nor have {len(absent) - 1} others)" if len(absent) > 1 else ""),
            "Name a column for every item, or write partial = true where the export has no more",
        )


def _prove_units(
    source: Source, units: Mapping[str, str], instruments: Mapping[str, Instrument]
) -> None:
    """Raises OpKoersError for a unit that an instrument does not know."""
    for told, unit in units.items():
        known = find_instrument(told, instruments)
        _prove_named(source, told, "unit", unit, known.units if known else {})


def _prove_codings(
    source: Source, codings: Mapping[str, str], instruments: Mapping[str, Instrument]
) -> None:
    """Raises OpKoersError for a coding that an instrument does not know."""
    for told, coding in codings.items():
        known = find_instrument(told, instruments)
        _prove_named(source, told, "coding", coding, known.codings if known else {})


def _prove_named(
    source: Source, told: str, what: str, name: str, names: Mapping[str, float]
) -> None:
    if name not in names:
        raise _unusable(
            source,
            f"'{name}' is no {what} of {told}",
            f"Write one of: {', '.join(names)}" if names else f"Leave its {what} out",
        )


def _unusable(
    source: Source, what: str, next_step: str = "Mend its [[measure]] parts"
) -> OpKoersError:
    return OpKoersError(
        what,
        where=f"sources/{source.name}.toml",
        next_step=next_step,
        exit_code=ExitCode.SOURCE,
    )
