"""A patient out of what was published: snapshots, reports, and exports left in the inbox."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from shutil import rmtree

from flows.forgetting.begun import Begun
from flows.forgetting.naming import may_name, names_in_text
from flows.landing import archive
from flows.landing.land import sha256_of_file
from flows.publishing.folders import folder_names
from flows.recorded_erasure import databases_with
from flows.settings import Settings

PACKED = (".zip", ".gz")
PLAIN = (".csv", ".json", ".html", ".txt", ".md", ".svg")


def snapshots_with(settings: Settings, clinic_id: str, patient_id: str) -> tuple[Path, ...]:
    """Published files that hold rows of the patient."""
    return tuple(databases_with(settings.published, clinic_id, patient_id))


def remove_snapshots(settings: Settings, begun: Begun) -> None:
    """Remove them; a link to one of them goes too, so that pages say there is nothing."""
    for file in snapshots_with(settings, begun.clinic_id, begun.patient_id):
        file.unlink()
        for link in settings.published.glob("current*"):
            if link.is_symlink() and not link.exists():
                link.unlink()


def reports_about(
    settings: Settings, clinic_id: str, names: Sequence[str], since: date | None
) -> tuple[Path, ...]:
    """Folders and files of reports that can name the patient.

    A PDF cannot be searched, so of the patient's clinic all weeks from the patient's first
    measurement on; of what else lies there, files of text that hold the name.
    """
    folders = tuple(_of_clinic(settings.reports, clinic_id, since))
    files = sorted(f for f in settings.reports.rglob("*") if f.suffix in PLAIN and f.is_file())
    others = (f for f in files if not any(f.is_relative_to(folder) for folder in folders))
    return (*folders, *(file for file in others if names_in_text(file, names)))


def _of_clinic(reports: Path, clinic_id: str, since: date | None) -> Iterator[Path]:
    plain = folder_names([clinic_id])[clinic_id]
    first = f"{since:%G-W%V}" if since else ""
    for week in sorted(reports.glob("*")):
        if week.is_dir() and week.name >= first:
            yield from (f for f in week.iterdir() if f.name.split("~")[0] == plain.split("~")[0])


def remove_reports(settings: Settings, begun: Begun) -> None:
    """Remove them; those of this week are made again by the run that follows."""
    for place in reports_about(settings, begun.clinic_id, begun.names, begun.since):
        if place.is_dir():
            rmtree(place)
        else:
            place.unlink(missing_ok=True)


def inbox_files_with(settings: Settings, names: Sequence[str]) -> tuple[Path, ...]:
    """Exports in the inbox that have landed and can name the patient; also packed ones."""
    known = {receipt.envelope for receipt in archive.receipts(settings.archive)}
    return tuple(
        file
        for file in sorted(settings.inbox.iterdir())
        if file.is_file() and _has_landed(settings, file, known) and may_name(file, names)
    )


def _has_landed(settings: Settings, file: Path, envelopes: set[str | None]) -> bool:
    if file.name.lower().endswith(PACKED):
        return file.name in envelopes
    return archive.status(settings.archive, sha256_of_file(file)) == "landed"


def still_waiting_with(settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    """Names of exports in the inbox that are not landed and hold the patient in plain text."""
    landed = set(inbox_files_with(settings, names))
    files = (f for f in sorted(settings.inbox.iterdir()) if f.is_file() and f not in landed)
    return tuple(file.name for file in files if names_in_text(file, names))


def remove_from_inbox(settings: Settings, begun: Begun) -> None:
    """Remove them: what stands in them has landed, without the patient."""
    for file in inbox_files_with(settings, begun.names):
        file.unlink()
