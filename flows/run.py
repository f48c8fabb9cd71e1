"""One run: its steps in order, each a plain function of a RunPlan.

The flow in weekly.py wraps the same steps in Prefect tasks; `opkoers run
--direct` calls them as they are. What one step leaves for the next lies in
the run's own folder under published/, so a step can be tried again.
"""

import json
import logging
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import duckdb

from flows import quality_history, warehouse
from flows.errors import ExitCode, OpKoersError
from flows.forgetting.finish import finish_begun
from flows.home import prepare_home
from flows.instruments import Instrument, load_instruments
from flows.journal import place_of, read_events
from flows.landing import archive
from flows.landing.filing import landing_time
from flows.landing.land import Outcome, land_inbox
from flows.recorded import record_reports, record_run
from flows.released import keep_released, released_before
from flows.sealing import Seal, seal, seal_at
from flows.settings import Settings, load_settings
from flows.station import END_OF_CORE, Inputs

steps_log = logging.getLogger("opkoers.steps")
log = logging.getLogger("opkoers.run")

CORE = (
    "response",
    "file_profile",
    "file_scale",
    "patient",
    "exported_episode",
    "appointment",
    "therapy_group",
    "therapist",
    "non_response",
    "intake",
    "placed_appointment",
    "assessment",
    "episode",
    "baseline",
    "score",
)
MEANING = (
    "yardstick",
    "change",
    "talking_therapies",
    "agreement",
    "growth_model",
    "mixed_model",
    "risk_model",
    "course",
    "signal",
    "sudden_change",
    "signal_accuracy",
    "rule_rate",
    "alert",
    "alert_list",
    "information",
    "overdue",
    "planned_appointment",
    "alert_rate",
    "last_week_alert",
    "outcome",
    "alliance_figure",
    "group_figure",
    "clinic_figure",
    "summary_figure",
    "data_quality",
    "file_check",
    "receipt",
    "indicator_definition",
    "quality_unit",
    "indicator",
    "indicator_absence",
    "indicator_alert",
    "funnel",
    "missing_outcome",
    "loop_audit",
    "file_history",
    "source_delivery",
    "check_history",
    "file_check_history",
    "shown_indicator",
    "shown_funnel",
    "shown_indicator_alert",
    "shown_missing_outcome",
    "shown_loop_audit",
    "shown_file",
)

THERAPISTS = (
    "therapist_run",
    "therapist_effect",
    "therapist_share",
    "therapist_effect_sensitivity",
    "case_mix",
    "therapist_view",
    "closed_course",
    "own_alert_outcome",
)


@dataclass(frozen=True)
class RunPlan:
    """What a run is about: paths, dates and file names only, safe to be stored anywhere."""

    home: Path
    run_id: str
    as_of: date
    known_at: datetime | None = None
    accept: tuple[str, ...] = ()

    @property
    def workplace(self) -> Path:
        return self.home / "published" / f".building-{self.run_id}"

    @property
    def built(self) -> Path:
        return self.workplace / "warehouse.duckdb"

    @property
    def built_critical(self) -> Path:
        return self.workplace / "critical.duckdb"

    @property
    def built_therapists(self) -> Path:
        return self.workplace / "therapists.duckdb"


@dataclass(frozen=True)
class StepDone:
    """What a step did, in words for the screen, and the mistakes it met on the way."""

    name: str
    words: str
    mistakes: tuple[OpKoersError, ...] = field(default=())


Step = Callable[[RunPlan], StepDone]


def plan_run(
    home: Path,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    accept: Iterable[str] = (),
) -> RunPlan:
    """The plan of a run that starts now. `known_at` is UTC without zone; None: all there is."""
    prepare_home(home)
    settings = load_settings(home)
    today = settings.today()
    known_day = known_at.date() if known_at else today
    return RunPlan(
        home=home,
        run_id=_new_run_id(settings),
        as_of=as_of or min(today, known_day),
        known_at=known_at,
        accept=tuple(accept),
    )


