"""The small lines in the list of patients: the course of the questionnaire that stands there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Protocol

from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from dashboards.access import Viewer
from dashboards.drawing.formats import day, number
from dashboards.drawing.sparkline import sparkline
from dashboards.pages.drawn_once import drawn_once
from dashboards.warehouse import published_snapshot

SECONDS_OF_A_DAY = 86400


class Listed(Protocol):
    """A row of the list: whose course, of which questionnaire."""

    @property
    def patient_id(self) -> str: ...
    @property
    def episode_id(self) -> str: ...
    @property
    def instrument_id(self) -> str | None: ...
    @property
    def scale(self) -> str | None: ...
    @property
    def instrument(self) -> str | None: ...


@dataclass(frozen=True)
class ScoreInLine:
    """One score of a small line: columns of `caseload_course`."""

    patient_id: str
    episode_id: str
    measured_at: datetime
    score: float
    baseline_score: float | None
    minimum: float
    maximum: float
    direction: int
    cutoff: float | None


def lines_of(viewer: Viewer, listed: Sequence[Listed]) -> dict[tuple[str, str], SafeString]:
    """Patient and episode to the small line, for those of whom there are scores."""
    names = {(each.patient_id, each.episode_id): each.instrument or "" for each in listed}
    rows = published_snapshot().rows(
        "caseload_course", viewer=viewer.parameter(), courses=_wanted(listed)
    )
    groups = groupby((ScoreInLine(**row) for row in rows), key=_whose)
    return {whose: _line(names[whose], list(scores)) for whose, scores in groups}


def _whose(score: ScoreInLine) -> tuple[str, str]:
    return score.patient_id, score.episode_id


def _wanted(listed: Iterable[Listed]) -> list[dict[str, str]]:
    return [
        {
            "patient_id": each.patient_id,
            "episode_id": each.episode_id,
            "instrument": each.instrument_id,
            "scale": each.scale,
        }
        for each in listed
        if each.instrument_id is not None and each.scale is not None
    ]


def _line(name: str, scores: Sequence[ScoreInLine]) -> SafeString:
    first, last = scores[0], scores[-1]
    return drawn_once(
        sparkline,
        tuple((_days(first, each), each.score) for each in scores),
        minimum=last.minimum,
        maximum=last.maximum,
        direction=last.direction,
        cutoff=last.cutoff,
        baseline=last.baseline_score,
        title=gettext("Course so far: %(instrument)s") % {"instrument": name},
        description=_in_words(first, last),
    )


def _days(first: ScoreInLine, score: ScoreInLine) -> float:
    return (score.measured_at - first.measured_at).total_seconds() / SECONDS_OF_A_DAY


def _in_words(first: ScoreInLine, last: ScoreInLine) -> str:
    language = (get_language() or "nl")[:2]
    return gettext("From %(first)s on %(from)s to %(last)s on %(to)s.") % {
        "first": number(first.score, language),
        "from": day(first.measured_at, language),
        "last": number(last.score, language),
        "to": day(last.measured_at, language),
    }
