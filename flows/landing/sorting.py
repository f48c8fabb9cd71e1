"""Which records land, which are duplicates, which are rejected and why.

Works on `record` and `cell` and leaves two tables:
`lost` (source_line, instrument, item, reason): answers that a later line
repeats ('duplicate') or contradicts ('conflict'), and `refused` (source_line,
column_name, rule, text): everything that keeps a record or cell out.

The unit of comparison is one questionnaire of one record in a wide export, so
that two different ones of the same moment are never mixed answer by answer,
and one answer in a long export, where a record is no more than that.
"""

from dataclasses import dataclass

import duckdb

from flows.landing.rules import NO_USABLE_ANSWER, NOBODY_READS, Conflict, rule_for
from flows.landing.sql_text import in_list, literal

IN_ORDER = "source_line, instrument, item"
MOMENT = "clinic_id, patient_id, episode_id, measured_at, respondent, instrument"


@dataclass(frozen=True)
class Counts:
    """What became of the records of a file; rows_in = landed + duplicate + rejected."""

    rows_in: int
    landed: int
    duplicate: int
    rejected: int
    rejected_error: int
    rejected_conflict: int
    rejected_by_rule: int
    cells_rejected: int


def sort_out(
    connection: duckdb.DuckDBPyConnection,
    *,
    is_long: bool,
    broken: tuple[int, ...],
    key: str,
    conflict: Conflict,
) -> Counts:
    """Fill `lost`, `refused` and `fate` (source_line, outcome) and count them.

    `broken` are the keys of records that never became rows of `record`; `key`
    is the expression of a record's key over `record`. Of two values for one
    moment `conflict` chooses the one that lands, if any.
    """
    _find_lost(connection, is_long, key, conflict)
    _find_refused(connection, broken, key)
    _decide_fates(connection)
    return _count(connection, len(broken))


def _find_lost(
    connection: duckdb.DuckDBPyConnection, is_long: bool, line: str, conflict: Conflict
) -> None:
    """Table `lost`. Nearly every file has no repeat at all, so first a cheap look for any."""
    moments = _LONG_CONTESTED if is_long else _WIDE_CONTESTED
    connection.execute(f"create or replace table contested as {moments}")
    connection.execute(
        "create or replace table lost"
        " (source_line BIGINT, instrument VARCHAR, item VARCHAR, reason VARCHAR)"
    )
    if _count_rows(connection, "contested"):
        rivals = _LONG_RIVALS if is_long else _WIDE_RIVALS.format(line=line)
        order = "asc" if conflict == "earlier_line" else "desc"
        is_lost = _LOST_BY_NONE if conflict == "neither" else "place > 1"
        connection.execute(_LOST.format(rivals=rivals, order=order, is_lost=is_lost))


# Grouping 64-bit hashes costs a fraction of grouping seven texts. Two moments of
# one hash only make `contested` larger: what follows compares the values themselves.
# In a long export a moment holds as many answers as different items, or it is
# contested; an item is one of 64 bits here, so rarely one too many is looked at.
_LONG_CONTESTED = f"""
    select hash({MOMENT}) as moment from cell
    where record_rule is null and cell_rule is null
    group by moment
    having count(*) > bit_count(bit_or(1::UBIGINT << item_place))
"""
_LONG_RIVALS = f"""
    select source_line, {MOMENT}, item, value as content from cell
    where record_rule is null and cell_rule is null
        and hash({MOMENT}) in (select moment from contested)
"""

_RECORD_MOMENT = "hash(clinic_id, patient_id, episode_id, measured_at, respondent)"
_WIDE_CONTESTED = f"""
    select {_RECORD_MOMENT} as moment from record
    where record_rule is null
    group by moment having count(*) > 1
"""
_WIDE_RIVALS = f"""
    select source_line, {MOMENT}, null::VARCHAR as item,
        list(struct_pack(item := item, value := value) order by item) as content
    from cell
    where record_rule is null and cell_rule is null and source_line in (
        select {{line}} from record
        where {_RECORD_MOMENT} in (select moment from contested)
    )
    group by source_line, {MOMENT}
"""

_LOST = f"""
    insert into lost
    with
        rival as ({{rivals}}),
        ranked as (
            select source_line, instrument, item,
                row_number() over (
                    partition by {MOMENT}, item order by source_line {{order}}
                ) as place,
                row_number() over (
                    partition by {MOMENT}, item, content order by source_line {{order}}
                ) as repeat,
                min(content) over same <> max(content) over same
                    or count(content) over same not in (0, count(*) over same) as is_disputed
            from rival
            window same as (partition by {MOMENT}, item)
        )
    select source_line, instrument, item,
        case when repeat > 1 then 'duplicate' else 'conflict' end as reason
    from ranked
    where {{is_lost}}
"""
# Where neither of two values may land, the first of a kind is in conflict as well.
_LOST_BY_NONE = "repeat > 1 or is_disputed"


def _find_refused(
    connection: duckdb.DuckDBPyConnection, broken: tuple[int, ...], line: str
) -> None:
    """Rules of whole records, of their session numbers, of cells, and of broken lines."""
    connection.execute(f"""
        create or replace table refused as
        select {line} as source_line, null::VARCHAR as column_name, record_rule as rule,
            broken_moment as text, true as whole_record
        from record where record_rule is not null
        union all
        select {line}, 'session', 'unreadable_session', broken_session, false
        from record where record_rule is null and broken_session is not null
        union all
        select source_line, column_name, cell_rule, text, false
        from cell where record_rule is null and cell_rule is not null and cell_rule <> 'empty'
        union all
        select source_line, instrument, 'conflict', null, false
        from lost where reason = 'conflict'
    """)
    if broken:
        connection.executemany(
            "insert into refused values (?, null, 'field_count', null, true)",
            [(key,) for key in broken],
        )


