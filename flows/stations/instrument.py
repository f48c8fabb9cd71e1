"""105_instrument: the questionnaires in force, as tables that SQL can score from.

What each table and column means stands in flows/instruments/README.md.
"""

import math
from collections.abc import Iterator
from typing import Any

from flows.instruments import Constant, Constants, Instrument, Scale
from flows.station import Inputs, StationTables
from flows.statistics.reliable_change import standard_error_from_points

Row = dict[str, Any]

# Constants of a scale as columns: of instrument_scale those in force, of instrument_norm those
# of each norm group.
KNOWN = {
    "cutoff": "DOUBLE",
    "cutoff_rule": "VARCHAR",
    "reliable_change_points": "DOUBLE",
    "reliable_change_rule": "VARCHAR",
    "reliable_change_z": "DOUBLE",
    "s_diff": "DOUBLE",
    "low_alliance_below": "DOUBLE",
    "reliability": "DOUBLE",
    "reliability_kind": "VARCHAR",
    "clinical_mean": "DOUBLE",
    "clinical_sd": "DOUBLE",
    "functional_mean": "DOUBLE",
    "functional_sd": "DOUBLE",
    "reference_mean": "DOUBLE",
    "reference_sd": "DOUBLE",
    "reference_population": "VARCHAR",
}
TABLES = {
    "instrument": {
        "instrument": "VARCHAR",
        "name": "VARCHAR",
        "short_name": "VARCHAR",
        "rater": "VARCHAR",
        "respondent": "VARCHAR",
        "measures": "VARCHAR",
        "version": "VARCHAR",
        "origin": "VARCHAR",
        "items": "INTEGER",
        "item_minimum": "DOUBLE",
        "item_maximum": "DOUBLE",
        "age_from": "INTEGER",
        "age_to": "INTEGER",
        "licence": "VARCHAR",
        "extends": "VARCHAR",
        "norm": "VARCHAR",
        "norm_population": "VARCHAR",
    },
    "instrument_scale": {
        "instrument": "VARCHAR",
        "scale": "VARCHAR",
        "scale_no": "INTEGER",
        "scale_name": "VARCHAR",
        "is_main": "BOOLEAN",
        "minimum": "DOUBLE",
        "maximum": "DOUBLE",
        "direction": "INTEGER",
        "aggregation": "VARCHAR",
        "multiplier": "DOUBLE",
        "items": "INTEGER",
        "allowed_missing": "INTEGER",
        "missing_rule": "VARCHAR",
        "norm": "VARCHAR",
        **KNOWN,
    },
    "instrument_item": {
        "instrument": "VARCHAR",
        "scale": "VARCHAR",
        "item": "VARCHAR",
        "minimum": "DOUBLE",
        "maximum": "DOUBLE",
        "is_reversed": "BOOLEAN",
        "replaced_within": "VARCHAR",
    },
    "critical_item": {
        "instrument": "VARCHAR",
        "item": "VARCHAR",
        "domain": "VARCHAR",
        "threshold": "DOUBLE",
    },
    "instrument_constant": {
        "instrument": "VARCHAR",
        "scale": "VARCHAR",
        "constant": "VARCHAR",
        "value": "VARCHAR",
        "source": "VARCHAR",
        "population": "VARCHAR",
        "evidence": "VARCHAR",
        "note": "VARCHAR",
        "is_choice": "BOOLEAN",
        "origin": "VARCHAR",
    },
    "instrument_norm": {
        "instrument": "VARCHAR",
        "norm": "VARCHAR",
        "scale": "VARCHAR",
        "is_default": "BOOLEAN",
        "is_in_force": "BOOLEAN",
        "population": "VARCHAR",
        "language": "VARCHAR",
        "age_from": "INTEGER",
        "age_to": "INTEGER",
        **KNOWN,
    },
    "instrument_band": {
        "instrument": "VARCHAR",
        "scale": "VARCHAR",
        "label": "VARCHAR",
        "lowest": "DOUBLE",
        "highest": "DOUBLE",
    },
    "instrument_coding": {
        "instrument": "VARCHAR",
        "coding": "VARCHAR",
        "is_own": "BOOLEAN",
        "shift": "DOUBLE",
        "minimum": "DOUBLE",
        "maximum": "DOUBLE",
    },
    "instrument_missing_code": {"instrument": "VARCHAR", "value": "DOUBLE"},
    "instrument_replaced": {
        "instrument": "VARCHAR",
        "scale": "VARCHAR",
        "norm": "VARCHAR",
        "what": "VARCHAR",
        "shipped": "VARCHAR",
        "own": "VARCHAR",
    },
}
WRITES = tuple(TABLES)


def make(tables: StationTables, inputs: Inputs) -> None:
    """Every instrument of the loader, whether the archive holds answers to it or not."""
    for table, columns in TABLES.items():
        rows = [row for each in inputs.instruments.values() for row in ROWS[table](each)]
        tables.write(table, columns, rows)


def _instrument(instrument: Instrument) -> Iterator[Row]:
    norm = next((n for n in instrument.norm if n.id == instrument.norm_in_force), None)
    yield {
        **{name: getattr(instrument, name, None) for name in TABLES["instrument"]},
        "instrument": instrument.id,
        "item_minimum": _finite(instrument.item_minimum),
        "item_maximum": _finite(instrument.item_maximum),
        "norm": instrument.norm_in_force,
        "norm_population": norm.population if norm else None,
    }


def _finite(bound: float) -> float | None:
    """The range of items that is not known is infinite to the loader, null in a table."""
    return bound if math.isfinite(bound) else None


