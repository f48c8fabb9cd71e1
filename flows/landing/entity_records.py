"""Records of an entity table (see entities.py): typed, sorted out, ready for the archive.

Leaves the same kind of tables as landing answers does: `record`, then `entity`
(one row per record, its values and the rule that keeps it from landing), `lost`
(repeats and contradictions) and `refused` (all that the sender can act on). In
all of them `source_line` is the key of a record.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from flows.instruments import Instrument
from flows.instruments.loader import find_instrument
from flows.landing.entities import ENTITIES, Column, columns_of
from flows.landing.expressions import (
    answer,
    decimal,
    iso_moment,
    skip_rule,
    text_of,
    translated,
    withdrawn,
)
from flows.landing.mapping import Keyed
from flows.landing.reading import LINE_SHIFT, Export, Reading, empty
from flows.landing.rules import Conflict, rule_for
from flows.landing.sorting import Counts
from flows.landing.source import Cell, Source
from flows.landing.sql_text import in_list, literal

LARGEST_COUNT = 99_999
FIRST_YEAR = 1850
YES = ("true", "1", "yes", "y", "t", "ja", "j")
NO = ("false", "0", "no", "n", "f", "nee")


@dataclass(frozen=True)
class _Field:
    """One column that the source gives; `place` is where it stands in table `record`.

    Formats that know dates (`is_typed`) write them as ISO 8601, beside texts of the sender's own.
    """

    place: int
    name: str
    column: Column
    cell: Cell
    is_typed: bool

    @property
    def shown(self) -> str:
        """The name by which the sender knows it."""
        return self.cell.column or self.name


def read_entities(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    export: Export,
    instruments: Mapping[str, Instrument],
    *,
    name: str,
    latest: date,
    conflict: Conflict,
    pseudonymise: Callable[[], None] = lambda: None,
) -> tuple[Counts, Keyed]:
    """Sort the records of an open export; what lands is then in `landed_entities`.

    `name` is that of the file, `latest` the last day on which something can
    have been noted, `conflict` chooses between two records of one key, and
    `pseudonymise` is called once while `record` holds real patient ids.
    Raises OpKoersError when there is no record at all.
    """
    fields = _fields(source, is_typed=export.is_marked)
    reading, keyed = _recorded(connection, source, export, fields)
    if keyed.records + len(reading.broken_lines) == 0:
        raise empty(name, "there is a header line but no record")
    pseudonymise()
    _name_instruments(connection, fields, instruments)
    _make_entities(connection, source, fields, keyed, latest)
    _find_lost(connection, source, conflict)
    _find_refused(connection, fields, reading.broken_lines)
    return _count(connection, keyed.records, len(reading.broken_lines)), keyed


def landed_entities(source: Source, name: str, keyed: Keyed) -> str:
    """SELECT of `<table>.parquet`, in the order of the file; a covariate is a row of its own."""
    entity, given = ENTITIES[source.table], _named(source)
    columns = [f"{given.get(n, 'null')}::{kind} as {n}" for n, kind in entity.archived.items()]
    if entity.has_covariates:
        columns = list(entity.archived)
    rows = _COVARIATES.format(pairs=_pairs(source)) if entity.has_covariates else "entity"
    return f"""
        select {", ".join(columns)}, is_withdrawn, {literal(name)} as source_file,
            {keyed.line_of("source_line")} as source_line
        from {rows}
        where record_rule is null and source_line not in (select source_line from lost)
        order by {"source_line, covariate" if entity.has_covariates else "source_line"}
    """


_COVARIATES = """(
            select * from (select entity.*, unnest([{pairs}], recursive := true) from entity)
            where value is not null or is_withdrawn
        )"""


def _pairs(source: Source) -> str:
    return ", ".join(
        f"{{'covariate': {literal(field.name)}, 'value': v{field.place},"
        f" 'number': {_number(field, source)}}}"
        for field in _fields(source)
    )


# ---------- the records as text


def _fields(source: Source, *, is_typed: bool = False) -> tuple[_Field, ...]:
    told = enumerate(columns_of(source).items())
    return tuple(_Field(i, name, column, cell, is_typed) for i, (name, (column, cell)) in told)


def _recorded(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    export: Export,
    fields: Sequence[_Field],
) -> tuple[Reading, Keyed]:
    """Table `record` from the first reading that holds."""
    columns = [f"{text_of(getattr(source, h), export)} as {h}" for h in _heads(source)]
    columns += [f"{_cell_text(field.cell, source, export)} as t{field.place}" for field in fields]
    columns.append(f"{skip_rule(source, export)} as skip_rule")
    columns.append(f"{withdrawn(source, export)} as is_withdrawn")
    for reading in export.readings:
        keyed = _selected(connection, reading, columns)
        if keyed is not None:
            return reading, keyed
    raise AssertionError("the last reading of an export always holds")


def _selected(
    connection: duckdb.DuckDBPyConnection, reading: Reading, columns: Sequence[str]
) -> Keyed | None:
    """Table `record` from one reading; None when it turns out not to hold."""
    key = [f"{reading.line}::BIGINT as source_line"] if reading.records is None else []
    select = f"select {', '.join((*columns, *key))} from {reading.relation}"
    try:
        connection.execute(f"create or replace table record as {select}")
    except duckdb.InvalidInputException:
        # DuckDB's own parse may stumble where the exact reading does not.
        if reading.records is None:
            raise
        return None
    records = _count_rows(connection, "record")
    if reading.records not in (None, records):
        return None
    line = "record.source_line" if reading.records is None else reading.line
    return Keyed(line, LINE_SHIFT if reading.is_shifted else 0, records)


def _heads(source: Source) -> tuple[str, ...]:
    return ENTITIES[source.table].heads


def _named(source: Source) -> dict[str, str]:
    """Where each id and each column that the source gives stands in table `entity`."""
    heads = {head: head for head in _heads(source)}
    return heads | {field.name: f"v{field.place}" for field in _fields(source)}


def _cell_text(cell: Cell, source: Source, export: Export) -> str:
    if cell.column is None:
        return text_of(cell, export)
    return translated(answer(cell.column, export, source), cell.values)


def _name_instruments(
    connection: duckdb.DuckDBPyConnection,
    fields: Sequence[_Field],
    instruments: Mapping[str, Instrument],
) -> None:
    """Instruments in `record` get the names by which they are known here."""
    for field in (field for field in fields if field.name == "instrument"):
        text = f"t{field.place}"
        told = connection.execute(f"select distinct {text} from record").fetchall()
        found = {name: find_instrument(name, instruments) for (name,) in told if name}
        known = {name: instrument.id for name, instrument in found.items() if instrument}
        connection.execute(f"update record set {text} = {translated(text, known)}")


# ---------- values and the rules that refuse them


def _make_entities(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    fields: Sequence[_Field],
    keyed: Keyed,
    latest: date,
) -> None:
    """Table `entity`: v<place> is the value of a column, r<place> the rule that refuses it."""
    heads = ", ".join(f"record.{head}" for head in _heads(source))
    texts = [f"t{f.place}" for f in fields]
    values = [f"{_value(f, source, latest)} as w{f.place}" for f in fields]
    rules = [f"{_rule(f, source, latest)} as r{f.place}" for f in fields]
    kept = [f"case when r{f.place} is null then w{f.place} end as v{f.place}" for f in fields]
    content = ", ".join(f"{place}::VARCHAR" for place in _named(source).values())
    connection.execute(f"""
        create or replace table entity as
        with
            typed as (
                select {keyed.key} as source_line, {heads}, skip_rule, is_withdrawn
                    {_more(texts)} {_more(values)}
                from record
            ),
            judged as (select * {_more(rules)} from typed),
            kept as (select * {_more(kept)} from judged),
            ruled as (select *, {_record_rule(source, fields)} as broken from kept)
        select *, broken.rule as record_rule,
            to_json([{content}, is_withdrawn::VARCHAR])::VARCHAR as content
        from ruled
    """)


def _more(columns: Sequence[str]) -> str:
    return "".join(f", {column}" for column in columns)


def _value(field: _Field, source: Source, latest: date) -> str:
    """The expression of a value, null where its text cannot be one."""
    text, column = f"t{field.place}", field.column
    number = decimal(text, source)
    match column.kind:
        case "text":
            return _as_iso(field)
        case "date":
            return f"{_moment(field)}::DATE"
        case "moment":
            return _moment(field)
        case "count":
            is_count = f"{number} between 0 and {LARGEST_COUNT} and {number} = floor({number})"
            return f"case when {is_count} then {number}::INTEGER end"
        case "year":
            year = f"coalesce(year({_moment(field)}), {number})"
            is_year = f"{year} between {FIRST_YEAR} and {latest.year} and {year} = floor({year})"
            return f"case when {is_year} then ({year})::INTEGER end"
        case "yes_no":
            yes, no = (f"lower({text}) in ({in_list(words)})" for words in (YES, NO))
            return f"case when {yes} then true when {no} then false end"
        case "choice":
            word = _SBG_CODE.format(text=text) if field.name == "reason_code" else f"lower({text})"
            return f"case when {word} in ({in_list(column.choices)}) then {word} end"


# A spreadsheet makes 1 of 01.
_SBG_CODE = r"regexp_replace(lower({text}), '^([1-9][ab]?)$', '0\1')"


def _moment(field: _Field) -> str:
    text = f"t{field.place}"
    told = f"try_strptime({text}, {literal(field.cell.format or '')})"
    if field.cell.format is None:
        return f"try_cast({text} as timestamp)"
    return f"coalesce({told}, {iso_moment(text)})" if field.is_typed else told


def _as_iso(field: _Field) -> str:
    """A text; as an ISO date where its format is given."""
    if field.cell.format is None:
        return f"t{field.place}"
    return f"strftime({_moment(field)}, '%Y-%m-%d')"


def _number(field: _Field, source: Source) -> str:
    number = decimal(f"v{field.place}::VARCHAR", source)
    return f"case when isfinite({number}) then {number} end"


def _rule(field: _Field, source: Source, latest: date) -> str:
    text, value = f"t{field.place}", f"w{field.place}"
    if field.column.kind in ("date", "moment"):
        late = f"when {value} >= date {literal(str(latest))} + 1 then 'date_in_future'"
        return f"""case
            when {text} is null then null
            when {value} is null then 'unreadable_date'
            when {value} < date '1900-01-01' then 'date_before_1900'
            {late if field.column.is_past else ""}
        end"""
    number = decimal(text, source)
    rules = {
        "text": "'unreadable_date'",
        "count": f"case when {number} is null then 'not_a_number' else 'not_a_count' end",
        "year": "'unreadable_year'",
        "yes_no": "'not_allowed'",
        "choice": "'not_allowed'",
    }
    is_broken = f"{text} is not null and {value} is null"
    return f"case when {is_broken} then {rules[field.column.kind]} end"


def _record_rule(source: Source, fields: Sequence[_Field]) -> str:
    """The first rule that keeps the whole record from landing: {rule, column_name, text}."""
    cases = " ".join(
        f"when {test} then {{'rule': {rule}, 'column_name': {column}, 'text': {text}}}"
        for test, rule, column, text in _record_rules(source, fields)
    )
    return f"case {cases} end"


def _record_rules(source: Source, fields: Sequence[_Field]) -> Iterator[tuple[str, str, str, str]]:
    """(test, rule, column, text), each an expression, in the order of the reader's use."""
    entity, none = ENTITIES[source.table], "null::VARCHAR"
    given = {field.name: field for field in fields}
    yield "skip_rule is not null", "skip_rule", none, none
    if entity.has_covariates:
        values = ", ".join(f"v{field.place}" for field in fields)
        yield f"not is_withdrawn and coalesce({values}, null) is null", "'no_measure'", none, none
    for name in entity.filled_in:
        rule = {"clinic_id": "'missing_clinic'", "patient_id": "'missing_patient'"}.get(name)
        if name in entity.heads:
            told = getattr(source, name)
            yield f"{name} is null", rule or "'missing_key'", literal(told.column or name), none
        else:
            field = given[name]
            late = "" if name in entity.key else " and not is_withdrawn"
            shown, text = literal(field.shown), f"t{field.place}"
            yield f"{text} is null{late}", "'missing_key'", shown, none
            yield f"r{field.place} is not null{late}", f"r{field.place}", shown, text
    if {"started_on", "ended_on"} <= set(given):
        start, end = given["started_on"], given["ended_on"]
        is_wrong = f"v{end.place} < v{start.place}"
        yield is_wrong, "'ends_before_start'", literal(end.shown), f"t{end.place}"


