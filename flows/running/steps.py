"""The steps of a run, each a plain function of a RunPlan, and their order.

What one step leaves for the next lies in the run's own folder under published/, so a step can
be tried again.
"""

import shutil
from collections.abc import Iterable
from datetime import timedelta

from flows import warehouse
from flows.auditing import audited
from flows.delivery.deliver import deliver as deliver_reports
from flows.errors import OpKoersError
from flows.forgetting.finish import finish_begun
from flows.landing.land import Outcome, land_inbox
from flows.pruning import forget_old_runs
from flows.publishing.critical_report import write_critical_reports
from flows.publishing.report import write_reports
from flows.recorded import record_reports, record_run
from flows.reissuing import reissued
from flows.released import keep_released
from flows.running.checking import check_layer, keep_checks, write_quality_checks
from flows.running.inputs import gather_inputs, instruments_of
from flows.running.layers import CORE, CRITICAL, MEANING, build_layer, therapist_layer
from flows.running.plan import RunPlan, Step, StepDone
from flows.settings import Settings, load_settings
from flows.station import END_OF_CORE, Inputs


def land(plan: RunPlan) -> StepDone:
    """Everything new in the inbox -> archive, after a forgetting that was cut short is finished."""
    settings = load_settings(plan.home)
    finish_begun(settings)
    outcomes = land_inbox(settings, instruments_of(settings), accept=plan.accept)
    landed = [o.receipt for o in outcomes if o.status == "landed" and o.receipt is not None]
    records = sum(receipt.landed for receipt in landed)
    rejected = sum(receipt.rejected for receipt in landed)
    duplicate = sum(receipt.duplicate for receipt in landed)
    known = sum(outcome.status == "known" for outcome in outcomes)
    waiting = sum(outcome.status == "still_written" for outcome in outcomes)
    words = (
        f"{len(landed)} new files, {known} known: {records:,} records landed,"
        f" {duplicate:,} duplicate, {rejected:,} rejected"
        + (f"; {waiting} still being written, left for the next run" if waiting else "")
    )
    return StepDone("land", words, tuple(_mistakes(outcomes)))


def _mistakes(outcomes: Iterable[Outcome]) -> Iterable[OpKoersError]:
    return (outcome.error for outcome in outcomes if outcome.error is not None)


def watch_critical_items(plan: RunPlan) -> StepDone:
    """The critical lane: landed answers -> published/<run>.critical.duckdb, whatever else fails."""
    _clear_workplaces(plan)
    inputs = gather_inputs(plan)
    warehouse.run_stations(plan.built_critical, warehouse.critical_lane(), inputs)
    outcomes = check_layer(plan, plan.built_critical, CRITICAL, "critical")
    target = inputs.settings.published / f"{plan.run_id}.critical.duckdb"
    warehouse.leave_published(plan.built_critical, target, warehouse.CRITICAL_UNPUBLISHED)
    warehouse.swap(target, inputs.settings.published / "current.critical")
    forget_old_runs(inputs.settings)
    words = f"{outcomes} expectations held" + _without_deputy(inputs)
    return StepDone("watch critical items", words)


def _clear_workplaces(plan: RunPlan) -> None:
    """A fresh workplace; those of killed runs go (this run holds the home's lock)."""
    for leftover in (plan.home / "published").glob(".building-*"):
        shutil.rmtree(leftover)
    plan.workplace.mkdir(parents=True)


def _without_deputy(inputs: Inputs) -> str:
    """That nobody is named for what is not answered, with the clinics that it holds for."""
    clinics = {clinic for receipt in inputs.receipts for clinic in receipt.clinics}
    alone = sorted(each for each in clinics if not inputs.settings.critical.deputy_of(each))
    if not alone:
        return ""
    return f"; no deputy is named for critical items in {', '.join(alone)}"


def build_core(plan: RunPlan) -> StepDone:
    """Stations 1xx and 2xx: assessments, episodes, scores."""
    return _build(plan, 100, END_OF_CORE, "build core")


def check_core(plan: RunPlan) -> StepDone:
    """The suites of the landed and core tables."""
    held = check_layer(plan, plan.built, CORE, "core")
    return StepDone("check core", f"{held} expectations held")


def build_meaning(plan: RunPlan) -> StepDone:
    """Stations 3xx to 5xx: change, signals, alerts, marts, receipts."""
    return _build(plan, END_OF_CORE + 1, 599, "build meaning")


def _build(plan: RunPlan, first: int, last: int, name: str) -> StepDone:
    done = build_layer(plan, gather_inputs(plan), first, last)
    largest = max(done, key=lambda station: station.seconds)
    words = f"{len(done)} stations; longest {largest.title} ({largest.seconds:.1f} s)"
    return StepDone(name, words)


