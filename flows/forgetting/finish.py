"""The order of a forgetting: found, written down, carried out, and carried on after a kill."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from flows.forgetting import archived, events, published
from flows.forgetting.begun import Begun, clear_begun, read_begun, write_begun
from flows.journal import place_of
from flows.landing import forgotten, pseudonyms
from flows.landing.filing import landing_time
from flows.landing.forgotten import Forgotten, ForgottenList, digest_key, mark_of
from flows.recorded_erasure import note_erasure
from flows.settings import Settings

AGAIN = ".forget-again"
"""Stands in a home that came back from a backup, until its forgotten patients went once more."""


def find(settings: Settings, clinic_id: str, patient_id: str, reason: str, actor: str) -> Begun:
    """All that is kept of a patient, and what will be left of it; nothing is changed."""
    numbers = pseudonyms.numbers_of(settings.identity, clinic_id, patient_id)
    names = (patient_id, *numbers)
    held = tuple(archived.holdings(settings, clinic_id, patient_id, names))
    since = min(filter(None, (each.since for each in held)), default=None)
    at = landing_time(settings)
    return Begun(
        clinic_id=clinic_id,
        patient_id=patient_id,
        numbers=numbers,
        mark=mark_of(digest_key(settings), clinic_id, patient_id),
        reason=reason,
        actor=actor,
        at=at,
        since=since,
        files={each.receipt.sha256: archived.left_of(each) for each in held},
        counts={
            "records": sum(each.records for each in held),
            "files": len(held),
            "originals": sum(_has_original(settings, each) for each in held),
            "events": events.count_events(place_of(settings), clinic_id, patient_id),
            "identity_pairs": len(numbers),
            "snapshots": len(published.snapshots_with(settings, clinic_id, patient_id)),
            "reports": len(published.reports_about(settings, clinic_id, names, since)),
            "inbox_files": len(published.inbox_files_with(settings, names)),
        },
    )


def _has_original(settings: Settings, held: archived.Holding) -> bool:
    return (settings.archive / held.receipt.sha256 / archived.ORIGINAL).exists()


def begin(settings: Settings, begun: Begun) -> None:
    """Write down what will be done; from then on every run would finish it."""
    write_begun(settings.home, begun)


def carry_out(settings: Settings, begun: Begun) -> None:
    """Everything but the snapshots, in an order in which a kill loses nothing.

    The list of the forgotten comes first, so that no landing brings the patient back. Snapshots
    say which rows of past runs are erased, and pages read the newest until there is another.
    """
    _note(settings, begun)
    note_erasure(
        settings.published, digest_key(settings), begun.mark, begun.clinic_id, begun.patient_id
    )
    archived.erase(settings, begun)
    pseudonyms.destroy_pair(settings.identity, begun.clinic_id, begun.patient_id)
    events.erase(place_of(settings), begun)
    published.remove_from_inbox(settings, begun)
    published.remove_reports(settings, begun)


def end(settings: Settings, begun: Begun) -> None:
    """Take away the snapshots with the patient, and the note of what was begun."""
    published.remove_snapshots(settings, begun)
    clear_begun(settings.home)


def finish_begun(settings: Settings) -> int:
    """Finish what a kill interrupted, and forget once more who came back with a backup.

    How many patients that were. To be called while holding the home's lock.
    """
    begun = read_begun(settings.home)
    done = 0
    if begun is not None:
        carry_out(settings, begun)
        end(settings, begun)
        done += 1
    if (settings.home / AGAIN).exists():
        done += _forget_again(settings)
        (settings.home / AGAIN).unlink()
    return done


def _forget_again(settings: Settings) -> int:
    """Patients of the list who are in the home all the same, because it is that of a backup."""
    known = {each.mark: each for each in forgotten.read_list(_list(settings)).patients}
    key = digest_key(settings)
    everybody = archived.patients_of(settings.archive) | events.patients_of(place_of(settings))
    back = [(c, p, known.get(mark_of(key, c, p))) for c, p in sorted(everybody)]
    return _all_again(settings, [(c, p, told) for c, p, told in back if told is not None])


def _all_again(settings: Settings, back: Iterable[tuple[str, str, Forgotten]]) -> int:
    done = 0
    for clinic_id, patient_id, told in back:
        begun = find(settings, clinic_id, patient_id, told.reason, "opkoers")
        begin(settings, begun)
        carry_out(settings, begun)
        end(settings, begun)
        done += 1
    return done


def _note(settings: Settings, begun: Begun) -> None:
    """Put the patient on the list; what was noted before, of the same patient, stands."""
    noted = ForgottenList(
        patients=(
            Forgotten(mark=begun.mark, at=_day(begun.at), reason=begun.reason, counts=begun.counts),
        )
    )
    told = forgotten.merged(forgotten.read_list(_list(settings)), noted)
    forgotten.write_list(_list(settings), told)


def _day(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _list(settings: Settings) -> Path:
    return settings.home / forgotten.FILE
