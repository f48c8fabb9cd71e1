"""Runs the suites of expectations/ on a built database; the only importer of Great Expectations.

It is imported inside the functions: it takes seconds, and `opkoers --help` must not wait.
"""

import logging
import os
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.data_context.types.base import DataContextConfig
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
    from great_expectations.expectations.expectation import Expectation

LOG = logging.getLogger("opkoers.checks")

# External access stays on: the database is the run's own, built a moment ago, and its
# answers are a view on the archive.
READ_ONLY: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "1200MB",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
}
COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}


@dataclass(frozen=True)
class CheckOutcome:
    """What one expectation said of one table; counts and our own words, never a value of the data.

    `outcome` is `pass`, `fail`, `error` (could not be evaluated) or `not applicable`
    (the table has no rows to judge). `checked` and `failed` count rows, or groups of
    rows where the expectation is about groups. `why` names the consequence of a failure.
    """

    table: str
    expectation: str
    category: str
    severity: str
    outcome: str
    checked: int
    failed: int
    why: str


def check_tables(database: Path, tables: Sequence[str]) -> tuple[CheckOutcome, ...]:
    """One outcome per expectation of each table's suite, in the order of the suites.

    A table that is not there gives `error` for its whole suite. Nothing else may hold
    `database` open for writing. Raises duckdb.Error when it cannot be opened and
    ModuleNotFoundError when a table has no suite.
    """
    with _quiet(), _datasource(database) as (datasource, present):
        return tuple(
            outcome
            for table in tables
            for outcome in _check_table(datasource, table, is_present=table in present)
        )


def stops_publishing(outcomes: Iterable[CheckOutcome]) -> bool:
    """Whether a critical expectation failed, or any could not be evaluated."""
    return any(
        each.outcome == "error" or (each.outcome == "fail" and each.severity == "critical")
        for each in outcomes
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """No telemetry, no third-party warnings, and no third-party log lines: they quote values."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    os.environ["DO_NOT_TRACK"] = "1"
    log, sink = logging.getLogger("great_expectations"), logging.NullHandler()
    log.addHandler(sink)
    log.propagate = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.propagate = True
        log.removeHandler(sink)


@contextmanager
def _datasource(database: Path) -> Iterator[tuple["SQLDatasource", frozenset[str]]]:
    """The database as a Great Expectations data source, and its tables; all closed afterwards.

    An open reader would keep the file's old contents alive for this whole process.
    """
    import great_expectations
    from duckdb_engine import ConnectionWrapper

    _register_dialect()
    readers = [duckdb.connect(str(database), read_only=True, config=READ_ONLY)]

    def connect() -> ConnectionWrapper:
        readers.append(readers[0].cursor())
        return ConnectionWrapper(readers[-1])

    try:
        context = great_expectations.get_context(mode="ephemeral", project_config=_config())
        warehouse = context.data_sources.add_sql(
            "warehouse",
            connection_string="duckdb+reader://",
            kwargs={"creator": connect},  # type: ignore[call-arg]  # left out of its type stub
        )
        yield warehouse, _tables(readers[0])
    finally:
        for reader in readers:
            reader.close()


def _config() -> "DataContextConfig":
    """Everything in memory; no Data Docs, which load from foreign hosts; no progress bars."""
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )


def _register_dialect() -> None:
    """Make `duckdb+reader` known to SQLAlchemy: duckdb-engine's dialect without transactions.

    Its ROLLBACK after each statement would drop a result that was not fetched yet; a
    reader has nothing to roll back.
    """
    from duckdb_engine import Dialect
    from sqlalchemy.dialects import registry

    class Reader(Dialect):
        supports_statement_cache = False

        def do_begin(self, connection: Any) -> None:
            pass

        def do_rollback(self, connection: Any) -> None:
            pass

        def do_commit(self, connection: Any) -> None:
            pass

    registry.impls["duckdb.reader"] = lambda: Reader


def _tables(reader: duckdb.DuckDBPyConnection) -> frozenset[str]:
    rows = reader.execute("""
        select table_name from duckdb_tables() where schema_name = 'main'
        union
        select view_name from duckdb_views() where schema_name = 'main' and not internal
    """)
    return frozenset(name for (name,) in rows.fetchall())


def _check_table(
    datasource: "SQLDatasource", table: str, *, is_present: bool
) -> Iterator[CheckOutcome]:
    suite: ExpectationSuite = import_module(f"expectations.{table}").suite()
    results = _results(datasource, table, suite) if is_present else {}
    for expectation in suite.expectations:
        yield _outcome(table, expectation, results.get(_meta(expectation)["id"]))


def _results(
    datasource: "SQLDatasource", table: str, suite: "ExpectationSuite"
) -> dict[str, "ExpectationValidationResult"]:
    """Results by expectation id."""
    asset = datasource.add_table_asset(table, table_name=table)
    batch = asset.add_batch_definition_whole_table("all").get_batch()
    return {
        (result.expectation_config.meta or {})["id"]: result
        for result in batch.validate(suite, result_format=COUNTS_ONLY).results
        if result.expectation_config is not None
    }


def _meta(expectation: "Expectation") -> dict[str, Any]:
    return expectation.meta or {}


def _outcome(
    table: str, expectation: "Expectation", result: "ExpectationValidationResult | None"
) -> CheckOutcome:
    meta = _meta(expectation)
    outcome, checked, failed = _judge(result, needs_rows=meta["needs_rows"])
    if outcome == "error":
        cause = "no such table" if result is None else _cause(result)
        LOG.error("%s.%s could not be evaluated: %s", table, meta["id"], cause)
    return CheckOutcome(
        table=table,
        expectation=meta["id"],
        category=meta["category"],
        severity=expectation.severity.value,
        outcome=outcome,
        checked=checked,
        failed=failed,
        why=meta["why"],
    )


def _judge(
    result: "ExpectationValidationResult | None", *, needs_rows: bool
) -> tuple[str, int, int]:
    """(outcome, checked, failed) of one result; None is a table that is not there."""
    if result is None or _exceptions(result):
        return "error", 0, 0
    checked = int(result.result["element_count"]) - int(result.result.get("missing_count") or 0)
    if needs_rows and checked == 0:
        return "not applicable", 0, 0
    failed = int(result.result["unexpected_count"])
    return "pass" if result.success else "fail", checked, failed


def _exceptions(result: "ExpectationValidationResult") -> list[dict[str, Any]]:
    """What was raised: Great Expectations gives one record, or one per metric."""
    info: dict[str, Any] = dict(result.exception_info or {})
    records = [info] if "raised_exception" in info else list(info.values())
    return [dict(each) for each in records if each["raised_exception"]]


def _cause(result: "ExpectationValidationResult") -> str:
    """The class of the error alone: its message may quote a value."""
    text = " ".join(str(each["exception_message"]) for each in _exceptions(result))
    found = re.search(r"\b\w+(?:Exception|Error)\b", text)
    return found.group() if found else "unknown cause"
