"""The columns of an export -> typed records, and the cells (answers) in them.

`record` is one row per record of the file with its ids, moment and, where the
record as a whole cannot land, the rule that says why. `cell` is one row per
answer or score, with the rule that refuses it, if any.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from flows.errors import ExitCode, OpKoersError
from flows.instruments import Instrument
from flows.instruments.loader import find_instrument
from flows.landing.reading import Export, Reading
from flows.landing.source import FromColumn, Measure, Skip, Source
from flows.landing.sql_text import in_list, literal

LAST_SESSION = 9999
MOST_DAYS = 1_000_000
MOMENT_RULES = "'unreadable_date', 'unreadable_session', 'date_before_1900', 'date_in_future'"
HEADS = ("clinic_id", "patient_id", "therapist_id", "episode_id", "group_id", "respondent")


@dataclass(frozen=True)
class Slot:
    """One column of a wide export and the item or scale that it holds."""

    column: str
    instrument: str
    item: str


def needed_columns(source: Source, instruments: Mapping[str, Instrument]) -> tuple[str, ...]:
    """Every column that a source names, in the order of its keys, without repeats."""
    fields = [getattr(source, head) for head in (*HEADS, "session_no")]
    names = [field.column for field in fields if field is not None and field.column]
    names += [source.measured_at.column] if source.measured_at.column else []
    names += [skip.column for skip in source.skip]
    if source.long is not None:
        parts = (source.long.instrument, source.long.item, source.long.value)
        names += [part.column for part in parts if part.column]
    names += [slot.column for slot in wide_slots(source, instruments)]
    return tuple(dict.fromkeys(names))


def wide_slots(source: Source, instruments: Mapping[str, Instrument]) -> tuple[Slot, ...]:
    """The columns of all [[measure]] parts; an item pattern names every item of its instrument."""
    slots: dict[tuple[str, str], Slot] = {}
    for slot in (s for measure in source.measure for s in _slots(source, measure, instruments)):
        first = slots.setdefault((slot.instrument, slot.item), slot)
        if first is not slot:
            raise _unusable(
                source,
                f"the columns '{first.column}' and '{slot.column}' both give"
                f" '{slot.item}' of {slot.instrument}",
            )
    return tuple(slots.values())


def _unusable(source: Source, what: str) -> OpKoersError:
    return OpKoersError(
        what,
        where=f"sources/{source.name}.toml",
        next_step="Mend its [[measure]] parts",
        exit_code=ExitCode.SOURCE,
    )


def _slots(
    source: Source, measure: Measure, instruments: Mapping[str, Instrument]
) -> Iterator[Slot]:
    known = find_instrument(measure.instrument, instruments)
    instrument = known.id if known else measure.instrument
    if measure.scale is not None and measure.column is not None:
        yield Slot(measure.column, instrument, measure.scale)
    elif isinstance(measure.items, str):
        if known is None:
            raise _unusable(source, f"there is no instrument '{instrument}' to take items from")
        for number in range(1, known.items + 1):
            yield Slot(measure.items.replace("{item}", str(number)), instrument, str(number))
    elif measure.items is not None:
        for item, column in measure.items.items():
            yield Slot(column, instrument, item)


def make_records(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    export: Export,
    reading: Reading,
    slots: Sequence[Slot],
    latest: date,
) -> int:
    """Fill table `record` from a reading; the number of rows that came out.

    `latest` is the last day on which a measurement can have been made.
    """
    columns = [f"{_text(getattr(source, head), export)} as {head}" for head in HEADS]
    columns.append(f"{_text(source.session_no, export)} as session_text")
    columns.append(f"{_moment_text(source, export)} as moment_text")
    columns += _measure_columns(source, export, slots)
    columns.append(f"{_skip_rule(source, export)} as skip_rule")
    if reading.records is None:
        columns.append(f"{reading.line}::BIGINT as source_line")
    connection.execute(f"""
        create or replace table record as
        with
            raw as (select {", ".join(columns)} from {reading.relation}),
            counted as (select *, {_session(source)} as session_no from raw),
            timed as (select *, {_moment(source)} as measured_at from counted),
            ruled as (select *, {_record_rule(source, slots, latest)} as record_rule from timed)
        select * exclude (session_text, moment_text, skip_rule),
            case when session_no is null then session_text end as broken_session,
            case when record_rule in ({MOMENT_RULES}) then moment_text end as broken_moment
        from ruled
    """)
    return _count(connection, "record")


def make_cells(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    slots: Sequence[Slot],
    instruments: Mapping[str, Instrument],
    line: str,
) -> None:
    """Define view `cell` over table `record`; `line` is the expression of the physical line."""
    if source.long is not None:
        _name_long_cells(connection, source, instruments)
        _long_cells(connection, line)
    else:
        _name_wide_cells(connection, slots, instruments)
        _wide_cells(connection, source, slots, line)


# ---------- expressions of one record


def _text(field: FromColumn | None, export: Export) -> str:
    """A trimmed text, null where it is one of the source's markers for missing."""
    if field is None:
        return "null::VARCHAR"
    if field.column is None:
        return f"{literal(str(field.value))}::VARCHAR"
    return _present(field.column, export)


