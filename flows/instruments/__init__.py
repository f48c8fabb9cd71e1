"""Questionnaires as data: one TOML each, and their loader."""

from flows.instruments.loader import InstrumentError, load_instruments
from flows.instruments.schema import (
    Band,
    Constant,
    Constants,
    CriticalItem,
    Difference,
    Instrument,
    Missing,
    Norm,
    Reliability,
    Scale,
    ScaleNorm,
    Sourced,
    Statement,
    Unknown,
)

__all__ = [
    "Band",
    "Constant",
    "Constants",
    "CriticalItem",
    "Difference",
    "Instrument",
    "InstrumentError",
    "Missing",
    "Norm",
    "Reliability",
    "Scale",
    "ScaleNorm",
    "Sourced",
    "Statement",
    "Unknown",
    "load_instruments",
]
