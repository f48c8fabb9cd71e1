"""A home, the runs in it, and what follows from them."""

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

from flows.commands import Add
from flows.errors import ExitCode
from flows.home import locked, make_home, prepare_home
from flows.settings import find_home, load_settings

DEMO_PATIENTS = 3000


def add_to(add: Add) -> None:
    """init, run, schedule, deliver, prune."""
    add("init", init, "make a new home")
    _run_words(add("run", run, "run the weekly flow once, now"))
    scheduling = add("schedule", schedule, "serve the flows on their crons, with the Prefect UI")
    scheduling.add_argument("--systemd", action="store_true",
                            help="print the units of systemd for this home instead")  # fmt: skip
    add("deliver", deliver, "send mail and copies of reports that are due, now")
    pruning = add("prune", prune, "remove what need not be kept; never the archive or the journal")
    pruning.add_argument("--dry-run", action="store_true", help="only say what would go")


def demo_words(parser: argparse.ArgumentParser) -> None:
    """The options of `opkoers demo`."""
    parser.add_argument("--patients", type=int, default=DEMO_PATIENTS, metavar="N")
    parser.add_argument("--seed", type=int, default=20261116)
    parser.add_argument("--direct", action="store_true", help="without Prefect")


def _run_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as-of", type=date.fromisoformat, metavar="YYYY-MM-DD",
                        help="leave out what was measured later")  # fmt: skip
    parser.add_argument("--known-at", type=_moment, metavar="YYYY-MM-DDTHH:MM",
                        help="leave out what was landed later (UTC)")  # fmt: skip
    parser.add_argument("--accept", action="append", default=[], metavar="FILE",
                        help="land this held-back file all the same")  # fmt: skip
    parser.add_argument("--direct", action="store_true", help="without Prefect")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def init(chosen: argparse.Namespace) -> int:
    """A new home with its folders and a first opkoers.toml."""
    home = find_home(chosen.home)
    make_home(home)
    print(f"{home} is ready. Put a source file in sources/ and an export in inbox/, then run:")
    print(f"  opkoers run --home {home}")
    return ExitCode.OK


def demo_home(chosen: argparse.Namespace) -> Path:
    """The home of the demo: the one that was named, else ./demo."""
    return Path(chosen.home or os.environ.get("OPKOERS_HOME") or "demo").absolute()


