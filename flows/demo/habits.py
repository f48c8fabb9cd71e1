"""How simulated therapists deal with alerts: whether, when, with which action and in which words.

Everything is invented. Nothing here looks at how a course goes on after an alert, and no course
looks here: an answer changes nothing about a patient.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache

import numpy as np

# In how many of a therapist's alerts there is an answer at all, once the service is used to it.
FEWEST_ANSWERS, MOST_ANSWERS = 0.62, 0.97
# At first fewer: so much of it when the service began, all of it after so many weeks.
AT_FIRST, WEEKS_TO_GET_USED = 0.6, 26
SEEN_ONLY, ANSWERED_AT_ONCE = 0.6, 0.6
# Days until an answer: median and spread on the scale of logarithms; now and then far too late.
MEDIAN_DAYS, CRITICAL_DAYS, SPREAD = 3.5, 0.7, 0.8
LATE, CRITICAL_LATE, LATE_DAYS = 0.08, 0.05, (12, 35)
FIRST_HOUR, HOURS = 8, 9
SATURDAY = 5
NO_ACTION, CRITICAL = "no_action", "critical_item"

DISCUSS, ALLIANCE = "discuss_next_session", "alliance_discussed"
OFF_COURSE = {
    DISCUSS: 0.34,
    ALLIANCE: 0.10,
    "adjust_plan": 0.11,
    "motivation_discussed": 0.08,
    "life_events_discussed": 0.08,
    "social_support_discussed": 0.05,
    "own_part_examined": 0.05,
    "dose_examined": 0.05,
    "consult": 0.07,
    NO_ACTION: 0.07,
}
NOT_BETTER = {
    "adjust_plan": 0.26,
    "dose_examined": 0.16,
    "consult": 0.20,
    DISCUSS: 0.24,
    NO_ACTION: 0.14,
}
ACTIONS = {
    CRITICAL: {"risk_assessed": 0.80, "contact_today": 0.13, "consult": 0.07},
    "alliance_rupture": {
        ALLIANCE: 0.52,
        "own_part_examined": 0.16,
        DISCUSS: 0.20,
        NO_ACTION: 0.12,
    },
    "drop_out_risk": {
        "contact_today": 0.42,
        "motivation_discussed": 0.20,
        DISCUSS: 0.20,
        NO_ACTION: 0.18,
    },
    "no_reliable_improvement": NOT_BETTER,
    "treatment_review": NOT_BETTER,
}
REASONS = (
    "Vorige week al besproken; het plan staat.",
    "Tijdelijk, door ziekte in het gezin. Volgende meting opnieuw kijken.",
    "Score past niet bij het gesprek; lijst samen nog eens ingevuld.",
    "Is met vakantie, afspraak staat over twee weken.",
    "Wordt deze maand afgesloten, overdracht is geregeld.",
)
NOTES = (
    "Besproken aan het begin van de zitting.",
    "Doel bijgesteld, over vier zittingen opnieuw meten.",
    "In het teamoverleg ingebracht.",
    "Extra afspraak gemaakt.",
)
NOTED = 0.2


@dataclass(frozen=True)
class Habit:
    """Of one therapist: chance to answer, and by how much faster or slower than the median."""

    answers: float
    pace: float


@dataclass(frozen=True)
class Said:
    """What a therapist did about one alert; `action` None: it was only looked at.

    Moments are UTC without zone. `note` is empty where nothing was written.
    """

    seen_at: datetime
    answered_at: datetime | None
    action: str | None
    discussed: bool | None
    note: str


def draw_habits(rng: np.random.Generator, therapists: Sequence[str]) -> dict[str, Habit]:
    """A habit for each therapist."""
    answers = FEWEST_ANSWERS + (MOST_ANSWERS - FEWEST_ANSWERS) * rng.beta(3, 1.5, len(therapists))
    pace = np.exp(rng.normal(0, 0.35, len(therapists)))
    habits = (Habit(*each) for each in zip(answers.tolist(), pace.tolist(), strict=True))
    return dict(zip(therapists, habits, strict=True))


def said_about(
    rng: np.random.Generator, habit: Habit, kind: str, shown_at: datetime, weeks: float
) -> Said | None:
    """What is done about an alert first shown then, `weeks` after the service began.

    None where nobody looks at it. Somebody answers every critical item in the end.
    """
    is_critical = kind == CRITICAL
    used_to_it = min(1.0, AT_FIRST + (1 - AT_FIRST) * weeks / WEEKS_TO_GET_USED)
    is_answered = bool(rng.random() < (1.0 if is_critical else habit.answers * used_to_it))
    days = _days(rng, habit, is_critical)
    is_at_once = is_answered and bool(rng.random() < ANSWERED_AT_ONCE)
    seen_at = at_work(rng, shown_at, days if is_at_once else days * rng.random())
    if not is_answered:
        return Said(seen_at, None, None, None, "") if rng.random() < SEEN_ONLY else None
    action = _drawn(rng, ACTIONS.get(kind, OFF_COURSE))
    answered_at = seen_at
    if not is_at_once:
        answered_at = at_work(rng, seen_at, days - (seen_at - shown_at) / timedelta(days=1))
    return Said(seen_at, answered_at, action, _discussed(rng, action), _note(rng, action))


def _days(rng: np.random.Generator, habit: Habit, is_critical: bool) -> float:
    """From being shown to the answer."""
    if rng.random() < (CRITICAL_LATE if is_critical else LATE):
        return float(rng.uniform(*LATE_DAYS))
    median = CRITICAL_DAYS if is_critical else MEDIAN_DAYS
    return float(median * habit.pace * np.exp(rng.normal(0, SPREAD)))


def at_work(rng: np.random.Generator, since: datetime, days: float) -> datetime:
    """A moment in working hours, `days` after `since` or as soon after that as anybody works."""
    day = (since + timedelta(days=max(0.0, days))).date()
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    minutes = int(rng.integers(0, HOURS * 60))
    moment = datetime.combine(day, time(FIRST_HOUR)) + timedelta(minutes=minutes)
    return max(moment, since + timedelta(minutes=4))


def _discussed(rng: np.random.Generator, action: str) -> bool | None:
    if action == DISCUSS:
        return False
    chance = float(rng.random())
    return True if chance < 0.6 else False if chance < 0.8 else None


def _note(rng: np.random.Generator, action: str) -> str:
    if action == NO_ACTION:
        return REASONS[int(rng.integers(len(REASONS)))]
    return NOTES[int(rng.integers(len(NOTES)))] if rng.random() < NOTED else ""


def _drawn(rng: np.random.Generator, chances: dict[str, float]) -> str:
    names, passed = _cumulated(tuple(chances.items()))
    return names[min(int(np.searchsorted(passed, rng.random())), len(names) - 1)]


@cache
def _cumulated(chances: tuple[tuple[str, float], ...]) -> tuple[tuple[str, ...], tuple[float, ...]]:
    names, values = zip(*chances, strict=True)
    return names, tuple(np.cumsum(values).tolist())