# ---------- what becomes of each record


def _find_lost(connection: duckdb.DuckDBPyConnection, source: Source, conflict: Conflict) -> None:
    """Table `lost`: what a later record of the same key repeats or contradicts."""
    named = _named(source)
    key = ", ".join(named.get(name, "null") for name in ENTITIES[source.table].key)
    order = "asc" if conflict == "earlier_line" else "desc"
    is_lost = "repeat > 1 or is_disputed" if conflict == "neither" else "place > 1"
    connection.execute(f"""
        create or replace table lost as
        with ranked as (
            select source_line,
                row_number() over (partition by {key} order by source_line {order}) as place,
                row_number() over (
                    partition by {key}, content order by source_line {order}
                ) as repeat,
                min(content) over same <> max(content) over same as is_disputed
            from entity
            where record_rule is null
            window same as (partition by {key})
        )
        select source_line, case when repeat > 1 then 'duplicate' else 'conflict' end as reason
        from ranked
        where {is_lost}
    """)


def _find_refused(
    connection: duckdb.DuckDBPyConnection, fields: Sequence[_Field], broken: Sequence[int]
) -> None:
    """Rules of whole records, of cells in the others, contradictions, and broken lines."""
    cells = "".join(
        f"""
        union all
        select source_line, {literal(field.shown)}, r{field.place}, t{field.place}, false
        from entity where record_rule is null and r{field.place} is not null"""
        for field in fields
    )
    connection.execute(f"""
        create or replace table refused as
        select source_line, broken.column_name as column_name, record_rule as rule,
            broken.text as text, true as whole_record
        from entity where record_rule is not null {cells}
        union all
        select source_line, null, 'conflict', null, false from lost where reason = 'conflict'
    """)
    if broken:
        connection.executemany(
            "insert into refused values (?, null, 'field_count', null, true)",
            [(key,) for key in broken],
        )


def _count(connection: duckdb.DuckDBPyConnection, records: int, broken: int) -> Counts:
    by_class = {"error": broken, "conflict": 0, "by_rule": 0, "duplicate": 0}
    for rule, found in connection.execute("""
        select record_rule, count(*) from entity where record_rule is not null group by all
        union all
        select reason, count(*) from lost group by all
    """).fetchall():
        by_class[rule if rule == "duplicate" else rule_for(rule).reject_class] += found
    rejected = by_class["error"] + by_class["conflict"] + by_class["by_rule"]
    cells = connection.execute("""
        select count(*) from refused
        where not whole_record and rule <> 'conflict'
            and source_line not in (select source_line from lost)
    """).fetchone()
    assert cells is not None
    return Counts(
        rows_in=records + broken,
        landed=records + broken - rejected - by_class["duplicate"],
        duplicate=by_class["duplicate"],
        rejected=rejected,
        rejected_error=by_class["error"],
        rejected_conflict=by_class["conflict"],
        rejected_by_rule=by_class["by_rule"],
        cells_rejected=int(cells[0]),
    )


def _count_rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    assert row is not None
    return int(row[0])
