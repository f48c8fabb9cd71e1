"""The access log: one entry for each page about a patient that was opened, or refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.journal.models import AccessLogEntry, AccessResult
from dashboards.journal.writing import beside_other_writers, service_moment

SOURCE = "pages"
REASON_LIMIT = 2000


@dataclass(frozen=True)
class Access:
    """One entry as a page shows it. `reason` says why, where someone broke the glass."""

    at: datetime
    actor: str
    role: str
    page: str
    result: str
    reason: str | None


def record(
    actor: str,
    role: str,
    page: str,
    clinic_id: str | None = None,
    patient_id: str | None = None,
    reason: str | None = None,
    *,
    refused: bool = False,
) -> None:
    """Write that `actor`, in `role`, opened the route `page`, or was refused it.

    Call it before the page is made, so that what was seen was logged. `patient_id` None: a page
    about no single patient. Raises DatabaseError when it cannot be written; then show nothing.
    """
    with beside_other_writers():
        AccessLogEntry.objects.create(
            at=service_moment(),
            actor=actor,
            role=role,
            page=page,
            clinic_id=clinic_id,
            patient_id=patient_id,
            result=(AccessResult.REFUSED if refused else AccessResult.ALLOWED).value,
            reason=None if reason is None else reason[:REASON_LIMIT],
            source=SOURCE,
        )


def who_looked(clinic_id: str, patient_id: str, *, at_most: int = 500) -> Sequence[Access]:
    """Entries about one patient, the newest first. Whether the reader may is not asked here."""
    entries = AccessLogEntry.objects.filter(clinic_id=clinic_id, patient_id=patient_id)
    return [
        Access(
            at=entry.at,
            actor=entry.actor,
            role=entry.role,
            page=entry.page,
            result=entry.result,
            reason=entry.reason,
        )
        for entry in entries.order_by("-seq")[:at_most]
    ]