def _new_run_id(settings: Settings) -> str:
    """The moment of starting; a second run of that moment (a synthetic now) gets a number."""
    moment = f"{landing_time(settings):%Y%m%dT%H%M%SZ}"
    taken = {file.name.split(".")[0] for file in settings.published.glob(f"{moment}*")}
    if moment not in taken:
        return moment
    return next(name for n in range(2, 10**6) if (name := f"{moment}-{n}") not in taken)


# ---------- the steps


def land(plan: RunPlan) -> StepDone:
    """Everything new in the inbox -> archive, after a forgetting that was cut short is finished."""
    settings = load_settings(plan.home)
    finish_begun(settings)
    outcomes = land_inbox(settings, _instruments(settings), accept=plan.accept)
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
    outcomes = check_layer(plan, plan.built_critical, ("critical",), "critical")
    target = inputs.settings.published / f"{plan.run_id}.critical.duckdb"
    warehouse.leave_published(plan.built_critical, target, warehouse.CRITICAL_UNPUBLISHED)
    warehouse.swap(target, inputs.settings.published / "current.critical")
    forget_old_runs(inputs.settings)
    words = f"{outcomes} expectations held" + _without_deputy(inputs)
    return StepDone("watch critical items", words)


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
    """PDFs, alerts.csv and report.json of each clinic; a page for the service."""
    from flows.publishing.report import write_reports

    settings = load_settings(plan.home)
    written = write_reports(
        settings.snapshot.resolve(),
        settings.reports,
        settings.report_languages,
        known_at=plan.known_at,
        has_therapists=settings.report.for_therapists,
    )
    record_reports(settings, plan.run_id, written)
    return StepDone("report", f"{len(written)} files in reports/")


def reissue(plan: RunPlan) -> StepDone:
    """Reports of past weeks again, as revisions, where late data changed them."""
    from flows.reissuing import reissued

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
    from flows.delivery.deliver import deliver as deliver_reports

    settings = load_settings(plan.home)
    if _is_about_the_past(plan, settings):
        return StepDone("deliver", "this run is about the past: nothing is delivered")
    done = deliver_reports(settings)
    return StepDone("deliver", done.words, done.mistakes)


def report_critical(plan: RunPlan) -> StepDone:
    """When checks stopped publishing: the critical items alone still reach the clinics."""
    from flows.publishing.critical_report import write_critical_reports

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


def perform(step: Step, plan: RunPlan) -> StepDone:
    """One step, with its time and words in the log; mistakes that are not ours as sentences."""
    from flows.mishaps import told_as_sentence

    started = time.perf_counter()
    with told_as_sentence():
        done = step(plan)
    for mistake in done.mistakes:
        log.warning("%s", mistake.sentence())
    steps_log.info("%-22s %6.1f s  %s", done.name, time.perf_counter() - started, done.words)
    return done


def follow(
    plan: RunPlan, perform_step: Callable[[Step], StepDone], steps: Sequence[Step] = STEPS
) -> tuple[OpKoersError, ...]:
    """All steps in order; the mistakes met. When checks stop it, critical items are still reported.

    Raises OpKoersError when a step stops the run.
    """
    mistakes: list[OpKoersError] = []
    try:
        for step in steps:
            mistakes += perform_step(step).mistakes
    except OpKoersError as error:
        if error.exit_code is ExitCode.CHECKS_STOPPED_PUBLISHING:
            perform_step(report_critical)
        raise
    return tuple(mistakes)


# ---------- what the steps share


