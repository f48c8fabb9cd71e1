"""105_instrument: the questionnaires in force, as tables that SQL can score from."""

from collections.abc import Iterable, Iterator
from typing import Any

from flows.instruments import Constant, Instrument, Scale
from flows.station import Inputs, StationTables
from flows.statistics.reliable_change import standard_error_from_points

WRITES = (
    "instrument",
    "instrument_scale",
    "instrument_item",
    "critical_item",
    "instrument_constant",
)

Row = dict[str, Any]


def make(tables: StationTables, inputs: Inputs) -> None:
    """Every instrument of the loader, whether the archive holds answers to it or not."""
    instruments = list(inputs.instruments.values())
    tables.write("instrument", INSTRUMENT, [_instrument(each) for each in instruments])
    tables.write("instrument_scale", SCALE, list(_each(instruments, _scale)))
    items = [row for i in instruments for scale in i.scale for row in _items(i, scale)]
    tables.write("instrument_item", ITEM, items)
    tables.write("critical_item", CRITICAL_ITEM, [r for i in instruments for r in _critical(i)])
    tables.write("instrument_constant", CONSTANT, [r for i in instruments for r in _constants(i)])


INSTRUMENT = {
    "instrument": "VARCHAR",
    "name": "VARCHAR",
    "short_name": "VARCHAR",
    "rater": "VARCHAR",
    "respondent": "VARCHAR",
    "measures": "VARCHAR",
    "version": "VARCHAR",
    "origin": "VARCHAR",
}
SCALE = {
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "minimum": "DOUBLE",
    "maximum": "DOUBLE",
    "direction": "INTEGER",
    "aggregation": "VARCHAR",
    "multiplier": "DOUBLE",
    "items": "INTEGER",
    "allowed_missing": "INTEGER",
    "cutoff": "DOUBLE",
    "cutoff_rule": "VARCHAR",
    "reliable_change_points": "DOUBLE",
    "reliable_change_rule": "VARCHAR",
    "s_diff": "DOUBLE",
    "low_alliance_below": "DOUBLE",
}
ITEM = {
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "item": "VARCHAR",
    "minimum": "DOUBLE",
    "maximum": "DOUBLE",
    "is_reversed": "BOOLEAN",
}
CRITICAL_ITEM = {
    "instrument": "VARCHAR",
    "item": "VARCHAR",
    "domain": "VARCHAR",
    "threshold": "DOUBLE",
}
CONSTANT = {
    "instrument": "VARCHAR",
    "scale": "VARCHAR",
    "constant": "VARCHAR",
    "value": "VARCHAR",
    "source": "VARCHAR",
    "population": "VARCHAR",
    "evidence": "VARCHAR",
    "note": "VARCHAR",
}


def _each(instruments: Iterable[Instrument], row: Any) -> Iterator[Row]:
    return (row(instrument, scale) for instrument in instruments for scale in instrument.scale)


def _instrument(instrument: Instrument) -> Row:
    row = {name: getattr(instrument, name) for name in INSTRUMENT if name != "instrument"}
    return {"instrument": instrument.id, **row}


def _scale(instrument: Instrument, scale: Scale) -> Row:
    cutoff, change, alliance = scale.cutoff, scale.reliable_change, scale.low_alliance
    return {
        "instrument": instrument.id,
        "scale": scale.id,
        "minimum": scale.minimum,
        "maximum": scale.maximum,
        "direction": scale.sign,
        "aggregation": scale.aggregation,
        "multiplier": scale.multiplier,
        "items": len(scale.items),
        "allowed_missing": int(scale.missing.value),
        "cutoff": cutoff.value if cutoff else None,
        "cutoff_rule": cutoff.rule if cutoff else None,
        "reliable_change_points": change.value if change else None,
        "reliable_change_rule": change.rule if change else None,
        "s_diff": _s_diff(change),
        "low_alliance_below": alliance.value if alliance else None,
    }


def _s_diff(change: Constant | None) -> float | None:
    """Known only where the source gives the points before rounding and their z."""
    if change is None or change.unrounded is None or change.z is None:
        return None
    return standard_error_from_points(change.unrounded, change.z)


def _items(instrument: Instrument, scale: Scale) -> Iterator[Row]:
    for item in scale.items:
        yield {
            "instrument": instrument.id,
            "scale": scale.id,
            "item": str(item),
            "minimum": instrument.item_minimum,
            "maximum": instrument.item_maximum,
            "is_reversed": item in scale.reversed,
        }


def _critical(instrument: Instrument) -> Iterator[Row]:
    for critical in instrument.critical_item:
        yield {
            "instrument": instrument.id,
            "item": str(critical.item),
            "domain": critical.domain,
            "threshold": critical.threshold,
        }


def _constants(instrument: Instrument) -> Iterator[Row]:
    for scale in instrument.scale:
        named = {
            "missing_items_allowed": scale.missing,
            "cutoff": scale.cutoff,
            "reliable_change": scale.reliable_change,
            "low_alliance": scale.low_alliance,
        }
        for name, constant in named.items():
            if constant is not None:
                yield _constant(instrument.id, scale.id, name, constant)
    for critical in instrument.critical_item:
        yield {
            "instrument": instrument.id,
            "scale": None,
            "constant": "critical_item",
            "value": f"{critical.item} >= {critical.threshold:g}",
            "source": critical.source,
            "population": critical.population,
            "evidence": critical.evidence,
            "note": critical.domain,
        }


def _constant(instrument: str, scale: str, name: str, constant: Constant) -> Row:
    return {
        "instrument": instrument,
        "scale": scale,
        "constant": name,
        "value": f"{constant.rule or ''} {constant.value:g}".strip(),
        "source": constant.source,
        "population": constant.population,
        "evidence": constant.evidence,
        "note": constant.note,
    }
