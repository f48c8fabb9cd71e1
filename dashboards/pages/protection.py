"""What is kept where, for how long, and who can see it: for who answers for data protection.

Texts are of this page alone; periods come from the settings in force, roles from `access.py`,
sizes from the home as it is now. No file is opened: only names and sizes are looked at.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from dashboards.access import ABOUT_PATIENTS, ROLES, ViewerRequest
from dashboards.journal.models import AccessLogEntry, EventKind, JournalEvent
from flows.settings import Settings

PATIENT_PAGES = ABOUT_PATIENTS
COUNT_PAGES = frozenset({"quality"})
AUDIT_PAGES = frozenset({"quality_report"})
OWN_RESULTS = frozenset({"caseload"})
LOOKED_PAGES = frozenset({"who_looked"})


@dataclass(frozen=True)
class Kept:
    """One place: what is in it, for how long, who sees it on pages, and how it is erased.

    `files` and `size` (bytes) are as of now; `rows` is None where it is not counted.
    """

    place: str
    what: str
    how_long: str
    roles: tuple[str | Promise, ...]
    protection: str
    erasure: str
    files: int
    size: int
    rows: int | None = None

    @property
    def megabytes(self) -> float:
        """Rounded, and never nothing where there is something."""
        return max(round(self.size / 1_000_000, 1), 0.1)


def protection_page(request: ViewerRequest) -> HttpResponse:
    """The page `protection`."""
    home: Settings = settings.OPKOERS
    erased = JournalEvent.objects.filter(kind=EventKind.PATIENT_ERASED).order_by("seq")
    page = {
        "kept": [*_exports(home), *_identities(home), *_journal(home), *_published(home),
                 *_beside(home)],
        "erased": erased.count(),
        "last_erased": getattr(erased.last(), "at", None),
    }  # fmt: skip
    return render(request, "protection.html", page)


# ---------- the places


def _exports(home: Settings) -> Iterator[Kept]:
    yield Kept(
        _("archive/: landed answers"),
        _(
            "Every answer, episode and appointment that was taken in, under the patient's"
            " pseudonym."
        ),
        _("As long as the home; nothing removes it but forgetting a patient."),
        (),
        _("Readable by the account that runs Op koers only."),
        _("opkoers forget takes the patient's rows out of every file."),
        *_size(home.archive.glob("*/*.parquet")),
    )
    is_encrypted = home.landing.keep_originals == "encrypted"
    yield Kept(
        _("archive/: originals"),
        _("The exports as they came, with whatever the sender put in them."),
        _("As long as the home.") if is_encrypted else _("Not kept, by setting."),
        (),
        _("Encrypted (age), with the key in secrets/."),
        _("The whole original of a file that holds the patient is destroyed."),
        *_size(home.archive.glob("*/original")),
    )
    is_kept = home.landing.inbox_after_landing == "keep"
    yield Kept(
        _("inbox/: exports as they arrive"),
        _("Exports that were delivered, not encrypted."),
        _("Until somebody removes them.") if is_kept else _("Removed once they have landed."),
        (),
        _("Readable by the account that runs Op koers only."),
        _("Landed exports that hold the patient are removed; others are named for you to remove."),
        *_size(home.inbox.glob("*")),
    )


def _identities(home: Settings) -> Iterator[Kept]:
    yield Kept(
        _("Identity store"),
        _("Which pseudonym is which patient number, where exports hold real numbers."),
        _("As long as the home."),
        _roles(OWN_RESULTS),
        _("A file of its own. On pages one number at a time, of own patients; never a list."),
        _("The pair is destroyed."),
        *_size(home.home.glob("identity.sqlite*")),
    )
    yield Kept(
        _("secrets/: keys"),
        _("The keys of pseudonyms, of originals and of sign-in."),
        _("As long as the home."),
        (),
        _("Readable by the account that runs Op koers only; in a backup only when asked for."),
        _("Nothing of one patient is in it."),
        *_size(home.secrets.glob("*")),
    )


def _journal(home: Settings) -> Iterator[Kept]:
    is_server = connection.vendor == "postgresql"
    files, size = _size([] if is_server else home.home.glob("journal.sqlite*"))
    where = _("In the PostgreSQL database that the settings name.") if is_server else ""
    yield Kept(
        _("Journal"),
        _(
            "What people did: answers to alerts, notes, goals, sharing, leave, decisions; and"
            " practice goals of therapists, which only their own page shows."
        ),
        _("As long as the home: it belongs to the patient's record."),
        _roles(PATIENT_PAGES),
        " ".join(filter(None, (_("Append-only and sealed."), where))),
        _("The patient's events are removed; the seals show that this was an erasure."),
        files,
        size,
        JournalEvent.objects.count(),
    )
    yield Kept(
        _("Access log"),
        _("Who opened what about whom, and what was refused (NEN 7513)."),
        _("As long as the home. Who looked into a record must be shown for years."),
        _roles(LOOKED_PAGES),
        _("Append-only and sealed; in the same database as the journal."),
        _("Stays, with the pseudonym: the law asks for it."),
        0,
        0,
        AccessLogEntry.objects.count(),
    )


def _published(home: Settings) -> Iterator[Kept]:
    runs = _("The newest {n} runs; older ones can be made again.").format(n=home.prune.keep_runs)
    yield Kept(
        _("published/: tables of a run"),
        _("Scores, changes, signals and alerts by pseudonym; counts and models of the service."),
        runs,
        _roles(PATIENT_PAGES | COUNT_PAGES),
        _("Each role sees the rows that the table of roles gives it; small counts are left out."),
        _("Every file with the patient is removed and the newest made again without."),
        *_size(f for f in home.published.glob("*.duckdb") if ".therapists." not in f.name),
    )
    yield Kept(
        _("published/: results of therapists"),
        _("What is computed about therapists, in a file that no export or report opens."),
        runs,
        _roles(OWN_RESULTS),
        _("Each therapist sees own results only; nobody else sees any."),
        _("As other tables."),
        *_size(home.published.glob("*.therapists.duckdb")),
    )
    weeks = home.prune.keep_report_weeks
    yield Kept(
        _("reports/: weekly reports"),
        _("Lists of alerts with pseudonyms, by clinic and week."),
        _("{n} weeks.").format(n=weeks) if weeks else _("All of them: they belong to the record."),
        (),
        _("Files for the clinic; what was mailed or copied elsewhere is the clinic's own."),
        _("Reports of the patient's clinic since the first measurement are removed."),
        *_size(home.reports.glob("*-W*/**/*")),
    )
    yield Kept(
        _("reports/: audits of quarters"),
        _("Figures of the service, clinics and teams, none of fewer than five; no patient."),
        _("As many quarters as the weekly reports last.") if weeks else _("All of them."),
        _roles(AUDIT_PAGES),
        _("Files in the home, for the quality officer and the auditor."),
        _("A new audit is issued where a figure changes; earlier ones stay."),
        *_size(home.reports.glob("*-Q*/**/*")),
    )


def _beside(home: Settings) -> Iterator[Kept]:
    yield Kept(
        _("released/ and checks/: what earlier runs said"),
        _("Counts of units as they were shown, and what each check said of each file; no patient."),
        _("As long as the home: a later run must not undo what an earlier one left out."),
        _roles(COUNT_PAGES),
        _("Small counts are left out; therapists are not in it."),
        _("Nothing of one patient is in it."),
        *_size([*home.home.glob("released/*"), *home.home.glob("checks/*")]),
    )
    yield Kept(
        _("logs/ and prefect/"),
        _("When which step ran and what failed; paths, dates and names of files, no patient."),
        _("{n} days in Prefect; logs up to {mb} MB.").format(
            n=home.prune.prefect_days, mb=round(home.prune.log_mb)
        ),
        (),
        _("Readable by the account that runs Op koers only."),
        _("Nothing of a patient is in it."),
        *_size([*home.logs.rglob("*"), *(home.home / "prefect").rglob("*")]),
    )
    yield Kept(
        _("Backups"),
        _("All of the above but published tables, reports, logs and inbox, at one moment."),
        _("As long as you keep them: Op koers does not know where they are."),
        (),
        _("Not encrypted. One with the keys in it is worth as much as the whole home."),
        _("Destroy those from before, or put them back with --forgotten."),
        0,
        0,
    )


# ---------- counting


def _roles(pages: frozenset[str]) -> tuple[str | Promise, ...]:
    """The roles that have any of these pages."""
    return tuple(rules.name for rules in ROLES.values() if rules.pages & pages)


def _size(found: Iterable[Path]) -> tuple[int, int]:
    """Number of files and their bytes together; one that goes meanwhile is not counted."""
    sizes = [size for file in found if (size := _bytes(file)) is not None]
    return len(sizes), sum(sizes)


def _bytes(file: Path) -> int | None:
    try:
        return file.stat().st_size if file.is_file() and not file.is_symlink() else None
    except OSError:
        return None
