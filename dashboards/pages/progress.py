"""A therapist's own page: caseload, results with their uncertainty, cases to learn from, goals.

Nobody but the therapist can open it, and nothing on it comes from a colleague's rows: those of
the file about therapists are limited by its door, `therapist_file.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from dashboards.access import Viewer, ViewerRequest
from dashboards.journal.progress import Case, Owner, listed_cases
from dashboards.journal.writing import service_day
from dashboards.looking import log_opening
from dashboards.pages.caseload import burden_of, caseload_of
from dashboards.pages.own_results import (
    ClosedCourse,
    Effect,
    OwnResults,
    Questionnaire,
    closed_courses,
    needs_consent,
    own_results,
    owner_of,
    questionnaires,
)
from dashboards.pages.practice_goals import OUTCOMES, PracticeGoalForm, goals_in_words
from dashboards.pages.progress_views import (
    COURSES_DRAWN,
    HALVES,
    REST,
    alert_outcomes,
    cases_to_learn_from,
    covariates_of,
    ends_picture,
    in_order,
    other_models,
    parts_of,
    shares_of,
    views_of,
    zone_of,
    zone_pictures,
    zone_verdict,
)
from dashboards.pages.zone_consent import supervisees_of


@dataclass(frozen=True)
class CaseToLearnFrom:
    """A closed treatment, and whether it is on the viewer's list."""

    course: ClosedCourse
    is_listed: bool


def progress_page(request: ViewerRequest) -> HttpResponse:
    """The page `progress`. Raises PermissionDenied for who treats nobody."""
    return _page(request, None)


def shown_again(request: ViewerRequest, goal_form: PracticeGoalForm) -> HttpResponse:
    """The page with a goal that cannot be kept (422)."""
    return _page(request, goal_form)


def _page(request: ViewerRequest, goal_form: PracticeGoalForm | None) -> HttpResponse:
    viewer, owner = request.viewer, owner_of(request.viewer)
    log_opening(request, viewer.clinic_id)
    results, names = own_results(viewer), questionnaires()
    effect = _chosen(request, results.effects)
    by_kind, by_action = alert_outcomes(viewer)
    page = {
        "caseload": _caseload(viewer),
        "consent": results.consent,
        "effect": effect,
        "questionnaires": _choices(results.effects, names),
        "minimum": settings.OPKOERS.therapist_progress,
        "needs_consent": effect is not None and needs_consent(effect),
        "alerts": by_kind,
        "alert_actions": by_action,
        "goals": goals_in_words(viewer, _told(results, effect), results.consent),
        "goal_form": goal_form,
        "outcomes": OUTCOMES.items(),
        "listed": len(listed_cases(owner)),
        "supervisees": len(supervisees_of(viewer)),
        "today": service_day(),
    }
    if effect is not None:
        page |= _results(viewer, owner, effect, results, names)
    return render(request, "progress.html", page, status=200 if goal_form is None else 422)


def _caseload(viewer: Viewer) -> Mapping[str, int]:
    """Counts of the viewer's own running treatments; those of a colleague are left out."""
    rows = [row for row in caseload_of(viewer) if row.published.relation == "own"]
    waiting = burden_of(rows)
    return {**waiting, "treatments": len(rows), "measured": len(rows) - waiting["overdue"]}


def _chosen(request: ViewerRequest, effects: Sequence[Effect]) -> Effect | None:
    """The questionnaire asked for, else the primary one; None without closed treatments."""
    asked = request.GET.get("by", "")
    named = [each for each in effects if each.instrument == asked]
    return next(iter([*named, *effects]), None)


def _told(results: OwnResults, effect: Effect | None) -> Effect | None:
    """The scale on which treatments may be told together; None below the minimum."""
    return effect if effect is not None and effect.is_open and results.consent.is_given else None


def _choices(
    effects: Sequence[Effect], names: Mapping[tuple[str, str], Questionnaire]
) -> list[tuple[Effect, str]]:
    return [(each, _name(each, names).name) for each in effects]


def _name(effect: Effect, names: Mapping[tuple[str, str], Questionnaire]) -> Questionnaire:
    unknown = Questionnaire(effect.instrument, 1)
    return names.get((effect.instrument, effect.scale), unknown)


def _results(
    viewer: Viewer,
    owner: Owner,
    effect: Effect,
    results: OwnResults,
    names: Mapping[tuple[str, str], Questionnaire],
) -> dict[str, Any]:
    """What is shown of one scale; of fewer treatments than the minimum nothing but their number."""
    consent, questionnaire = results.consent, _name(effect, names)
    told: dict[str, Any] = {"questionnaire": questionnaire}
    if effect.to_counts > 0:
        return told
    courses = closed_courses(viewer, effect, consent)
    told |= _treatments(owner, courses, questionnaire.direction)
    told |= {
        "covariates": covariates_of(viewer, effect, consent),
        "other_models": other_models(viewer, effect, consent),
    }
    return told | (_together(viewer, effect, results) if effect.is_open else {})


def _treatments(owner: Owner, courses: Sequence[ClosedCourse], direction: int) -> dict[str, Any]:
    """One by one: the last of them drawn, and those to learn from."""
    drawn, listed = courses[:COURSES_DRAWN], set(listed_cases(owner))
    cases = cases_to_learn_from(courses)
    return {
        "courses": drawn,
        "are_all_drawn": len(drawn) == len(courses),
        "ends": ends_picture(drawn, direction),
        "cases": {
            side: [CaseToLearnFrom(each, Case(each.patient_id, each.episode_id) in listed)
                   for each in found]
            for side, found in cases.items()
        },
    }  # fmt: skip


def _together(viewer: Viewer, effect: Effect, results: OwnResults) -> dict[str, Any]:
    """All closed treatments together: the zone where there is one, and the secondary views."""
    spread, shares = shares_of(viewer, effect, results.consent)
    views = views_of(viewer, effect, results.consent)
    zone = zone_of(effect, spread)
    areas = (*views.get("problem_area", ()), *views.get("subscale", ()))
    return {
        "zone": zone,
        "zone_drawn": None if zone is None else zone_pictures(zone),
        "verdict": "" if zone is None else zone_verdict(zone),
        "shares": shares,
        "views": views,
        "classes": in_order(views.get("class", ())),
        "halves": parts_of(views.get("half", ()), HALVES, gettext("Earlier and later half")),
        "years": parts_of(views.get("year", ()), {}, gettext("By year")),
        "areas": parts_of(areas, REST, gettext("By problem area")),
    }