def check_meaning(plan: RunPlan) -> StepDone:
    """The suites of what is about to be published."""
    held = check_layer(plan, plan.built, MEANING, "meaning")
    return StepDone("check meaning", f"{held} expectations held")


def build_therapists(plan: RunPlan) -> StepDone:
    """What is computed about therapists, checked, in a file that no export or report opens."""
    held = therapist_layer(plan, gather_inputs(plan))
    return StepDone("build therapists", f"{held} expectations held")


def publish(plan: RunPlan) -> StepDone:
    """Replace the published snapshot whole, and with it the file about therapists."""
    published = plan.home / "published"
    write_quality_checks(plan)
    inputs = gather_inputs(plan)
    own = published / f"{plan.run_id}.therapists.duckdb"
    warehouse.leave_published(plan.built_therapists, own, ())
    own.chmod(0o600)
    target = published / f"{plan.run_id}.duckdb"
    if plan.known_at is None:
        keep_released(plan.home, plan.run_id, inputs.known_at, plan.built, inputs.released)
    tables = warehouse.leave_published(plan.built, target, warehouse.UNPUBLISHED)
    record_run(inputs)
    keep_checks(plan, target, is_published=True)
    warehouse.swap(own, published / "current.therapists")
    warehouse.swap(target, published / "current")
    shutil.rmtree(plan.workplace)
    forget_old_runs(load_settings(plan.home))
    return StepDone("publish", f"{len(tables)} tables as {target.name}")


def report(plan: RunPlan) -> StepDone:
    """PDFs, alerts.csv and report.json of each clinic; a page and the audit for the service."""
    settings = load_settings(plan.home)
    written = write_reports(
        settings.snapshot.resolve(),
        settings.reports,
        settings.report_languages,
        known_at=plan.known_at,
        has_therapists=settings.report.for_therapists,
    )
    record_reports(settings, plan.run_id, written)
    try:
        audit = audited(settings, plan.known_at)
    except OpKoersError as mistake:  # the clinics have their reports all the same
        return StepDone("report", f"{len(written)} files in reports/", (mistake,))
    record_reports(settings, plan.run_id, audit)
    words = f"{len(written) + len(audit)} files in reports/"
    return StepDone("report", words + (", the audit of a quarter among them" if audit else ""))


def reissue(plan: RunPlan) -> StepDone:
    """Reports of past weeks again, as revisions, where late data changed them."""
    settings = load_settings(plan.home)
    if _is_about_the_past(plan, settings):
        return StepDone("reissue", "this run is about the past: it corrects nothing")
    try:
        written = reissued(plan, settings)
    except OpKoersError as mistake:  # this week's report stands all the same
        return StepDone("reissue", "a past week could not be made again", (mistake,))
    words = f"{len(written)} files of past weeks looked at again" if written else "no late data"
    return StepDone("reissue", words)


def _is_about_the_past(plan: RunPlan, settings: Settings) -> bool:
    return plan.known_at is not None or plan.as_of < settings.today() - timedelta(days=1)


def deliver(plan: RunPlan) -> StepDone:
    """Mail and copies of reports that are due; a run about the past delivers nothing."""
    settings = load_settings(plan.home)
    if _is_about_the_past(plan, settings):
        return StepDone("deliver", "this run is about the past: nothing is delivered")
    done = deliver_reports(settings)
    return StepDone("deliver", done.words, done.mistakes)


def report_critical(plan: RunPlan) -> StepDone:
    """When checks stopped publishing: the critical items alone still reach the clinics."""
    settings = load_settings(plan.home)
    written = write_critical_reports(
        (settings.published / "current.critical").resolve(),
        settings.reports,
        settings.report_languages,
        as_of=plan.as_of,
        simulated=settings.service.simulated,
        within_days=settings.alerts.stale_after_days,
        duty=settings.critical,
        events=gather_inputs(plan).events,
    )
    return StepDone("report critical items", f"{len(written)} files in reports/")


STEPS: tuple[Step, ...] = (
    land,
    watch_critical_items,
    build_core,
    check_core,
    build_meaning,
    check_meaning,
    build_therapists,
    publish,
    report,
    reissue,
    deliver,
)
# Between two reports: pages are of today, and what could not be delivered is tried again.
NIGHTLY: tuple[Step, ...] = tuple(step for step in STEPS if step not in (report, reissue))
# After a patient was forgotten: what is published is made again, and nothing is sent.
WITHOUT_LANDING: tuple[Step, ...] = tuple(each for each in STEPS if each not in (land, deliver))
