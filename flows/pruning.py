"""opkoers prune: what no longer needs to be kept; never the archive or the journal.

Published runs can be made again from the archive. Reports are part of clinical records, and go
only when `[prune] keep_report_weeks` says so. What Prefect remembers of runs is of no use later.
"""

import os
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

from flows.home import locked
from flows.settings import Settings

WEEK = "[0-9]*-W[0-9][0-9]"
QUARTER, WEEKS_IN_A_QUARTER = "[0-9]*-Q[1-4]", 13
# Of Prefect's tables those that grow with every run; a run's own states go with it.
_OF_RUNS = (
    ("log", "flow_run_id"),
    ("artifact", "flow_run_id"),
    ("task_run", "flow_run_id"),
    ("flow_run_state", "flow_run_id"),
)
_OLD = """
    select id from flow_run
    where datetime(coalesce(end_time, expected_start_time)) < datetime(?)
"""


@dataclass(frozen=True)
class Pruned:
    """Something that goes: what it is in words, and how many bytes of the disk it held."""

    words: str
    bytes: int


def prune(settings: Settings, *, is_dry_run: bool) -> tuple[Pruned, ...]:
    """What went, or with `is_dry_run` what would. Raises OpKoersError while a run is working."""
    with locked(settings.home):
        return (
            *of_files(settings, is_dry_run=is_dry_run),
            *_of_prefect(settings, is_dry_run=is_dry_run),
        )


def of_files(settings: Settings, *, is_dry_run: bool) -> tuple[Pruned, ...]:
    """The same without Prefect's file, for a run, which holds the lock and has Prefect running."""
    found = [
        *_files(settings.home, old_runs(settings), is_dry_run=is_dry_run),
        *_files(settings.home, _old_reports(settings), is_dry_run=is_dry_run),
        *_log(settings, is_dry_run=is_dry_run),
    ]
    return tuple(found)


def _files(home: Path, places: tuple[Path, ...], *, is_dry_run: bool) -> Iterator[Pruned]:
    for place in places:
        size = _size(place)
        if not is_dry_run:
            shutil.rmtree(place) if place.is_dir() else place.unlink()
        yield Pruned(str(place.relative_to(home)), size)


def forget_old_runs(settings: Settings) -> None:
    """Keep the newest runs; a past week can always be rebuilt from the archive."""
    for file in old_runs(settings):
        file.unlink()


def old_runs(settings: Settings) -> tuple[Path, ...]:
    """Published files beyond the newest `[prune] keep_runs` of their kind, but for those in force.

    The kind of a file is what follows the run in its name: duckdb, critical.duckdb and so on.
    """
    published = settings.published
    in_force = {link.resolve() for link in published.iterdir() if link.is_symlink()}
    by_kind: dict[str, list[Path]] = defaultdict(list)
    for file in sorted(published.glob("*Z*.duckdb"), key=lambda each: each.stat().st_mtime):
        by_kind[file.name.partition(".")[2]].append(file)
    return tuple(
        file
        for files in by_kind.values()
        for file in files[: -settings.prune.keep_runs]
        if file.resolve() not in in_force
    )


def _old_reports(settings: Settings) -> tuple[Path, ...]:
    """Weeks beyond those kept, and quarters beyond as many as those weeks last."""
    kept = settings.prune.keep_report_weeks
    if not kept:
        return ()
    weeks = sorted(settings.reports.glob(WEEK))
    quarters = sorted(settings.reports.glob(QUARTER))
    return (*weeks[:-kept], *quarters[: -ceil(kept / WEEKS_IN_A_QUARTER)])


def _log(settings: Settings, *, is_dry_run: bool) -> Iterator[Pruned]:
    """Prefect's log is written to while it runs: copied, then emptied in its place."""
    log = settings.logs / "prefect.log"
    if not log.exists() or log.stat().st_size <= settings.prune.log_mb * 1_000_000:
        return
    before = log.with_name("prefect.log.1")
    size = before.stat().st_size if before.exists() else 0
    if not is_dry_run:
        shutil.copyfile(log, before)
        os.truncate(log, 0)
    yield Pruned("logs/prefect.log, cut; the part before it is logs/prefect.log.1", size)


def _of_prefect(settings: Settings, *, is_dry_run: bool) -> Iterator[Pruned]:
    """Runs that ended long ago, in Prefect's own file. On PostgreSQL its server does the same."""
    file = settings.home / "prefect" / "prefect.db"
    if not file.exists():
        return
    before = datetime.now(UTC) - timedelta(days=settings.prune.prefect_days)
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as database:
        if not _has_runs(database):
            return
        bounds = (before.isoformat(timespec="seconds"),)
        (runs,) = database.execute(f"select count(*) from ({_OLD})", bounds).fetchone()
        if not runs:
            return
        size = _size(file)
        if not is_dry_run:
            _forget(database, bounds)
        freed = 0 if is_dry_run else max(size - _size(file), 0)
        yield Pruned(f"{runs} runs that Prefect remembered", freed)


def _has_runs(database: sqlite3.Connection) -> bool:
    asked = "select count(*) from sqlite_master where type = 'table' and name = 'flow_run'"
    return bool(database.execute(asked).fetchone()[0])


def _forget(database: sqlite3.Connection, bounds: tuple[str]) -> None:
    database.execute("begin immediate")
    tasks = f"select id from task_run where flow_run_id in ({_OLD})"
    database.execute(f"delete from task_run_state where task_run_id in ({tasks})", bounds)
    for table, column in _OF_RUNS:
        database.execute(f"delete from {table} where {column} in ({_OLD})", bounds)
    database.execute(f"delete from flow_run where id in ({_OLD})", bounds)
    for table in ("events", "event_resources"):
        database.execute(f"delete from {table} where datetime(occurred) < datetime(?)", bounds)
    database.execute("commit")
    with suppress(sqlite3.OperationalError):  # its server runs: the room is used again by it
        database.execute("vacuum")
        database.execute("pragma wal_checkpoint(truncate)")


def _size(place: Path) -> int:
    files = place.rglob("*") if place.is_dir() else [place]
    return sum(file.stat().st_size for file in files if file.is_file())
