"""The suites that guard a run: which of them hold, when they stop it, and what is kept of them."""

import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from flows import quality_history
from flows.checks import CheckOutcome, check_tables, stops_publishing
from flows.errors import ExitCode, OpKoersError
from flows.running.inputs import gather_inputs
from flows.running.plan import RunPlan

log = logging.getLogger("opkoers.run")


COLUMNS = {
    "table": "VARCHAR",
    "expectation": "VARCHAR",
    "category": "VARCHAR",
    "severity": "VARCHAR",
    "outcome": "VARCHAR",
    "checked": "BIGINT",
    "failed": "BIGINT",
    "why": "VARCHAR",
}
"""Of `quality_check`, beside the run: the fields of a CheckOutcome."""


def check_layer(plan: RunPlan, database: Path, tables: tuple[str, ...], part: str) -> int:
    """How many expectations held or did not apply.

    Raises OpKoersError when publishing must stop.
    """
    outcomes = check_tables(database, tables)
    file = plan.workplace / f"{part}.checks.json"
    file.write_text(json.dumps([asdict(outcome) for outcome in outcomes]), encoding="utf-8")
    broken = [o for o in outcomes if o.outcome in ("fail", "error")]
    for outcome in broken:
        log.warning("%s: %s (%s)", outcome.outcome, outcome.expectation, outcome.severity)
    if stops_publishing(outcomes):
        keep_checks(plan, database, is_published=False)
        raise _stopped(broken)
    return len(outcomes) - len(broken)


def _stopped(broken: list[CheckOutcome]) -> OpKoersError:
    worst = next(o for o in broken if o.severity == "critical" or o.outcome == "error")
    return OpKoersError(
        f"the check '{worst.expectation}' of table {worst.table} ended in {worst.outcome}"
        f" ({worst.failed} of {worst.checked}): {worst.why.rstrip('.')}",
        next_step="The last published snapshot stands; look at the files landed last, or at"
        " the log for all checks",
        exit_code=ExitCode.CHECKS_STOPPED_PUBLISHING,
    )


def write_quality_checks(plan: RunPlan) -> None:
    """Table `quality_check` from what the layers of this plan left of their checks."""
    rows = [(plan.run_id, *(said[name] for name in COLUMNS)) for said in _said(plan)]
    columns = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
    places = ", ".join("?" for _ in ("run_id", *COLUMNS))
    with duckdb.connect(str(plan.built)) as connection:
        connection.execute(f"create or replace table quality_check (run_id VARCHAR, {columns})")
        connection.executemany(f"insert into quality_check values ({places})", rows)
        connection.execute(quality_history.ADD_THIS_RUN)


def _said(plan: RunPlan) -> list[dict[str, Any]]:
    """Every outcome of this plan's checks so far, as `check_layer` wrote them down."""
    files = sorted(plan.workplace.glob("*.checks.json"))
    return [said for file in files for said in json.loads(file.read_text(encoding="utf-8"))]


def keep_checks(plan: RunPlan, database: Path, *, is_published: bool) -> None:
    """Leave what the checks of this run said to later ones; nothing where it looks back."""
    if plan.known_at is not None:
        return
    inputs = gather_inputs(plan)
    quality_history.keep(
        plan.home,
        quality_history.CheckedRun(
            plan.run_id,
            inputs.as_of,
            inputs.known_at,
            is_published,
            quality_history.said_by(_said(plan)),
            quality_history.failed_files(database),
        ),
    )
