"""A therapist's practice goals: what I want to try, from when, and how I will notice it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.access import Viewer
from dashboards.journal.progress import GOAL_LIMIT, PracticeGoal, practice_goals_of
from dashboards.journal.writing import service_day
from dashboards.pages.marks import NO_DAY
from dashboards.pages.own_results import Consent, Effect, owner_of, rows_about

TOO_LONG = _("That is longer than %(limit_value)d characters. Shorten it.")
OUTCOMES: dict[str, str | Promise] = {
    "part_of_work": _("It has become part of how I work"),
    "noticed": _("I noticed a difference"),
    "not_noticed": _("I noticed no difference"),
    "stopped": _("I stopped trying it"),
}
FURTHEST = timedelta(days=366)
FEWEST_AROUND_A_GOAL = 5
"""Own episodes on either side of a goal's day, below which no share is told. [D]"""


class PracticeGoalForm(forms.Form):
    """What to try, from which day on, and how it will be noticed."""

    text = forms.CharField(
        max_length=GOAL_LIMIT,
        error_messages={"required": _("Write what you want to try."), "max_length": TOO_LONG},
    )
    since = forms.DateField(error_messages=NO_DAY)
    notice = forms.CharField(
        max_length=GOAL_LIMIT,
        error_messages={"required": _("Write how you will notice it."), "max_length": TOO_LONG},
    )

    def clean_since(self) -> date:
        since: date = self.cleaned_data["since"]
        if abs(since - service_day()) > FURTHEST:
            raise forms.ValidationError(_("Fill in a day within a year of today."))
        return since


@dataclass(frozen=True)
class Side:
    """Own treatments that ended on one side of a goal's day; shares are of those."""

    treatments: int = 0
    favourable: int = 0
    lower: float = 0.0
    upper: float = 1.0

    @property
    def is_told(self) -> bool:
        return self.treatments >= FEWEST_AROUND_A_GOAL


@dataclass(frozen=True)
class GoalInWords:
    """A goal with what became of it, and own treatments before its day and from it on."""

    goal: PracticeGoal
    outcome: str
    before: Side | None = None
    after: Side | None = None


def goals_in_words(viewer: Viewer, effect: Effect | None, consent: Consent) -> list[GoalInWords]:
    """The viewer's goals; with own treatments beside them where those may be told together."""
    goals = practice_goals_of(owner_of(viewer))
    sides = {} if effect is None or not effect.is_open else _sides(viewer, effect, consent, goals)
    return [
        GoalInWords(
            goal,
            "" if goal.outcome is None else str(OUTCOMES.get(goal.outcome, goal.outcome)),
            sides.get((goal.since, False), Side()) if sides else None,
            sides.get((goal.since, True), Side()) if sides else None,
        )
        for goal in goals
    ]


def _sides(
    viewer: Viewer, effect: Effect, consent: Consent, goals: Sequence[PracticeGoal]
) -> Mapping[tuple[date, bool], Side]:
    """By day and whether treatments ended on it or later."""
    days = sorted({goal.since.isoformat() for goal in goals})
    rows = rows_about(viewer, "around_goal", effect, consent, days=days) if days else []
    return {(row["since"], row["is_after"]): _side(row) for row in rows}


def _side(row: Mapping[str, Any]) -> Side:
    return Side(row["n"], row["favourable"], row["lower"], row["upper"])
