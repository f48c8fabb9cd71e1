"""A past week's report issued again, when data that came in later belong to that week.

The week is built once more in the run's own folder: with every file that is known by now, and
with the answers that its report knew, so that only late data can change it. It is checked and
reported like any other; the snapshot in force is not touched.
"""

import json
import shutil
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import duckdb

from flows import warehouse
from flows.landing.archive import Receipt
from flows.publishing.report import write_reports
from flows.publishing.revisions import RECORD, TOLD
from flows.running.checking import check_layer, write_quality_checks
from flows.running.inputs import gather_inputs
from flows.running.layers import CORE, MEANING
from flows.running.plan import RunPlan
from flows.settings import Settings
from flows.station import Inputs

NOT_CHECKED = {"receipt"}
"""It holds that nothing was landed after the report was made, which late data are."""


@dataclass(frozen=True)
class PastWeek:
    """A week's report that stands: the day of its data, and up to when it knew."""

    week: str
    as_of: date
    known_at: datetime


def reissued(plan: RunPlan, settings: Settings) -> tuple[Path, ...]:
    """The reports of past weeks that late data may have changed; those that did are revisions.

    Raises OpKoersError when what was built does not pass its checks.
    """
    weeks = past_weeks(settings.reports, plan.as_of, settings.report.reissue_weeks)
    if not weeks:
        return ()
    now = replace(plan, run_id=f"{plan.run_id}-again", known_at=_known_by(settings.snapshot))
    try:
        inputs = gather_inputs(now)
    finally:
        shutil.rmtree(now.workplace, ignore_errors=True)
    late = [week for week in weeks if any(is_late(each, week) for each in inputs.receipts)]
    return tuple(file for week in late for file in _issued_again(week, plan, inputs))


def _known_by(snapshot: Path) -> datetime:
    """Up to when the snapshot in force knew of files and answers."""
    with duckdb.connect(str(snapshot.resolve()), read_only=True) as connection:
        ((known_at,),) = connection.execute("select known_at from run").fetchall()
    assert isinstance(known_at, datetime)
    return known_at


def past_weeks(reports: Path, as_of: date, most: int) -> tuple[PastWeek, ...]:
    """The newest weeks before the one of `as_of` that have a report."""
    before = [
        folder
        for folder in reports.glob("[0-9]*-W[0-9][0-9]")
        if folder.name < f"{as_of:%G-W%V}" and any(folder.glob(f"*/{RECORD}"))
    ]
    newest = sorted(before, reverse=True)[:most]
    return tuple(_past_week(folder) for folder in newest)


def _past_week(folder: Path) -> PastWeek:
    """As its clinics' folders say; the one that knew least counts."""
    known = [_known_at(file) for file in folder.glob(f"*/{RECORD}")]
    told = json.loads(next(folder.glob(f"*/{TOLD}")).read_text(encoding="utf-8"))
    return PastWeek(folder.name, date.fromisoformat(told["as_of"]), min(known))


def _known_at(file: Path) -> datetime:
    return datetime.fromisoformat(json.loads(file.read_text(encoding="utf-8"))["known_at"])


def is_late(receipt: Receipt, week: PastWeek) -> bool:
    """Landed after that week's report was made, and not only about later days."""
    is_of_then = receipt.measured_from is None or receipt.measured_from.date() <= week.as_of
    return receipt.landed_at > week.known_at and is_of_then


def _issued_again(week: PastWeek, plan: RunPlan, inputs: Inputs) -> tuple[Path, ...]:
    then = replace(
        plan, run_id=f"{plan.run_id}-{week.week}", as_of=week.as_of, known_at=week.known_at
    )
    settings = inputs.settings
    then.workplace.mkdir(parents=True, exist_ok=True)
    try:
        snapshot = _built(then, as_of_then(inputs, week, then.run_id))
        return write_reports(
            snapshot,
            settings.reports,
            settings.report_languages,
            has_therapists=settings.report.for_therapists,
        )
    finally:
        shutil.rmtree(then.workplace, ignore_errors=True)


def as_of_then(inputs: Inputs, week: PastWeek, run_id: str) -> Inputs:
    """What a run of that week knew, and every file that came since."""
    events = tuple(e for e in inputs.events if e.at.replace(tzinfo=None) <= week.known_at)
    return replace(
        inputs,
        run_id=run_id,
        as_of=week.as_of,
        known_at=week.known_at,
        events=events,
        journal_seq=max((event.seq for event in events), default=0),
        history=(),
    )


def _built(then: RunPlan, inputs: Inputs) -> Path:
    warehouse.run_stations(then.built, warehouse.main_lane(100, 599), inputs)
    tables = tuple(each for each in (*CORE, *MEANING) if each not in NOT_CHECKED)
    check_layer(then, then.built, tables, "again")
    write_quality_checks(then)
    snapshot = then.workplace / "again.duckdb"
    warehouse.leave_published(then.built, snapshot, warehouse.UNPUBLISHED)
    return snapshot
