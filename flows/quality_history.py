"""What the checks of earlier runs said, kept with the home: counts and our own words, no values.

A snapshot is made anew each time, so that of its own it knows nothing of the runs before it.
Each run that looks at today leaves `checks/<run>.json.gz` when it is published, or when a check
stopped it; a run that looks back (`--known-at`) leaves none. A run is a function of those that
knew less than it does: so a past that is made again does not see what came later. A backup
holds them, since nothing can compute them again.
"""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from flows.errors import ExitCode, OpKoersError

FOLDER = "checks"
ENDING = ".json.gz"
SAID = ("table", "expectation", "category", "severity", "outcome", "checked", "failed")
OF_FILE = ("source", "clinic_id", "source_file", "expectation", "instrument", "scale")

_FAILED_FILES = """
    select source, unnest(clinics) as clinic_id, source_file, expectation, instrument, scale,
        checked, failed
    from file_check
    where outcome = 'fail'
    order by all
"""


@dataclass(frozen=True)
class CheckedRun:
    """The checks of one run: rows of SAID, and of OF_FILE with checked and failed.

    `known_at` is UTC without zone. `is_published` is false where a check stopped the run.
    """

    run_id: str
    as_of: date
    known_at: datetime
    is_published: bool
    checks: tuple[tuple[Any, ...], ...]
    files: tuple[tuple[Any, ...], ...]


def keep(home: Path, run: CheckedRun) -> Path:
    """Write what the checks of a run said, whole or not at all; the file."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    told = vars(run) | {"as_of": run.as_of.isoformat(), "known_at": run.known_at.isoformat()}
    target = folder / f"{run.run_id}{ENDING}"
    beside = target.with_name(f".{target.name}.new")
    beside.write_bytes(gzip.compress(json.dumps(told).encode(), mtime=0))
    beside.replace(target)
    return target


def earlier_runs(home: Path, known_at: datetime) -> tuple[CheckedRun, ...]:
    """The runs that knew less than one of that moment (UTC without zone), the oldest first.

    Raises OpKoersError where one of the files is damaged.
    """
    found = (_read(file) for file in sorted((home / FOLDER).glob(f"*{ENDING}")))
    before = [run for run in found if run.known_at < known_at]
    return tuple(sorted(before, key=lambda run: (run.known_at, run.run_id)))


def _read(file: Path) -> CheckedRun:
    try:
        told = json.loads(gzip.decompress(file.read_bytes()))
        return CheckedRun(
            run_id=told["run_id"],
            as_of=date.fromisoformat(told["as_of"]),
            known_at=datetime.fromisoformat(told["known_at"]),
            is_published=told["is_published"],
            checks=tuple(tuple(row) for row in told["checks"]),
            files=tuple(tuple(row) for row in told["files"]),
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        raise OpKoersError(
            "what the checks of an earlier run said cannot be read",
            where=file,
            next_step="Put it back from a backup, or move it away; the history then lacks that run",
            exit_code=ExitCode.UNREADABLE_FILE,
        ) from None


def said_by(outcomes: Iterable[Mapping[str, Any]]) -> tuple[tuple[Any, ...], ...]:
    """The rows to keep of what checks said, without the sentences, which stand in the suites."""
    return tuple(tuple(outcome[name] for name in SAID) for outcome in outcomes)


def failed_files(database: Path) -> tuple[tuple[Any, ...], ...]:
    """What recent files failed, as the table `file_check` of a built database says it.

    Empty where the run was stopped before that table was made.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        there = connection.execute(
            "select 1 from duckdb_tables() where table_name = 'file_check'"
        ).fetchone()
        return tuple(connection.execute(_FAILED_FILES).fetchall()) if there else ()


# ---------- since when


def check_rows(runs: Iterable[CheckedRun]) -> Iterator[dict[str, Any]]:
    """Rows of `check_history`: each says since which day it has failed without a break."""
    since: dict[tuple[str, str], date] = {}
    for run in runs:
        for row in run.checks:
            said = dict(zip(SAID, row, strict=True))
            key = (said["table"], said["expectation"])
            if said["outcome"] in ("fail", "error"):
                since.setdefault(key, run.as_of)
            else:
                since.pop(key, None)
            yield _of_run(run) | said | {"failing_since": since.get(key)}


def file_rows(runs: Iterable[CheckedRun]) -> Iterator[dict[str, Any]]:
    """Rows of `file_check_history`: what files failed, run by run, by source and clinic.

    A doubt goes on while runs one after another have it about the same source, whichever file.
    """
    since: dict[tuple[Any, ...], date] = {}
    for run in runs:
        still: dict[tuple[Any, ...], date] = {}
        for row in run.files:
            said = dict(zip((*OF_FILE, "checked", "failed"), row, strict=True))
            key = tuple(said[name] for name in OF_FILE if name != "source_file")
            still[key] = min(since.get(key, run.as_of), still.get(key, run.as_of))
            yield _of_run(run) | said | {"failing_since": still[key]}
        since = still


def _of_run(run: CheckedRun) -> dict[str, Any]:
    names = ("run_id", "as_of", "known_at", "is_published")
    return {name: getattr(run, name) for name in names}


ADD_THIS_RUN = """
    insert into check_history
    with before as (
        select "table", expectation, failing_since
        from check_history
        qualify row_number() over (
            partition by "table", expectation order by known_at desc, run_id desc
        ) = 1
    )
    select quality_check.run_id, run.as_of, run.known_at, true, quality_check."table",
        quality_check.expectation, quality_check.category, quality_check.severity,
        quality_check.outcome, quality_check.checked, quality_check.failed,
        case
            when quality_check.outcome in ('fail', 'error')
                then coalesce(before.failing_since, run.as_of)
        end as failing_since
    from quality_check
    cross join run
    left join before
        on quality_check."table" = before."table"
        and quality_check.expectation = before.expectation
"""
"""What this run's own checks said: they are known only once its tables are made."""