def _present(name: str, export: Export) -> str:
    """Reading made markers null; they are looked for again only where blanks surrounded them.

    Trimming every field would cost more than reading the file does.
    """
    column = export.column(name)
    trimmed = f"case when trim({column}) not in ({in_list(export.missing)}) then trim({column}) end"
    return f"case when {column} like ' %' or {column} like '% ' then {trimmed} else {column} end"


def _session(source: Source) -> str:
    """The session as a whole number from 0, null where its text is none."""
    number = _decimal("session_text", source)
    is_whole = f"{number} between 0 and {LAST_SESSION} and {number} = floor({number})"
    return f"case when {is_whole} then ({number})::INTEGER end"


def _moment_text(source: Source, export: Export) -> str:
    moment = source.measured_at
    if moment.is_artificial:
        return _text(source.session_no, export)
    return _present(moment.column, export) if moment.column else literal(str(moment.value))


def _moment(source: Source) -> str:
    """The timestamp of a record, null where its text cannot be read as the source says."""
    moment = source.measured_at
    if moment.sessions_since is not None:
        days = f"to_days((session_no - 1) * {moment.days_per_session})"
        return f"{literal(str(moment.sessions_since))}::TIMESTAMP + {days}"
    if moment.days_since is not None:
        days = _decimal("moment_text", source)
        seconds = f"case when abs({days}) < {MOST_DAYS} then to_seconds({days} * 86400) end"
        return f"{literal(str(moment.days_since))}::TIMESTAMP + {seconds}"
    if moment.format is not None:
        return f"try_strptime(moment_text, {literal(moment.format)})"
    return "try_cast(moment_text as timestamp)"


def _skip_rule(source: Source, export: Export) -> str:
    cases = [f"when {_skips(skip, export)} then {literal(skip.rule)}" for skip in source.skip]
    return f"case {' '.join(cases)} end" if cases else "null::VARCHAR"


def _skips(skip: Skip, export: Export) -> str:
    """Whether a record is left out; a marker for missing equals any other such marker."""
    told = skip.equals if skip.equals is not None else skip.differs_from
    wanted = "null" if told is None or told in export.missing else literal(told)
    comparison = "is distinct from" if skip.equals is None else "is not distinct from"
    return f"{_present(skip.column, export)} {comparison} {wanted}"


def _record_rule(source: Source, slots: Sequence[Slot], latest: date) -> str:
    """The first rule that keeps the whole record from landing, in the order of the reader's use."""
    answers = (
        "answer_text" if source.long is not None else ", ".join(f"m{i}" for i in range(len(slots)))
    )
    what = "session" if source.measured_at.is_artificial else "date"
    return f"""case
        when skip_rule is not null then skip_rule
        when coalesce({answers}, null) is null then 'no_measure'
        when clinic_id is null then 'missing_clinic'
        when patient_id is null then 'missing_patient'
        when moment_text is null then 'missing_{what}'
        when measured_at is null then 'unreadable_{what}'
        when measured_at < timestamp '1900-01-01' then 'date_before_1900'
        when measured_at >= {literal(str(latest))}::TIMESTAMP + to_days(1) then 'date_in_future'
    end"""


def _measure_columns(source: Source, export: Export, slots: Sequence[Slot]) -> list[str]:
    if source.long is None:
        return [f"{_answer(s.column, export, source)} as m{i}" for i, s in enumerate(slots)]
    parts = {
        "instrument_text": source.long.instrument,
        "item_text": source.long.item,
    }
    value = source.long.value
    answer = _answer(value.column, export, source) if value.column else _text(value, export)
    return [f"{_text(part, export)} as {name}" for name, part in parts.items()] + [
        f"{answer} as answer_text",
        f"{_decimal('answer_text', source)} as answer",
    ]


def _answer(name: str, export: Export, source: Source) -> str:
    """A text like any other, but here a number such as 99 can stand for missing as well."""
    present = _present(name, export)
    if not source.missing_numbers:
        return present
    numbers = in_list(source.missing_numbers)
    return f"case when {present} not in ({numbers}) then {present} end"


def _decimal(column: str, source: Source) -> str:
    point = f"replace({column}, ',', '.')" if source.decimal == "," else column
    return f"try_cast({point} as double)"


# ---------- cells