def make_demo(chosen: argparse.Namespace, write_journal: Callable[[Path], None]) -> int:
    """A synthetic service, from exports and answers to reports.

    `write_journal` puts a file of what its people did into the journal.
    """
    from rich.progress import Progress

    from flows.demo import IN_PARTS, SYNTHETIC_NOW, write_demo

    home = demo_home(chosen)
    print(f"Making a synthetic service of {chosen.patients:,} patients in {_from_here(home)}")
    with Progress(transient=True, disable=not sys.stdout.isatty()) as bar:
        task = bar.add_task("simulating", total=chosen.patients)
        summary = write_demo(
            home,
            patients=chosen.patients,
            seed=chosen.seed,
            deliveries=IN_PARTS,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    print(
        f"  {summary.therapists} therapists, {summary.closed_episodes:,} closed episodes,"
        f" {sum(summary.records.values()):,} records in {len(summary.records)} exports,"
        f" {summary.planted_errors} planted errors"
    )
    past = _live_through_the_past(home, chosen.seed, write_journal)
    code = _run(home, direct=chosen.direct) or past
    print(f"\nSimulated reports of {SYNTHETIC_NOW:%G-W%V}:")
    for file in sorted((home / "reports").glob("*/*/report.*.pdf")):
        print(f"  {_from_here(file)}")
    print("\nThe pages, as anyone of the demo and without a password:")
    print(f"  opkoers serve --home {_from_here(home)}")
    return code


def _live_through_the_past(home: Path, seed: int, write_journal: Callable[[Path], None]) -> int:
    """Deliveries land on their days and people answer; the exit code of the first mistake met."""
    from flows.demo.past import People, answer_alerts, land_deliveries
    from flows.log import log_to, show_steps
    from flows.running.following import perform
    from flows.running.plan import plan_run

    plan = plan_run(home)
    log_to(home)
    show_steps()
    people = People(seed, write_journal)
    with locked(home):
        done = perform(land_deliveries, plan)
        perform(lambda plan: answer_alerts(plan, people), plan)
    for mistake in done.mistakes:
        print(f"opkoers: {mistake.sentence()}", file=sys.stderr)
    return done.mistakes[0].exit_code if done.mistakes else ExitCode.OK


def _from_here(place: Path) -> Path:
    here = Path.cwd()
    return place.relative_to(here) if place.is_relative_to(here) else place


def run(chosen: argparse.Namespace) -> int:
    """The weekly flow, once, now."""
    home = find_home(chosen.home)
    return _run(
        home,
        direct=chosen.direct,
        as_of=chosen.as_of,
        known_at=chosen.known_at,
        accept=tuple(chosen.accept),
    )


def _run(
    home: Path,
    *,
    direct: bool,
    as_of: date | None = None,
    known_at: datetime | None = None,
    accept: tuple[str, ...] = (),
) -> int:
    from flows.log import log_to, show_steps

    prepare_home(home)
    log_to(home)
    show_steps()
    if direct:
        mistakes = _run_direct(home, as_of, known_at, accept)
    else:
        mistakes = _run_in_prefect(home, as_of, known_at, accept)
    for mistake in mistakes:
        print(f"opkoers: {mistake.partition(' ')[2]}", file=sys.stderr)
    return int(mistakes[0].partition(" ")[0]) if mistakes else ExitCode.OK


def _run_direct(
    home: Path, as_of: date | None, known_at: datetime | None, accept: tuple[str, ...]
) -> list[str]:
    from flows.delivery.notices import operator_told
    from flows.last_run import recorded
    from flows.running.following import follow, perform
    from flows.running.plan import plan_run

    settings = load_settings(home)
    is_past = as_of is not None or known_at is not None
    with locked(home), ExitStack() as around:
        if not is_past:
            around.enter_context(operator_told(settings))
            around.enter_context(recorded(settings, "weekly"))
        plan = plan_run(home, as_of=as_of, known_at=known_at, accept=accept)
        mistakes = follow(plan, lambda step: perform(step, plan))
    return [f"{mistake.exit_code:d} {mistake.sentence()}" for mistake in mistakes]


def _run_in_prefect(
    home: Path, as_of: date | None, known_at: datetime | None, accept: tuple[str, ...]
) -> list[str]:
    os.environ["PREFECT_HOME"] = str(home / "prefect")
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    print("Starting Prefect (some 15 seconds; --direct runs the same steps without it)")
    from flows.weekly import weekly

    return weekly(
        home=str(home),
        as_of=as_of.isoformat() if as_of else None,
        known_at=known_at.isoformat() if known_at else None,
        accept=accept,
    )


def schedule(chosen: argparse.Namespace) -> int:
    """Serve the flows on the home's crons, with the Prefect UI, until stopped."""
    home = find_home(chosen.home)
    prepare_home(home)
    if chosen.systemd:
        from flows.systemd import units

        print(units(load_settings(home)), end="")
        return ExitCode.OK
    from flows.scheduling import serve_with_ui

    serve_with_ui(home)
    return ExitCode.OK


def deliver(chosen: argparse.Namespace) -> int:
    """Mail and copies of reports that are due, now."""
    from flows.delivery.deliver import deliver as deliver_reports

    home = find_home(chosen.home)
    prepare_home(home)
    with locked(home):
        done = deliver_reports(load_settings(home))
    print(done.words)
    for mistake in done.mistakes:
        print(f"opkoers: {mistake.sentence()}", file=sys.stderr)
    return int(done.mistakes[0].exit_code) if done.mistakes else ExitCode.OK


def prune(chosen: argparse.Namespace) -> int:
    """What no longer needs to be kept goes."""
    from flows.pruning import prune as prune_home

    home = find_home(chosen.home)
    prepare_home(home)
    gone = prune_home(load_settings(home), is_dry_run=chosen.dry_run)
    for each in gone:
        print(f"{'would go' if chosen.dry_run else 'gone'}: {each.words}")
    size = sum(each.bytes for each in gone) / 1_000_000
    print(f"{len(gone)} in all, {size:,.1f} MB" if gone else "nothing to prune")
    return ExitCode.OK
