"""What is kept of people: who looked at it, how it is kept safe, how it is erased."""

import argparse
import sys
from datetime import date
from pathlib import Path

from flows.commands import Add
from flows.errors import ExitCode, OpKoersError
from flows.home import prepare_home
from flows.settings import find_home, load_settings

KEYS_INSIDE = (
    "It holds the keys, the identities and the accounts: whoever has this file has everything."
    " Keep it as you keep patient files."
)
KEYS_ELSEWHERE = (
    "It does NOT hold the keys in secrets/. Without them neither pseudonyms nor archived originals"
    " can be led back, and no new export can be landed: keep a copy of secrets/ apart from it."
)


def add_to(add: Add) -> None:
    """forget, access-log, backup."""
    _forget_words(add("forget", forget, "erase a patient from the whole home"))
    _access_log_words(add("access-log", access_log, "who looked at whom, and its seals"))
    saving = add("backup", backup, "write the home to one file")
    saving.add_argument("-o", "--output", required=True, metavar="FILE.tar")
    keys = saving.add_mutually_exclusive_group(required=True)
    keys.add_argument("--with-secrets", action="store_true", help="with the keys in secrets/")
    keys.add_argument("--without-secrets", dest="with_secrets", action="store_false",
                      help="without them: the backup alone cannot lead back to anyone")  # fmt: skip


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


def access_log(chosen: argparse.Namespace) -> int:
    """Who looked at whom, to a file; close a batch of it; or hold it against its seals."""
    from flows.access_log import export_access_log, seal_told, told
    from flows.journal import place_of
    from flows.landing.filing import landing_time
    from flows.sealing import seal, verify

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