def _long_cells(connection: duckdb.DuckDBPyConnection, line: str) -> None:
    connection.execute(f"""
        create or replace view cell as
        select {line} as source_line, {", ".join(f"record.{head}" for head in HEADS)},
            record.session_no, record.measured_at, record.record_rule,
            cell_name.instrument, cell_name.item, record.answer as value,
            record.answer_text as text, cell_name.column_name, cell_name.item_place,
            {_CELL_RULE.format(value="record.answer", text="record.answer_text")} as cell_rule
        from record
        left join cell_name
            on record.instrument_text = cell_name.instrument_text
            and record.item_text = cell_name.item_text
    """)


def _wide_cells(
    connection: duckdb.DuckDBPyConnection, source: Source, slots: Sequence[Slot], line: str
) -> None:
    answers = ", ".join(f"{{'slot': {i}, 'text': m{i}}}" for i in range(len(slots)))
    connection.execute(f"""
        create or replace table cell as
        with answer as (
            select {line} as source_line, {", ".join(HEADS)}, session_no, measured_at, record_rule,
                unnest([{answers}], recursive := true)
            from record
        ),
        numbered as (
            select answer.*, cell_name.instrument, cell_name.item, cell_name.column_name,
                cell_name.minimum, cell_name.maximum, cell_name.rule,
                {_decimal("text", source)} as value
            from answer join cell_name using (slot)
            where text is not null
        )
        select source_line, {", ".join(HEADS)}, session_no, measured_at, record_rule,
            instrument, item, value, text, column_name,
            {_CELL_RULE.format(value="value", text="text").replace("cell_name.", "numbered.")}
                as cell_rule
        from numbered
    """)


_CELL_RULE = """case
                when {text} is null then 'empty'
                when cell_name.instrument is null then 'unknown_item'
                when cell_name.rule is not null then cell_name.rule
                when {value} is null then 'not_a_number'
                when not isfinite({value}) then 'not_a_number'
                when {value} < cell_name.minimum or {value} > cell_name.maximum then 'out_of_range'
            end"""


def _name_long_cells(
    connection: duckdb.DuckDBPyConnection, source: Source, instruments: Mapping[str, Instrument]
) -> None:
    """Resolve each distinct (instrument, item) text of the file once, in plain Python."""
    assert source.long is not None
    pairs = connection.execute("select distinct instrument_text, item_text from record").fetchall()
    column = source.long.value.column or source.long.item.column or ""
    rows = [
        (told, item, *_resolve(source.long.instruments.get(told, told), item, instruments), column)
        for told, item in pairs
        if told is not None and item is not None
    ]
    connection.execute("""create or replace table cell_name (
        instrument_text VARCHAR, item_text VARCHAR, instrument VARCHAR, item VARCHAR,
        minimum DOUBLE, maximum DOUBLE, rule VARCHAR, column_name VARCHAR, item_place UBIGINT)""")
    if rows:
        connection.executemany("insert into cell_name values (?, ?, ?, ?, ?, ?, ?, ?, 0)", rows)
        connection.execute("""
            update cell_name set item_place = numbered.place % 64
            from (
                select instrument, item,
                    row_number() over (partition by instrument order by item) - 1 as place
                from (select distinct instrument, item from cell_name)
            ) as numbered
            where numbered.instrument = cell_name.instrument and numbered.item = cell_name.item
        """)


def _name_wide_cells(
    connection: duckdb.DuckDBPyConnection,
    slots: Sequence[Slot],
    instruments: Mapping[str, Instrument],
) -> None:
    connection.execute("""create or replace table cell_name (
        slot INTEGER, instrument VARCHAR, item VARCHAR,
        minimum DOUBLE, maximum DOUBLE, rule VARCHAR, column_name VARCHAR)""")
    rows = [
        (place, *_resolve(slot.instrument, slot.item, instruments), slot.column)
        for place, slot in enumerate(slots)
    ]
    connection.executemany("insert into cell_name values (?, ?, ?, ?, ?, ?, ?)", rows)


Resolved = tuple[str, str, float | None, float | None, str | None]


def _resolve(told: str, item: str, instruments: Mapping[str, Instrument]) -> Resolved:
    """(instrument, item, minimum, maximum, rule) for what an export calls an answer."""
    instrument = find_instrument(told, instruments)
    if instrument is None:
        return told, item, None, None, None
    for scale in instrument.scale:
        if scale.id == item.lower():
            return instrument.id, scale.id, scale.minimum, scale.maximum, None
    number = item.lstrip("0")
    if number in map(str, range(1, instrument.items + 1)):
        return instrument.id, number, instrument.item_minimum, instrument.item_maximum, None
    return instrument.id, item, None, None, "unknown_item"


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    assert row is not None
    return int(row[0])
