"""What comes in: exports and how they are read, questionnaires, the files that were landed."""

import argparse
import os
from pathlib import Path

from flows.commands import Add
from flows.errors import ExitCode
from flows.home import prepare_home
from flows.settings import find_home, load_settings


def add_to(add: Add) -> None:
    """sources, instruments, receipts, original."""
    guessing = add("sources", sources, "write a first source file for an export")
    guessing.add_argument("action", choices=["guess"])
    guessing.add_argument("file", metavar="FILE")
    guessing.add_argument("-o", "--output", metavar="sources/NAME.toml")
    guessing.add_argument("--force", action="store_true", help="write over an existing file")
    known = add("instruments", instruments, "list questionnaires, or show one with its sources")
    known.add_argument("action", nargs="?", choices=["list", "show"], default="list")
    known.add_argument("name", nargs="?", metavar="ID", help="of the one to show")
    telling = add("receipts", receipts, "list landed and held-back files with their counts")
    telling.add_argument("--file", metavar="NAME", help="tell all of the files of this name")
    telling.add_argument("--json", action="store_true", help="as JSON")
    restoring = add("original", original, "decrypt an archived original")
    restoring.add_argument("sha256", help="its sha256, as in `opkoers export receipt`")
    restoring.add_argument("-o", "--output", required=True, metavar="FILE")


def sources(chosen: argparse.Namespace) -> int:
    """A first source file for an export, and what it makes of it."""
    from flows.landing.guess import telling
    from flows.landing.guess.guessing import guess

    home = _home_if_named(chosen)
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

    home = _home_if_named(chosen)
    for line in told(home, chosen.action, chosen.name):
        print(line)
    return ExitCode.OK


def _home_if_named(chosen: argparse.Namespace) -> Path | None:
    """The home, ready for use, or nothing: both commands also work where there is none yet."""
    named = chosen.home or os.environ.get("OPKOERS_HOME")
    if not named:
        return None
    home = find_home(named)
    prepare_home(home)
    return home


def receipts(chosen: argparse.Namespace) -> int:
    """Every landed and held-back file with its counts."""
    from flows.landing.telling import told

    settings = load_settings(find_home(chosen.home))
    for line in told(settings, name=chosen.file, as_json=chosen.json):
        print(line)
    return ExitCode.OK


def original(chosen: argparse.Namespace) -> int:
    """Decrypt an archived original."""
    from flows.landing.originals import restore_original

    settings = load_settings(find_home(chosen.home))
    restore_original(settings, chosen.sha256, Path(chosen.output))
    print(f"The original is in {chosen.output}. It may hold real patient ids: remove it after use.")
    return ExitCode.OK
