"""A past run made again, beside what is published, from what it recorded of itself."""

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dashboards.drawing.formats import iso_week
from flows import warehouse
from flows.auditing import audited_again
from flows.errors import ExitCode, OpKoersError
from flows.journal import place_of, read_events
from flows.landing import archive
from flows.landing.archive import Receipt
from flows.publishing.report import write_reports
from flows.quality_history import earlier_runs
from flows.recorded import (
    Recording,
    recorded_instruments,
    recorded_settings,
    report_name,
    sha256_of,
)
from flows.released import released_before
from flows.running.checking import check_layer, write_quality_checks
from flows.running.layers import CORE, CRITICAL, MEANING, build_layer, therapist_layer
from flows.running.plan import RunPlan
from flows.station import END_OF_CORE, Inputs


@dataclass(frozen=True)
class Rebuilt:
    """What a run made this time: its databases as a recording names them, and its reports."""

    databases: Mapping[str, Path]
    reports: Mapping[str, str]


def recorded_inputs(home: Path, recording: Recording) -> Inputs:
    """All that the tables of a recorded run are a function of, as far as it is still there.

    Raises OpKoersError when the recording was changed or a file of the archive is gone.
    """
    settings = recorded_settings(home, recording)
    events = read_events(place_of(settings), up_to=recording.journal_seq)
    known = {receipt.sha256: receipt for receipt in archive.receipts(settings.archive)}
    return Inputs(
        run_id=recording.run_id,
        as_of=recording.as_of,
        known_at=recording.known_at,
        code_version=recording.code_version,
        settings=settings,
        instruments=recorded_instruments(settings.published, recording),
        receipts=tuple(_there(known.get(sha256), sha256) for sha256 in recording.landed),
        held_back=tuple(
            _there(archive.as_held_back(settings.archive, sha256), sha256)
            for sha256 in recording.held_back
        ),
        events=tuple(e for e in events if e.at.replace(tzinfo=None) <= recording.known_at),
        journal_seq=recording.journal_seq,
        journal_seal=recording.journal_seal,
        journal_head=recording.journal_head,
        history=earlier_runs(home, recording.known_at),
        released=released_before(home, recording.known_at),
    )


def _there(receipt: Receipt | None, sha256: str) -> Receipt:
    if receipt is None:
        raise OpKoersError(
            "a file that the run was made of is no longer in the archive as it was",
            where=f"archive/{sha256}",
            next_step="Put the archive back from a backup; without it the run cannot be made again",
            exit_code=ExitCode.UNREADABLE_FILE,
        )
    return receipt


@contextmanager
def rebuilt(
    home: Path, inputs: Inputs, told: Callable[[str], None], reports: Collection[str] = ()
) -> Iterator[Rebuilt]:
    """The run made again in a place of its own, gone at the end or with the next run.

    `reports` names what the run recorded: of a quarter's audit it made none where one stood.
    To be called while holding the home's lock. Raises OpKoersError as a run does.
    """
    place = home / "published" / f".building-again-{inputs.run_id}"
    shutil.rmtree(place, ignore_errors=True)
    plan = RunPlan(place, inputs.run_id, inputs.as_of, inputs.known_at)
    plan.workplace.mkdir(parents=True)
    try:
        told("critical items")
        databases = {"critical": _critical(plan, inputs)}
        told("tables")
        databases |= _main(plan, inputs)
        told("reports")
        yield Rebuilt(databases, _reports(databases[""], place / "reports", inputs, reports))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _critical(plan: RunPlan, inputs: Inputs) -> Path:
    warehouse.run_stations(plan.built_critical, warehouse.critical_lane(), inputs)
    check_layer(plan, plan.built_critical, CRITICAL, "critical")
    target = plan.home / f"{plan.run_id}.critical.duckdb"
    warehouse.leave_published(plan.built_critical, target, warehouse.CRITICAL_UNPUBLISHED)
    return target


def _main(plan: RunPlan, inputs: Inputs) -> dict[str, Path]:
    build_layer(plan, inputs, 100, END_OF_CORE)
    check_layer(plan, plan.built, CORE, "core")
    build_layer(plan, inputs, END_OF_CORE + 1, 599)
    check_layer(plan, plan.built, MEANING, "meaning")
    therapist_layer(plan, inputs)
    write_quality_checks(plan)
    own = plan.home / f"{plan.run_id}.therapists.duckdb"
    warehouse.leave_published(plan.built_therapists, own, ())
    target = plan.home / f"{plan.run_id}.duckdb"
    warehouse.leave_published(plan.built, target, warehouse.UNPUBLISHED)
    return {"": target, "therapists": own}


def _reports(
    snapshot: Path, reports: Path, inputs: Inputs, recorded: Collection[str]
) -> dict[str, str]:
    """By name. What was issued of that week lies beside, so that revisions get their numbers."""
    settings, week = inputs.settings, iso_week(inputs.as_of)
    if (settings.reports / week).is_dir():
        shutil.copytree(settings.reports / week, reports / week)
    written = write_reports(
        snapshot,
        reports,
        settings.report_languages,
        known_at=inputs.known_at,
        has_therapists=settings.report.for_therapists,
    )
    written += audited_again(settings, snapshot, reports, recorded)
    return {report_name(file, reports): sha256_of(file.read_bytes()) for file in written}
