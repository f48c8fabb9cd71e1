"""Goals of a treatment and the moments of looking back: setting, closing, planning, holding."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.access import ViewerRequest
from dashboards.journal.goals import (
    TEXT_LIMIT,
    Evaluation,
    Goal,
    close_goal,
    evaluations_of,
    goals_of,
    hold_evaluation,
    plan_evaluation,
    set_goal,
)
from dashboards.journal.writing import service_day
from dashboards.looking import log_opening
from dashboards.pages.marks import NO_DAY, number_of
from dashboards.pages.patient import Episode, treated_episode

TOO_LONG = _("That is longer than %(limit_value)d characters. Shorten it.")
OUTCOMES: dict[str, str | Promise] = {
    "reached": _("reached"),
    "partly_reached": _("partly reached"),
    "changed": _("replaced by another goal"),
    "given_up": _("no longer a goal"),
}


class GoalForm(forms.Form):
    """A goal in the words of therapist and patient."""

    text = forms.CharField(
        max_length=TEXT_LIMIT,
        error_messages={"required": _("Write the goal first."), "max_length": TOO_LONG},
    )


class PlanForm(forms.Form):
    """The day of an evaluation to come."""

    on = forms.DateField(error_messages=NO_DAY)

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on < service_day():
            raise forms.ValidationError(_("That day is over."))
        return on


class HeldForm(forms.Form):
    """The day on which an evaluation took place, and what was agreed."""

    on = forms.DateField(error_messages=NO_DAY)
    agreed = forms.CharField(
        required=False, max_length=TEXT_LIMIT, error_messages={"max_length": TOO_LONG}
    )

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > service_day():
            raise forms.ValidationError(_("That day is still to come."))
        return on


def goals_page(request: ViewerRequest, patient_id: str) -> HttpResponse:
    """The page `goals`, for who treats the patient. Raises Http404, PermissionDenied."""
    return _page(request, treated_episode(request.viewer, patient_id))


def goal_set(request: ViewerRequest, patient_id: str) -> HttpResponse:
    """Write a goal; the page again (422) when it cannot be kept."""
    if request.method != "POST":
        return redirect("goals", patient_id)
    episode = treated_episode(request.viewer, patient_id)
    form = GoalForm(request.POST)
    if not form.is_valid():
        return _page(request, episode, goal_form=form)
    set_goal(request.viewer.actor, episode.course, form.cleaned_data["text"])
    return redirect("goals", patient_id)


def goal_close(request: ViewerRequest, patient_id: str) -> HttpResponse:
    """Write what became of a goal. What the page does not offer changes nothing."""
    if request.method != "POST":
        return redirect("goals", patient_id)
    episode = treated_episode(request.viewer, patient_id)
    number, outcome = number_of(request), request.POST.get("outcome", "")
    if number is not None and outcome in OUTCOMES:
        close_goal(request.viewer.actor, episode.course, number, outcome)
    return redirect("goals", patient_id)


def evaluation_plan(request: ViewerRequest, patient_id: str) -> HttpResponse:
    """Plan a day on which to look back together."""
    if request.method != "POST":
        return redirect("goals", patient_id)
    episode = treated_episode(request.viewer, patient_id)
    form = PlanForm(request.POST)
    if not form.is_valid():
        return _page(request, episode, plan_form=form)
    plan_evaluation(request.viewer.actor, episode.course, form.cleaned_data["on"])
    return redirect("goals", patient_id)


def evaluation_hold(request: ViewerRequest, patient_id: str) -> HttpResponse:
    """Write that a planned evaluation took place, and what was agreed."""
    if request.method != "POST":
        return redirect("goals", patient_id)
    episode = treated_episode(request.viewer, patient_id)
    number, form = number_of(request), HeldForm(request.POST)
    if not form.is_valid():
        return _page(request, episode, held_form=form, held_number=number)
    if number is not None:
        told = form.cleaned_data
        hold_evaluation(request.viewer.actor, episode.course, number, told["on"], told["agreed"])
    return redirect("goals", patient_id)


def goals_in_words(episode: Episode) -> list[tuple[Goal, str]]:
    """Each goal with what became of it in words, those that stand first."""
    goals = sorted(
        goals_of(episode.course), key=lambda goal: (goal.outcome is not None, goal.number)
    )
    return [(goal, _outcome(goal)) for goal in goals]


def held_evaluations(episode: Episode) -> list[Evaluation]:
    """Those that took place, the last first."""
    held = [each for each in evaluations_of(episode.course) if each.held_on is not None]
    return sorted(held, key=lambda each: (each.held_on or date.min, each.number), reverse=True)


def planned_evaluations(episode: Episode) -> list[Evaluation]:
    """Those that did not take place yet, by day."""
    return [each for each in evaluations_of(episode.course) if each.held_on is None]


def _page(request: ViewerRequest, episode: Episode, **given: Any) -> HttpResponse:
    log_opening(request, episode.clinic_id, episode.patient_id)
    page = {
        "episode": episode,
        "goals": goals_in_words(episode),
        "outcomes": OUTCOMES.items(),
        "held": held_evaluations(episode),
        "planned": planned_evaluations(episode),
        "today": service_day(),
        **given,
    }
    return render(request, "goals.html", page, status=422 if given else 200)


def _outcome(goal: Goal) -> str:
    return "" if goal.outcome is None else str(OUTCOMES.get(goal.outcome, goal.outcome))
