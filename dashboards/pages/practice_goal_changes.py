"""A therapist sets a practice goal, writes what became of it, or takes it off the page."""

from django.http import HttpResponse
from django.shortcuts import redirect

from dashboards.access import ViewerRequest
from dashboards.journal.progress import (
    close_practice_goal,
    remove_practice_goal,
    set_practice_goal,
)
from dashboards.pages.marks import number_of
from dashboards.pages.own_results import owner_of
from dashboards.pages.practice_goals import OUTCOMES, PracticeGoalForm
from dashboards.pages.progress import shown_again


def practice_goal_set(request: ViewerRequest) -> HttpResponse:
    """Write a goal; the page again (422) when it cannot be kept."""
    owner = owner_of(request.viewer)
    if request.method != "POST":
        return redirect("progress")
    form = PracticeGoalForm(request.POST)
    if not form.is_valid():
        return shown_again(request, form)
    told = form.cleaned_data
    set_practice_goal(owner, told["text"], told["since"], told["notice"])
    return redirect("progress")


def practice_goal_close(request: ViewerRequest) -> HttpResponse:
    """Write what became of an own goal. What the page does not offer changes nothing."""
    owner = owner_of(request.viewer)
    number, outcome = number_of(request), request.POST.get("outcome", "")
    if request.method == "POST" and number is not None and outcome in OUTCOMES:
        close_practice_goal(owner, number, outcome)
    return redirect("progress")


def practice_goal_remove(request: ViewerRequest) -> HttpResponse:
    """Take an own goal off the page. A number that is none changes nothing."""
    owner, number = owner_of(request.viewer), number_of(request)
    if request.method == "POST" and number is not None:
        remove_practice_goal(owner, number)
    return redirect("progress")
