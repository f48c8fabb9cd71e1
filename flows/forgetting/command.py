"""What `opkoers forget` asks, does and says. Nothing that it says holds a patient's values."""

import getpass
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.errors import ExitCode, OpKoersError
from flows.forgetting import archived, events, finish, published
from flows.forgetting.begun import Begun
from flows.home import locked
from flows.journal import place_of
from flows.landing import pseudonyms
from flows.landing.forgotten import FILE, read_list
from flows.running.following import follow, perform
from flows.running.plan import plan_run
from flows.running.steps import WITHOUT_LANDING
from flows.settings import Settings, load_settings

REASON_LIMIT = 500
COUNTED = {
    "records": "records landed",
    "files": "landed files that hold, or may hold, the patient",
    "originals": "encrypted originals, each destroyed whole",
    "events": "events in the journal",
    "identity_pairs": "pairs in the identity store",
    "snapshots": "published files, removed whole; the newest is made again",
    "reports": "folders of reports, removed; those of this week are made again",
    "inbox_files": "landed exports still in inbox, removed",
}


@dataclass(frozen=True)
class Request:
    """Whom to forget: a pseudonym, or with `is_real` the clinic's own number."""

    patient: str
    is_real: bool
    clinic_id: str | None
    reason: str | None
    is_agreed: bool


def forget(
    home: Path, request: Request, ask: Callable[[str], str], say: Callable[[str], None]
) -> None:
    """Forget one patient, after the person at the terminal agreed; then a run publishes anew.

    Raises OpKoersError when there is no such patient, more than one, no reason, or no agreement,
    and what a run raises; by then the patient is gone all the same.
    """
    settings = load_settings(home)
    with locked(home):
        finish.finish_begun(settings)
        clinic_id, patient_id = _whom(settings, request)
        reason = _reason(request, ask)
        _refuse_naming(reason, (request.patient, patient_id))
        begun = finish.find(settings, clinic_id, patient_id, reason, getpass.getuser())
        for line in will_go(begun):
            say(line)
        _agree(request, ask)
        finish.begin(settings, begun)
        finish.carry_out(settings, begun)
        try:
            _publish_anew(home)
        finally:
            finish.end(settings, begun)
    for line in gone(settings, begun):
        say(line)


def _publish_anew(home: Path) -> None:
    plan = plan_run(home)
    follow(plan, lambda step: perform(step, plan), WITHOUT_LANDING)


# ---------- whom, why, and whether


def _whom(settings: Settings, request: Request) -> tuple[str, str]:
    """(clinic, pseudonym). Raises OpKoersError unless it is exactly one."""
    found = {
        (clinic, patient)
        for clinic, patient in _called(settings, request)
        if request.clinic_id in (None, clinic)
    }
    if len(found) == 1:
        return found.pop()
    if found:
        what = f"{len(found)} clinics have a patient of that name"
        next_step = "Say which one with --clinic ID"
    else:
        what = "nothing is kept here of a patient of that name"
        next_step = (
            "Give the pseudonym as in `opkoers export score`,"
            " or the clinic's own number with --real"
        )
    raise OpKoersError(what, next_step=next_step, exit_code=ExitCode.USAGE)


def _called(settings: Settings, request: Request) -> Iterator[tuple[str, str]]:
    if request.is_real:
        yield from pseudonyms.called(settings.identity, request.patient)
        return
    for clinic, patient in archived.patients_of(settings.archive) | events.patients_of(
        place_of(settings)
    ):
        if patient == request.patient:
            yield clinic, patient


def _reason(request: Request, ask: Callable[[str], str]) -> str:
    reason = (request.reason or ("" if request.is_agreed else ask("Reason: "))).strip()
    if not reason or len(reason) > REASON_LIMIT:
        raise OpKoersError(
            "a reason is needed, of at most 500 characters"
            if len(reason) > REASON_LIMIT
            else "a reason is needed: it is kept, and is all that is kept beside counts",
            next_step='Give one with --reason, such as "request of 16 November, by letter"',
            exit_code=ExitCode.USAGE,
        )
    return reason


def _refuse_naming(reason: str, names: tuple[str, ...]) -> None:
    if any(name in reason for name in names):
        raise OpKoersError(
            "the reason names the patient, and it is kept",
            next_step="Write a reason from which nobody can be known",
            exit_code=ExitCode.USAGE,
        )


def _agree(request: Request, ask: Callable[[str], str]) -> None:
    if request.is_agreed:
        return
    if ask("This cannot be taken back. Type 'forget' to go on: ").strip() != "forget":
        raise OpKoersError(
            "nothing was changed",
            next_step="Give the command again if it must be done after all",
            exit_code=ExitCode.USAGE,
        )


# ---------- in words


def will_go(begun: Begun) -> Iterator[str]:
    """What will go, in counts."""
    yield "Of this patient there are in this home:"
    for name, count in begun.counts.items():
        yield f"  {count:>7,} {COUNTED[name]}"


def gone(settings: Settings, begun: Begun) -> Iterator[str]:
    """The receipt, and what a person has to see to."""
    yield (
        f"Forgotten: {begun.counts['records']:,} records in {begun.counts['files']:,} files,"
        f" {begun.counts['events']:,} events. A receipt without a name is in {FILE}."
    )
    yield "What stays: the access log, with the pseudonym (NEN 7513)."
    yield (
        "What you must see to: backups made before today still hold the patient. Destroy them, or"
        f" keep {FILE} apart: `opkoers restore FILE --forgotten {FILE}` forgets once more."
    )
    waiting = published.still_waiting_with(settings, begun.names)
    for name in waiting:
        yield f"In inbox, not landed, {name} still holds the patient: take it out or send it anew."


def told_list(home: Path) -> Iterator[str]:
    """The receipts of all who were forgotten, without a name."""
    patients = read_list(home / FILE).patients
    if not patients:
        yield "Nobody was forgotten in this home."
    for each in patients:
        counts = ", ".join(f"{name} {count:,}" for name, count in each.counts.items() if count)
        yield f"{each.at:%Y-%m-%d}  {each.mark[:12]}  {each.reason}  ({counts})"