def gather_inputs(plan: RunPlan) -> Inputs:
    """Everything that the tables of this run are a function of."""
    settings = load_settings(plan.home)
    moment = _moment_of_knowing(plan, settings)
    events = read_events(place_of(settings), up_to=moment.journal_seq)
    known_events = tuple(e for e in events if e.at.replace(tzinfo=None) <= moment.known_at)
    return Inputs(
        run_id=plan.run_id,
        as_of=plan.as_of,
        known_at=moment.known_at,
        code_version=version("opkoers"),
        settings=settings,
        instruments=_instruments(settings),
        receipts=_known(archive.receipts(settings.archive), moment.known_at),
        held_back=_known(archive.held_back(settings.archive), moment.known_at),
        events=known_events,
        journal_seq=moment.journal_seq,
        journal_seal=moment.journal_seal,
        journal_head=moment.journal_head,
        history=quality_history.earlier_runs(plan.home, moment.known_at),
        released=released_before(plan.home, moment.known_at),
    )


@dataclass(frozen=True)
class MomentOfKnowing:
    """Up to where this run looks: the same in all its steps, whatever is answered meanwhile."""

    known_at: datetime
    journal_seq: int
    journal_seal: int | None
    journal_head: str | None


def _moment_of_knowing(plan: RunPlan, settings: Settings) -> MomentOfKnowing:
    """Fixed by the first step that asks, kept in the run's workplace."""
    kept = plan.workplace / "moment.json"
    if not kept.exists():
        known_at = plan.known_at or _latest_moment(settings)
        sealed = _seal(settings, known_at, is_past=plan.known_at is not None)
        written = {
            "known_at": known_at.isoformat(),
            "journal_seq": _last_seq_known(settings, known_at),
            "journal_seal": None if sealed is None else sealed.number,
            "journal_head": None if sealed is None else sealed.head,
        }
        plan.workplace.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(written), encoding="utf-8")
    told = json.loads(kept.read_text(encoding="utf-8"))
    return MomentOfKnowing(**{**told, "known_at": datetime.fromisoformat(told["known_at"])})


def _last_seq_known(settings: Settings, known_at: datetime) -> int:
    """The last event up to that moment: the same whenever it is looked back at."""
    events = read_events(place_of(settings))
    return max((e.seq for e in events if e.at.replace(tzinfo=None) <= known_at), default=0)


def _seal(settings: Settings, known_at: datetime, *, is_past: bool) -> Seal | None:
    """The journal sealed up to now, or the last seal of a past moment that is looked back at.

    What can be read but not sealed (a full disk, no rights) does not keep alerts from anybody.
    """
    place = place_of(settings)
    if is_past:
        return seal_at(place, known_at)
    try:
        return seal(place, known_at)
    except OpKoersError:
        log.warning("the journal was not sealed; this run looks at what it holds all the same")
        return seal_at(place, known_at)


def _latest_moment(settings: Settings) -> datetime:
    """Now, or the last landing or answer where that is later (the clock was set back)."""
    landed = [r.landed_at for r in archive.receipts(settings.archive)]
    held = [r.landed_at for r in archive.held_back(settings.archive)]
    answered = [e.at.replace(tzinfo=None) for e in read_events(place_of(settings))]
    return max([landing_time(settings), *landed, *held, *answered])


def _instruments(settings: Settings) -> Mapping[str, Instrument]:
    return load_instruments(settings.home / "instruments", settings.instruments.norms)


def _known(
    receipts: tuple[archive.Receipt, ...], known_at: datetime
) -> tuple[archive.Receipt, ...]:
    return tuple(receipt for receipt in receipts if receipt.landed_at <= known_at)


def _build(plan: RunPlan, first: int, last: int, name: str) -> StepDone:
    done = build_layer(plan, gather_inputs(plan), first, last)
    largest = max(done, key=lambda station: station.seconds)
    words = f"{len(done)} stations; longest {largest.title} ({largest.seconds:.1f} s)"
    return StepDone(name, words)


def build_layer(
    plan: RunPlan, inputs: Inputs, first: int, last: int
) -> tuple[warehouse.StationDone, ...]:
    """Run the stations numbered `first` to `last` on the plan's database; what each took."""
    lane = warehouse.main_lane(first, last)
    return warehouse.run_stations(plan.built, lane, inputs, _log_station)


