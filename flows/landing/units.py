"""Answers in another unit than declared: refused with the reason, never landed quietly.

An ORS of 62 millimetres read as centimetres is out of range and would be thrown out
answer by answer; one of 8 millimetres would land as the best score there is.
"""

from collections.abc import Mapping

import duckdb

from flows.errors import ExitCode, OpKoersError
from flows.instruments import Instrument
from flows.landing.source import Source

# Below this share of answers beyond the range they are slips of the pen, rejected one by one. [D]
LEAST_SHARE_BEYOND = 0.1
# So many answers that all fit a ten times smaller range are no coincidence. [D]
LEAST_ANSWERS = 20


def prove_plausible(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    source: Source,
    instruments: Mapping[str, Instrument],
) -> None:
    """Raises OpKoersError when the answers of an instrument stand in another unit than declared."""
    named = connection.execute(
        "select distinct instrument, factor from cell_name order by all"
    ).fetchall()
    for instrument, factor in named:
        known = instruments.get(instrument)
        if known is not None and known.units:
            _prove(connection, name, source, known, factor)


def _prove(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    source: Source,
    instrument: Instrument,
    factor: float,
) -> None:
    smallest = min(instrument.units.values())
    highest = instrument.item_maximum
    beyond, within_smallest, answers = _counted(connection, instrument, highest, smallest)
    declared = next(unit for unit, each in instrument.units.items() if each == factor)
    if factor > smallest and beyond >= max(1, LEAST_SHARE_BEYOND * answers):
        raise _other_unit(name, source, instrument, declared, _unit(instrument, smallest))
    largest = max(instrument.units.values())
    if factor < largest and answers >= LEAST_ANSWERS and within_smallest == answers:
        raise _other_unit(name, source, instrument, declared, _unit(instrument, largest))


def _counted(
    connection: duckdb.DuckDBPyConnection, instrument: Instrument, highest: float, smallest: float
) -> tuple[int, int, int]:
    """Item answers beyond the range, those within the smallest unit's reach of it, and all."""
    counts = connection.execute(
        """
        select
            count(*) filter (value > $highest),
            count(*) filter (value <= $highest * $smallest),
            count(*)
        from cell
        where instrument = $instrument and value is not null
            and try_cast(item as integer) is not null
        """,
        {"highest": highest, "smallest": smallest, "instrument": instrument.id},
    ).fetchone()
    assert counts is not None
    return counts[0], counts[1], counts[2]


def _unit(instrument: Instrument, factor: float) -> str:
    return next(unit for unit, each in instrument.units.items() if each == factor)


def _other_unit(
    name: str, source: Source, instrument: Instrument, declared: str, likely: str
) -> OpKoersError:
    return OpKoersError(
        f"the answers of {instrument.short_name} are read in {declared}, but look like {likely}",
        where=name,
        next_step=f'Write unit = "{likely}" for it in sources/{source.name}.toml, or mend the'
        " export",
        exit_code=ExitCode.SOURCE,
    )
