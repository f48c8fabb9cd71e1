"""The words in which a suite is written; each demands a severity and a why."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from great_expectations import ExpectationSuite
from great_expectations.expectations.core.expect_column_values_to_be_between import (
    ExpectColumnValuesToBeBetween,
)
from great_expectations.expectations.core.expect_column_values_to_be_in_set import (
    ExpectColumnValuesToBeInSet,
)
from great_expectations.expectations.core.expect_column_values_to_not_be_null import (
    ExpectColumnValuesToNotBeNull,
)
from great_expectations.expectations.expectation import BatchExpectation, Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

Category = Literal["conformance", "completeness", "plausibility"]

CRITICAL = FailureSeverity.CRITICAL
WARNING = FailureSeverity.WARNING
INFO = FailureSeverity.INFO

WHOLE_NUMBER = "INTEGER|BIGINT"
TEXT_OR_JSON = "VARCHAR|JSON"


class ExpectNoRow(BatchExpectation):
    """A query that may join other tables returns nothing.

    Great Expectations' own UnexpectedRowsExpectation runs its query twice and fetches
    rows. This one only counts: patient data never leaves DuckDB, and the count is exact
    however large.
    """

    query: str
    success_keys: ClassVar[tuple[str, ...]] = ("query",)
    metric_dependencies: ClassVar[tuple[str, ...]] = ("query.row_count", "table.row_count")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: object = None,
    ) -> dict[str, Any]:
        failed = metrics["query.row_count"]
        counts = {"element_count": metrics["table.row_count"], "unexpected_count": failed}
        return {"success": failed == 0, "result": counts}


class ExpectNoneOfJudged(BatchExpectation):
    """Of the rows that can be judged, none fails; without any it does not apply.

    `query` selects those that can be judged, `unexpected_rows_query` those that fail.
    """

    query: str
    unexpected_rows_query: str
    success_keys: ClassVar[tuple[str, ...]] = ("query", "unexpected_rows_query")
    metric_dependencies: ClassVar[tuple[str, ...]] = (
        "query.row_count",
        "unexpected_rows_query.row_count",
    )

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: object = None,
    ) -> dict[str, Any]:
        failed = metrics["unexpected_rows_query.row_count"]
        counts = {"element_count": metrics["query.row_count"], "unexpected_count": failed}
        return {"success": failed == 0, "result": counts}


def suite_of(table: str, *expectations: Expectation) -> ExpectationSuite:
    """The suite of `table`; raises ValueError when two expectations share an id."""
    ids = [expectation.meta["id"] for expectation in expectations if expectation.meta]
    twice = {each for each in ids if ids.count(each) > 1}
    if twice:
        raise ValueError(f"suite {table}: ids used twice: {', '.join(sorted(twice))}")
    return ExpectationSuite(name=table, expectations=list(expectations))


def has_columns(table: str, columns: Mapping[str, str], *, why: str) -> Expectation:
    """Each column exists with its DuckDB type (`A|B`: either); further columns may stand beside.

    Also counts for a table without rows.
    """
    promised = ", ".join(f"('{name}', '{kind}')" for name, kind in columns.items())
    return _counted(
        f"""
        select promised.name
        from (values {promised}) as promised(name, kind)
        anti join duckdb_columns() as found
            on found.table_name = '{table}'
            and found.schema_name = 'main'
            and found.column_name = promised.name
            and list_contains(string_split(promised.kind, '|'), found.data_type)
        """,
        CRITICAL,
        _meta("columns_as_published", "conformance", why, needs_rows=False),
    )


def one_row_per(
    table: str, columns: Sequence[str], severity: FailureSeverity, *, why: str
) -> Expectation:
    """No two rows agree on all of `columns` (nulls count as equal).

    Grouping by a hash first, and by the columns only where hashes meet, takes a third of
    the time on nine million rows and is exact.
    """
    grain = ", ".join(columns)
    return no_row(
        "one_row_per_grain",
        f"""
        with suspect as (
            select hash({grain}) as fingerprint
            from {table}
            group by hash({grain})
            having count(*) > 1
        )
        select 1
        from {table}
        where hash({grain}) in (select suspect.fingerprint from suspect)
        group by {grain}
        having count(*) > 1
        """,
        "conformance",
        severity,
        why=why,
    )


def never_null(column: str, severity: FailureSeverity, *, why: str) -> Expectation:
    """`column` is filled in on every row."""
    return ExpectColumnValuesToNotBeNull(
        column=column, severity=severity, meta=_meta(f"{column}_never_null", "completeness", why)
    )


def in_set(
    column: str, values: Sequence[str], severity: FailureSeverity, *, why: str
) -> Expectation:
    """`column` holds one of `values`, or nothing."""
    return ExpectColumnValuesToBeInSet(
        column=column,
        value_set=list(values),
        severity=severity,
        meta=_meta(f"{column}_in_set", "conformance", why),
    )


def at_least(column: str, minimum: float, severity: FailureSeverity, *, why: str) -> Expectation:
    """`column` is `minimum` or more, or nothing."""
    return ExpectColumnValuesToBeBetween(
        column=column,
        min_value=minimum,
        severity=severity,
        meta=_meta(f"{column}_at_least_{minimum:g}", "conformance", why),
    )


def no_row(
    name: str, query: str, category: Category, severity: FailureSeverity, *, why: str
) -> Expectation:
    """`query`, which returns one row per violation, returns nothing.

    `name` is how the outcome is known from then on.
    """
    return _counted(query, severity, _meta(name, category, why))


def none_of(
    name: str,
    judged: str,
    failing: str,
    category: Category,
    severity: FailureSeverity,
    *,
    why: str,
) -> Expectation:
    """Of the rows that `judged` selects, `failing` finds none; not applicable where there is none.

    For what can be judged only where there is enough of it.
    """
    return ExpectNoneOfJudged(
        query=_literally(judged),
        unexpected_rows_query=_literally(failing),
        severity=severity,
        meta=_meta(name, category, why),
    )


def nothing_missing(name: str, query: str, severity: FailureSeverity, *, why: str) -> Expectation:
    """`query`, which returns one row per thing that other tables have and this one lacks, is empty.

    Unlike `no_row` it also counts for a table without rows, which may have lost them all.
    """
    return _counted(query, severity, _meta(name, "completeness", why, needs_rows=False))


def _counted(query: str, severity: FailureSeverity, meta: dict[str, Any]) -> Expectation:
    return ExpectNoRow(query=_literally(query), severity=severity, meta=meta)


def _literally(query: str) -> str:
    """Great Expectations takes braces for placeholders; here they are none, so they are doubled."""
    return query.replace("{", "{{").replace("}", "}}")


def _meta(name: str, category: Category, why: str, *, needs_rows: bool = True) -> dict[str, Any]:
    if not why.strip():
        raise ValueError(f"expectation {name} has no why")
    return {"id": name, "category": category, "why": why, "needs_rows": needs_rows}
