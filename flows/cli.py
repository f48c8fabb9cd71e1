"""opkoers ...: the command line, and the commands that start Django.

The other commands stand in flows/commands/. Heavy parts are imported by the command that needs
them.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

from flows.commands import Add, Command, csv_files, custody, incoming, results, runs
from flows.errors import ExitCode, OpKoersError
from flows.home import be_private, prepare_home
from flows.settings import find_home


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


# ---------- the commands that start Django


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


def demo(chosen: argparse.Namespace) -> int:
    """A synthetic service, from exports and answers to reports."""
    return runs.make_demo(chosen, partial(_written_by_pages, runs.demo_home(chosen)))


def _written_by_pages(home: Path, file: Path) -> None:
    """What people did, into the journal, by a process of its own: Django knows one home for good.

    Raises OpKoersError when that cannot be written.
    """
    told = {"OPKOERS_HOME": str(home), "DJANGO_SETTINGS_MODULE": "dashboards.settings"}
    command = [sys.executable, "-m", "django", "opkoers_simulated_journal", str(file)]
    done = subprocess.run(command, env={**os.environ, **told}, capture_output=True, text=True)
    if done.returncode != 0:
        raise OpKoersError(
            done.stderr.strip().rpartition("\n")[2].rstrip("."),
            where=file,
            next_step="Make room or give yourself rights on the home, then make the demo again",
            exit_code=ExitCode.JOURNAL,
        )


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
    add = _adding_to(parser)
    for group in (runs, results, incoming, csv_files, custody):
        group.add_to(add)
    _add_those_of_django(add)
    return parser


def _adding_to(parser: argparse.ArgumentParser) -> Add:
    """Commands of this parser, each of which takes --home behind its name too."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    home = argparse.ArgumentParser(add_help=False)
    home.add_argument("--home", default=argparse.SUPPRESS, help="home folder (or OPKOERS_HOME)")

    def add(name: str, command: Command, summary: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, parents=[home], help=summary, description=summary)
        sub.set_defaults(command=command)
        return sub

    return add


def _add_those_of_django(add: Add) -> None:
    back = add("restore", restore, "put a backup into an empty home")
    back.add_argument("file", metavar="FILE.tar")
    back.add_argument("--forgotten", metavar="forgotten.json",
                      help="of the home as it was last: they are forgotten once more")  # fmt: skip
    runs.demo_words(add("demo", demo, "a synthetic service, from exports to reports"))
    add("serve", serve, "serve the pages")
    _user_words(add("user", user, "add, list or change accounts for the pages"))


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


if __name__ == "__main__":
    sys.exit(main())