def _decide_fates(connection: duckdb.DuckDBPyConnection) -> None:
    """Table `fate`: the outcome of every record that does not simply land whole.

    `cells_rejected` are the answers refused in a record that lands all the same.
    """
    connection.execute(f"""
        create or replace table fate as
        with
            troubled as (
                select source_line from refused where not whole_record
                union select source_line from lost
            ),
            answers as (
                select source_line, count(*) as cells,
                    count(*) filter (cell_rule is not null) as bad,
                    count(*) filter (cell_rule = 'ignored_item') as ignored
                from cell where source_line in (select source_line from troubled)
                group by source_line
            ),
            lost_answers as (
                select cell.source_line, count(*) as lost,
                    count(*) filter (lost.reason = 'conflict') as contradicted
                from cell join lost on cell.source_line = lost.source_line
                    and cell.instrument = lost.instrument
                    and (lost.item is null or lost.item = cell.item)
                where cell.cell_rule is null and cell.record_rule is null
                group by cell.source_line
            ),
            decided as (
                select source_line, bad + coalesce(contradicted, 0) as refused_answers,
                    case
                        when ignored = cells then 'ignored_item'
                        when bad = cells then '{NO_USABLE_ANSWER}'
                        when bad + coalesce(lost, 0) < cells then 'landed'
                        when contradicted > 0 then 'conflict'
                        else 'duplicate'
                    end as outcome
                from answers left join lost_answers using (source_line)
            )
        select source_line, rule as outcome, 0 as cells_rejected from refused where whole_record
        union all
        select source_line, outcome, case when outcome = 'landed' then refused_answers else 0 end
        from decided
    """)


def _count(connection: duckdb.DuckDBPyConnection, broken: int) -> Counts:
    rows_in = _count_rows(connection, "record") + broken
    by_class = {"error": 0, "conflict": 0, "by_rule": 0, "duplicate": 0}
    cells_rejected = 0
    fates = connection.execute(
        "select outcome, count(*), sum(cells_rejected) from fate group by outcome"
    ).fetchall()
    for outcome, records, cells in fates:
        cells_rejected += int(cells)
        if outcome != "landed":
            by_class[_class_of(outcome)] += records
    rejected = by_class["error"] + by_class["conflict"] + by_class["by_rule"]
    return Counts(
        rows_in=rows_in,
        landed=rows_in - rejected - by_class["duplicate"],
        duplicate=by_class["duplicate"],
        rejected=rejected,
        rejected_error=by_class["error"],
        rejected_conflict=by_class["conflict"],
        rejected_by_rule=by_class["by_rule"],
        cells_rejected=cells_rejected,
    )


def _count_rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    assert row is not None
    return int(row[0])


def _class_of(outcome: str) -> str:
    if outcome == "duplicate":
        return outcome
    return "error" if outcome == NO_USABLE_ANSWER else rule_for(outcome).reject_class


def landed_cells(connection: duckdb.DuckDBPyConnection) -> str:
    """SELECT of the answers that land, in the order of the file.

    Without repeats DuckDB keeps that order by itself. Looking for lost answers it may
    not, and an archive must be the same bytes after a run that was killed.
    """
    select = "select cell.* from cell where record_rule is null and cell_rule is null"
    if not _count_rows(connection, "lost"):
        return select
    return f"{select} and not {_is_lost()} order by {IN_ORDER}"


def set_aside_cells(connection: duckdb.DuckDBPyConnection) -> str:
    """SELECT of readable answers that do not land, without repeats and what nobody may read.

    The critical lane reads them.
    """
    if not _count_rows(connection, "refused"):
        return "select cell.* from cell limit 0"
    is_contradicted = _is_lost("and lost.reason = 'conflict'")
    return f"""
        select cell.* from cell
        where cell_rule is null and value is not null
            and coalesce(record_rule, '') not in ({in_list(NOBODY_READS)})
            and (record_rule is not null or {is_contradicted})
        order by {IN_ORDER}
    """


def _is_lost(more: str = "") -> str:
    """Whether an answer was repeated or contradicted."""
    return f"""exists (
        select 1 from lost
        where lost.source_line = cell.source_line and lost.instrument = cell.instrument
            and (lost.item is null or lost.item = cell.item) {more}
    )"""


def withdrawn_cells(connection: duckdb.DuckDBPyConnection) -> str | None:
    """SELECT of what withdrawn records take back, in the order of the file; None without any."""
    if not _count_rows(connection, "withdrawal"):
        return None
    return f"select distinct withdrawal.* from withdrawal order by {IN_ORDER.replace(', item', '')}"


def rejections(file: str, shift: int) -> str:
    """SELECT of what the sender can act on: line, column, rule, class, fix and the value itself.

    The line stands `shift` bits higher in the key of a record.
    """
    return f"""
        select {literal(file)} as source_file, refused.source_line >> {shift} as source_line,
            refused.column_name, refused.rule, reject_rule.reject_class, reject_rule.fix,
            refused.text as value
        from refused join reject_rule using (rule)
        order by refused.source_line, refused.column_name, refused.rule
    """