def _log_station(done: warehouse.StationDone) -> None:
    log.info("station %s: %s rows in %.2f s", done.title, done.rows, done.seconds)


def therapist_layer(plan: RunPlan, inputs: Inputs) -> int:
    """The plan's database about therapists, built and checked; how many expectations held."""
    plan.built_therapists.unlink(missing_ok=True)
    lane = warehouse.therapist_lane()
    warehouse.run_stations(plan.built_therapists, lane, inputs, _log_station, beside=plan.built)
    return check_layer(plan, plan.built_therapists, THERAPISTS, "therapists")


def check_layer(plan: RunPlan, database: Path, tables: tuple[str, ...], part: str) -> int:
    """How many expectations held or did not apply.

    Raises OpKoersError when publishing must stop.
    """
    from flows.checks import check_tables, stops_publishing

    outcomes = check_tables(database, tables)
    file = plan.workplace / f"{part}.checks.json"
    file.write_text(json.dumps([asdict(outcome) for outcome in outcomes]), encoding="utf-8")
    broken = [o for o in outcomes if o.outcome in ("fail", "error")]
    for outcome in broken:
        log.warning("%s: %s (%s)", outcome.outcome, outcome.expectation, outcome.severity)
    if stops_publishing(outcomes):
        keep_checks(plan, database, is_published=False)
        worst = next(o for o in broken if o.severity == "critical" or o.outcome == "error")
        raise OpKoersError(
            f"the check '{worst.expectation}' of table {worst.table} ended in {worst.outcome}"
            f" ({worst.failed} of {worst.checked}): {worst.why.rstrip('.')}",
            next_step="The last published snapshot stands; look at the files landed last, or at"
            " the log for all checks",
            exit_code=ExitCode.CHECKS_STOPPED_PUBLISHING,
        )
    return len(outcomes) - len(broken)


def write_quality_checks(plan: RunPlan) -> None:
    """Table `quality_check` from what the layers of this plan left of their checks."""
    outcomes = [
        outcome
        for file in sorted(plan.workplace.glob("*.checks.json"))
        for outcome in json.loads(file.read_text(encoding="utf-8"))
    ]
    columns = (
        "table",
        "expectation",
        "category",
        "severity",
        "outcome",
        "checked",
        "failed",
        "why",
    )
    with duckdb.connect(str(plan.built)) as connection:
        connection.execute("""create or replace table quality_check (
            run_id VARCHAR, "table" VARCHAR, expectation VARCHAR, category VARCHAR,
            severity VARCHAR, outcome VARCHAR, checked BIGINT, failed BIGINT, why VARCHAR)""")
        connection.executemany(
            "insert into quality_check values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(plan.run_id, *(outcome[name] for name in columns)) for outcome in outcomes],
        )
        connection.execute(quality_history.ADD_THIS_RUN)


def keep_checks(plan: RunPlan, database: Path, *, is_published: bool) -> None:
    """Leave what the checks of this run said to later ones; nothing where it looks back."""
    if plan.known_at is not None:
        return
    inputs = gather_inputs(plan)
    files = (json.loads(f.read_text()) for f in sorted(plan.workplace.glob("*.checks.json")))
    quality_history.keep(
        plan.home,
        quality_history.CheckedRun(
            plan.run_id,
            inputs.as_of,
            inputs.known_at,
            is_published,
            quality_history.said_by(outcome for file in files for outcome in file),
            quality_history.failed_files(database),
        ),
    )


def _clear_workplaces(plan: RunPlan) -> None:
    """A fresh workplace; those of killed runs go (this run holds the home's lock)."""
    for leftover in (plan.home / "published").glob(".building-*"):
        shutil.rmtree(leftover)
    plan.workplace.mkdir(parents=True)


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
