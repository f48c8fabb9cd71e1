"""The columns of an export -> typed records, and the cells (answers) in them.

`record` is one row per record of the file with its ids, moment and, where the
record as a whole cannot land, the rule that says why. `cell` is one row per
answer or score, with the rule that refuses it, if any. In both, `source_line`
is the key of a record: its line, or that shifted by reading.LINE_SHIFT where
one line holds several records or moments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from flows.instruments import Instrument
from flows.landing.columns import Occasion, Slot, all_slots
from flows.landing.expressions import (
    answer,
    decimal,
    iso_moment,
    present,
    skip_rule,
    text_of,
    translated,
    withdrawn,
)
from flows.landing.naming import name_long_cells, name_wide_cells
from flows.landing.reading import (
    LINE_SHIFT,
    Export,
    Reading,
)
from flows.landing.source import Long, Moment, Source
from flows.landing.sql_text import literal

LAST_SESSION = 9999
MOST_DAYS = 1_000_000
MOMENT_RULES = "'unreadable_date', 'unreadable_session', 'date_before_1900', 'date_in_future'"
HEADS = (
    "clinic_id",
    "patient_id",
    "therapist_id",
    "episode_id",
    "group_id",
    "respondent",
    "record_id",
)


@dataclass(frozen=True)
class Keyed:
    """How table `record` tells its records apart.

    `key` is the expression over it that gives the key, `shift` by how many
    bits the line stands higher in it, and `records` how many rows there are.
    """

    key: str
    shift: int
    records: int

    def line_of(self, key: str) -> str:
        """The expression of the physical line of a key."""
        return f"({key} >> {self.shift})" if self.shift else key


def make_records(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    export: Export,
    reading: Reading,
    occasions: Sequence[Occasion],
    latest: date,
) -> Keyed | None:
    """Fill table `record` from a reading; None when the reading turns out not to hold.

    `latest` is the last day on which a measurement can have been made.
    """
    if len(occasions) > 1:
        return _make_records_of_many(connection, source, export, reading, occasions, latest)
    (occasion,) = occasions
    more = [f"{reading.line}::BIGINT as source_line"] if reading.records is None else []
    columns = [*_columns(source, export, occasion, all_slots(occasions)), *more]
    raw = _raw(columns, reading.relation, occasion, source, export.is_marked)
    _write_records(connection, source, raw, occasions, latest)
    records = _count(connection, "record")
    if reading.records not in (None, records):
        return None
    key = reading.line if reading.records is not None else "record.source_line"
    return Keyed(key, LINE_SHIFT if reading.is_shifted else 0, records)


def _make_records_of_many(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    export: Export,
    reading: Reading,
    occasions: Sequence[Occasion],
    latest: date,
) -> Keyed | None:
    """One record for each moment of a line; the line is read once."""
    connection.execute(f"create or replace temp table record as select * from {reading.relation}")
    lines = _count(connection, "record")
    if reading.records not in (None, lines):
        return None
    connection.execute("alter table record rename to line_read")
    line = reading.line.replace("record.", "line_read.")
    key = f"({line})::BIGINT" if reading.is_shifted else f"(({line})::BIGINT << {LINE_SHIFT})"
    slots = all_slots(occasions)
    selects = [
        _raw(
            [*_columns(source, export, occasion, slots), f"{key} | {place} as source_line"],
            "line_read", occasion, source, export.is_marked,
        )
        for place, occasion in enumerate(occasions)
    ]  # fmt: skip
    raw = " union all ".join(selects)
    _write_records(connection, source, raw, occasions, latest, "source_line")
    connection.execute("drop table line_read")
    return Keyed("record.source_line", LINE_SHIFT, lines * len(occasions))


def _raw(
    columns: Sequence[str], relation: str, occasion: Occasion, source: Source, is_typed: bool
) -> str:
    """SELECT of what a reading says of one moment of each record, with session and moment."""
    return f"""
        select *, {_moment(occasion.measured_at, source, is_typed)} as measured_at
        from (
            select *, {_session(source)} as session_no
            from (select {", ".join(columns)} from {relation})
        )"""


def _write_records(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    raw: str,
    occasions: Sequence[Occasion],
    latest: date,
    order: str | None = None,
) -> None:
    slots = all_slots(occasions)
    connection.execute(f"""
        create or replace table record as
        with
            raw as ({raw}),
            ruled as (
                select *, {_record_rule(source, slots, occasions, latest)} as record_rule from raw
            )
        select * exclude (session_text, moment_text, skip_rule),
            case when session_no is null then session_text end as broken_session,
            case when record_rule in ({MOMENT_RULES}) then moment_text end as broken_moment
        from ruled {f"order by {order}" if order else ""}
    """)


def make_cells(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    occasions: Sequence[Occasion],
    instruments: Mapping[str, Instrument],
    key: str,
) -> None:
    """Define `cell` over table `record`; `key` is the expression of a record's key.

    Table `withdrawal` holds which instruments each withdrawn record takes back.
    """
    if source.long is not None:
        name_long_cells(connection, source.long, instruments)
    else:
        name_wide_cells(connection, occasions, instruments)
    read_cells(connection, source, occasions, key)
    _withdrawals(connection, source, key)


def read_cells(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    occasions: Sequence[Occasion],
    key: str,
) -> None:
    """Define `cell` by what `cell_name` says of units, codings and codes for missing."""
    if source.long is not None:
        _long_cells(connection, key)
    else:
        _wide_cells(connection, source, occasions, key)


# ---------- expressions of one record


def _columns(
    source: Source, export: Export, occasion: Occasion, slots: Sequence[Slot]
) -> list[str]:
    """What a record is made of: heads, texts of session and moment, answers, rule, withdrawal."""
    told = {head: getattr(source, head) for head in HEADS} | {"respondent": occasion.respondent}
    columns = [f"{text_of(field, export)} as {head}" for head, field in told.items()]
    columns.append(f"{text_of(occasion.session_no, export)} as session_text")
    columns.append(f"{_moment_text(occasion, export)} as moment_text")
    columns += _measure_columns(source, export, occasion, slots)
    columns.append(f"{skip_rule(source, export)} as skip_rule")
    columns.append(f"{withdrawn(source, export)} as is_withdrawn")
    return columns


def _session(source: Source) -> str:
    """The session as a whole number from 0, null where its text is none."""
    number = decimal("session_text", source)
    is_whole = f"{number} between 0 and {LAST_SESSION} and {number} = floor({number})"
    return f"case when {is_whole} then ({number})::INTEGER end"


def _moment_text(occasion: Occasion, export: Export) -> str:
    moment = occasion.measured_at
    if moment.is_artificial:
        return text_of(occasion.session_no, export)
    return present(moment.column, export) if moment.column else literal(str(moment.value))


def _moment(moment: Moment, source: Source, is_typed: bool) -> str:
    """The timestamp of a record, null where its text cannot be read as the source says.

    Formats that know dates (`is_typed`) write them as ISO 8601, beside texts of the sender's own.
    """
    if moment.sessions_since is not None:
        days = f"to_days((session_no - 1) * {moment.days_per_session})"
        return f"{literal(str(moment.sessions_since))}::TIMESTAMP + {days}"
    if moment.days_since is not None:
        days = decimal("moment_text", source)
        seconds = f"case when abs({days}) < {MOST_DAYS} then to_seconds({days} * 86400) end"
        return f"{literal(str(moment.days_since))}::TIMESTAMP + {seconds}"
    if moment.format is not None:
        told = f"try_strptime(moment_text, {literal(moment.format)})"
        return f"coalesce({told}, {iso_moment('moment_text')})" if is_typed else told
    return "try_cast(moment_text as timestamp)"


def _record_rule(
    source: Source, slots: Sequence[Slot], occasions: Sequence[Occasion], latest: date
) -> str:
    """The first rule that keeps the whole record from landing, in the order of the reader's use.

    A withdrawal needs no answer, and with the source's own record id no moment either.
    """
    answers = (
        "answer_text" if source.long is not None else ", ".join(f"m{i}" for i in range(len(slots)))
    )
    what = "session" if occasions[0].measured_at.is_artificial else "date"
    return f"""case
        when skip_rule is not null and not is_withdrawn then skip_rule
        when not is_withdrawn and coalesce({answers}, null) is null then 'no_measure'
        when clinic_id is null then 'missing_clinic'
        when is_withdrawn and record_id is not null then null
        when patient_id is null then 'missing_patient'
        when moment_text is null then 'missing_{what}'
        when measured_at is null then 'unreadable_{what}'
        when measured_at < timestamp '1900-01-01' then 'date_before_1900'
        when measured_at >= {literal(str(latest))}::TIMESTAMP + to_days(1) then 'date_in_future'
    end"""


def _measure_columns(
    source: Source, export: Export, occasion: Occasion, slots: Sequence[Slot]
) -> list[str]:
    if source.long is not None:
        return _long_columns(source, source.long, export)
    here = {(slot.instrument, slot.item): slot for slot in occasion.slots}
    texts = [_slot_text(here.get((s.instrument, s.item)), source, export) for s in slots]
    return [f"{text} as m{place}" for place, text in enumerate(texts)]


def _slot_text(slot: Slot | None, source: Source, export: Export) -> str:
    """The answer in a column; null where this moment has no column for it."""
    if slot is None:
        return "null::VARCHAR"
    return translated(answer(slot.column, export, source), slot.values)


def _long_columns(source: Source, long: Long, export: Export) -> list[str]:
    value = long.value
    text = answer(value.column, export, source) if value.column else text_of(value, export)
    return [
        f"{text_of(long.instrument, export)} as instrument_text",
        f"{text_of(long.item, export)} as item_text",
        f"{translated(text, {**long.values, **value.values})} as answer_text",
        f"{decimal('answer_text', source)} as answer",
    ]


# ---------- cells


def _long_cells(connection: duckdb.DuckDBPyConnection, key: str) -> None:
    number, value = _long_value(connection)
    rule = _CELL_RULE.format(number=number, value=value, text="record.answer_text")
    connection.execute(f"""
        create or replace view cell as
        select {key} as source_line, {", ".join(f"record.{head}" for head in HEADS)},
            record.session_no, record.measured_at, record.record_rule,
            cell_name.instrument, cell_name.item, {value} as value,
            record.answer_text as text, cell_name.column_name, cell_name.item_place,
            cell_name.coding, {rule} as cell_rule
        from record
        left join cell_name
            on record.instrument_text = cell_name.instrument_text
            and record.item_text = cell_name.item_text
        where not record.is_withdrawn
    """)


def _long_value(connection: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """The number of an answer as it was written, and its value as its instrument counts it.

    Codes of answers are looked at only where a file has any: a look-up for each of ten
    million answers costs more than reading them.
    """
    found = connection.execute("""
        select coalesce(bool_or(is_coded), false) and exists (
            select 1 from record where answer is null and answer_text is not null
        )
        from cell_name
    """).fetchone()
    number = "record.answer"
    if found and found[0]:
        number = "coalesce(cell_name.codes[record.answer_text], record.answer)"
    return number, _value(connection, number)


def _value(connection: duckdb.DuckDBPyConnection, number: str) -> str:
    """What a number counts in unit and coding of its instrument; null for a code for missing.

    Such a code lands as an answer without a value, so that a later export may say "unknown"
    of what an earlier one knew. Nothing is computed that no answer of the file needs.
    """
    found = connection.execute("""
        select
            coalesce(bool_or(factor <> 1 or shift <> 0), false),
            coalesce(bool_or(len(missing_codes) > 0), false)
        from cell_name
    """).fetchone()
    is_converted, has_missing_codes = found if found else (False, False)
    value = f"({number} * cell_name.factor + cell_name.shift)" if is_converted else number
    if not has_missing_codes:
        return value
    return f"case when not list_contains(cell_name.missing_codes, {number}) then {value} end"


def _wide_cells(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    occasions: Sequence[Occasion],
    key: str,
) -> None:
    slots = all_slots(occasions)
    number = decimal("text", source)
    rule = _CELL_RULE.format(number="number", value="value", text="text")
    rule = rule.replace("cell_name.", "numbered.")
    answers = ", ".join(f"{{'slot': {i}, 'text': m{i}}}" for i in range(len(slots)))
    place = "" if len(occasions) == 1 else " and answer.source_line & 255 = cell_name.occasion"
    connection.execute(f"""
        create or replace table cell as
        with answer as (
            select {key} as source_line, {", ".join(HEADS)}, session_no, measured_at, record_rule,
                unnest([{answers}], recursive := true)
            from record
            where not is_withdrawn
        ),
        numbered as (
            select answer.*, cell_name.instrument, cell_name.item, cell_name.column_name,
                cell_name.minimum, cell_name.maximum, cell_name.rule, cell_name.coding,
                {number} as number, {_value(connection, number)} as value
            from answer join cell_name on answer.slot = cell_name.slot{place}
            where text is not null
        )
        select source_line, {", ".join(HEADS)}, session_no, measured_at, record_rule,
            instrument, item, value, text, column_name, coding, {rule} as cell_rule
        from numbered
    """)


_CELL_RULE = """case
                when {text} is null then 'empty'
                when cell_name.instrument is null then 'unknown_item'
                when cell_name.rule is not null then cell_name.rule
                when {number} is null then 'not_a_number'
                when not isfinite({number}) then 'not_a_number'
                when {value} < cell_name.minimum or {value} > cell_name.maximum then 'out_of_range'
            end"""


def _withdrawals(connection: duckdb.DuckDBPyConnection, source: Source, key: str) -> None:
    """What withdrawn records take back: the instrument of the record, or all of the source."""
    named = "(select distinct instrument, instrument_text from cell_name)"
    joined = f"join {named} as named on record.instrument_text = named.instrument_text"
    if source.long is None:
        joined = "cross join (select distinct instrument from cell_name) as named"
    connection.execute(f"""
        create or replace table withdrawal as
        select {key} as source_line, {", ".join(f"record.{head}" for head in HEADS)},
            record.session_no, record.measured_at, named.instrument
        from record {joined}
        where record.is_withdrawn and record.record_rule is null
    """)


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    assert row is not None
    return int(row[0])
