"""A published table -> a csv or parquet file."""

from pathlib import Path

import duckdb

from flows.errors import ExitCode, OpKoersError
from flows.landing.sql_text import identifier, literal
from flows.settings import Settings
from flows.warehouse import tables_of

FORMATS = {".csv": "format csv, header", ".parquet": "format parquet"}


def export_table(settings: Settings, table: str, target: Path) -> int:
    """Write a table of the published snapshot; the number of rows.

    Table `critical` comes from the critical lane's own file, which may be
    newer. Raises OpKoersError for an unknown table, another ending, or when
    nothing was published yet.
    """
    snapshot = settings.snapshot
    if table == "critical":
        snapshot = settings.published / "current.critical"
    if not snapshot.exists():
        raise OpKoersError(
            "nothing has been published yet",
            where=settings.home,
            next_step="Run `opkoers run` first",
            exit_code=ExitCode.NOTHING_PUBLISHED,
        )
    _refuse_unknown(table, tables_of(snapshot.resolve()))
    if target.suffix not in FORMATS:
        raise OpKoersError(
            "only .csv and .parquet files can be written",
            where=target,
            next_step="Give the file one of these endings",
            exit_code=ExitCode.USAGE,
        )
    return _copy(snapshot.resolve(), table, target)


def _refuse_unknown(table: str, known: tuple[str, ...]) -> None:
    if table not in known:
        raise OpKoersError(
            f"there is no published table '{table}'",
            next_step=f"Take one of: {', '.join(known)}",
            exit_code=ExitCode.UNKNOWN_TABLE,
        )


def _copy(snapshot: Path, table: str, target: Path) -> int:
    if not target.parent.is_dir():
        raise OpKoersError(
            "there is no such folder",
            where=target.parent,
            next_step="Make it, or give another file",
            exit_code=ExitCode.USAGE,
        )
    beside = target.with_name(f".{target.name}.part")
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false"
    }
    with duckdb.connect(str(snapshot), read_only=True, config=config) as connection:
        connection.execute(
            f"copy (from {identifier(table)}) to {literal(str(beside))} ({FORMATS[target.suffix]})"
        )
        row = connection.execute(f"select count(*) from {identifier(table)}").fetchone()
    beside.replace(target)
    assert row is not None
    return int(row[0])