def _scales(instrument: Instrument) -> Iterator[Row]:
    for number, scale in enumerate(instrument.scale, start=1):
        yield {
            "instrument": instrument.id,
            "scale": scale.id,
            "scale_no": number,
            "scale_name": scale.name,
            "is_main": number == 1,
            "minimum": scale.minimum,
            "maximum": scale.maximum,
            "direction": scale.sign,
            "aggregation": scale.aggregation,
            "multiplier": scale.multiplier,
            "items": len(scale.items) or None,
            "allowed_missing": int(scale.missing.value) if scale.items else None,
            "missing_rule": scale.missing.replacement if scale.items else None,
            "norm": _norm_of(instrument, scale),
            **_known(scale),
        }


def _norm_of(instrument: Instrument, scale: Scale) -> str | None:
    """The norm in force, where it gives this scale anything."""
    ids = {norm.id for norm in scale.norm}
    return instrument.norm_in_force if instrument.norm_in_force in ids else None


def _known(constants: Constants) -> Row:
    change, reliability = constants.reliable_change, constants.reliability
    return {
        "cutoff": _value(constants.cutoff),
        "cutoff_rule": constants.cutoff.rule if constants.cutoff else None,
        "reliable_change_points": _value(change),
        "reliable_change_rule": change.rule if change else None,
        "reliable_change_z": change.z if change else None,
        "s_diff": _s_diff(change),
        "low_alliance_below": _value(constants.low_alliance),
        "reliability": _value(reliability),
        "reliability_kind": reliability.kind if reliability else None,
        "clinical_mean": _value(constants.clinical_mean),
        "clinical_sd": _value(constants.clinical_sd),
        "functional_mean": _value(constants.functional_mean),
        "functional_sd": _value(constants.functional_sd),
        "reference_mean": _value(constants.reference_mean),
        "reference_sd": _value(constants.reference_sd),
        "reference_population": constants.reference_population,
    }


def _value(constant: Constant | None) -> float | None:
    return constant.value if constant else None


def _s_diff(change: Constant | None) -> float | None:
    """Known only where the source gives the points before rounding and their z."""
    if change is None or change.unrounded is None or change.z is None:
        return None
    return standard_error_from_points(change.unrounded, change.z)


def _items(instrument: Instrument) -> Iterator[Row]:
    for scale in instrument.scale:
        for item in scale.items:
            yield _item(instrument, item, scale)
    counted = {item for scale in instrument.scale for item in scale.items}
    for item in range(1, instrument.items + 1):
        if item not in counted and math.isfinite(instrument.range_of(item)[0]):
            yield _item(instrument, item, None)


def _item(instrument: Instrument, item: int, scale: Scale | None) -> Row:
    lowest, highest = instrument.range_of(item)
    return {
        "instrument": instrument.id,
        "scale": scale.id if scale else None,
        "item": str(item),
        "minimum": lowest,
        "maximum": highest,
        "is_reversed": scale is not None and item in scale.reversed,
        "replaced_within": _replaced_within(instrument, scale, item) if scale else None,
    }


def _replaced_within(instrument: Instrument, scale: Scale, item: int) -> str:
    """The scale of whose other items an absent item takes the mean."""
    parts = (each for each in instrument.scale if each.id in scale.missing.within)
    return next((part.id for part in parts if item in part.items), scale.id)


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
        if scale.items:
            yield _constant(instrument.id, scale.id, "missing_items_allowed", scale.missing)
        for name, constant in scale.known():
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
            "is_choice": False,
            "origin": critical.origin,
        }


def _constant(instrument: str, scale: str, name: str, constant: Constant) -> Row:
    return {
        "instrument": instrument,
        "scale": scale,
        "constant": name,
        "value": constant.text,
        "source": constant.source,
        "population": constant.population,
        "evidence": constant.evidence,
        "note": constant.note,
        "is_choice": constant.choice,
        "origin": constant.origin,
    }


def _norms(instrument: Instrument) -> Iterator[Row]:
    for norm in instrument.norm:
        for scale in instrument.scale:
            own = next((each for each in scale.norm if each.id == norm.id), Constants())
            yield {
                "instrument": instrument.id,
                "norm": norm.id,
                "scale": scale.id,
                "is_default": norm.default,
                "is_in_force": norm.id == instrument.norm_in_force,
                "population": norm.population,
                "language": norm.language,
                "age_from": norm.age_from,
                "age_to": norm.age_to,
                **_known(own),
            }


def _bands(instrument: Instrument) -> Iterator[Row]:
    for scale in instrument.scale:
        for band in scale.band:
            yield {
                "instrument": instrument.id,
                "scale": scale.id,
                "label": band.label,
                "lowest": band.lowest,
                "highest": band.highest,
            }


def _codings(instrument: Instrument) -> Iterator[Row]:
    for coding, shift in instrument.codings.items():
        yield {
            "instrument": instrument.id,
            "coding": coding,
            "is_own": shift == 0,
            "shift": shift,
            "minimum": _finite(instrument.item_minimum - shift),
            "maximum": _finite(instrument.item_maximum - shift),
        }


def _missing_codes(instrument: Instrument) -> Iterator[Row]:
    yield from ({"instrument": instrument.id, "value": code} for code in instrument.missing_codes)


def _replaced(instrument: Instrument) -> Iterator[Row]:
    for each in instrument.replaced:
        yield {"instrument": instrument.id, **each.model_dump()}


ROWS = {
    "instrument": _instrument,
    "instrument_scale": _scales,
    "instrument_item": _items,
    "critical_item": _critical,
    "instrument_constant": _constants,
    "instrument_norm": _norms,
    "instrument_band": _bands,
    "instrument_coding": _codings,
    "instrument_missing_code": _missing_codes,
    "instrument_replaced": _replaced,
}
