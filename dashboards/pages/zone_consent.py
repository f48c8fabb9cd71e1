"""A trainee's zone: the own yes, and the supervisor's, each to give and to take back."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from dashboards.access import Viewer, ViewerRequest
from dashboards.journal.progress import (
    give_consent,
    give_supervisors_consent,
    has_supervisors_consent,
)
from dashboards.looking import log_opening
from dashboards.pages.own_results import own_id, own_results, owner_of
from dashboards.warehouse import published_snapshot

YES, NO = "yes", "no"


@dataclass(frozen=True)
class Supervisee:
    """Somebody in training whom the viewer supervises, and whether the viewer said yes."""

    therapist_id: str
    has_yes: bool


def zone_consent(request: ViewerRequest) -> HttpResponse:
    """Write a trainee's own yes or its end. Who is not in training changes nothing."""
    owner, answer = owner_of(request.viewer), request.POST.get("answer")
    is_answer = request.method == "POST" and answer in (YES, NO)
    if is_answer and own_results(request.viewer).consent.is_trainee:
        give_consent(owner, to_see=answer == YES)
    return redirect("progress")


def supervisees_page(request: ViewerRequest) -> HttpResponse:
    """The page `supervisees`: to whom the viewer may say yes. No figure stands on it."""
    own_id(request.viewer)
    log_opening(request, request.viewer.clinic_id)
    page = {"supervisees": supervisees_of(request.viewer)}
    return render(request, "progress_supervisees.html", page)


def supervisee_consent(request: ViewerRequest) -> HttpResponse:
    """Write a supervisor's yes or its end. Raises Http404 for who is not the viewer's trainee."""
    owner, answer = owner_of(request.viewer), request.POST.get("answer")
    trainee = request.POST.get("trainee", "")
    if request.method == "POST" and answer in (YES, NO):
        if trainee not in {each.therapist_id for each in supervisees_of(request.viewer)}:
            raise Http404
        give_supervisors_consent(owner, trainee, to_see=answer == YES)
    return redirect("supervisees")


def supervisees_of(viewer: Viewer) -> list[Supervisee]:
    """Those in training whom the clinic's own export names as the viewer's."""
    therapist_id = own_id(viewer)
    asked = {"viewer": viewer.parameter(), "therapist": therapist_id}
    return [
        Supervisee(
            row["therapist_id"],
            has_supervisors_consent(viewer.clinic_id, row["therapist_id"], therapist_id),
        )
        for row in published_snapshot().rows("progress_supervisee", **asked)
    ]
