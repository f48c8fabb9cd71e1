"""Writing the access log for a request: what was opened, and what was refused."""

import logging

from django.db import DatabaseError

from dashboards.access import ViewerRequest
from dashboards.journal import access_log
from dashboards.warehouse import WarehouseError, published_snapshot

log = logging.getLogger(__name__)


def log_opening(
    request: ViewerRequest,
    clinic_id: str,
    patient_id: str | None = None,
    reason: str | None = None,
) -> None:
    """Write that the viewer opens this page; call it before anything is shown.

    Without `patient_id` it is a list, of whose patients the clinic is what is kept.
    Raises DatabaseError; then the page must not be shown.
    """
    match = request.resolver_match
    access_log.record(
        request.viewer.actor,
        request.viewer.role.value,
        "" if match is None else match.view_name,
        clinic_id,
        patient_id,
        reason,
    )


def log_refusal(
    actor: str,
    role: str,
    clinic_id: str,
    page: str,
    alert_id: str | None = None,
    patient_id: str | None = None,
) -> None:
    """Write that a page was refused, and about whom where such a patient exists.

    What was typed is not kept. A refusal stands whether or not it can be written down.
    """
    try:
        whom = _whom(clinic_id, alert_id, patient_id)
        access_log.record(actor, role, page, *whom, refused=True)
    except DatabaseError as error:
        log.error("a refusal was not written to the access log", exc_info=error)


def _whom(
    clinic_id: str, alert_id: str | None, patient_id: str | None
) -> tuple[str | None, str | None]:
    """Clinic and patient of an address; of one about nobody that we know, the viewer's clinic."""
    parameters = {"clinic_id": clinic_id, "alert_id": alert_id, "patient_id": patient_id}
    try:
        found = published_snapshot().rows("whom_refused", **parameters)
    except WarehouseError:
        found = []
    if len(found) != 1:
        return clinic_id or None, None
    return found[0]["clinic_id"], found[0]["patient_id"]
