"""What an export calls an answer -> instrument, item, range and unit: table `cell_name`."""

from collections.abc import Mapping, Sequence

import duckdb

from flows.instruments import Instrument
from flows.instruments.loader import answer_values, find_instrument, is_beside, item_of
from flows.landing.columns import Occasion, all_slots
from flows.landing.source import Long

COLUMNS = """instrument VARCHAR, item VARCHAR, minimum DOUBLE, maximum DOUBLE, rule VARCHAR,
    factor DOUBLE, column_name VARCHAR"""

Resolved = tuple[str, str, float | None, float | None, str | None, float]


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
            *_resolve_long(told, item, long, instruments),
            column,
            *_codes(told, long, instruments),
        )
        for told, item in pairs
        if told is not None and item is not None
    ]
    if rows:
        connection.executemany(
            "insert into cell_name values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)", rows
        )
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
            *_resolve(slot.instrument, slot.item, slot.unit, instruments),
            slot.column,
        )
        for number, occasion in enumerate(occasions)
        for slot in occasion.slots
    ]
    connection.executemany("insert into cell_name values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _resolve_long(
    told: str, item: str, long: Long, instruments: Mapping[str, Instrument]
) -> Resolved:
    """As `_resolve`, after the translations of the source."""
    named = long.instruments.get(told, told)
    instrument = find_instrument(named, instruments)
    unit = long.units.get(told) or long.units.get(instrument.id if instrument else named)
    return _resolve(named, _translated_item(item, long), unit, instruments)


def _translated_item(item: str, long: Long) -> str:
    if item in long.items:
        return str(long.items[item])
    if long.item_pattern is not None:
        before, after = long.item_pattern.split("{item}", 1)
        if item.startswith(before) and item.endswith(after):
            return item[len(before) : len(item) - len(after)] or item
    return item


def _resolve(
    told: str, item: str, unit: str | None, instruments: Mapping[str, Instrument]
) -> Resolved:
    """(instrument, item, minimum, maximum, rule, factor) for what an export calls an answer."""
    instrument = find_instrument(told, instruments)
    if instrument is None:
        return told, item, None, None, None, 1.0
    factor = instrument.units[unit] if unit is not None else 1.0
    known = item_of(instrument, item)
    if known is None:
        rule = "ignored_item" if is_beside(instrument, item) else "unknown_item"
        return instrument.id, item, None, None, rule, factor
    for scale in instrument.scale:
        if scale.id == known:
            return instrument.id, known, scale.minimum, scale.maximum, None, factor
    lowest, highest = instrument.range_of(int(known))
    return instrument.id, known, lowest, highest, None, factor


def _codes(
    told: str, long: Long, instruments: Mapping[str, Instrument]
) -> tuple[bool, dict[str, float]]:
    """Codes with which an export writes answers of this instrument, and what they are worth."""
    instrument = find_instrument(long.instruments.get(told, told), instruments)
    codes = dict(answer_values(instrument)) if instrument else {}
    return bool(codes), codes
