"""Which row is asked about: `COLUMN=VALUE` words, and the one row that they name."""

from collections.abc import Mapping, Sequence

from flows.errors import ExitCode, OpKoersError
from flows.explaining import Published
from flows.landing.sql_text import identifier, in_list
from flows.tracing.opened import columns_of
from flows.tracing.traced import Keys, Row

# Columns that say which row it is; beside every *_id. A therapist or a group is said of a row.
NAMING = frozenset(
    {"measured_at", "instrument", "scale", "method", "kind", "domain", "item", "model", "term",
     "figure", "sha256", "rule", "unit", "unit_kind", "period", "period_kind", "indicator",
     "table", "expectation", "section", "name", "source"}
)  # fmt: skip
NOT_NAMING = frozenset({"therapist_id", "group_id", "run_id"})
# What may be written shorter, as people call it.
SHORT = ("clinic", "patient", "episode", "therapist", "assessment", "signal", "alert", "group")


def row_asked(published: Published, table: str, key: Sequence[str]) -> Row:
    """The one row of a table with this key, of COLUMN=VALUE words or one bare value.

    Raises OpKoersError for an unknown table or column, and when no row or more than one has it.
    """
    columns = columns_of(published, table)
    return _row(published, table, columns, _given(published, table, columns, key))


def is_naming(column: str) -> bool:
    """Whether a column says which row it is."""
    return column in NAMING or (column.endswith("_id") and column not in NOT_NAMING)


def _given(
    published: Published, table: str, columns: Mapping[str, str], key: Sequence[str]
) -> dict[str, str]:
    """Column to value, as the person wrote them."""
    given: dict[str, str] = {}
    for word in key:
        name, is_named, value = word.partition("=")
        if not is_named:
            name, value = _one_column(published, table, columns), word
        column = f"{name}_id" if name in SHORT and f"{name}_id" in columns else name
        if column not in columns:
            raise OpKoersError(
                f"table {table} has no column of that name",
                next_step=f"Its columns are: {', '.join(columns)}",
                exit_code=ExitCode.USAGE,
            )
        given[column] = value
    return given


def _one_column(published: Published, table: str, columns: Mapping[str, str]) -> str:
    """The first column that alone tells the rows of a table apart."""
    for column, kind in columns.items():
        if kind == "VARCHAR" and _is_unique(published, table, column):
            return column
    raise OpKoersError(
        f"no single column tells the rows of {table} apart",
        next_step=f"Write COLUMN=VALUE; its columns are: {', '.join(columns)}",
        exit_code=ExitCode.USAGE,
    )


def _is_unique(published: Published, table: str, column: str) -> bool:
    name = identifier(column)
    (found,) = published.rows(
        f"select count(*) = count(distinct {name}) as is_unique from {identifier(table)}"
    )
    return bool(found["is_unique"])


def _row(
    published: Published, table: str, columns: Mapping[str, str], given: Mapping[str, str]
) -> Row:
    conditions = [_equals(column, value) for column, value in given.items()]
    where = " and ".join(["true", *conditions])
    found = published.rows(f"select * from {identifier(table)} where {where} limit 1000")
    if len(found) == 1:
        return found[0]
    if not found:
        raise OpKoersError(
            f"no row of {table} has that key",
            next_step=f"`opkoers export {table} -o FILE.csv` shows what there is",
            exit_code=ExitCode.USAGE,
        )
    raise OpKoersError(
        f"{'at least ' if len(found) == 1000 else ''}{len(found):,} rows of {table} have that key",
        next_step=f"Say also: {', '.join(_missing(found, columns, given))}",
        exit_code=ExitCode.USAGE,
    )


def _equals(column: str, value: str) -> str:
    """A date stands for its midnight; "-" for nothing."""
    if value == "-":
        return f"{identifier(column)} is null"
    name = f"{identifier(column)}::VARCHAR"
    return f"{name} in ({in_list([value, f'{value} 00:00:00'])})"


def _missing(found: list[Row], columns: Mapping[str, str], given: Keys) -> list[str]:
    """Columns that tell the rows apart: those that name things first, as few as that takes."""
    free = [column for column in columns if column not in given]
    order = sorted(free, key=lambda column: (not is_naming(column), columns[column] == "DOUBLE"))
    chosen: list[str] = []
    parts = 1
    for column in order:
        apart = len({tuple(str(row[c]) for c in (*chosen, column)) for row in found})
        if apart > parts:
            chosen.append(column)
            parts = apart
        if parts == len(found):
            break
    return chosen
