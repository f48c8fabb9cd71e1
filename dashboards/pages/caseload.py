"""A therapist's patients in treatment, those first who need attention, and finding one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dashboards.access import Viewer, ViewerRequest
from dashboards.identity import pseudonyms_of
from dashboards.journal.goals import Course, all_announced_leaving
from dashboards.looking import log_opening, log_refusal
from dashboards.pages.alerts import AlertInWords, alerts_of
from dashboards.pages.patient import RELATIONS
from dashboards.warehouse import published_snapshot

NUMBER_LIMIT = 200


@dataclass(frozen=True)
class InTreatment:
    """One running episode: columns of `caseload`."""

    patient_id: str
    episode_id: str
    therapist_id: str | None
    relation: str
    started_at: datetime
    last_measured_at: datetime | None
    overdue_days: int | None
    instrument: str | None
    baseline: float | None
    latest: float | None
    verdict: str | None


@dataclass(frozen=True)
class CaseloadRow:
    """One patient as the page shows it: the run's row, unanswered alerts, and the journal's."""

    published: InTreatment
    alerts: tuple[AlertInWords, ...]
    is_leaving: bool

    @property
    def order(self) -> tuple[int, int, int, str]:
        """Critical items, red, a patient who will stop, amber, overdue, then the rest."""
        kinds = [0 if alert.published.domain else self._level(alert) for alert in self.alerts]
        attention = min([*kinds, *([2] if self.is_leaving else []), 6])
        late = self.published.overdue_days or 0
        return attention, -late, -len(self.alerts), self.published.patient_id

    @property
    def needs_attention(self) -> bool:
        return bool(self.alerts) or self.is_leaving or self.published.overdue_days is not None

    @property
    def relation_words(self) -> str:
        """Why the viewer sees somebody else's patient; empty for an own one."""
        relation = self.published.relation
        return "" if relation == "own" else str(RELATIONS[relation])

    @staticmethod
    def _level(alert: AlertInWords) -> int:
        return {"red": 1, "amber": 3}.get(alert.published.level, 4)


def caseload_page(request: ViewerRequest) -> HttpResponse:
    """The page `caseload`."""
    return _page(request)


def find_patient(request: ViewerRequest) -> HttpResponse:
    """From a number of the EHR, in the body and never in the address, to the patient's page.

    A number that nobody has looks the same as that of somebody else's patient (404).
    """
    if request.method != "POST":
        return redirect("caseload")
    wanted = request.POST.get("number", "").strip()[:NUMBER_LIMIT]
    candidates = _candidates(request.viewer, wanted)
    own = [each for each in candidates if _is_own(request.viewer, each)]
    if len(own) == 1:
        return redirect("patient", own[0])
    _log_others(request.viewer, candidates)
    return _page(request, is_not_found=True)


def caseload_of(viewer: Viewer) -> list[CaseloadRow]:
    """Whom the viewer may see in treatment, in the order of need."""
    rows = published_snapshot().rows("caseload", viewer=viewer.parameter())
    unanswered = _by_patient(alert for alert in alerts_of(viewer) if _is_unanswered(alert))
    leaving = all_announced_leaving(frozenset({viewer.clinic_id}))
    found = [_row(InTreatment(**row), viewer, unanswered, leaving) for row in rows]
    return sorted(found, key=lambda row: row.order)


def _page(request: ViewerRequest, *, is_not_found: bool = False) -> HttpResponse:
    log_opening(request, request.viewer.clinic_id)
    rows = caseload_of(request.viewer)
    page = {
        "rows": rows,
        "count": sum(row.needs_attention for row in rows),
        "is_not_found": is_not_found,
        "may_break_glass": may_break_glass(request.viewer),
    }
    return render(request, "caseload.html", page, status=404 if is_not_found else 200)


def may_break_glass(viewer: Viewer) -> bool:
    """Whether the service has switched it on, and the viewer's role has it."""
    return bool(settings.OPKOERS.access.break_glass) and viewer.may("break_glass")


def _row(
    row: InTreatment,
    viewer: Viewer,
    unanswered: Mapping[str, list[AlertInWords]],
    leaving: frozenset[Course],
) -> CaseloadRow:
    course = Course(viewer.clinic_id, row.patient_id, row.episode_id)
    alerts = tuple(unanswered.get(row.patient_id, ()))
    return CaseloadRow(row, alerts, is_leaving=course in leaving)


def _is_unanswered(alert: AlertInWords) -> bool:
    return alert.is_waiting and alert.standing.answer is None and alert.published.is_own


def _by_patient(alerts: Iterable[AlertInWords]) -> dict[str, list[AlertInWords]]:
    found: dict[str, list[AlertInWords]] = {}
    for alert in alerts:
        found.setdefault(str(alert.published.patient_id), []).append(alert)
    return found


def _candidates(viewer: Viewer, number: str) -> list[str]:
    """Pseudonyms of the number in the viewer's clinic, or the number where ids are kept as are."""
    known = [pseudonym for _clinic, pseudonym in pseudonyms_of([viewer.clinic_id], number)]
    return known or ([number] if number else [])


def _log_others(viewer: Viewer, patient_ids: Iterable[str]) -> None:
    """Write that somebody looked for a patient who is not the viewer's, or for nobody we know."""
    for patient_id in patient_ids:
        log_refusal(
            viewer.actor,
            viewer.role.value,
            viewer.clinic_id,
            "find_patient",
            patient_id=patient_id,
        )


def _is_own(viewer: Viewer, patient_id: str) -> bool:
    parameters = {"viewer": viewer.parameter(), "patient_id": patient_id}
    return bool(published_snapshot().rows("patient", **parameters))
