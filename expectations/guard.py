"""The words in which a suite is written; each demands a severity and a why.

A `query` holds `{batch}` where the suite's own table stands, and returns one row
per violation. A literal brace is doubled (`{{64}}`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from great_expectations import ExpectationSuite
from great_expectations.expectations import (
    ExpectColumnValuesToBeBetween,
    ExpectColumnValuesToBeInSet,
    ExpectColumnValuesToNotBeNull,
    UnexpectedRowsExpectation,
)
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

Category = Literal["conformance", "completeness", "plausibility"]

CRITICAL = FailureSeverity.CRITICAL
WARNING = FailureSeverity.WARNING
INFO = FailureSeverity.INFO

WHOLE_NUMBER = "INTEGER|BIGINT"
TEXT_OR_JSON = "VARCHAR|JSON"


class ExpectNoRow(UnexpectedRowsExpectation):  # type: ignore[misc, unused-ignore]
    """Counts what a query returns and, unlike its parent, never fetches a row.

    Patient data so never leaves DuckDB, the count is exact however large, and the
    query runs once instead of twice.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = (
        "unexpected_rows_query.row_count",
        "table.row_count",
    )

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: object = None,
    ) -> dict[str, Any]:
        failed = metrics["unexpected_rows_query.row_count"]
        counts = {"element_count": metrics["table.row_count"], "unexpected_count": failed}
        return {"success": failed == 0, "result": counts}


def suite_of(table: str, *expectations: Expectation) -> ExpectationSuite:
    """The suite of `table`; raises ValueError when two expectations share an id."""
    ids = [expectation.meta["id"] for expectation in expectations if expectation.meta]
    twice = {each for each in ids if ids.count(each) > 1}
    if twice:
        raise ValueError(f"suite {table}: ids used twice: {', '.join(sorted(twice))}")
    return ExpectationSuite(name=table, expectations=list(expectations))


def has_columns(columns: Mapping[str, str], *, why: str) -> Expectation:
    """Each column exists with its DuckDB type (`A|B`: either); further columns may stand beside.

    The only expectation that also counts for a table without rows.
    """
    promised = ", ".join(f"('{name}', '{kind}')" for name, kind in columns.items())
    return ExpectNoRow(
        unexpected_rows_query=f"""
            select promised.name
            from (values {promised}) as promised(name, kind)
            anti join duckdb_columns() as found
                on found.table_name = '{{batch}}'
                and found.schema_name = 'main'
                and found.column_name = promised.name
                and list_contains(string_split(promised.kind, '|'), found.data_type)
            """,
        severity=CRITICAL,
        meta=_meta("columns_as_published", "conformance", why) | {"needs_rows": False},
    )


def one_row_per(columns: Sequence[str], severity: FailureSeverity, *, why: str) -> Expectation:
    """No two rows agree on all of `columns` (nulls count as equal).

    Grouping by a hash first and by the columns only where hashes collide is three
    times as fast on nine million rows, and exact.
    """
    grain = ", ".join(columns)
    return no_row(
        f"one_row_per_{'_'.join(columns)}",
        f"""
        with suspect as (
            select hash({grain}) as fingerprint
            from {{batch}}
            group by hash({grain})
            having count(*) > 1
        )
        select 1
        from {{batch}}
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
        column=column,
        severity=severity,
        meta=_meta(f"{column}_never_null", "completeness", why),
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


def at_least(
    column: str, minimum: float, severity: FailureSeverity, *, why: str
) -> Expectation:
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
    """`query` returns nothing; `name` is how the outcome is known from then on."""
    return ExpectNoRow(
        unexpected_rows_query=query, severity=severity, meta=_meta(name, category, why)
    )


def _meta(name: str, category: Category, why: str) -> dict[str, Any]:
    if not why.strip():
        raise ValueError(f"expectation {name} has no why")
    return {"id": name, "category": category, "why": why, "needs_rows": True}
