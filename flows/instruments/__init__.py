"""Questionnaires as data: one TOML each, and their loader."""

from flows.instruments.loader import (
    Constant,
    CriticalItem,
    Instrument,
    InstrumentError,
    ItemMap,
    Scale,
    load_instruments,
)

__all__ = [
    "Constant",
    "CriticalItem",
    "Instrument",
    "InstrumentError",
    "ItemMap",
    "Scale",
    "load_instruments",
]
