"""Which of two codings the answers of a file stand in: K10 from 1 to 5, or from 0 to 4.

A source may declare it. Where it does not, an answer that only one coding knows tells it for the
whole file; where answers contradict each other, the file is refused until the source declares one.
Declared or not, the receipt says what was read how. Only instruments with `codings` are looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from flows.errors import ExitCode, OpKoersError
from flows.instruments import Instrument
from flows.landing.archive import ReadAs
from flows.landing.source import Source


@dataclass(frozen=True)
class _Seen:
    """Answers to one instrument in the parts of a file that declare `declared` (or nothing).

    `misfits` counts, by coding, the answers that it does not know but another one does.
    """

    instrument: Instrument
    declared: str | None
    misfits: Mapping[str, int]

    @property
    def possible(self) -> tuple[str, ...]:
        """The codings that know every answer."""
        return tuple(coding for coding, misfits in self.misfits.items() if not misfits)


def read_as(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    source: Source,
    instruments: Mapping[str, Instrument],
) -> tuple[ReadAs, ...]:
    """How the answers of table `cell` are coded, for each instrument that knows several ways.

    Raises OpKoersError when they contradict each other or what the source declares.
    """
    named = connection.execute("select distinct instrument from cell_name order by all").fetchall()
    known = [instruments[each] for (each,) in named if each in instruments]
    seen = (each for one in known if one.codings for each in _seen(connection, one))
    return tuple(dict.fromkeys(_settled(each, name, source) for each in seen))


def shift_answers(
    connection: duckdb.DuckDBPyConnection,
    found: Sequence[ReadAs],
    instruments: Mapping[str, Instrument],
) -> bool:
    """Write in `cell_name` what is added to answers; whether any must now be read anew."""
    told = [each for each in found if each.how == "seen"]
    shifts = [(instruments[each.instrument].codings[each.coding], each) for each in told]
    shifted = [(shift, each.instrument) for shift, each in shifts if shift]
    for shift, instrument in shifted:
        connection.execute(
            "update cell_name set shift = ? * per_shift where instrument = ? and coding is null",
            [shift, instrument],
        )
    return bool(shifted)


def _seen(connection: duckdb.DuckDBPyConnection, instrument: Instrument) -> Iterator[_Seen]:
    """What the answers show, apart for each coding that the source declares."""
    fits = {coding: _fits(shift) for coding, shift in instrument.codings.items()}
    known = " or ".join(fits.values())
    counts = ", ".join(f"count(*) filter (({known}) and not {fit})" for fit in fits.values())
    rows = connection.execute(
        f"""
        with ranged as (
            select distinct instrument, item, minimum, maximum, coding, shift, per_shift
            from cell_name
        )
        select ranged.coding, {counts}
        from cell
        inner join ranged on cell.instrument = ranged.instrument and cell.item = ranged.item
            and cell.coding is not distinct from ranged.coding
        where cell.instrument = ? and cell.record_rule is null and cell.value is not null
        group by ranged.coding
        order by ranged.coding
        """,
        [instrument.id],
    ).fetchall()
    for declared, *misfits in rows:
        yield _Seen(instrument, declared, dict(zip(fits, misfits, strict=True)))


def _fits(shift: float) -> str:
    """Whether an answer as it was written lies in the range of a coding."""
    own = f"cell.value - ranged.shift + {shift!r} * ranged.per_shift"
    return f"({own} between ranged.minimum and ranged.maximum)"


def _settled(seen: _Seen, name: str, source: Source) -> ReadAs:
    """Raises OpKoersError for what cannot be settled without the clinic."""
    instrument, possible = seen.instrument, seen.possible
    if seen.declared is not None:
        if possible and seen.declared not in possible:
            raise _other_coding(seen, name, source)
        return ReadAs(instrument=instrument.id, coding=seen.declared, how="declared")
    if not possible:
        raise _contradictory(seen, name, source)
    if len(possible) == 1:
        return ReadAs(instrument=instrument.id, coding=possible[0], how="seen")
    own = next(iter(instrument.codings))
    return ReadAs(instrument=instrument.id, coding=own, how="assumed")


def _other_coding(seen: _Seen, name: str, source: Source) -> OpKoersError:
    likely = " or ".join(seen.possible)
    return OpKoersError(
        f"the answers of {seen.instrument.short_name} are read as {seen.declared}, but look like"
        f" {likely}",
        where=name,
        next_step=f'Write coding = "{seen.possible[0]}" for it in sources/{source.name}.toml, or'
        " mend the export",
        exit_code=ExitCode.SOURCE,
    )


def _contradictory(seen: _Seen, name: str, source: Source) -> OpKoersError:
    codings = list(seen.misfits)
    each = " and ".join(f"some that only {coding} knows" for coding in codings)
    told = " or ".join(f'coding = "{coding}"' for coding in codings)
    return OpKoersError(
        f"the answers of {seen.instrument.short_name} contradict each other: {each}",
        where=name,
        next_step=f"Write {told} for it in sources/{source.name}.toml (under [long.codings] for"
        " one answer a line), or mend the export",
        exit_code=ExitCode.SOURCE,
    )
