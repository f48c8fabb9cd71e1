"""A therapist's patients in treatment, those first who need attention, and finding one."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dashboards.access import Viewer, ViewerRequest
from dashboards.identity import pseudonyms_of
from dashboards.journal.goals import Course, all_announced_leaving
from dashboards.journal.writing import service_day
from dashboards.looking import log_opening, log_refusal
from dashboards.pages.alerts import AlertInWords, alerts_of
from dashboards.pages.caseload_course import line_of
from dashboards.pages.drawn_once import drawn_once
from dashboards.pages.patient import RELATIONS
from dashboards.warehouse import published_snapshot

NUMBER_LIMIT = 200
PATIENTS_ON_A_PAGE = 40
# The published judgement of the change since the start, as the list says it.
VERDICTS: Mapping[str, str | Promise] = {
    "recovered": _("recovered"),
    "improved": _("reliably better"),
    "unchanged": _("no reliable change"),
    "deteriorated": _("reliably worse"),
}


@dataclass(frozen=True)
class InTreatment:
    """One running episode: columns of `caseload`. `scores` of `measured_at`, oldest first."""

    patient_id: str
    episode_id: str
    therapist_id: str | None
    relation: str
    started_at: datetime
    last_measured_at: datetime | None
    overdue_days: int | None
    instrument_id: str | None
    scale: str | None
    instrument: str | None
    baseline: float | None
    latest: float | None
    verdict: str | None
    measured_at: Sequence[datetime] | None
    scores: Sequence[float] | None
    baseline_score: float | None
    minimum: float | None
    maximum: float | None
    direction: int | None
    cutoff: float | None
    next_at: datetime | None


@dataclass(frozen=True)
class CaseloadRow:
    """One patient as the page shows it: the run's row, unanswered alerts, and the journal's.

    `measured_days`: since the last measurement, up to today.
    """

    published: InTreatment
    alerts: tuple[AlertInWords, ...]
    is_leaving: bool
    measured_days: int | None

    @property
    def order(self) -> tuple[int, datetime, int, int, str]:
        """Critical items, red, a patient who will stop, amber, overdue, then the rest; among
        equals who comes soonest, who was not measured for longest, and who has most alerts."""
        kinds = [urgency_of(alert) for alert in self.alerts]
        leaving = [2] if self.is_leaving else []
        overdue = [5] if self.published.overdue_days is not None else []
        late = self.published.overdue_days or 0
        return (
            min([*kinds, *leaving, *overdue, 6]),
            self.published.next_at or datetime.max,
            -late,
            -len(self.alerts),
            self.published.patient_id,
        )

    @property
    def is_critical(self) -> bool:
        """Whether a critical item waits for an answer."""
        return any(alert.published.domain for alert in self.alerts)

    @property
    def is_overdue(self) -> bool:
        return self.published.overdue_days is not None

    @property
    def needs_attention(self) -> bool:
        return bool(self.alerts) or self.is_leaving or self.is_overdue

    @property
    def relation_words(self) -> str:
        """Why the viewer sees somebody else's patient; empty for an own one."""
        relation = self.published.relation
        return "" if relation == "own" else str(RELATIONS[relation])

    @property
    def verdict_words(self) -> str | Promise:
        """The change since the start; empty where it was not judged."""
        return VERDICTS.get(self.published.verdict or "", "")


def urgency_of(alert: AlertInWords) -> int:
    """0 for a critical item, 1 red, 3 amber, 4 information; 2 is a patient who will stop."""
    if alert.published.domain:
        return 0
    return {"red": 1, "amber": 3}.get(alert.published.level, 4)


# What `?show=` chooses; the first is the page without it.
SHOWN: Mapping[str, tuple[str | Promise, Callable[[CaseloadRow], bool]]] = {
    "all": (_("Everyone"), lambda row: True),
    "attention": (_("Needs attention"), lambda row: row.needs_attention),
    "critical": (_("Critical items"), lambda row: row.is_critical),
    "overdue": (_("Not measured lately"), lambda row: row.is_overdue),
    "calm": (_("Nothing to do"), lambda row: not row.needs_attention),
}


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
    """Whom the viewer may see in treatment, in the order of need; without their small lines."""
    today = service_day()
    asked = {"viewer": viewer.parameter(), "today": today.isoformat()}
    published = published_snapshot().made(_in_treatment, "caseload", **asked)
    unanswered = _by_patient(alert for alert in alerts_of(viewer) if _is_unanswered(alert))
    leaving = all_announced_leaving(frozenset({viewer.clinic_id}))
    found = [_row(each, viewer, unanswered, leaving, today) for each in published]
    return sorted(found, key=lambda row: row.order)


