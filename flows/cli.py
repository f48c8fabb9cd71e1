"""opkoers ...: the commands. Heavy parts are imported by the command that needs them."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from flows.errors import ExitCode, OpKoersError
from flows.home import be_private, make_home, prepare_home
from flows.settings import find_home

Command = Callable[[argparse.Namespace], int]

DEMO_PATIENTS = 3000
KEYS_INSIDE = (
    "It holds the keys, the identities and the accounts: whoever has this file has everything."
    " Keep it as you keep patient files."
)
KEYS_ELSEWHERE = (
    "It does NOT hold the keys in secrets/. Without them neither pseudonyms nor archived originals"
    " can be led back, and no new export can be landed: keep a copy of secrets/ apart from it."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. A user's mistake is one sentence on stderr."""
    be_private()
    # numpy reads this when it is first imported. Systems here are small: more threads only wait
    # for each other (a crossed model took 43 s instead of 3).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    chosen = _parser().parse_args(arguments)
    try:
        return _told(chosen)
    except OpKoersError as error:
        print(f"opkoers: {error.sentence()}", file=sys.stderr)
        return int(error.exit_code)
    except KeyboardInterrupt:
        print("opkoers: stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _told(chosen: argparse.Namespace) -> int:
    from flows.mishaps import told_as_sentence

    with told_as_sentence():
        command: Command = chosen.command
        return command(chosen)


# ---------- the commands


def init(chosen: argparse.Namespace) -> int:
    """A new home with its folders and a first opkoers.toml."""
    home = find_home(chosen.home)
    make_home(home)
    print(f"{home} is ready. Put a source file in sources/ and an export in inbox/, then run:")
    print(f"  opkoers run --home {home}")
    return ExitCode.OK


def demo(chosen: argparse.Namespace) -> int:
    """A synthetic service, from exports to reports."""
    from rich.progress import Progress

    from flows.demo import SYNTHETIC_NOW, write_demo

    home = Path(chosen.home or os.environ.get("OPKOERS_HOME") or "demo").absolute()
    print(f"Making a synthetic service of {chosen.patients:,} patients in {_from_here(home)}")
    with Progress(transient=True, disable=not sys.stdout.isatty()) as bar:
        task = bar.add_task("simulating", total=chosen.patients)
        summary = write_demo(
            home,
            patients=chosen.patients,
            seed=chosen.seed,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    print(
        f"  {summary.therapists} therapists, {summary.closed_episodes:,} closed episodes,"
        f" {sum(summary.records.values()):,} records in {len(summary.records)} exports,"
        f" {summary.planted_errors} planted errors"
    )
    code = _run(home, direct=chosen.direct)
    print(f"\nSimulated reports of {SYNTHETIC_NOW:%G-W%V}:")
    for file in sorted((home / "reports").glob("*/*/report.*.pdf")):
        print(f"  {_from_here(file)}")
    print("\nThe pages, as anyone of the demo and without a password:")
    print(f"  opkoers serve --home {_from_here(home)}")
    return code


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
    from flows import run as steps
    from flows.delivery.notices import operator_told
    from flows.home import locked
    from flows.last_run import recorded
    from flows.settings import load_settings

    settings = load_settings(home)
    is_past = as_of is not None or known_at is not None
    with locked(home), ExitStack() as around:
        if not is_past:
            around.enter_context(operator_told(settings))
            around.enter_context(recorded(settings, "weekly"))
        plan = steps.plan_run(home, as_of=as_of, known_at=known_at, accept=accept)
        mistakes = steps.follow(plan, lambda step: steps.perform(step, plan))
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
        from flows.settings import load_settings
        from flows.systemd import units

        print(units(load_settings(home)), end="")
        return ExitCode.OK
    from flows.scheduling import serve_with_ui

    serve_with_ui(home)
    return ExitCode.OK


def deliver(chosen: argparse.Namespace) -> int:
    """Mail and copies of reports that are due, now."""
    from flows.delivery.deliver import deliver as deliver_reports
    from flows.home import locked
    from flows.settings import load_settings

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
    from flows.settings import load_settings

    home = find_home(chosen.home)
    prepare_home(home)
    gone = prune_home(load_settings(home), is_dry_run=chosen.dry_run)
    for each in gone:
        print(f"{'would go' if chosen.dry_run else 'gone'}: {each.words}")
    size = sum(each.bytes for each in gone) / 1_000_000
    print(f"{len(gone)} in all, {size:,.1f} MB" if gone else "nothing to prune")
    return ExitCode.OK


def export(chosen: argparse.Namespace) -> int:
    """One published table as a csv or parquet file."""
    from flows.exporting import export_table
    from flows.settings import load_settings

    rows = export_table(load_settings(find_home(chosen.home)), chosen.table, Path(chosen.output))
    print(f"{rows:,} rows of {chosen.table} in {chosen.output}")
    return ExitCode.OK


def fhir(chosen: argparse.Namespace) -> int:
    """Scores and alerts for the clinic's own record system, with its own patient numbers."""
    from flows.instruments import load_instruments
    from flows.publishing.fhir_export import export_fhir
    from flows.settings import load_settings

    settings, target = load_settings(find_home(chosen.home)), Path(chosen.output)
    instruments = load_instruments(settings.home / "instruments", settings.instruments.norms)
    done = export_fhir(settings, instruments, target)
    print(
        f"{done.observations:,} scores and {done.flags:,} alerts of {done.patients:,} patients in"
        f" {target}, {done.with_own_number:,} of them under the number of their own record. These"
        " files lead back to people: keep them as you keep patient files."
    )
    return ExitCode.OK


def receipts(chosen: argparse.Namespace) -> int:
    """Every landed and held-back file with its counts."""
    from flows.landing.telling import told
    from flows.settings import load_settings

    settings = load_settings(find_home(chosen.home))
    for line in told(settings, name=chosen.file, as_json=chosen.json):
        print(line)
    return ExitCode.OK


def explain(chosen: argparse.Namespace) -> int:
    """Where one alert comes from, down to the lines of the files."""
    from flows.explaining import explanation
    from flows.settings import load_settings

    settings = load_settings(find_home(chosen.home))
    language = chosen.language or settings.service.language
    for line in explanation(settings, chosen.alert_id, language):
        print(line)
    return ExitCode.OK


def trace(chosen: argparse.Namespace) -> int:
    """One published row back to the lines of the files."""
    from flows.settings import load_settings
    from flows.tracing import LINES_SHOWN, ROWS_SHOWN, as_json, in_words
    from flows.tracing import trace as follow

    settings = load_settings(find_home(chosen.home))
    traced = follow(settings, chosen.table, chosen.key, chosen.rows or ROWS_SHOWN)
    if chosen.json:
        print(as_json(traced))
        return ExitCode.OK
    for line in in_words(traced, chosen.rows or LINES_SHOWN):
        print(line)
    return ExitCode.OK


def verify(chosen: argparse.Namespace) -> int:
    """A past run made again, and held against what it was."""
    import json

    from flows.home import locked
    from flows.settings import load_settings
    from flows.verifying import as_json, in_words, verify_run

    home = find_home(chosen.home)
    prepare_home(home)
    with locked(home):
        found = verify_run(load_settings(home), chosen.run_id)
    if chosen.json:
        print(json.dumps(as_json(found), indent=1))
    else:
        print(*in_words(found), sep="\n")
    return ExitCode.OK if found.is_fine else ExitCode.NOT_THE_SAME


def forget(chosen: argparse.Namespace) -> int:
    """A patient out of everything that the home keeps."""
    from flows.forgetting.command import Request, told_list
    from flows.forgetting.command import forget as forget_patient
    from flows.log import log_to

    home = find_home(chosen.home)
    prepare_home(home)
    if chosen.list:
        print(*told_list(home), sep="\n")
        return ExitCode.OK
    if chosen.patient is None:
        _refuse("no patient was named", "Give the pseudonym, or the clinic's own number and --real")
    if not chosen.yes and not sys.stdin.isatty():
        _refuse("there is nobody here to ask", "Add --yes and --reason TEXT to go on without")
    log_to(home)
    request = Request(chosen.patient, chosen.real, chosen.clinic, chosen.reason, chosen.yes)
    forget_patient(home, request, input, print)
    return ExitCode.OK


def _refuse(what: str, next_step: str) -> None:
    raise OpKoersError(what, next_step=next_step, exit_code=ExitCode.USAGE)


def sources(chosen: argparse.Namespace) -> int:
    """A first source file for an export, and what it makes of it."""
    from flows.landing.guess import telling
    from flows.landing.guess.guessing import guess

    named = chosen.home or os.environ.get("OPKOERS_HOME")
    home = find_home(named) if named else None
    if home is not None:
        prepare_home(home)
    output = telling.place_of(chosen.output, home, force=chosen.force) if chosen.output else None
    guessed = guess(Path(chosen.file), home)
    if output is not None:
        output.write_text(guessed.source, encoding="utf-8")
    for line in telling.told(guessed, output):
        print(line)
    return ExitCode.OK


def instruments(chosen: argparse.Namespace) -> int:
    """Every questionnaire with what is known and missing, or all constants of one."""
    from flows.instruments_told import told

    named = chosen.home or os.environ.get("OPKOERS_HOME")
    home = find_home(named) if named else None
    if home is not None:
        prepare_home(home)
    for line in told(home, chosen.action, chosen.name):
        print(line)
    return ExitCode.OK


def fit(chosen: argparse.Namespace) -> int:
    """A mixed model of a csv file."""
    from flows.fitting import Request, fit_file

    request = Request(
        file=Path(chosen.file),
        formula=chosen.formula,
        is_binomial=chosen.family == "binomial",
        is_ml=chosen.ml,
        weights=chosen.weights,
        nodes=chosen.quadrature,
        ranef=Path(chosen.ranef) if chosen.ranef else None,
        is_json=chosen.json,
    )
    for line in fit_file(request):
        print(line)
    return ExitCode.OK


def chart(chosen: argparse.Namespace) -> int:
    """A control chart of a csv file."""
    from flows.charting import ChartRequest, chart_file

    request = ChartRequest(
        file=Path(chosen.file),
        kind=chosen.kind,
        rules=chosen.rules,
        x=chosen.x,
        y=chosen.y,
        n=chosen.n,
        freeze=chosen.freeze,
        rebase=tuple(text.strip() for each in chosen.rebase for text in each.split(",")),
        target=chosen.target,
        better=chosen.better,
        screen=chosen.screen,
        is_json=chosen.json,
    )
    for line in chart_file(request):
        print(line)
    return ExitCode.OK


def funnel(chosen: argparse.Namespace) -> int:
    """A funnel of the units in a csv file."""
    from flows.charting import FunnelRequest, funnel_file

    request = FunnelRequest(
        file=Path(chosen.file),
        kind=chosen.kind,
        method=chosen.method,
        numerator=chosen.numerator,
        denominator=chosen.denominator,
        unit=chosen.unit,
        is_adjusted=not chosen.unadjusted,
        is_json=chosen.json,
    )
    for line in funnel_file(request):
        print(line)
    return ExitCode.OK


def original(chosen: argparse.Namespace) -> int:
    """Decrypt an archived original."""
    from flows.landing.originals import restore_original
    from flows.settings import load_settings

    settings = load_settings(find_home(chosen.home))
    restore_original(settings, chosen.sha256, Path(chosen.output))
    print(f"The original is in {chosen.output}. It may hold real patient ids: remove it after use.")
    return ExitCode.OK


def access_log(chosen: argparse.Namespace) -> int:
    """Who looked at whom, to a file; close a batch of it; or hold it against its seals."""
    from flows.access_log import export_access_log, seal_told, told
    from flows.journal import place_of
    from flows.landing.filing import landing_time
    from flows.sealing import seal, verify
    from flows.settings import load_settings

    settings = load_settings(find_home(chosen.home))
    place = place_of(settings)
    if chosen.verify:
        print(*told(verify(place, chosen.head)), sep="\n")
    elif chosen.seal:
        print(seal_told(seal(place, landing_time(settings))))
    else:
        limits = {"clinic_id": chosen.clinic, "patient_id": chosen.patient, "since": chosen.since}
        rows = export_access_log(place, Path(chosen.output), **limits)
        print(f"{rows:,} entries of the access log in {chosen.output}")
    return ExitCode.OK


def backup(chosen: argparse.Namespace) -> int:
    """One file that holds everything of the home that cannot be computed again."""
    from flows.backup import write_backup

    home = find_home(chosen.home)
    prepare_home(home)
    manifest = write_backup(home, Path(chosen.output), with_secrets=chosen.with_secrets)
    print(f"{len(manifest.files):,} files of {home} in {chosen.output}")
    print(KEYS_INSIDE if chosen.with_secrets else KEYS_ELSEWHERE)
    return ExitCode.OK


def restore(chosen: argparse.Namespace) -> int:
    """A backup into an empty home."""
    from flows.restoring import restore_backup

    home = find_home(chosen.home)
    migrate = partial(_django, chosen, "migrate", interactive=False, verbosity=0)
    forgotten = Path(chosen.forgotten) if chosen.forgotten else None
    manifest = restore_backup(Path(chosen.file), home, migrate, forgotten)
    print(f"{len(manifest.files):,} files of {manifest.made_at} are back in {home}, each checked.")
    if not manifest.with_secrets:
        print("It holds no keys: put your own copy of secrets/ there before anything is run.")
    print(f"Published tables and reports are made again by: opkoers run --home {home}")
    return ExitCode.OK


def serve(chosen: argparse.Namespace) -> int:
    """The pages."""
    return _django(chosen, "opkoers_serve")


def user(chosen: argparse.Namespace) -> int:
    """Add an account for the pages, list accounts, or change one."""
    keys = ("role", "clinic", "therapist", "password_file")
    given = {key: getattr(chosen, key) for key in keys if getattr(chosen, key) is not None}
    if chosen.action == "add":
        given["demo"] = chosen.demo
        return _django(chosen, "opkoers_user", *filter(None, [chosen.name]), **given)
    words = filter(None, [chosen.action, chosen.name])
    return _django(chosen, "opkoers_accounts", *words, **given)


def _django(chosen: argparse.Namespace, command: str, *words: str, **options: str | int) -> int:
    """One of the commands of dashboards/; only here does flows/ start Django."""
    home = find_home(chosen.home)
    prepare_home(home)
    os.environ["OPKOERS_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "dashboards.settings"
    import django
    from django.core.management import CommandError, call_command

    django.setup()
    try:
        call_command(command, *words, **options)
    except CommandError as error:
        raise OpKoersError(
            str(error).rstrip("."), next_step="Mend that and try again", exit_code=ExitCode.ACCOUNT
        ) from None
    return ExitCode.OK


# ---------- words of the command line


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="opkoers", description="Routine outcome monitoring, back to those who treat."
    )
    parser.add_argument("--version", action="version", version=f"opkoers {version('opkoers')}")
    parser.add_argument("--home", help="home folder (or OPKOERS_HOME)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    home = argparse.ArgumentParser(add_help=False)
    home.add_argument("--home", default=argparse.SUPPRESS, help="home folder (or OPKOERS_HOME)")

    def add(name: str, command: Command, summary: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, parents=[home], help=summary, description=summary)
        sub.set_defaults(command=command)
        return sub

    add("init", init, "make a new home")
    _demo_words(add("demo", demo, "a synthetic service, from exports to reports"))
    _run_words(add("run", run, "run the weekly flow once, now"))
    scheduling = add("schedule", schedule, "serve the flows on their crons, with the Prefect UI")
    scheduling.add_argument("--systemd", action="store_true",
                            help="print the units of systemd for this home instead")  # fmt: skip
    add("deliver", deliver, "send mail and copies of reports that are due, now")
    pruning = add("prune", prune, "remove what need not be kept; never the archive or the journal")
    pruning.add_argument("--dry-run", action="store_true", help="only say what would go")
    exporting = add("export", export, "write a published table to a file")
    exporting.add_argument("table", metavar="TABLE")
    exporting.add_argument("-o", "--output", required=True, metavar="FILE.csv|.parquet")
    fhir_export = add("fhir", fhir, "write scores and alerts as FHIR R4 for the record system")
    fhir_export.add_argument("-o", "--output", required=True, metavar="FOLDER")
    explaining = add("explain", explain, "tell where an alert comes from")
    explaining.add_argument("alert_id", metavar="ALERT_ID", help="as in alerts.csv of a report")
    explaining.add_argument("--language", choices=["nl", "en"], help="else that of the home")
    _trace_words(add("trace", trace, "follow a published number back to file and line"))
    verifying = add("verify", verify, "make a past run again and compare it with what it was")
    verifying.add_argument("run_id", nargs="?", metavar="RUN", help="else the newest one")
    verifying.add_argument("--json", action="store_true", help="as JSON")
    _forget_words(add("forget", forget, "erase a patient from the whole home"))
    telling = add("receipts", receipts, "list landed and held-back files with their counts")
    telling.add_argument("--file", metavar="NAME", help="tell all of the files of this name")
    telling.add_argument("--json", action="store_true", help="as JSON")
    guessing = add("sources", sources, "write a first source file for an export")
    guessing.add_argument("action", choices=["guess"])
    guessing.add_argument("file", metavar="FILE")
    guessing.add_argument("-o", "--output", metavar="sources/NAME.toml")
    guessing.add_argument("--force", action="store_true", help="write over an existing file")
    known = add("instruments", instruments, "list questionnaires, or show one with its sources")
    known.add_argument("action", nargs="?", choices=["list", "show"], default="list")
    known.add_argument("name", nargs="?", metavar="ID", help="of the one to show")
    _fit_words(add("fit", fit, "fit a mixed model to a csv file, in the words of lme4"))
    _chart_words(add("chart", chart, "draw the control chart of a csv file"))
    _funnel_words(add("funnel", funnel, "draw the funnel of the units in a csv file"))
    restoring = add("original", original, "decrypt an archived original")
    restoring.add_argument("sha256", help="its sha256, as in `opkoers export receipt`")
    restoring.add_argument("-o", "--output", required=True, metavar="FILE")
    _access_log_words(add("access-log", access_log, "who looked at whom, and its seals"))
    saving = add("backup", backup, "write the home to one file")
    saving.add_argument("-o", "--output", required=True, metavar="FILE.tar")
    keys = saving.add_mutually_exclusive_group(required=True)
    keys.add_argument("--with-secrets", action="store_true", help="with the keys in secrets/")
    keys.add_argument("--without-secrets", dest="with_secrets", action="store_false",
                      help="without them: the backup alone cannot lead back to anyone")  # fmt: skip
    back = add("restore", restore, "put a backup into an empty home")
    back.add_argument("file", metavar="FILE.tar")
    back.add_argument("--forgotten", metavar="forgotten.json",
                      help="of the home as it was last: they are forgotten once more")  # fmt: skip
    add("serve", serve, "serve the pages")
    _user_words(add("user", user, "add, list or change accounts for the pages"))
    return parser


def _user_words(parser: argparse.ArgumentParser) -> None:
    actions = ["add", "list", "disable", "enable", "password", "role", "reset-second-factor"]
    parser.add_argument("action", choices=actions)
    parser.add_argument("name", nargs="?")
    parser.add_argument("--role")
    parser.add_argument("--clinic", help="clinic_id as in the exports; not for the whole service")
    parser.add_argument("--therapist", help="therapist_id as in the exports")
    parser.add_argument("--password-file", help="read the password from it, else it is asked")
    parser.add_argument("--demo", action="store_true",
                        help="without a password, for simulated data only")  # fmt: skip


def _demo_words(parser: argparse.ArgumentParser) -> None:
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


def _trace_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("table", metavar="TABLE", help="as in `opkoers export`")
    parser.add_argument("key", metavar="KEY", nargs="+",
                        help="COLUMN=VALUE (clinic=noord figure=alerts_new; - for nothing);"
                        " one value where a column alone tells rows: an alert_id")  # fmt: skip
    parser.add_argument("--rows", type=int, metavar="N",
                        help="so many rows of each table and lines of each file")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="as JSON")


def _forget_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("patient", nargs="?", metavar="PATIENT", help="the pseudonym")
    parser.add_argument("--real", action="store_true", help="PATIENT is the clinic's own number")
    parser.add_argument("--clinic", metavar="ID", help="where several clinics have that patient")
    parser.add_argument("--reason", metavar="TEXT", help="is kept: name nobody in it")
    parser.add_argument("--yes", action="store_true", help="ask nothing; needs --reason")
    parser.add_argument("--list", action="store_true", help="the receipts of who was forgotten")


def _access_log_words(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("-o", "--output", metavar="FILE.csv", help="write the entries there")
    what.add_argument("--verify", action="store_true", help="hold every batch against its seal")
    what.add_argument("--seal", action="store_true", help="close a batch now, as each run does")
    parser.add_argument("--clinic", metavar="ID", help="entries about this clinic only")
    parser.add_argument("--patient", metavar="PSEUDONYM", help="about this patient only")
    parser.add_argument("--since", type=date.fromisoformat, metavar="YYYY-MM-DD",
                        help="from this day on (UTC)")  # fmt: skip
    parser.add_argument("--head", metavar="SEAL",
                        help="with --verify: the seal that a weekly report printed")  # fmt: skip


def _fit_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.csv")
    parser.add_argument("--formula", required=True, metavar='"post ~ bc + (1 + bc | therapist_id)"')
    parser.add_argument("--family", choices=["gaussian", "binomial"], default="gaussian",
                        help="binomial: a yes/no outcome with one random intercept")  # fmt: skip
    parser.add_argument("--ml", action="store_true", help="maximum likelihood instead of REML")
    parser.add_argument("--weights", metavar="COLUMN",
                        help="the residual variance of a row is sigma^2 / weight; with binomial:"
                        " numbers of trials")  # fmt: skip
    parser.add_argument("--quadrature", type=int, metavar="N",
                        help="points of quadrature (25; 1 is the Laplace approximation,"
                        " glmer's default)")  # fmt: skip
    parser.add_argument("--ranef", metavar="OUT.csv", help="write the conditional modes there")
    parser.add_argument("--json", action="store_true", help="as JSON")


def _chart_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.csv")
    parser.add_argument("--kind", choices=["xmr", "p", "pp", "run"], required=True)
    parser.add_argument("--rules", choices=["nhs", "anhoej"], default="nhs",
                        help="Making Data Count (the default), or runs and crossings")  # fmt: skip
    parser.add_argument("--x", required=True, metavar="COLUMN",
                        help="numbers, days, weeks, months or quarters")  # fmt: skip
    parser.add_argument("--y", required=True, metavar="COLUMN", help="p and pp: a count")
    parser.add_argument("--n", metavar="COLUMN", help="the denominator of --y")
    parser.add_argument("--freeze", type=int, metavar="N",
                        help="limits from the first N points (nhs: of each part)")  # fmt: skip
    parser.add_argument("--rebase", action="append", default=[], metavar="X",
                        help="a new part from X on; may be repeated")  # fmt: skip
    parser.add_argument("--target", type=float, metavar="V")
    parser.add_argument("--better", choices=["higher", "lower"],
                        help="which way is better, for what is said of the target")  # fmt: skip
    parser.add_argument("--screen", action=argparse.BooleanOptionalAction, default=None,
                        help="leave out large moving ranges once (nhs does)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="as JSON")


def _funnel_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.csv")
    parser.add_argument("--kind", choices=["pr", "sr"], required=True,
                        help="proportions, or standardised ratios")  # fmt: skip
    parser.add_argument("--method", choices=["shmi", "cqc"], default="shmi", help="for sr")
    parser.add_argument("--numerator", required=True, metavar="COLUMN")
    parser.add_argument("--denominator", required=True, metavar="COLUMN")
    parser.add_argument("--unit", required=True, metavar="COLUMN", help="records are summed by it")
    parser.add_argument("--unadjusted", action="store_true", help="leave over-dispersion out")
    parser.add_argument("--json", action="store_true", help="as JSON")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


if __name__ == "__main__":
    sys.exit(main())
