"""The list of own cases that a therapist wants to learn from with colleagues: private, to print."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from dashboards.access import Viewer, ViewerRequest
from dashboards.journal.progress import Case, list_case, listed_cases, unlist_case
from dashboards.journal.writing import service_day
from dashboards.looking import log_opening
from dashboards.pages.own_results import Questionnaire, own_results, owner_of, questionnaires
from dashboards.therapist_file import own_rows
from dashboards.warehouse import NothingPublishedError, published_snapshot

ID_LIMIT = 200
WRITING_LINES = range(4)


@dataclass(frozen=True)
class ListedCase:
    """One case on the list; what is None was not measured, or is no longer in the data."""

    case: Case
    questionnaire: Questionnaire | None = None
    started_on: date | None = None
    ended_on: date | None = None
    n_sessions: int | None = None
    baseline: float | None = None
    last: float | None = None
    expected_last: float | None = None
    has_page: bool = False


def intervision_page(request: ViewerRequest) -> HttpResponse:
    """The page `intervision`: the viewer's own list, and nobody else's."""
    owner = owner_of(request.viewer)
    log_opening(request, request.viewer.clinic_id)
    known = _known(request.viewer)
    cases = [known.get(case, ListedCase(case)) for case in listed_cases(owner)]
    page = {"cases": cases, "today": service_day(), "lines": WRITING_LINES}
    return render(request, "progress_intervision.html", page)


def intervision_add(request: ViewerRequest) -> HttpResponse:
    """Put an own closed treatment on the list; one that is not the viewer's changes nothing."""
    owner, case = owner_of(request.viewer), _case(request)
    if request.method == "POST" and case in _known(request.viewer):
        list_case(owner, case)
    return _back(request)


def intervision_remove(request: ViewerRequest) -> HttpResponse:
    """Take a case off the list, also one that is no longer in the data."""
    owner = owner_of(request.viewer)
    if request.method == "POST":
        unlist_case(owner, _case(request))
    return _back(request)


def _back(request: ViewerRequest) -> HttpResponse:
    return redirect("intervision" if request.POST.get("from") == "list" else "progress")


def _case(request: ViewerRequest) -> Case:
    told = (request.POST.get(name, "")[:ID_LIMIT] for name in ("patient", "episode"))
    return Case(*told)


def _known(viewer: Viewer) -> Mapping[Case, ListedCase]:
    """The viewer's own closed treatments, each on the questionnaire that the page opens with."""
    effects = own_results(viewer).effects
    primary = effects[0].instrument if effects else ""
    try:
        rows = own_rows(viewer, "own_case", consented=False, instrument=primary)
    except NothingPublishedError:
        return {}
    names, own = questionnaires(), _with_a_page(viewer)
    cases = [_listed(row, names, own) for row in rows]
    return {each.case: each for each in cases}


def _listed(
    row: Mapping[str, Any],
    names: Mapping[tuple[str, str], Questionnaire],
    own: frozenset[str],
) -> ListedCase:
    told = {name: row[name] for name in ("started_on", "ended_on", "n_sessions", "baseline")}
    return ListedCase(
        Case(row["patient_id"], row["episode_id"]),
        questionnaire=names.get((row["instrument"], row["scale"])),
        last=row["last"],
        expected_last=row["expected_last"],
        has_page=row["patient_id"] in own,
        **told,
    )


def _with_a_page(viewer: Viewer) -> frozenset[str]:
    """Patients whose page the viewer can open still."""
    rows = published_snapshot().rows("visible_patient", viewer=viewer.parameter())
    return frozenset(row["patient_id"] for row in rows)
