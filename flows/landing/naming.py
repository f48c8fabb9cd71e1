"""What an export calls an answer -> instrument, item, range, unit and coding: `cell_name`.

An answer is worth `factor` times what is written plus `shift`, or nothing where it is one of the
`missing_codes`. `coding` is what the source declares; `per_shift` how much `shift` grows with what
a coding adds to each item: 1 for an item, for a total as many as it has items.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from flows.instruments import Instrument, Scale
from flows.instruments.loader import answer_values, find_instrument, is_beside, item_of
from flows.landing.columns import Occasion, all_slots
from flows.landing.source import Long

COLUMNS = """instrument VARCHAR, item VARCHAR, minimum DOUBLE, maximum DOUBLE, rule VARCHAR,
    factor DOUBLE, coding VARCHAR, shift DOUBLE, per_shift DOUBLE, missing_codes DOUBLE[],
    column_name VARCHAR"""
PLACES = ", ".join("?" for _ in COLUMNS.split(","))


@dataclass(frozen=True)
class _Named:
    """What one name in an export stands for; see the head of this file."""

    instrument: str
    item: str
    minimum: float | None = None
    maximum: float | None = None
    rule: str | None = None
    factor: float = 1.0
    coding: str | None = None
    shift: float = 0.0
    per_shift: float = 0.0
    missing_codes: Sequence[float] = ()

    @property
    def row(self) -> tuple[object, ...]:
        """As the columns of `cell_name`, without the column of the export."""
        *told, missing_codes = vars(self).values()
        return (*told, list(missing_codes))


def name_long_cells(
    connection: duckdb.DuckDBPyConnection, long: Long, instruments: Mapping[str, Instrument]
) -> None:
    """Resolve each distinct (instrument, item) text of table `record` once, in plain Python."""
    pairs = connection.execute("select distinct instrument_text, item_text from record").fetchall()
    column = long.value.column or long.item.column or ""
    connection.execute(f"""create or replace table cell_name (
        instrument_text VARCHAR, item_text VARCHAR, {COLUMNS}, item_place UBIGINT,
        is_coded BOOLEAN, codes MAP(VARCHAR, DOUBLE))""")
    rows = [
        (
            told,
            item,
            *_resolve_long(told, item, long, instruments).row,
            column,
            *_codes(told, long, instruments),
        )
        for told, item in pairs
        if told is not None and item is not None
    ]
    if rows:
        connection.executemany(f"insert into cell_name values (?, ?, {PLACES}, 0, ?, ?)", rows)
        connection.execute(_NUMBER_ITEMS)


# The place of an item among those of its instrument, as one of 64 bits.
_NUMBER_ITEMS = """
    update cell_name set item_place = numbered.place % 64
    from (
        select instrument, item,
            row_number() over (partition by instrument order by item) - 1 as place
        from (select distinct instrument, item from cell_name)
    ) as numbered
    where numbered.instrument = cell_name.instrument and numbered.item = cell_name.item
"""


def name_wide_cells(
    connection: duckdb.DuckDBPyConnection,
    occasions: Sequence[Occasion],
    instruments: Mapping[str, Instrument],
) -> None:
    """What each column of a wide export holds, by the moment that it belongs to."""
    connection.execute(
        f"create or replace table cell_name (occasion INTEGER, slot INTEGER, {COLUMNS})"
    )
    places = {(s.instrument, s.item): place for place, s in enumerate(all_slots(occasions))}
    rows = [
        (
            number,
            places[slot.instrument, slot.item],
            *_resolve(slot.instrument, slot.item, slot.unit, slot.coding, instruments).row,
            slot.column,
        )
        for number, occasion in enumerate(occasions)
        for slot in occasion.slots
    ]
    connection.executemany(f"insert into cell_name values (?, ?, {PLACES})", rows)


def _resolve_long(
    told: str, item: str, long: Long, instruments: Mapping[str, Instrument]
) -> _Named:
    """As `_resolve`, after the translations of the source."""
    named = long.instruments.get(told, told)
    instrument = find_instrument(named, instruments)
    known = instrument.id if instrument else named
    unit = long.units.get(told) or long.units.get(known)
    coding = long.codings.get(told) or long.codings.get(known)
    return _resolve(named, _translated_item(item, long), unit, coding, instruments)


def _translated_item(item: str, long: Long) -> str:
    if item in long.items:
        return str(long.items[item])
    if long.item_pattern is not None:
        before, after = long.item_pattern.split("{item}", 1)
        if item.startswith(before) and item.endswith(after):
            return item[len(before) : len(item) - len(after)] or item
    return item


def _resolve(
    told: str,
    item: str,
    unit: str | None,
    coding: str | None,
    instruments: Mapping[str, Instrument],
) -> _Named:
    """What an export calls an answer, in a unit and a coding that it may declare."""
    instrument = find_instrument(told, instruments)
    if instrument is None:
        return _Named(told, item)
    factor = instrument.units[unit] if unit is not None else 1.0
    known = item_of(instrument, item)
    if known is None:
        rule = "ignored_item" if is_beside(instrument, item) else "unknown_item"
        return _Named(instrument.id, item, rule=rule, factor=factor)
    added = instrument.codings[coding] if coding is not None else 0.0
    for scale in instrument.scale:
        if scale.id == known:
            per, limits = _per_shift(scale), (scale.minimum, scale.maximum)
            return _Named(instrument.id, known, *limits, None, factor, coding, added * per, per)
    limits, codes = instrument.range_of(int(known)), instrument.missing_codes
    return _Named(instrument.id, known, *limits, None, factor, coding, added, 1.0, codes)


def _per_shift(scale: Scale) -> float:
    """How many points a score is higher when each of its answers is 1 higher."""
    items = 1 if scale.aggregation == "mean" else scale.width or 0
    return scale.multiplier * items


def _codes(
    told: str, long: Long, instruments: Mapping[str, Instrument]
) -> tuple[bool, dict[str, float]]:
    """Codes with which an export writes answers of this instrument, and what they are worth."""
    instrument = find_instrument(long.instruments.get(told, told), instruments)
    codes = dict(answer_values(instrument)) if instrument else {}
    return bool(codes), codes