def _page(request: ViewerRequest, *, is_not_found: bool = False) -> HttpResponse:
    log_opening(request, request.viewer.clinic_id)
    rows = caseload_of(request.viewer)
    chosen = request.GET.get("show", "all")
    chosen = chosen if chosen in SHOWN else "all"
    wanted = [row for row in rows if SHOWN[chosen][1](row)]
    pages = max(1, -(-len(wanted) // PATIENTS_ON_A_PAGE))
    number = _page_number(request, pages)
    shown = wanted[(number - 1) * PATIENTS_ON_A_PAGE : number * PATIENTS_ON_A_PAGE]
    page = {
        "rows": [drawn_once(row_drawn, row, language=get_language()) for row in shown],
        "everyone": len(rows),
        "burden": burden_of(rows),
        "count": sum(row.needs_attention for row in rows),
        "choices": _choices(rows),
        "chosen": chosen,
        "number": number,
        "pages": range(1, pages + 1),
        "is_not_found": is_not_found,
        "may_break_glass": may_break_glass(request.viewer),
    }
    return render(request, "caseload.html", page, status=404 if is_not_found else 200)


def row_drawn(row: CaseloadRow, *, language: str) -> SafeString:
    """The row of the list as HTML, in the language in force, which must be `language`.

    It says nothing of who looks, so that it can be kept by what stands in it.
    """
    shown = {"row": row, "patient": row.published, "line": line_of(row.published)}
    return render_to_string("caseload_row.html", shown)


def burden_of(rows: Sequence[CaseloadRow]) -> Mapping[str, int]:
    """How much waits: critical items, other alerts, patients not measured, those who will stop."""
    alerts = [alert for row in rows for alert in row.alerts]
    critical = sum(alert.published.domain is not None for alert in alerts)
    return Counter(
        critical=critical,
        alerts=len(alerts) - critical,
        overdue=sum(row.is_overdue for row in rows),
        leaving=sum(row.is_leaving for row in rows),
    )


def _choices(rows: Sequence[CaseloadRow]) -> list[tuple[str, str | Promise, int]]:
    """(key, name, how many) of each choice; those of nobody are left out, but not the first."""
    counted = [(key, name, sum(map(fits, rows))) for key, (name, fits) in SHOWN.items()]
    return [each for each in counted if each[2] or each[0] == "all"]


def _page_number(request: ViewerRequest, pages: int) -> int:
    """The page that was asked for; the first for what is no number, the last beyond it."""
    asked = request.GET.get("page", "")
    return min(max(int(asked), 1), pages) if asked.isdecimal() and len(asked) < 6 else 1


def may_break_glass(viewer: Viewer) -> bool:
    """Whether the service has switched it on, and the viewer's role has it."""
    return bool(settings.OPKOERS.access.break_glass) and viewer.may("break_glass")


def _in_treatment(**row: Any) -> InTreatment:
    """With tuples for the lists of the snapshot, so that a drawing of it can be kept."""
    lists = {name: row[name] and tuple(row[name]) for name in ("measured_at", "scores")}
    return InTreatment(**{**row, **lists})


def _row(
    row: InTreatment,
    viewer: Viewer,
    unanswered: Mapping[str, list[AlertInWords]],
    leaving: frozenset[Course],
    today: date,
) -> CaseloadRow:
    course = Course(viewer.clinic_id, row.patient_id, row.episode_id)
    alerts = tuple(unanswered.get(row.patient_id, ()))
    measured = row.last_measured_at
    days = None if measured is None else max((today - measured.date()).days, 0)
    return CaseloadRow(row, alerts, course in leaving, days)


def _is_unanswered(alert: AlertInWords) -> bool:
    return alert.is_waiting and alert.standing.answer is None and alert.published.is_own


def _by_patient(alerts: Iterable[AlertInWords]) -> dict[str, list[AlertInWords]]:
    """Alerts of each patient, the most urgent first."""
    found: dict[str, list[AlertInWords]] = {}
    for alert in alerts:
        found.setdefault(str(alert.published.patient_id), []).append(alert)
    return {patient: sorted(each, key=urgency_of) for patient, each in found.items()}


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
